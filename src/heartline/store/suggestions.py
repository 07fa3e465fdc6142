"""State's ports for suggestions: the people to compare (derived) and the queue of pairs that people decide (kept)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from heartline.records import Clue, IdentifierKind, Profile, Suggestion, SuggestionStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSuggestion:
    """A pair that is to join the queue. See ``Suggestion``."""

    left: str
    right: str
    probability: float
    start_bits: float
    clues: tuple[Clue, ...]
    over_limit: bool


class DerivedPeople(Protocol):
    """What suggestions read of derived State."""

    def walk_profiles(self) -> Iterator[Profile]:
        """Return every customer that has traits, by customer number, a few thousand in memory at a time."""
        ...

    def strong_handles(self, customer_ids: Collection[int]) -> Mapping[int, Mapping[IdentifierKind, frozenset[bytes]]]:
        """Return the handles of the verified identifiers of customers, by kind."""
        ...

    def owners_of_handles(self, handles: Collection[str]) -> Mapping[str, int]:
        """Return the present customers of handles (hex); what nobody owns is left out."""
        ...


class KeptSuggestions(Protocol):
    """The queue. What people decided is never dropped; what is open is renewed by each run."""

    def renew_suggestions(self, found: Sequence[NewSuggestion], *, at_us: int) -> None:
        """Put what was found in place of all that is open. A pair that stays keeps its number and when it was found."""
        ...

    def suggestions(
        self, status: SuggestionStatus, *, limit: int, skip: int = 0, over_limit: bool | None = None
    ) -> list[Suggestion]:
        """Return suggestions of a status: open ones the surest first, decided ones the latest first."""
        ...

    def decided_suggestions(self) -> list[Suggestion]:
        """Return all that people confirmed or dismissed, the oldest first."""
        ...

    def suggestion(self, suggestion_id: int) -> Suggestion:
        """Return a suggestion. Raises Missing."""
        ...

    def count_suggestions(self, status: SuggestionStatus, *, over_limit: bool | None = None) -> int:
        """Return how many suggestions have a status."""
        ...

    def decide_suggestion(self, suggestion_id: int, status: SuggestionStatus, *, by: str, at_us: int) -> Suggestion:
        """Keep what a person decided; ``OPEN`` takes a decision back.

        Raises:
            Missing: there is no such suggestion (a run has found it no longer).
            Conflict: somebody decided it before.
        """
        ...

    def forget_suggestions(self, handles: Collection[str]) -> int:
        """Remove every pair that names one of the handles (erasure); return how many those were."""
        ...
