"""A map's figures frozen, and two of them held against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from heartline.records import Difference, Metric, StageFigures, Verdict
from heartline.understand.differences import difference, spend_budget
from heartline.understand.maps import JourneyMap, MapStage

FROZEN = ("feeling", "wait", "lost")
"""The figures of a stage that are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageChange:
    """One stage now and before; ``None`` where the map has no such stage. ``changes`` stand in the order of ``FROZEN``,
    and are empty unless both are there.
    """

    stage: str
    before: StageFigures | None
    now: StageFigures | None
    changes: tuple[Difference, ...] = ()


def freeze(measured: JourneyMap) -> tuple[StageFigures, ...]:
    """Return the figures of every stage, in the journey's order."""
    last = len(measured.stages) - 1
    return tuple(_freeze(stage, last=place == last) for place, stage in enumerate(measured.stages))


def compare_figures(now: Sequence[StageFigures], before: Sequence[StageFigures]) -> tuple[StageChange, ...]:
    """Hold the stages of two maps against each other by name, those of now first. What is not significant when all of
    a page's tests share one false-discovery budget is no reliable change.

    The intervals take the customers of both for different ones; where some are in both, they are wider than need be.
    """
    old = {figures.stage: figures for figures in before}
    held = [
        StageChange(stage=figures.stage, before=old.get(figures.stage), now=figures, changes=_change(figures, old))
        for figures in now
    ]
    names = {figures.stage for figures in now}
    held += [StageChange(stage=gone.stage, before=gone, now=None) for gone in before if gone.stage not in names]
    return _share_budget(held)


def _change(now: StageFigures, old: dict[str, StageFigures]) -> tuple[Difference, ...]:
    before = old.get(now.stage)
    if before is None:
        return ()
    return tuple(difference(getattr(now, name), getattr(before, name)) for name in FROZEN)


def _share_budget(held: Sequence[StageChange]) -> tuple[StageChange, ...]:
    tested = [change for one in held for change in one.changes if _is_test(change)]
    passed = spend_budget(np.array([change.p for change in tested], dtype=np.float64)).passed
    sure = {id(change) for change, passes in zip(tested, passed, strict=True) if passes}

    def judged(change: Difference) -> Difference:
        if not _is_test(change) or id(change) in sure:
            return change
        return replace(change, verdict=Verdict.NO_RELIABLE_CHANGE)

    return tuple(replace(one, changes=tuple(judged(change) for change in one.changes)) for one in held)


def _is_test(change: Difference) -> bool:
    return change.verdict is not Verdict.TOO_FEW and change.p is not None


def _freeze(stage: MapStage, *, last: bool) -> StageFigures:
    onward = stage.time.onward
    lost = stage.flow.lost
    return StageFigures(
        stage=stage.name,
        customers=stage.flow.customers,
        feeling=stage.heart,
        wait=Metric(
            name="wait",
            value=_seconds(onward.median_us),
            low=_seconds(onward.low_us),
            high=_seconds(onward.high_us),
            n=onward.n,
            customers=onward.customers,
            method="median, by customers",
        ),
        # Nobody is lost at the last stage: there is nowhere further to go.
        lost=replace(lost, value=None, low=None, high=None, n=0, customers=0) if last else lost,
    )


def _seconds(us: float | None) -> float | None:
    return None if us is None or not np.isfinite(us) else us / 1e6
