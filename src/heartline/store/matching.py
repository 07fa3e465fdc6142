"""The matcher's port: records of people in, pairs that may be one person out, with the evidence behind each.

What is compared, and how, is said in ``unify`` as a ``MatchModel``; how it is computed is the adapter's affair. Nothing
here joins anybody: a pair is a suggestion that a person confirms (rule I8).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from heartline.records import Clue


class Likeness(StrEnum):
    """How two values of a column may be alike. A level of a comparison is one of these."""

    SAME = "same"
    """The same, letter by letter."""
    CROSSED = "crossed"
    """This column here is ``other`` there, and the other way round: given and family name changed places."""
    SHORTENED = "shortened"
    """One begins with the other: an initial, or the first three letters and more."""
    ALIKE = "alike"
    """Jaro-Winkler similarity of at least ``at_least``."""
    TYPO = "typo"
    """At most ``at_most`` letters wrong, missing, added or turned round (Damerau-Levenshtein)."""
    PART = "part"
    """A date of which two of year, month and day are the same, or whose day and month changed places."""
    START = "start"
    """The first ``at_most`` letters are the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One step of a comparison, the strictest first. ``usual`` is the share of true pairs expected at this level (m),
    used where the data teach nothing better. ``rarity`` lets a rare value speak louder than a common one.
    """

    name: str
    likeness: Likeness
    usual: float
    column: str = ""
    other: str = ""
    at_least: float = 0.0
    at_most: int = 0
    rarity: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A column and the levels at which two values of it are told apart. What none takes is ``"other"``; what one of
    the two does not tell is ``""`` and weighs nothing.
    """

    column: str
    levels: tuple[Level, ...]


Part = tuple[str, int]
"""A column and how many of its first letters (0: all)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchModel:
    """What is compared. Two records are compared only if they agree on all parts of one rule of ``blocking``.

    ``training`` names columns (one or more a rule) by which pairs are gathered to learn from. ``certain`` are rules
    whose pairs are nearly always one person: they say how many pairs to expect, ``recall`` being the share of true
    pairs they find; at least ``usual_doubles`` a record are expected.
    """

    compared: tuple[Compared, ...]
    blocking: tuple[tuple[Part, ...], ...]
    training: tuple[tuple[str, ...], ...]
    certain: tuple[tuple[str, ...], ...]
    recall: float
    usual_doubles: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRecord:
    """A person as the matcher sees one: normalised values by column, without those that are not known."""

    ref: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedPair:
    """Two refs, the smaller first. ``start_bits`` is the weight before any clue: how rare a true pair is at all."""

    left: str
    right: str
    probability: float
    start_bits: float
    clues: tuple[Clue, ...]

    @property
    def bits(self) -> float:
        """The weight of all the evidence."""
        return self.start_bits + sum(clue.bits for clue in self.clues)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Pairs at or above the threshold, the surest first, and what it took to find them.

    ``compared`` pairs were scored; groups of more than ``largest_group`` records that share a value were too common to
    be compared. ``learned`` names the columns whose weights the data taught.
    """

    pairs: tuple[MatchedPair, ...]
    records: int
    compared: int
    largest_group: int
    learned: tuple[str, ...] = ()


class Matcher(Protocol):
    """Finds pairs of records that may be one person. The same records give the same pairs."""

    def match(self, records: Iterable[MatchRecord], model: MatchModel, *, threshold: float, most_pairs: int) -> Matched:
        """Return at most ``most_pairs`` pairs of at least ``threshold`` probability.

        Raises:
            Unavailable: the matcher is not installed; the hint says how to install it.
        """
        ...
