"""Themes: what customers talk about, as heartline found it and as people put it right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NO_THEME: Final = 0
"""The number of no theme."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A theme by its ``number`` (1…), which outlives that themes are found anew.

    ``terms`` tell it, ``size`` different texts it was found in, ``stability`` is the mean Jaccard index of resamples.
    People may give it a ``name``, put it under a ``parent``, count it as part of another (``merged_into``), hide it.
    """

    number: int
    terms: tuple[str, ...]
    size: int
    stability: float
    stable: bool
    found_us: int
    name: str = ""
    parent: int = NO_THEME
    merged_into: int = NO_THEME
    hidden: bool = False

    @property
    def edited(self) -> bool:
        """Whether people put it right: it then stays, whatever is found later."""
        return bool(self.name or self.parent or self.merged_into or self.hidden)

    @property
    def label(self) -> str:
        """What it is called: the name people gave it, else its terms."""
        return self.name or " · ".join(self.terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """Where a theme lies among meanings: ``vector`` as bytes of half precision; texts under ``floor`` are not of it."""

    number: int
    vector: bytes
    floor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeRound:
    """One finding of themes: its ``version``, when, in how many different texts, by which encoder's vectors."""

    version: int
    found_us: int
    texts: int
    encoder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """The theme of one text by its seq, of one version of the themes; ``NO_THEME`` where it is near to none."""

    seq: int
    version: int
    theme: int
    likeness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeAlert:
    """A theme surged, in event time: see ``understand.Surge``. ``theme`` is ``NO_THEME`` for what fits no theme.

    ``seen_us`` is when the data said so, ``raised_us`` when heartline did.
    """

    alert_id: int
    theme: int
    seen_us: int
    raised_us: int
    minutes: int
    customers: int
    expected: float
    terms: tuple[str, ...] = ()
