"""What a team believes against what was measured: the gap at each stage, and the widest that is reliable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from heartline.records import Metric, Verdict
from heartline.understand.differences import FEWEST, judge, spend_budget
from heartline.understand.quantiles import Z95, find_p


@dataclass(frozen=True, slots=True, kw_only=True)
class BeliefGap:
    """Measured − believed at one stage, on −1…+1, with the interval of what was measured: a belief has none.

    ``verdict`` HIGHER: it is felt better than believed. All gaps of a map share one false-discovery budget.
    """

    place: int
    stage: str
    believed: float
    felt: Metric
    value: float
    low: float
    high: float
    verdict: Verdict


def weigh_beliefs(
    stages: Sequence[str], hearts: Sequence[Metric], believed: Sequence[float | None]
) -> tuple[BeliefGap, ...]:
    """Return the gap of every stage where something is believed and something was measured."""
    found = [
        _weigh(place, stage, heart, belief)
        for place, (stage, heart, belief) in enumerate(zip(stages, hearts, believed, strict=True))
        if belief is not None and heart.n and None not in {heart.value, heart.low, heart.high}
    ]
    tested = [gap for gap in found if gap.verdict is not Verdict.TOO_FEW]
    passed = spend_budget(np.array([_find_p(gap) for gap in tested], dtype=np.float64)).passed
    kept = {gap.place for gap, passes in zip(tested, passed, strict=True) if passes}
    return tuple(
        gap if gap.place in kept or gap.verdict is Verdict.TOO_FEW else replace(gap, verdict=Verdict.NO_RELIABLE_CHANGE)
        for gap in found
    )


def widest_gap(gaps: Sequence[BeliefGap]) -> BeliefGap | None:
    """Return the reliable gap that is widest even at the end of its interval nearest to none; None where none is."""
    sure = [gap for gap in gaps if gap.verdict in {Verdict.HIGHER, Verdict.LOWER}]
    return max(sure, key=lambda gap: min(abs(gap.low), abs(gap.high)), default=None)


def _weigh(place: int, stage: str, heart: Metric, believed: float) -> BeliefGap:
    value, low, high = ((0.0 if end is None else end) - believed for end in (heart.value, heart.low, heart.high))
    return BeliefGap(
        place=place,
        stage=stage,
        believed=believed,
        felt=heart,
        value=value,
        low=low,
        high=high,
        verdict=judge(low, high, enough=heart.customers >= FEWEST),
    )


def _find_p(gap: BeliefGap) -> float:
    """The level at which the interval would just touch what was believed, from the side that faces it."""
    side = gap.value - gap.low if gap.value > 0 else gap.high - gap.value
    if side <= 0:
        return 0.0 if gap.value else 1.0
    return float(find_p(np.array([Z95 * abs(gap.value) / side]))[0])
