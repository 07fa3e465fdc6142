"""Our reviews and rivals', theme by theme: how much is said of each theme, and how it sounds, with the difference.

Customers are the unit on our side; of who reviews a rival nothing is known, so each of those reviews is one of its own.
The company's reader was taught on our scored comments: by how much it errs there goes into both sides' intervals, how
much it errs on texts about a rival is not known. All differences of a page share one false-discovery budget.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from heartline.records import Difference, Metric, ReaderVersion, Verdict
from heartline.understand.differences import FEWEST, difference, find_gap_p, judge, measure_gap, spend_budget
from heartline.understand.intervals import number, report_metrics
from heartline.understand.log import Floats, Ints
from heartline.understand.quantiles import Z95, find_z
from heartline.understand.themes.shares import Spoken, share_themes, sort_themes
from heartline.understand.voice import share_heard

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
    gap, low, high = measure_gap(mine, other)
    p_share = find_gap_p(mine, other)
    everyone = np.arange(len(ours.theme)), np.arange(len(theirs.theme))
    feelings = [
        difference(_feel(ours, a, reader), _feel(theirs, b, reader))
        for a, b in [everyone, *zip(own, rival, strict=True)]
    ]
    feelings = [_need_enough(one) for one in feelings]
    enough = np.minimum(mine.customers, other.customers) >= FEWEST
    tested = np.r_[enough, [not _is_few(one) for one in feelings]]
    p = np.r_[p_share, [one.p if one.p is not None else 1.0 for one in feelings]]
    budget = spend_budget(p[tested])
    passes = np.zeros(len(p), dtype=np.bool_)
    passes[tested] = budget.passed
    z = float(find_z(budget.level))
    wide = measure_gap(mine, other, z=z)
    names = report_metrics(mine, SHARE), report_metrics(other, SHARE)
    shares: list[Difference | None] = [None]
    for theme in range(themes):
        passed = bool(passes[theme])
        ends = (wide[1], wide[2]) if passed else (low, high)
        verdict = judge(float(ends[0][theme]), float(ends[1][theme]), enough=bool(enough[theme]))
        if verdict is not Verdict.TOO_FEW and not passed:
            verdict = Verdict.NO_RELIABLE_CHANGE
        shares.append(
            Difference(
                now=names[0][theme], before=names[1][theme], value=number(gap[theme]), low=number(ends[0][theme]),
                high=number(ends[1][theme]), p=float(p_share[theme]), verdict=verdict,
            )
        )  # fmt: skip
    return tuple(
        ThemeAgainst(
            theme=place - 1,
            share=shares[place],
            feeling=_fit(feelings[place], passed=bool(passes[themes + place]), z=z),
            ours=len(everyone[0]) if place == 0 else len(own[place - 1]),
            theirs=len(everyone[1]) if place == 0 else len(rival[place - 1]),
        )
        for place in range(themes + 1)
    )


def _feel(spoken: Spoken, rows: Ints, reader: ReaderVersion | None) -> Metric:
    negative: Floats = spoken.negative[rows]
    return share_heard(negative, spoken.positive[rows], spoken.customer[rows], reader=reader).feeling


def _is_few(one: Difference) -> bool:
    return one.verdict is Verdict.TOO_FEW


def _need_enough(one: Difference) -> Difference:
    """Nothing is said of fewer than so many people on a side."""
    few = min(one.now.customers, one.before.customers) < FEWEST
    return replace(one, verdict=Verdict.TOO_FEW) if few else one


def _fit(one: Difference, *, passed: bool, z: float) -> Difference:
    """Return a difference whose interval and verdict are those of the budget."""
    if _is_few(one) or one.value is None or one.low is None or one.high is None:
        return one
    if not passed:
        return replace(one, verdict=Verdict.NO_RELIABLE_CHANGE)
    low, high = one.value - (one.value - one.low) * z / Z95, one.value + (one.high - one.value) * z / Z95
    return replace(one, low=low, high=high, verdict=judge(low, high, enough=True))
