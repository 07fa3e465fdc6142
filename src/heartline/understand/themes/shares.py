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
from heartline.understand.log import Floats, Ints, Mask
from heartline.understand.quantiles import Z95, find_z
from heartline.understand.samples import Sample, Scale
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
    """Judge themes 0…themes − 1. ``inside`` are, for each, the themes that count as part of it, itself included.

    Linear in comments, and in customers for each theme: a million comments of a hundred themes take about a CPU second.
    """
    inside = inside or tuple(np.array([theme]) for theme in range(themes))
    rows = _sort(now, inside)
    shares = _share(now, rows)
    earlier = None if before is None else _share(before, _sort(before, inside))
    known = ~np.isnan(now.scored)
    scored, total = _sum_scores(now, known)
    pairs = [_part_scores(scored, total, some[known[some]], now) for some in rows]
    plain = [compare(own, rest, SCORED) for own, rest in pairs]
    p = [] if earlier is None else find_gap_p(shares, earlier).tolist()
    budget = spend_budget(np.array([*p, *(1.0 if one.p is None else one.p for one in plain)]))
    z = float(find_z(budget.level))
    passed = budget.passed[-themes:]
    said = report_metrics(shares, SHARE)
    return tuple(
        ThemeFigures(
            theme=theme,
            share=said[theme],
            feeling=share_heard(
                now.negative[rows[theme]], now.positive[rows[theme]], now.customer[rows[theme]], reader=reader
            ).feeling,
            change=None if earlier is None else _change(shares, earlier, theme, z=z, passed=bool(budget.passed[theme])),
            score=compare(*pairs[theme], SCORED, z=z) if passed[theme] else _say_nothing(plain[theme]),
        )
        for theme in range(themes)
    )


def _sort(spoken: Spoken, inside: tuple[Ints, ...]) -> list[Ints]:
    """Return the rows of each theme and its parts: one sort, however many themes there are."""
    order = np.argsort(spoken.theme, kind="stable")
    starts = np.searchsorted(spoken.theme[order], np.arange(spoken.theme.max(initial=-1) + 2))
    none = np.zeros(0, dtype=np.int64)
    return [
        np.concatenate(
            [none, *(order[starts[part] : starts[part + 1]] for part in parts.tolist() if part + 1 < len(starts))]
        )
        for parts in inside
    ]


def _share(spoken: Spoken, rows: list[Ints]) -> Sample:
    """Return the share of each theme among all comments, clustered by customer."""
    n, width = len(spoken.theme), int(spoken.customer.max(initial=-1)) + 1
    said = np.bincount(spoken.customer, minlength=width).astype(np.float64)
    people = int(np.count_nonzero(said))
    square = float((said**2).sum())
    mean, variance = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    for theme, some in enumerate(rows):
        if not n:
            continue
        p = mean[theme] = len(some) / n
        own = np.bincount(spoken.customer[some], minlength=width).astype(np.float64)
        if people > 1:
            left = float(own @ own) - 2 * p * float(own @ said) + p**2 * square
            variance[theme] = max(0.0, left) / n**2 * people / (people - 1)
    every = np.ones(len(rows))
    return Sample(scale=Scale.SHARE, n=every * n, customers=every * people, mean=mean, square=mean, variance=variance)


def _change(now: Sample, before: Sample, theme: int, *, z: float, passed: bool) -> Difference:
    cell = slice(theme, theme + 1)
    found = compare(now.pick(cell), before.pick(cell), SHARE, z=z if passed else Z95)
    return found if passed else _say_nothing(found)


def _sum_scores(spoken: Spoken, known: Mask) -> tuple[Floats, Floats]:
    """Return of each customer the sum and the number of scores, as rows of one array; and of all of them together the
    number, the sum and the sum of squares.
    """
    width = int(spoken.customer.max(initial=-1)) + 1
    who, scores = spoken.customer[known], spoken.scored[known]
    told = np.array([np.bincount(who, weights=scores, minlength=width), np.bincount(who, minlength=width)])
    return told.astype(np.float64), np.array([len(scores), scores.sum(), (scores**2).sum()])


def _part_scores(scored: Floats, total: Floats, own: Ints, spoken: Spoken) -> tuple[Sample, Sample]:
    """Return the scores of a theme and all others, each clustered by customer: what is not own is all less own."""
    width, scores = scored.shape[1], spoken.scored[own]
    mine = np.array(
        [
            np.bincount(spoken.customer[own], weights=scores, minlength=width),
            np.bincount(spoken.customer[own], minlength=width),
        ]
    )
    sums = np.array([len(own), scores.sum(), (scores**2).sum()])
    return _sample(mine, sums), _sample(scored - mine, total - sums)


def _sample(people: Floats, sums: Floats) -> Sample:
    """Return a sample of means: the same arithmetic as ``gather``, of sums by customer."""
    n, customers = float(sums[0]), int(np.count_nonzero(people[1]))
    mean = float(sums[1] / n) if n else np.nan
    variance = np.nan
    if customers > 1:
        rest = people[0] - mean * people[1]
        variance = float(rest @ rest) / n**2 * customers / (customers - 1)
    told = {"n": n, "customers": customers, "mean": mean, "square": float(sums[2] / n) if n else np.nan}
    return Sample(scale=Scale.MEAN, variance=np.array([variance]), **{k: np.array([float(v)]) for k, v in told.items()})


def _say_nothing(found: Difference) -> Difference:
    """Take back a verdict that the page's budget does not pay for."""
    if found.verdict is Verdict.TOO_FEW:
        return found
    return replace(found, verdict=Verdict.NO_RELIABLE_CHANGE)
