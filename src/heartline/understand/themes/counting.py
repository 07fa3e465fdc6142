"""Why people buy, why they leave, and which rivals they name: counted over comments, with what is known of the error.

What a rule hears is not always meant. Of every share the interval's ends are multiplied by the ends of how often the
rule was right when it was checked by hand; what no rule hears is not in it, so shares of all comments are floors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from heartline.language import mark
from heartline.records import Metric
from heartline.understand.intervals import report_metrics
from heartline.understand.log import Ints, Mask
from heartline.understand.samples import Scale, gather
from heartline.understand.voice import HEARD_RIGHT, Saying

METHOD: Final = mark("Wilson, clustered by customer, times how often the rule is right")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason or rival: its ``place`` among those asked for, its ``share`` of those who say so, and the rows."""

    place: int
    share: Metric
    rows: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """All who say it: their ``share`` of all comments (a floor), reasons by share, and rivals they name."""

    saying: Saying
    share: Metric
    rows: Ints
    reasons: tuple[Reason, ...]
    rivals: tuple[Reason, ...]

    def moved(self, rows: Ints) -> Reasons:
        """Return the same with rows of a log in place of the places of the comments that were given."""

        def move(some: tuple[Reason, ...]) -> tuple[Reason, ...]:
            return tuple(replace(one, rows=rows[one.rows]) for one in some)

        return replace(self, rows=rows[self.rows], reasons=move(self.reasons), rivals=move(self.rivals))


def count_reasons(
    saying: Saying, said: Mask, customer: Ints, *, themes: tuple[Mask, ...], rivals: tuple[Mask, ...]
) -> Reasons:
    """Count who says it over comments: ``said`` marks what the rule hears, the rest what each comment is of."""
    rows = np.flatnonzero(said)
    plain = report_metrics(gather(said.astype(np.float64), customer, scale=Scale.SHARE), saying.value)[0]
    low, right, high = find_right(saying)
    floor = replace(
        plain, value=_times(plain.value, right), low=_times(plain.low, low), high=_times(plain.high, high),
        method=METHOD,
    )  # fmt: skip
    return Reasons(
        saying=saying,
        share=floor,
        rows=rows,
        reasons=_split(rows, customer, themes, "reason"),
        rivals=_split(rows, customer, rivals, "rival"),
    )


def find_right(saying: Saying) -> tuple[float, float, float]:
    """Return how often what the rule hears is meant, with its interval: low, share, high."""
    right, n = HEARD_RIGHT[saying]
    meant = report_metrics(gather(np.r_[np.ones(right), np.zeros(n - right)], np.arange(n), scale=Scale.SHARE), "")[0]
    assert meant.value is not None
    assert meant.low is not None
    assert meant.high is not None
    return meant.low, meant.value, meant.high


def _split(rows: Ints, customer: Ints, masks: tuple[Mask, ...], name: str) -> tuple[Reason, ...]:
    """Return what each part is of those rows, largest first; parts that nobody spoke of are left out."""
    found = []
    for place, mask in enumerate(masks):
        inside = mask[rows]
        if inside.any():
            share = report_metrics(gather(inside.astype(np.float64), customer[rows], scale=Scale.SHARE), name)[0]
            found.append(Reason(place=place, share=share, rows=rows[inside]))
    return tuple(sorted(found, key=lambda one: (-len(one.rows), one.place)))


def _times(value: float | None, by: float) -> float | None:
    return None if value is None else value * by
