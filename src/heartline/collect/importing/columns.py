"""What a guess says of one column."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a column is for."""

    WHO = "who"
    WHEN = "when"
    WHAT = "what"
    SCORE = "score"
    TEXT = "text"
    AMOUNT = "amount"
    FIELD = "field"
    TRAIT = "trait"
    PROPERTY = "property"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnGuess:
    """A column's role in words, with samples. ``confidence`` is 0–1; ``doubt`` says what a person should check."""

    column: str
    role: Role
    detail: str
    confidence: float
    samples: tuple[str, ...]
    doubt: str = ""
