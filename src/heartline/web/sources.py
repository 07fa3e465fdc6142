"""Sources as their pages need them: found, counted, tried out."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from heartline.app import Account, Heartline
from heartline.collect import Door
from heartline.errors import Conflict, Missing
from heartline.language import _
from heartline.records import KnownIdentifier, Source, Trust
from heartline.store import Entry, RefusedEvent
from heartline.web.sample import post
from heartline.web.sessions import now_us
from heartline.web.visit import Visit
from heartline.web.workspaces import read_name

_HEX_SHOWN: Final = 512
_TEXT_SHOWN: Final = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A source with its share of the account, in events."""

    source: Source
    stored: int = 0
    duplicate: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An interaction of the feed: what it says, where it came from, who it is about, and when it was read."""

    entry: Entry
    source: str
    who: KnownIdentifier | None
    now_us: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The whole account: its terms, its sources, and the bodies the door refused whole as (source, reason, n)."""

    account: Account
    sources: tuple[Counted, ...]
    at_door: tuple[tuple[str, str, int], ...]


def find_source(heartline: Heartline, source_id: int) -> Source:
    """Return a source.

    Raises:
        Missing: there is none of this number.
    """
    for source in heartline.stores.kept.sources():
        if source.source_id == source_id:
            return source
    raise Missing("no_source", _("There is no source of this number."), _("See the list of sources."))


def add_source(visit: Visit, name: str, *, trust: Trust) -> Source:
    """Add a source with a key of its own.

    Raises:
        Invalid: it has no name.
    """
    source = visit.heartline.stores.kept.add_source(name=read_name(name), trust=trust)
    visit.heartline.sources.reload()
    visit.note("source_added", f"{source.name} ({trust.value})")
    return source


def change_source(visit: Visit, source_id: int, *, name: str | None, enabled: bool | None) -> None:
    """Rename a source, or switch it on or off; None leaves it as it is.

    Raises:
        Missing: there is none of this number.
        Invalid: it would have no name.
    """
    find_source(visit.heartline, source_id)
    name = None if name is None else read_name(name)
    visit.heartline.stores.kept.set_source(source_id, name=name, enabled=enabled)
    visit.heartline.sources.reload()
    visit.note("source_changed", f"{source_id}: name {name}, enabled {enabled}")


def count_sources(heartline: Heartline) -> tuple[Counted, ...]:
    """Return all sources with their counts."""
    counters = heartline.stores.derived.counters()
    return tuple(_count(source, counters) for source in heartline.stores.kept.sources())


def _count(source: Source, counters: Mapping[tuple[int, str], int]) -> Counted:
    def told(what: str) -> int:
        return counters.get((source.source_id, what), 0)

    return Counted(source=source, stored=told("stored"), duplicate=told("duplicate"), refused=told("refused"))


def read_ledger(heartline: Heartline) -> Ledger:
    """Return the account, read at one moment between two micro-batches."""
    account, sources = heartline.account(), count_sources(heartline)
    heartline.sources.write_refusals()
    names = {counted.source.source_id: counted.source.name for counted in sources}
    doors = sorted(heartline.stores.kept.door_refusals().items(), key=lambda item: -item[1])
    at_door = tuple((names.get(source_id, _("An unknown key")), reason, n) for (source_id, reason), n in doors)
    return Ledger(account=account, sources=sources, at_door=at_door)


def read_arrivals(heartline: Heartline, *, limit: int, source_id: int | None = None) -> tuple[Arrival, ...]:
    """Return what arrived last, newest first."""
    entries = heartline.stores.history.recent(limit=limit, source_id=source_id)
    known = heartline.stores.derived.identifiers({entry.subject_id for entry in entries})
    by_id = {identifier.identifier_id: identifier for identifier in known}
    names = {source.source_id: source.name for source in heartline.stores.kept.sources()}
    return tuple(
        Arrival(entry=entry, source=names.get(entry.source_id, ""), who=by_id.get(entry.subject_id), now_us=now_us())
        for entry in entries
    )


def send_test_event(heartline: Heartline, source: Source) -> None:
    """Send one event through the real door, as a kit would.

    Raises:
        Conflict: the source is switched off.
        Unavailable: the door cannot take it now.
    """
    if not source.enabled:
        raise Conflict("switched_off", _("This source is switched off."), _("Switch it on first."))
    message = {
        "type": "track",
        "event": "Test Event",
        "messageId": f"heartline-test-{uuid.uuid4()}",
        "anonymousId": "heartline-test",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "properties": {"from": "the page of this source"},
    }
    door = Door(heartline.intake, heartline.sources, heartline.settings)
    # A source with a list of pages takes events from those alone: ours speaks for the first of them.
    origin = next(iter(heartline.sources.rules(source.source_id).origins), "")
    asyncio.run(post(door, source.write_key, [message], origin=origin))


def show_raw(refused: RefusedEvent) -> str:
    """Return refused bytes as people can read them: as text where they are text, else as hex."""
    try:
        text = refused.raw[: _TEXT_SHOWN * 4].decode()
        if all(sign.isprintable() or sign in "\n\r\t" for sign in text):
            return text[:_TEXT_SHOWN]
    except UnicodeDecodeError:
        pass
    return refused.raw[:_HEX_SHOWN].hex(" ", 2)
