"""Our reviews and rivals', theme by theme: how much is said of each theme, and how it sounds, with the difference.

Customers are the unit on our side; of who reviews a rival nothing is known, so each of those reviews is one of its own.
The company's reader was taught on our scored comments: by how much it errs there goes into both sides' intervals, how
much it errs on texts about a rival is not known. All differences of a page share one false-discovery budget.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from heartline.records import Difference, Metric, ReaderVersion, Verdict
from heartline.understand.differences import FEWEST, find_gap_p, judge, measure_gap, spend_budget
from heartline.understand.intervals import number, report_metrics
from heartline.understand.log import Floats, Ints, Mask
from heartline.understand.quantiles import Z95, find_z
from heartline.understand.samples import Sample, Scale, gather
from heartline.understand.themes.shares import Spoken, share_themes, sort_themes
from heartline.understand.voice import FEELING, find_error, sum_readings

SHARE: Final = "theme_share"
ALL: Final = -1
"""The place of all themes together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeAgainst:
    """One theme (``ALL``: every review): ``share`` of reviews and ``feeling``, each with ours as now and theirs as
    before, so a difference above zero is more, or gladder, with us. ``share`` is None where all are meant.
    """

    theme: int
    share: Difference | None
    feeling: Difference
    ours: int
    theirs: int


def compare_themes(
    ours: Spoken, theirs: Spoken, *, themes: int, reader: ReaderVersion | None, inside: tuple[Ints, ...] = ()
) -> tuple[ThemeAgainst, ...]:
    """Compare all reviews, then themes 0…themes − 1. ``inside`` is as for ``judge_themes``."""
    inside = inside or tuple(np.array([theme]) for theme in range(themes))
    own, rival = sort_themes(ours, inside), sort_themes(theirs, inside)
    mine, other = share_themes(ours, own), share_themes(theirs, rival)
    rows = [np.arange(len(ours.theme)), *own], [np.arange(len(theirs.theme)), *rival]
    glad, glad_there = _gauge(ours, rows[0], reader), _gauge(theirs, rows[1], reader)
    enough = np.r_[_have_enough(mine, other), _have_enough(glad, glad_there)]
    p = np.r_[find_gap_p(mine, other), find_gap_p(glad, glad_there)]
    budget = spend_budget(p[enough])
    passed = np.zeros(len(p), dtype=np.bool_)
    passed[enough] = budget.passed
    z = float(find_z(budget.level))
    shares = _differ(
        (mine, report_metrics(mine, SHARE)), (other, report_metrics(other, SHARE)), p[:themes], passed[:themes],
        enough[:themes], z=z,
    )  # fmt: skip
    feelings = _differ(
        (glad, _feel(ours, rows[0], reader)), (glad_there, _feel(theirs, rows[1], reader)), p[themes:],
        passed[themes:], enough[themes:], z=z,
    )  # fmt: skip
    return tuple(
        ThemeAgainst(
            theme=place - 1,
            share=shares[place - 1] if place else None,
            feeling=feelings[place],
            ours=len(rows[0][place]),
            theirs=len(rows[1][place]),
        )
        for place in range(themes + 1)
    )


def _feel(spoken: Spoken, rows: list[Ints], reader: ReaderVersion | None) -> tuple[Metric, ...]:
    """Return the feeling of some rows, as every page tells it."""
    return tuple(spoken.heard(some, reader).feeling for some in rows)


def _gauge(spoken: Spoken, rows: list[Ints], reader: ReaderVersion | None) -> Sample:
    """Return the feelings of some rows as samples, with the reader's doubt beside chance; their intervals are by t."""
    heard = spoken.positive - spoken.negative
    found = [gather(heard[some], spoken.customer[some], scale=Scale.MEAN) for some in rows]
    errors = np.array([_err(spoken, some, reader) for some in rows])

    def join(name: str) -> Floats:
        return np.concatenate([getattr(one, name) for one in found])

    return Sample(
        scale=Scale.MEAN,
        n=join("n"),
        customers=join("customers"),
        mean=join("mean") + errors[:, 0],
        square=join("square"),
        variance=join("variance") + errors[:, 1],
    )


def _err(spoken: Spoken, rows: Ints, reader: ReaderVersion | None) -> tuple[float, float]:
    """Return by how much the feeling of some rows is really greater than told, and the variance of that."""
    if reader is None or not len(rows):
        return 0.0, 0.0
    told = sum_readings(spoken.negative[rows], spoken.positive[rows], spoken.customer[rows], spoken.sounds[rows])
    return find_error(told, FEELING, reader)


def _have_enough(ours: Sample, theirs: Sample) -> Mask:
    told: Mask = np.minimum(ours.customers, theirs.customers) >= FEWEST
    return told


def _differ(
    ours: tuple[Sample, tuple[Metric, ...]],
    theirs: tuple[Sample, tuple[Metric, ...]],
    p: Floats,
    passed: Mask,
    enough: Mask,
    *,
    z: float,
) -> tuple[Difference, ...]:
    """Return each difference: with the interval of the budget where it passed, else without a verdict."""
    gap, low, high = measure_gap(ours[0], theirs[0], z=np.where(passed, z, Z95))
    told = []
    for cell in range(len(p)):
        verdict = judge(float(low[cell]), float(high[cell]), enough=bool(enough[cell]))
        if verdict is not Verdict.TOO_FEW and not passed[cell]:
            verdict = Verdict.NO_RELIABLE_CHANGE
        known = number(gap[cell])
        told.append(
            Difference(
                before=theirs[1][cell],
                now=ours[1][cell],
                value=known,
                low=number(low[cell]),
                high=number(high[cell]),
                p=None if known is None else float(p[cell]),
                verdict=verdict,
            )
        )
    return tuple(told)
