"""The journal's port, and its in-memory twin."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from heartline.errors import Unavailable
from heartline.language import _
from heartline.records import Body


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """What one step of compaction closed: bodies, and their bytes before and after. All 0 when nothing is left."""

    bodies: int = 0
    had_bytes: int = 0
    has_bytes: int = 0


class Journal(Protocol):
    """Accepted bodies in order. What ``append`` returned is durable (design rule 1)."""

    def append(self, bodies: Sequence[Body]) -> list[int]:
        """Write bodies as one durable group and return their seqs, consecutive and rising.

        Raises:
            Unavailable: the disk is full or the journal cannot be written; nothing of the group was kept.
        """
        ...

    def read(self, after: int, *, events: int) -> list[Body]:
        """Return the bodies after a seq, in order, until about ``events`` events are gathered (at least one body)."""
        ...

    def at(self, seqs: Collection[int]) -> list[Body]:
        """Return the bodies of these seqs, in order; those that the journal does not hold are left out."""
        ...

    def head(self) -> int:
        """Return the seq of the last body, 0 when empty."""
        ...

    def events(self, *, after: int = 0) -> int:
        """Return how many events the bodies after a seq hold, as the door counted them."""
        ...

    def compact(self, *, settled: int, whole: bool = False) -> Closed:
        """Put some bodies up to the seq ``settled`` together and compress them; reading them stays the same.

        A remainder that would make a poor frame is left for later, unless ``whole``.

        Raises:
            Unavailable: the disk is full; nothing has changed.
        """
        ...

    def rewrite(self, payloads: Mapping[int, bytes]) -> None:
        """Put other bytes in place of some bodies', by seq, durably. Appends never wait for more than a row of it.

        Raises:
            Unavailable: the disk is full; some bodies have changed, each wholly, and the same call does the rest.
        """
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...


class MemoryJournal:
    """The twin for tests: same promises, except that they end with the process."""

    def __init__(self) -> None:
        self._bodies: list[Body] = []

    def append(self, bodies: Sequence[Body]) -> list[int]:
        """See ``Journal``."""
        first = len(self._bodies) + 1
        self._bodies.extend(replace(body, seq=first + i) for i, body in enumerate(bodies))
        return list(range(first, len(self._bodies) + 1))

    def read(self, after: int, *, events: int) -> list[Body]:
        """See ``Journal``."""
        found: list[Body] = []
        gathered = 0
        for body in self._bodies[after:]:
            found.append(body)
            gathered += body.events
            if gathered >= events:
                break
        return found

    def rewrite(self, payloads: Mapping[int, bytes]) -> None:
        """See ``Journal``."""
        for body in self.at(payloads):
            self._bodies[body.seq - 1] = replace(body, payload=payloads[body.seq])

    def at(self, seqs: Collection[int]) -> list[Body]:
        """See ``Journal``."""
        return [self._bodies[seq - 1] for seq in sorted(set(seqs)) if 0 < seq <= len(self._bodies)]

    def head(self) -> int:
        """See ``Journal``."""
        return len(self._bodies)

    def events(self, *, after: int = 0) -> int:
        """See ``Journal``."""
        return sum(body.events for body in self._bodies[after:])

    def compact(self, *, settled: int, whole: bool = False) -> Closed:
        """See ``Journal``: there is nothing to gain here."""
        del settled, whole
        return Closed()

    def close(self) -> None:
        """See ``Journal``."""


class LimitedJournal:
    """A journal read up to a seq and no further; nothing can be appended to it."""

    def __init__(self, journal: Journal, *, last: int) -> None:
        self._journal = journal
        self._last = last

    def append(self, bodies: Sequence[Body]) -> list[int]:
        """Refuse: the bodies would lie beyond the limit."""
        raise Unavailable(
            "read_only", _("{bodies} bodies came to a journal that is only read.").format(bodies=len(bodies))
        )

    def rewrite(self, payloads: Mapping[int, bytes]) -> None:
        """Refuse: who reads a part of a journal changes none of it."""
        raise Unavailable(
            "read_only",
            _("{payloads} bodies of a journal that is only read were to change.").format(payloads=len(payloads)),
        )

    def read(self, after: int, *, events: int) -> list[Body]:
        """See ``Journal``."""
        return [body for body in self._journal.read(after, events=events) if body.seq <= self._last]

    def at(self, seqs: Collection[int]) -> list[Body]:
        """See ``Journal``."""
        return self._journal.at([seq for seq in seqs if seq <= self._last])

    def head(self) -> int:
        """See ``Journal``."""
        return min(self._last, self._journal.head())

    def events(self, *, after: int = 0) -> int:
        """See ``Journal``."""
        return self._journal.events(after=after) - self._journal.events(after=max(after, self._last))

    def compact(self, *, settled: int, whole: bool = False) -> Closed:
        """See ``Journal``: it is somebody else's."""
        del settled, whole
        return Closed()

    def close(self) -> None:
        """Leave the journal open: it is somebody else's."""
