"""Metrics: no number without n and an interval (docs/explanation/numbers.md)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What may be said of a difference. Colour and arrow belong to HIGHER and LOWER alone."""

    HIGHER = "higher"
    LOWER = "lower"
    NO_RELIABLE_CHANGE = "no_reliable_change"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A value with its 95 % interval. ``n`` counts answers, ``customers`` the people who gave them (the unit).

    ``value`` is on the metric's own scale: NPS −100…+100, CSAT and rates 0…1, CES and stars their mean, valence −1…+1.
    ``None`` where nothing was measured; ``few`` where fewer than 30 customers stand behind it.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    customers: int
    method: str
    version: int = 1

    @property
    def few(self) -> bool:
        """Whether too few customers answered to say anything (drawn hollow)."""
        return self.customers < 30

    @property
    def margin(self) -> float | None:
        """Half the interval's width, for “+41 ± 6”."""
        if self.low is None or self.high is None:
            return None
        return (self.high - self.low) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The difference now − before (or this − that), its 95 % interval, and what may be said of it."""

    before: Metric
    now: Metric
    value: float | None
    low: float | None
    high: float | None
    p: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One version of what a metric counts: ``boxes`` best answers, from ``from_us`` on (µs UTC), by whom and why.

    Version 1 is built in and never kept. At any time the highest version that has begun is in force, so a later
    decision outranks an earlier one from its day on. ``made_us`` is when it was decided.
    """

    metric: str
    version: int
    boxes: int
    from_us: int
    by: str = ""
    why: str = ""
    made_us: int = 0
