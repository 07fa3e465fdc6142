"""What of State's port tells of refused events: which there are, and some of them with their bytes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from heartline.store.history import SeqRange


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedEvent:
    """A refused event as the page shows it."""

    seq: int
    source_id: int
    reason: str
    detail: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class RefusedNote:
    """That an event was refused, and why, in a word."""

    seq: int
    source_id: int
    reason: str


class DerivedRefused(Protocol):
    """The refused events that are kept aside."""

    def refused(
        self, *, limit: int, before_seq: int | None = None, source_id: int | None = None, reason: str = ""
    ) -> list[RefusedEvent]:
        """Return refused events, newest first: of one source and one reason where they are given."""
        ...

    def refused_at(self, seqs: Collection[int]) -> list[RefusedEvent]:
        """Return those of some events that are refused and kept, in order."""
        ...

    def refused_notes(
        self, *, source_id: int | None = None, reason: str = "", between: SeqRange | None = None
    ) -> list[RefusedNote]:
        """Return which events are refused, in order: of one source, one reason, or between two seqs, both included."""
        ...

    def refused_counts(self) -> list[tuple[int, str, int]]:
        """Return how many are kept of each source for each reason, as (source, reason, n)."""
        ...
