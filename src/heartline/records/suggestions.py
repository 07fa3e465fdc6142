"""Suggestions: pairs of customers that may be one person, for a person to confirm or dismiss (rule I8)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SuggestionStatus(StrEnum):
    """What a person said of a pair. Nothing is joined before it is confirmed."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """What one column says about a pair: the level it reached, and its weight in bits (log2 of m over u).

    ``level`` is ``""`` where one of the two does not tell, ``"other"`` where they differ.
    """

    column: str
    level: str
    bits: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A pair by the handles of two customers (hex), the smaller first, with the evidence; no value of theirs is in it.

    ``start_bits`` is the weight before any clue: how rare a true pair is at all. ``over_limit``: they hold more
    identifiers of a kind than one customer may, such as two user ids.
    """

    suggestion_id: int
    left: str
    right: str
    probability: float
    start_bits: float
    clues: tuple[Clue, ...]
    over_limit: bool
    status: SuggestionStatus
    found_us: int
    decided_us: int | None = None
    decided_by: str = ""

    @property
    def pattern(self) -> str:
        """The evidence as one word: which level each column reached. Another pattern is other evidence."""
        return pattern_of(self.clues)


def pattern_of(clues: tuple[Clue, ...]) -> str:
    """Return the evidence as one word, without its weights, which change with every customer that comes along."""
    return ",".join(f"{clue.column}={clue.level}" for clue in clues if clue.level)
