"""The history's port: interactions as columns, appended, never rewritten for identity; and its in-memory twin."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from secrets import token_hex
from typing import Final, NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from heartline.records import NOBODY, Interaction

FIELDS: Final = ("touchpoint", "channel", "area", "place", "partner", "employee", "product", "action")
"""The coded text columns. Code 0 of each vocabulary is the empty name."""

KINDS: Final = ("track", "page", "screen", "identify", "group", "alias")
SCORE_KINDS: Final = ("", "nps", "csat", "ces", "stars")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One interaction as History keeps it. ``subject_id`` is its identifier's number in State; times are µs UTC.

    A struct, because one is made for every event (docs/decisions/0007).
    """

    seq: int
    ts_us: int
    received_us: int
    subject_id: int
    source_id: int
    kind: str
    touch: bool
    touchpoint: str = ""
    channel: str = ""
    area: str = ""
    place: str = ""
    partner: str = ""
    employee: str = ""
    product: str = ""
    action: str = ""
    score_kind: str = ""
    score: float | None = None
    score_top: int = 0
    amount_minor: int | None = None
    currency: str | None = None
    text: str | None = None
    order: str | None = None
    message_id: str = ""
    properties: str = "{}"
    skewed: bool = False
    others: tuple[int, ...] = ()
    """The other identifiers it named: written by ``append``, found again by ``mentions``, not read back."""


def make_entry(i: Interaction, subject_id: int, others: tuple[int, ...] = ()) -> Entry:
    """Return what History keeps of an interaction, under its subject's number."""
    return Entry(
        seq=i.seq,
        ts_us=i.ts_us,
        received_us=i.received_us,
        subject_id=subject_id,
        source_id=i.source_id,
        kind=i.kind,
        touch=i.touch,
        touchpoint=i.touchpoint,
        channel=i.channel,
        area=i.area,
        place=i.place,
        partner=i.partner or "",
        employee=i.employee or "",
        product=i.product or "",
        action=i.action,
        score_kind=i.score.kind.value if i.score else "",
        score=i.score.value if i.score else None,
        score_top=i.score.top if i.score else 0,
        amount_minor=i.amount_minor,
        currency=i.currency,
        text=i.text,
        order=i.order,
        message_id=i.message_id,
        properties=i.properties.decode("utf-8", "replace"),
        skewed=i.skewed,
        others=others,
    )


SeqRange = tuple[int, int]
"""The first and last seq of a run of interactions, both included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The packable columns of touches, in no order: one length. ``fields`` holds codes by name of ``FIELDS``."""

    seq: NDArray[np.int64]
    ts_us: NDArray[np.int64]
    subject_id: NDArray[np.int64]
    fields: Mapping[str, NDArray[np.int32]]
    score_kind: NDArray[np.uint8]
    score: NDArray[np.float32]
    score_top: NDArray[np.uint8]
    amount_minor: NDArray[np.int64]
    has_text: NDArray[np.bool_]
    text_length: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Span:
    """A subject during a time: ``from_us <= t < to_us``."""

    subject_id: int
    from_us: int
    to_us: int


class Told(NamedTuple):
    """What was sent along with a touch: its properties as JSON, its time (µs UTC), order and touchpoint."""

    seq: int
    ts_us: int
    order: str | None
    properties: str
    touchpoint: str


def make_fingerprint() -> str:
    """Return a fingerprint that no History had before: drawn, so that two files never share one by counting alike."""
    return token_hex(8)


class History(Protocol):
    """Interactions as columns. ``append`` commits the rows and the offset together (design rule 2)."""

    def append(self, entries: Sequence[Entry], *, offset: int) -> None:
        """Add rows and move the offset to a journal seq, in one transaction."""
        ...

    def record(
        self,
        told: Sequence[Interaction],
        subject_ids: Sequence[int],
        mentions: Sequence[tuple[int, int]],
        *,
        offset: int,
    ) -> None:
        """Append interactions as the gate made them, each under its subject's number: as ``make_entry`` reads them.

        ``mentions`` are seq and number of each other identifier that one names.
        """
        ...

    def offset(self) -> int:
        """Return the journal seq up to which History is complete."""
        ...

    def count(self) -> int:
        """Return how many interactions are stored."""
        ...

    def span_us(self) -> tuple[int, int] | None:
        """Return the first and last event time of all touches, or None when empty."""
        ...

    def fingerprint(self) -> str:
        """Return what changes with all that is not an append of rows with a greater seq than any before.

        While it stays, what was read up to a seq is still all there is up to it. ``remove`` changes it even where it
        finds nothing: the act behind it may have changed State alone.
        """
        ...

    def columns(self, *, after_seq: int = -1) -> Columns:
        """Return the packable columns of all touches with a greater seq."""
        ...

    def told(self, naming: Sequence[str], *, after_seq: int = -1, limit: int) -> list[Told]:
        """Return the first touches, by seq, with a greater seq whose properties hold a key that begins with one of some
        words (or say so in a text: whoever reads them looks again).
        """
        ...

    def subjects(self, *, after_seq: int) -> NDArray[np.int64]:
        """Return the subjects, each once, of all interactions with a greater seq: of what is no touch too."""
        ...

    def vocabulary(self) -> Mapping[str, tuple[str, ...]]:
        """Return each field's names by code."""
        ...

    def entries(self, seqs: Sequence[int]) -> list[Entry]:
        """Return interactions by seq, in the order asked; unknown ones are left out."""
        ...

    def timeline(self, spans: Sequence[Span], *, limit: int, before_us: int | None = None) -> list[Entry]:
        """Return the newest interactions of some subjects' spans, newest first, ties by seq."""
        ...

    def recent(self, *, limit: int, source_id: int | None = None) -> list[Entry]:
        """Return the interactions that arrived last, newest first."""
        ...

    def of_rivals(self, *, limit: int) -> list[Entry]:
        """Return what was said of rivals, the latest of it by seq, in that order: it is nobody's and no touch."""
        ...

    def earliest_us(self, subject_ids: Sequence[int]) -> Mapping[int, int]:
        """Return the time of the first touch of each subject that has one."""
        ...

    def source_starts(self) -> Mapping[int, int]:
        """Return the time of the first touch of each source that has one."""
        ...

    def digests(self) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """Return each subject with a digest of all its interactions, whatever their order and numbers.

        Only digests that one process took of the same kind of History can be compared.
        """
        ...

    def mentions(self, identifier_ids: Collection[int]) -> list[int]:
        """Return the seqs of all interactions that name any of these identifiers, as subject or beside it."""
        ...

    def count_within(self, ranges: Sequence[SeqRange]) -> int:
        """Return how many interactions of some ranges are stored."""
        ...

    def remove(self, ranges: Sequence[SeqRange], *, offset: int) -> int:
        """Remove interactions and move the offset, in one transaction; return how many there were."""
        ...

    def moments(self, *, before_us: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return seq, subject and time of all interactions that happened before a time, in no order."""
        ...

    def rewrite(self) -> int:
        """Write all that is there anew, so that nothing of what was removed is left in a file; return its bytes.

        Readers and appends wait for the end of it.

        Raises:
            Unavailable: the disk is full; nothing has changed.
        """
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...


class MemoryHistory:
    """The twin for tests."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._others: dict[int, tuple[int, ...]] = {}
        self._offset = 0
        self._top = -1
        self._names: dict[str, list[str]] = {field: [""] for field in FIELDS}
        self._fingerprint = make_fingerprint()

    def texts(self, *, ours: bool = False) -> list[tuple[int, str | None]]:
        """Return every interaction's text by seq, or only of ``ours``: the twin of readings looks here."""
        return [(e.seq, e.text) for e in self._entries if not ours or e.subject_id != NOBODY]

    def append(self, entries: Sequence[Entry], *, offset: int) -> None:
        """See ``History``."""
        if any(entry.seq <= self._top for entry in entries):
            self._fingerprint = make_fingerprint()
        self._top = max(self._top, max((entry.seq for entry in entries), default=-1))
        for entry in entries:
            for field in FIELDS:
                name = getattr(entry, field)
                if name not in self._names[field]:
                    self._names[field].append(name)
            if entry.others:
                self._others[entry.seq] = entry.others
        self._entries.extend(msgspec.structs.replace(entry, others=()) for entry in entries)
        self._offset = offset

    def record(
        self,
        told: Sequence[Interaction],
        subject_ids: Sequence[int],
        mentions: Sequence[tuple[int, int]],
        *,
        offset: int,
    ) -> None:
        """See ``History``."""
        others: dict[int, tuple[int, ...]] = {}
        for seq, number in mentions:
            others[seq] = (*others.get(seq, ()), number)
        pairs = zip(told, subject_ids, strict=True)
        self.append([make_entry(i, number, others.get(i.seq, ())) for i, number in pairs], offset=offset)

    def offset(self) -> int:
        """See ``History``."""
        return self._offset

    def count(self) -> int:
        """See ``History``."""
        return len(self._entries)

    def span_us(self) -> tuple[int, int] | None:
        """See ``History``."""
        times = [e.ts_us for e in self._entries if e.touch]
        return (min(times), max(times)) if times else None

    def fingerprint(self) -> str:
        """See ``History``."""
        return self._fingerprint

    def columns(self, *, after_seq: int = -1) -> Columns:
        """See ``History``."""
        rows = [e for e in self._entries if e.touch and e.seq > after_seq]
        return Columns(
            seq=np.array([e.seq for e in rows], dtype=np.int64),
            ts_us=np.array([e.ts_us for e in rows], dtype=np.int64),
            subject_id=np.array([e.subject_id for e in rows], dtype=np.int64),
            fields={
                field: np.array([self._names[field].index(getattr(e, field)) for e in rows], dtype=np.int32)
                for field in FIELDS
            },
            score_kind=np.array([SCORE_KINDS.index(e.score_kind) for e in rows], dtype=np.uint8),
            score=np.array([np.nan if e.score is None else e.score for e in rows], dtype=np.float32),
            score_top=np.array([e.score_top for e in rows], dtype=np.uint8),
            amount_minor=np.array([e.amount_minor or 0 for e in rows], dtype=np.int64),
            has_text=np.array([bool(e.text) for e in rows], dtype=np.bool_),
            text_length=np.array([len(e.text or "") for e in rows], dtype=np.int32),
        )

    def told(self, naming: Sequence[str], *, after_seq: int = -1, limit: int) -> list[Told]:
        """See ``History``."""
        found = [
            Told(e.seq, e.ts_us, e.order, e.properties, e.touchpoint)
            for e in self._entries
            if e.touch and e.seq > after_seq and any(f'"{word}' in e.properties for word in naming)
        ]
        return sorted(found)[:limit]

    def subjects(self, *, after_seq: int) -> NDArray[np.int64]:
        """See ``History``."""
        found = {e.subject_id for e in self._entries if e.seq > after_seq} - {NOBODY}
        return np.array(sorted(found), dtype=np.int64)

    def vocabulary(self) -> Mapping[str, tuple[str, ...]]:
        """See ``History``."""
        return {field: tuple(names) for field, names in self._names.items()}

    def entries(self, seqs: Sequence[int]) -> list[Entry]:
        """See ``History``."""
        by_seq = {e.seq: e for e in self._entries}
        return [by_seq[seq] for seq in seqs if seq in by_seq]

    def timeline(self, spans: Sequence[Span], *, limit: int, before_us: int | None = None) -> list[Entry]:
        """See ``History``."""
        found = [
            e
            for e in self._entries
            if any(s.subject_id == e.subject_id and s.from_us <= e.ts_us < s.to_us for s in spans)
            and (before_us is None or e.ts_us < before_us)
        ]
        return sorted(found, key=lambda e: (-e.ts_us, -e.seq))[:limit]

    def recent(self, *, limit: int, source_id: int | None = None) -> list[Entry]:
        """See ``History``."""
        found = [e for e in self._entries if source_id is None or e.source_id == source_id]
        return sorted(found, key=lambda e: -e.seq)[:limit]

    def of_rivals(self, *, limit: int) -> list[Entry]:
        """See ``History``."""
        found = sorted((e for e in self._entries if e.subject_id == NOBODY), key=lambda e: e.seq)
        return found[max(0, len(found) - limit) :]

    def earliest_us(self, subject_ids: Sequence[int]) -> Mapping[int, int]:
        """See ``History``."""
        wanted = set(subject_ids)
        first: dict[int, int] = {}
        for entry in self._entries:
            if entry.touch and entry.subject_id in wanted:
                first[entry.subject_id] = min(first.get(entry.subject_id, entry.ts_us), entry.ts_us)
        return first

    def source_starts(self) -> Mapping[int, int]:
        """See ``History``."""
        first: dict[int, int] = {}
        for entry in self._entries:
            if entry.touch:
                first[entry.source_id] = min(first.get(entry.source_id, entry.ts_us), entry.ts_us)
        return first

    def digests(self) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """See ``History``."""
        found: dict[int, int] = {}
        for entry in self._entries:
            said = repr(msgspec.structs.replace(entry, seq=0, subject_id=0)).encode("utf-8", "surrogatepass")
            part = int.from_bytes(blake2b(said, digest_size=8).digest(), "big")
            found[entry.subject_id] = (found.get(entry.subject_id, 0) + part) % 2**64
        return np.array(list(found), dtype=np.int64), np.array(list(found.values()), dtype=np.uint64)

    def mentions(self, identifier_ids: Collection[int]) -> list[int]:
        """See ``History``."""
        wanted = set(identifier_ids)
        return sorted(
            e.seq for e in self._entries if not wanted.isdisjoint((e.subject_id, *self._others.get(e.seq, ())))
        )

    def count_within(self, ranges: Sequence[SeqRange]) -> int:
        """See ``History``."""
        return sum(any(first <= e.seq <= last for first, last in ranges) for e in self._entries)

    def remove(self, ranges: Sequence[SeqRange], *, offset: int) -> int:
        """See ``History``."""
        before = len(self._entries)
        self._entries = [e for e in self._entries if not any(first <= e.seq <= last for first, last in ranges)]
        self._offset = offset
        self._fingerprint = make_fingerprint()
        return before - len(self._entries)

    def moments(self, *, before_us: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """See ``History``."""
        rows = [(e.seq, e.subject_id, e.ts_us) for e in self._entries if e.ts_us < before_us]
        found = np.array(rows, dtype=np.int64).reshape(-1, 3)
        return found[:, 0], found[:, 1], found[:, 2]

    def rewrite(self) -> int:
        """See ``History``."""
        self._fingerprint = make_fingerprint()
        return 0

    def close(self) -> None:
        """See ``History``."""
