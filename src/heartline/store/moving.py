"""Moving State between the data directory and a PostgreSQL server, in either direction.

There is one true State at every moment: the old one until every row of the new one was read back and found equal, then
the new one, by a single rename of the file that says where State lives. A move that is killed is given again: what it
left unfinished carries the id it had announced, is recognised by it and made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Integer, Table, Text, func, inspect, literal_column, select

from heartline.errors import Conflict, Unavailable
from heartline.language import _
from heartline.store import migrations
from heartline.store import tables as t
from heartline.store.directory import DataDirectory, sync_file
from heartline.store.engine import Database, open_database
from heartline.store.postgres import open_postgres, read_state_url
from heartline.store.statements import insert_rows
from heartline.store.texts import fit
from heartline.store.whereabouts import (
    GENERATION,
    OF_THE_PLACE,
    STATE_ID,
    Place,
    Whereabouts,
    make_place,
    open_state,
    read_whereabouts,
    remove_embedded,
    write_whereabouts,
)

_PART: Final = 5_000
_MODULUS: Final = 1 << 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a move did: rows by table (none where only the copy of an earlier move was removed) and the new place."""

    place: Place
    rows: dict[str, int]


@dataclass(slots=True)
class _Move:
    """A move on its way through ``STEPS``."""

    directory: DataDirectory
    url: URL | None
    state_url: str
    tell: Callable[[str, int], None]
    place: Place = field(default_factory=Place)
    source: Database | None = None
    target: Database | None = None
    sums: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def moving_file(self) -> Path:
        """The file that becomes State's when it is whole."""
        return self.directory.path / "moving.sqlite"

    def close(self) -> None:
        for database in (self.source, self.target):
            if database is not None:
                database.close()


def move_state(
    directory: DataDirectory,
    *,
    to: str,
    state_url: str = "",
    tell: Callable[[str, int], None] = lambda _table, _rows: None,
    reach: Callable[[str], None] = lambda _point: None,
) -> Moved:
    """Move State to a server's address, or to the data directory where ``to`` is empty; ``directory`` is locked.

    ``state_url`` is how to reach the server that State lives on now. ``tell`` hears each table and its rows, ``reach``
    the name of each step that is done.

    Raises:
        Conflict: it lives there already, the target holds something, or somebody else owns either.
        Unavailable: a server cannot be reached, a disk is full, or the copy differs. State is where it was.
    """
    move = _Move(directory, read_state_url(to) if to else None, state_url, tell)
    found = read_whereabouts(directory.path)
    if make_place(move.url).url == found.lives.url:
        return _finish_earlier(move, found)
    try:
        for name, step in STEPS:
            step(move)
            reach(f"move_{name}")
    finally:
        move.close()
    return Moved(place=move.place, rows={name: rows for name, (rows, _rest) in move.sums.items()})


def _finish_earlier(move: _Move, found: Whereabouts) -> Moved:
    if found.left is None:
        raise Conflict(
            "already_there",
            _("State lives in {lives} already.").format(lives=found.lives),
            _("There is nothing to move."),
        )
    _remove(move, found.left, move.state_url)
    return Moved(place=found.lives, rows={})


def open_source(move: _Move) -> None:
    """Open the State in force."""
    move.source = open_state(move.directory, state_url=move.state_url if _on_server(move) else "")


def _on_server(move: _Move) -> bool:
    return bool(read_whereabouts(move.directory.path).lives.url)


def prepare_target(move: _Move) -> None:
    """Announce the move and open its target, empty; what an earlier try left there is removed."""
    found = read_whereabouts(move.directory.path)
    if move.url is None:
        for path in move.directory.path.glob(f"{move.moving_file.name}*"):
            path.unlink()
    else:
        reader, writer = open_postgres(move.url)
        move.target = Database(reader, writer=writer)
        _empty(move.target, found.moving)
    move.place = make_place(move.url)
    write_whereabouts(move.directory.path, replace(found, moving=move.place))
    if move.target is None:
        move.target = open_database(move.moving_file)
        move.moving_file.chmod(0o600)


def _empty(target: Database, earlier: Place | None) -> None:
    with target.write() as db:
        there = _known_tables(db)
        ours = earlier is not None and _id_in(db, there) == earlier.state_id
        if there and not ours:
            names = ", ".join(sorted(there)[:3])
            raise Conflict(
                "target_not_empty",
                _("That database is not empty: it holds {names}.").format(names=names),
                _("Give an empty one: CREATE DATABASE heartline ENCODING 'UTF8' TEMPLATE template0."),
            )
        _drop_tables(db)


def _known_tables(db: Connection) -> set[str]:
    return {table.name for table in _tables()} & set(inspect(db).get_table_names())


def _id_in(db: Connection, there: set[str]) -> str:
    if t.settings.name not in there:
        return ""
    return str(db.execute(select(t.settings.c.value).where(t.settings.c.name == STATE_ID)).scalar() or "")


def _drop_tables(db: Connection) -> None:
    t.derived.drop_all(db)
    t.kept.drop_all(db)


def copy_rows(move: _Move) -> None:
    """Copy every table in one transaction: a kill in the middle leaves a server's database as empty as it was."""
    assert move.source is not None
    assert move.target is not None
    with move.source.read() as source, move.target.write() as db:
        migrations.bring_up(db)
        db.execute(migrations.steps_taken.delete())
        for table in _tables():
            seen = _Sum()
            fill_table(db, table, seen.watch(read_rows(source, table)))
            move.sums[table.name] = seen.found
            move.tell(table.name, seen.rows)
        db.execute(t.settings.insert().values(name=STATE_ID, value=move.place.state_id))
        db.execute(t.settings.insert().values(name=GENERATION, value=str(move.directory.generation)))
        if db.dialect.name == "postgresql":
            count_on(db)


def _tables() -> list[Table]:
    return [*t.kept.sorted_tables, *t.derived.sorted_tables]


def read_rows(db: Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    """Stream a table's rows as plain values, the same from both engines; what tells of the place is left out."""
    statement = select(table)
    if table is t.settings:
        statement = statement.where(t.settings.c.name.not_in(OF_THE_PLACE))
    for part in db.execution_options(yield_per=_PART).execute(statement).partitions(_PART):
        for row in part:
            yield tuple(fit(value) if type(value) is str else value for value in row)


def fill_table(db: Connection, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write rows given in the order of the table's columns, as fast as the engine takes them."""
    if db.dialect.name == "postgresql":
        quote = db.dialect.identifier_preparer.quote
        columns = ", ".join(quote(column.name) for column in table.columns)
        cursor: Any = db.connection.cursor()
        with cursor, cursor.copy(f"COPY {quote(table.name)} ({columns}) FROM STDIN") as into:
            for row in rows:
                into.write_row(row)
        return
    part: list[tuple[Any, ...]] = []
    for row in rows:
        part.append(row)
        if len(part) == _PART:
            insert_rows(db, table, part)
            part.clear()
    insert_rows(db, table, part)


def count_on(db: Connection) -> None:
    """Let the numbers that PostgreSQL gives out go on after those that were copied."""
    for table in _tables():
        column = table.autoincrement_column
        if column is not None and isinstance(column.type.dialect_impl(db.dialect), Integer):
            sequence = func.pg_get_serial_sequence(literal_column(f"'{table.name}'", Text), column.name)
            highest = select(func.max(column)).scalar_subquery()
            db.execute(select(func.setval(sequence, func.greatest(highest, 1), highest.is_not(None))))


def verify(move: _Move) -> None:
    """Read every row back, and compare with what was read from the source.

    Raises:
        Unavailable: something differs; State stays where it was.
    """
    assert move.target is not None
    with move.target.read() as db:
        for table in _tables():
            seen = _Sum()
            for _rest in seen.watch(read_rows(db, table)):
                pass
            if seen.found != move.sums[table.name]:
                raise Unavailable(
                    "copy_differs",
                    _("The copy of {name} differs: {sums} rows there, {rows} copied.").format(
                        name=table.name, sums=move.sums[table.name][0], rows=seen.rows
                    ),
                    _("State is where it was. Give the command again; if it stays so, please tell us."),
                )


class _Sum:
    """Counts rows and adds up their hashes, so that their order does not matter."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def watch(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        for row in rows:
            self.rows += 1
            told = repr(row).encode("utf-8", "surrogatepass")
            self._sum += int.from_bytes(blake2b(told, digest_size=16).digest())
            yield row

    @property
    def found(self) -> tuple[int, int]:
        return self.rows, self._sum % _MODULUS


def turn(move: _Move) -> None:
    """Put the new State in force: one rename decides."""
    assert move.target is not None
    found = read_whereabouts(move.directory.path)
    if move.url is None:
        move.target.close()
        sync_file(move.moving_file)
        move.moving_file.replace(move.directory.state)
    write_whereabouts(move.directory.path, Whereabouts(lives=move.place, left=found.lives))


def clear(move: _Move) -> None:
    """Remove the State that was: two would soon tell two truths, and an erasure would reach only one."""
    found = read_whereabouts(move.directory.path)
    assert move.source is not None
    assert found.left is not None
    move.source.close()
    _remove(move, found.left, move.state_url)


def _remove(move: _Move, left: Place, state_url: str) -> None:
    if left.url:
        reader, writer = open_postgres(read_state_url(state_url or left.url))
        database = Database(reader, writer=writer)
        try:
            with database.write() as db:
                if _id_in(db, _known_tables(db)) == left.state_id:
                    _drop_tables(db)
        finally:
            database.close()
    else:
        remove_embedded(move.directory)
    found = read_whereabouts(move.directory.path)
    write_whereabouts(move.directory.path, replace(found, left=None))


Steps = Sequence[tuple[str, Callable[[_Move], None]]]
STEPS: Final[Steps] = (
    ("opened", open_source),
    ("prepared", prepare_target),
    ("copied", copy_rows),
    ("verified", verify),
    ("turned", turn),
    ("cleared", clear),
)
"""The steps of a move, each with the name of the fail-point that follows it."""
