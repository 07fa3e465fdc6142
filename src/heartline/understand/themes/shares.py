"""What is told of each theme: how large it is, how it sounds, whether it grew, and which scores it goes with.

A share is one of comments, its interval clustered by customer. That texts are placed by nearness is not in it: nobody
labelled them. Changes and scores share one false-discovery budget, and intervals fit their verdicts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from heartline.records import Difference, Metric, ReaderVersion, Verdict
from heartline.understand.differences import compare, find_gap_p, spend_budget
from heartline.understand.intervals import report_metrics
from heartline.understand.log import Floats, Ints
from heartline.understand.quantiles import find_z
from heartline.understand.samples import Sample, Scale, count_people, gather
from heartline.understand.voice import share_heard

SHARE: Final = "theme_share"
SCORED: Final = "valence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Comments of one time: the ``theme`` of each (0…, −1 for none), who said it, how it was read (``negative`` and
    ``positive``), and the feeling of the score it came with, −1…+1, NaN where it came with none.
    """

    theme: Ints
    customer: Ints
    negative: Floats
    positive: Floats
    scored: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeFigures:
    """One theme: ``share`` of comments, ``feeling`` as read, ``change`` of the share against the time before (None
    where there is none), and ``score``: by how much scores that came with it differ from all other scores.
    """

    theme: int
    share: Metric
    feeling: Metric
    change: Difference | None
    score: Difference


def judge_themes(
    now: Spoken, before: Spoken | None, *, themes: int, reader: ReaderVersion | None, inside: tuple[Ints, ...] = ()
) -> tuple[ThemeFigures, ...]:
    """Judge themes 0…themes − 1. ``inside`` are, for each, the themes that count as part of it, itself included."""
    inside = inside or tuple(np.array([theme]) for theme in range(themes))
    shares = _share(now, inside)
    earlier = None if before is None else _share(before, inside)
    scores = [_score(now, parts) for parts in inside]
    p = [] if earlier is None else find_gap_p(shares, earlier).tolist()
    p = np.array([*p, *(1.0 if one.p is None else one.p for one in scores)])
    budget = spend_budget(p)
    z = float(find_z(budget.level))
    said = report_metrics(shares, SHARE)
    return tuple(
        ThemeFigures(
            theme=theme,
            share=said[theme],
            feeling=_feel(now, parts, reader),
            change=None if earlier is None else _change(shares, earlier, theme, z=z, passed=bool(budget.passed[theme])),
            score=_fit(now, parts, scores[theme], z=z, passed=bool(budget.passed[theme - themes])),
        )
        for theme, parts in enumerate(inside)
    )


def _share(spoken: Spoken, inside: tuple[Ints, ...]) -> Sample:
    """Return the share of each theme: one pass over (theme, customer) pairs, however many themes there are."""
    n, people = len(spoken.theme), count_people(spoken.customer) if len(spoken.customer) else 0
    ids, person = np.unique(spoken.customer, return_inverse=True)
    said = np.bincount(person, minlength=len(ids)).astype(np.float64)
    total = float((said**2).sum())
    mean, variance = np.full(len(inside), np.nan), np.full(len(inside), np.nan)
    order = np.argsort(spoken.theme, kind="stable")
    starts = np.searchsorted(spoken.theme[order], np.arange(spoken.theme.max(initial=-1) + 2))
    for theme, parts in enumerate(inside):
        rows = [order[starts[part] : starts[part + 1]] for part in parts.tolist() if part + 1 < len(starts)]
        own = np.bincount(person[np.concatenate(rows)] if rows else np.zeros(0, dtype=np.int64), minlength=len(ids))
        if n:
            mean[theme] = own.sum() / n
        if people > 1:
            left = (own**2).sum() - 2 * mean[theme] * (own * said).sum() + mean[theme] ** 2 * total
            variance[theme] = max(0.0, left) / n**2 * people / (people - 1)
    every = np.ones(len(inside))
    return Sample(
        scale=Scale.SHARE, n=every * n, customers=every * people, mean=mean, square=mean, variance=variance
    )  # fmt: skip


def _change(now: Sample, before: Sample, theme: int, *, z: float, passed: bool) -> Difference:
    cell = slice(theme, theme + 1)
    found = compare(now.pick(cell), before.pick(cell), SHARE, z=z)
    return found if passed else _say_nothing(found)


def _score(spoken: Spoken, parts: Ints) -> Difference:
    return _compare_scores(spoken, parts, z=float(find_z(0.95)))


def _compare_scores(spoken: Spoken, parts: Ints, *, z: float) -> Difference:
    scored = ~np.isnan(spoken.scored)
    own = np.isin(spoken.theme, parts)
    sides = [
        gather(spoken.scored[rows], spoken.customer[rows], scale=Scale.MEAN) for rows in (scored & own, scored & ~own)
    ]
    return compare(sides[0], sides[1], SCORED, z=z)


def _fit(spoken: Spoken, parts: Ints, found: Difference, *, z: float, passed: bool) -> Difference:
    """Return the difference with an interval that fits the page's budget."""
    return _compare_scores(spoken, parts, z=z) if passed else _say_nothing(found)


def _say_nothing(found: Difference) -> Difference:
    """Take back a verdict that the page's budget does not pay for."""
    if found.verdict is Verdict.TOO_FEW:
        return found
    return replace(found, verdict=Verdict.NO_RELIABLE_CHANGE)


def _feel(spoken: Spoken, parts: Ints, reader: ReaderVersion | None) -> Metric:
    own = np.isin(spoken.theme, parts)
    return share_heard(spoken.negative[own], spoken.positive[own], spoken.customer[own], reader=reader).feeling
