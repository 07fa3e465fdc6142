"""Drivers: what goes with a score, how it feels by itself, and where the two together place it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from heartline.web.api.shapes.figures import Asked, Figure, tell_asked, tell_metric
from heartline.web.drivers import DriverLine, DriverReading
from heartline.web.visit import Visit


class DriverTold(msgspec.Struct, kw_only=True):
    """One driver."""

    kind: Annotated[str, Meta(description="felt, wait, stage, touchpoint, channel, place, product or theme")]
    name: str
    importance: Annotated[Figure, Meta(description="its share of the differences between scores (R²), 0 to 1")]
    p: Annotated[float, Meta(description="how often chance makes as much of it, by permutation of customers")]
    goes_with: Annotated[bool, Meta(description="whether it holds beside all others, at a false discovery rate of 5 %")]
    sign: Annotated[int, Meta(description="1: more of it goes with higher scores, −1: lower, 0: no sign")]
    shares_credit: Annotated[bool, Meta(description="whether the other drivers say most of what it says")]
    feeling: Annotated[Figure | None, Meta(description="how it feels by itself; null where nobody was asked")]
    place: Annotated[str, Meta(description="fix_first, keep_up, watch, overkill or undecided")]
    n: Annotated[int, Meta(description="answers that speak of it")]
    customers: int
    question: Annotated[Asked | None, Meta(description="what its feeling answers; null of a theme")]


class PairAlike(msgspec.Struct, kw_only=True):
    """Two drivers that share credit."""

    one: str
    other: str
    correlation: float


class DriversTold(msgspec.Struct, kw_only=True):
    """All drivers of one score. They go with it; none is shown to cause it."""

    measure: str
    within: str
    score: Figure
    explained: Annotated[float, Meta(description="R² of all drivers together: the sum of their importance")]
    n: int
    customers: int
    tested: Annotated[int, Meta(description="answers in the permutation test; of many a part, by lot")]
    even_share: float
    middle: Annotated[Figure, Meta(description="how everything feels together: what “feeling” is held against")]
    drivers: list[DriverTold]
    alike: list[PairAlike]
    not_weighed: Annotated[int, Meta(description="drivers for which there was no room")]


def tell_drivers(visit: Visit, found: DriverReading) -> DriversTold:
    """Return all drivers."""
    return DriversTold(
        measure=found.measure.value,
        within=found.within,
        score=tell_metric(found.score),
        explained=found.r2,
        n=found.n,
        customers=found.customers,
        tested=found.tested,
        even_share=found.even,
        middle=tell_metric(found.middle),
        drivers=[_tell_line(visit, line) for line in found.lines],
        alike=[PairAlike(one=one, other=other, correlation=r) for one, other, r in found.alike],
        not_weighed=found.more,
    )


def _tell_line(visit: Visit, line: DriverLine) -> DriverTold:
    return DriverTold(
        kind=line.driver.kind.value,
        name=line.label,
        importance=tell_metric(line.importance),
        p=line.p,
        goes_with=line.passed,
        sign=line.sign,
        shares_credit=line.shared,
        feeling=None if line.feeling is None else tell_metric(line.feeling),
        place=line.quadrant.value,
        n=line.driver.n,
        customers=line.driver.customers,
        question=None if line.drill is None else tell_asked(line.drill.ask(visit.selection)),
    )
