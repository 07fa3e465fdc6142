"""What an import asks of the rest of heartline, and what it answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from heartline.collect.importing.changes import Change
from heartline.records import Body, Identifier


class Lookups(Protocol):
    """What State and History already know. All of it may be a moment behind the journal."""

    def known_messages(self, messages: Mapping[str, bytes], *, source_id: int) -> Mapping[str, bool]:
        """Return, of messages given by their ids with the JSON that would be sent, those that are stored already:
        True where what is stored says the same, False where it says something else.
        """
        ...

    def known_identifiers(self, identifiers: Collection[Identifier]) -> set[tuple[str, str]]:
        """Return the ``key`` of each identifier that some customer already has."""
        ...

    def times_of(self, identifiers: Collection[Identifier]) -> Mapping[tuple[str, str], int]:
        """Return, by identifier ``key``, the µs of the earliest touch that carried it; unknown ones are left out."""
        ...


class NothingKnown:
    """Lookups of an empty installation."""

    def known_messages(self, messages: Mapping[str, bytes], *, source_id: int) -> Mapping[str, bool]:
        """Know no message."""
        del messages, source_id
        return {}

    def known_identifiers(self, identifiers: Collection[Identifier]) -> set[tuple[str, str]]:
        """Know nobody."""
        del identifiers
        return set()

    def times_of(self, identifiers: Collection[Identifier]) -> Mapping[tuple[str, str], int]:
        """Know no time."""
        del identifiers
        return {}


class Accept(Protocol):
    """The way into the journal: returns once the body is durable.

    Raises:
        Unavailable: try again after ``retry_after_s``; the import waits and does.
    """

    def __call__(self, body: Body) -> object:
        """Make a body durable."""
        ...


class Progress(Protocol):
    """Told after each batch how far the import is."""

    def __call__(self, bytes_read: int, bytes_total: int, rows: int) -> None:
        """Show it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where an import goes: a trusted source, the way into the journal, what is known, and a clock (µs UTC).

    ``import_id`` is written into each body's envelope, by which the import can be found again and undone.
    """

    source_id: int
    accept: Accept
    lookups: Lookups
    import_id: int = 0
    now_us: Callable[[], int] = lambda: time.time_ns() // 1000
    pause: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A row worth showing: its number in the file (1 is the first after the header), why, and its cells, cut short."""

    row: int
    reason: str
    detail: str
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What an import would do. Nothing was written.

    ``rows`` counts the file's rows, ``skipped`` those that ``only`` left out. The taken rows make events:
    ``touches`` new ones, ``duplicate`` known ones, ``changed`` ones (a known key with other content: the first stays)
    and ``refused`` ones by reason. ``new_customers`` and ``matched_customers`` count different subjects of the events
    that are not refused. ``mended`` rows held bytes of another encoding. ``complete`` is False where only the first
    rows were read. ``changes`` are what would be changed on the way, ``left_out`` the columns that nothing reads, and
    ``encoding`` is how the file's bytes are read.
    """

    rows: int
    skipped: int = 0
    touches: int = 0
    new_customers: int = 0
    matched_customers: int = 0
    duplicate: int = 0
    changed: int = 0
    mended: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    warnings: tuple[str, ...] = ()
    first_us: int | None = None
    last_us: int | None = None
    complete: bool = True
    changes: tuple[Change, ...] = ()
    left_out: tuple[str, ...] = ()
    encoding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did. ``rows`` of the file were read, ``resumed_from`` of them by an earlier call; ``messages``
    were sent in ``bodies``, of which ``refused`` by reason will be kept aside.

    What became of them the projector finds out: once ``settled``, this call's messages are ``stored``, ``duplicate`` or
    ``aside`` (refused, or changed: a known key with other content).

    ``changes`` are what was changed on the way, ``columns`` the file's, ``left_out`` those that nothing reads, and
    ``encoding`` is how its bytes were read.
    """

    rows: int
    messages: int
    bodies: int
    refused: Mapping[str, int]
    skipped: int = 0
    mended: int = 0
    resumed_from: int = 0
    settled: bool = False
    stored: int = 0
    duplicate: int = 0
    aside: int = 0
    changes: tuple[Change, ...] = ()
    columns: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    encoding: str = ""
