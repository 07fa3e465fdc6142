"""Where State lives: in the data directory, or on a server. The file ``state.json`` says so, and decides alone.

A State has an id of its own, written in it and in that file, so two States are never both taken for the true one: what
does not carry the id is somebody else's, or the copy that a move left unfinished or behind.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import URL, select

from heartline.errors import Conflict, Unavailable
from heartline.language import _
from heartline.store import tables as t
from heartline.store.directory import DataDirectory, write_durably
from heartline.store.engine import Database, open_database
from heartline.store.postgres import read_state_url

STATE_ID: Final = "state_id"
"""The setting that names a State."""
GENERATION: Final = "generation"
"""The setting that says which History belongs to a State on a server: a rebuild swaps both with that one commit."""
OF_THE_PLACE: Final = (STATE_ID, GENERATION)
"""The settings that tell of a place, not of what is kept there: a move leaves them out."""
_FILE: Final = "state.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A State and where it is. ``url`` is empty for the data directory, and never holds a password."""

    url: str = ""
    state_id: str = ""

    def __str__(self) -> str:
        return self.url or "the data directory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where State lives, where a move was taking it, and which copy a finished move has still to remove."""

    lives: Place = Place()
    moving: Place | None = None
    left: Place | None = None


def make_place(url: URL | None) -> Place:
    """Return a place for a new State; None is the data directory."""
    bare = "" if url is None else url.set(password=None).render_as_string()
    return Place(url=bare, state_id=secrets.token_hex(16))


def read_whereabouts(folder: Path) -> Whereabouts:
    """Return where State lives; without the file it is in the data directory.

    Raises:
        Unavailable: the file cannot be read.
    """
    try:
        return msgspec.json.decode((folder / _FILE).read_bytes(), type=Whereabouts)
    except FileNotFoundError:
        return Whereabouts()
    except (OSError, msgspec.DecodeError) as error:
        raise Unavailable(
            "bad_whereabouts",
            _("{folder} does not say where State lives: {error}.").format(folder=folder / _FILE, error=error),
            _("Restore it from a backup; without it nobody can tell which State is the true one."),
        ) from error


def write_whereabouts(folder: Path, found: Whereabouts) -> None:
    """Write where State lives, whole or not at all."""
    write_durably(folder / _FILE, msgspec.json.encode(found))


def open_state(directory: DataDirectory, *, state_url: str = "") -> Database:
    """Open State where it lives. ``state_url`` says how to reach a server, and where a new installation begins.

    Raises:
        Conflict: it lives elsewhere than ``state_url`` says, or the database holds another installation's State.
        Unavailable: its server cannot be reached.
    """
    asked = read_state_url(state_url) if state_url else None
    found = read_whereabouts(directory.path)
    if asked is not None and not found.lives.url:
        if directory.state.exists():
            raise Conflict(
                "state_is_embedded",
                _("HEARTLINE_STATE_URL names a server, and State lives in {path}.").format(path=directory.path),
                _("Move it with heartline move --to URL, or unset HEARTLINE_STATE_URL."),
            )
        found = Whereabouts(lives=make_place(asked))
        write_whereabouts(directory.path, found)
    if not found.lives.url:
        return open_database(directory.state)
    database = open_database(asked or read_state_url(found.lives.url))
    try:
        _recognise(database, found.lives)
    except BaseException:
        database.close()
        raise
    sweep_served(directory, generation=read_generation_of(database))
    return database


def sweep_served(directory: DataDirectory, *, generation: int) -> None:
    """Follow the server's word on which History is in force, and remove what a killed move or rebuild left."""
    if directory.generation != generation:
        directory.turn_to(generation)
    remove_embedded(directory)
    if directory.history.exists():
        for path in directory.path.glob("history*.duckdb*"):
            if not path.name.startswith(directory.history.name):
                path.unlink(missing_ok=True)


def read_generation_of(database: Database) -> int:
    """Return which History belongs to a State on a server."""
    with database.read() as db:
        return int(db.execute(select(t.settings.c.value).where(t.settings.c.name == GENERATION)).scalar() or 0)


def _recognise(database: Database, place: Place) -> None:
    there = read_state_id(database)
    if there == place.state_id:
        return
    if there or not is_new(database):
        raise Conflict(
            "other_state",
            _("That database holds another installation's State."),
            _("This one's lives at {place}: set HEARTLINE_STATE_URL to it, or unset it.").format(place=place),
        )
    with database.write() as db:
        db.execute(t.settings.insert().values(name=STATE_ID, value=place.state_id))


def read_state_id(database: Database) -> str:
    """Return the id that a State carries, empty where it has none yet."""
    with database.read() as db:
        return str(db.execute(select(t.settings.c.value).where(t.settings.c.name == STATE_ID)).scalar() or "")


def is_new(database: Database) -> bool:
    """Whether nothing was ever kept in a State but the record of its schema."""
    with database.read() as db:
        return not db.execute(select(t.settings.c.name).limit(1)).first()


def remove_embedded(directory: DataDirectory) -> None:
    """Remove the State files of the data directory; only for a State that lives elsewhere."""
    for path in directory.path.glob("state*.sqlite*"):
        path.unlink(missing_ok=True)
