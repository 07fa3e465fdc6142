"""What is told of each theme: how large it is, how it sounds, whether it grew, and which scores it goes with.

A share is one of comments, its interval clustered by customer. That texts are placed by nearness is not in it: nobody
labelled them. Changes and scores share one false-discovery budget, and intervals fit their verdicts.
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
from heartline.understand.samples import Sample, Scale
from heartline.understand.voice import Heard, share_heard

SHARE: Final = "theme_share"
SCORED: Final = "valence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Comments of one time: the ``theme`` of each (0…, −1 for none), who said it, how it was read (``negative`` and
    ``positive``), and the feeling of the score it came with, −1…+1, NaN where it came with none. ``sounds`` is what
    it really was by that score, a place in ``SOUNDS``, −1 where there is none.
    """

    theme: Ints
    customer: Ints
    negative: Floats
    positive: Floats
    scored: Floats
    sounds: Ints

    def heard(self, rows: Ints, reader: ReaderVersion | None) -> Heard:
        """Return how some of them sound."""
        return share_heard(
            self.negative[rows], self.positive[rows], self.customer[rows], reader=reader, sounds=self.sounds[rows]
        )


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
    rows = sort_themes(now, inside)
    shares = share_themes(now, rows)
    earlier = None if before is None else share_themes(before, sort_themes(before, inside))
    own, rest = _score(now, rows)
    p = [find_gap_p(own, rest)]
    if earlier is not None:
        p.insert(0, find_gap_p(shares, earlier))
    budget = spend_budget(np.concatenate(p))
    z = float(find_z(budget.level))
    changes = None if earlier is None else _differ(shares, earlier, SHARE, p[0], budget.passed[:themes], z=z)
    scores = _differ(own, rest, SCORED, p[-1], budget.passed[-themes:], z=z)
    said = report_metrics(shares, SHARE)
    return tuple(
        ThemeFigures(
            theme=theme,
            share=said[theme],
            feeling=now.heard(rows[theme], reader).feeling,
            change=None if changes is None else changes[theme],
            score=scores[theme],
        )
        for theme in range(themes)
    )


def sort_themes(spoken: Spoken, inside: tuple[Ints, ...]) -> list[Ints]:
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


def share_themes(spoken: Spoken, rows: list[Ints]) -> Sample:
    """Return the share of each theme among all comments, clustered by customer.

    The squares of what customers are off are summed by their parts, so that a theme costs its own customers alone.
    """
    n = len(spoken.theme)
    said = np.bincount(spoken.customer).astype(np.float64) if n else np.zeros(0)
    people, square = int(np.count_nonzero(said)), float((said**2).sum())
    mean, variance = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    for theme, some in enumerate(rows if n else []):
        who, own = np.unique(spoken.customer[some], return_counts=True)
        p = mean[theme] = len(some) / n
        if people > 1:
            left = float((own.astype(np.float64) ** 2 - 2 * p * own * said[who]).sum()) + p**2 * square
            variance[theme] = max(0.0, left) / n**2 * people / (people - 1)
    every = np.ones(len(rows))
    return Sample(scale=Scale.SHARE, n=every * n, customers=every * people, mean=mean, square=mean, variance=variance)


def _score(spoken: Spoken, rows: list[Ints]) -> tuple[Sample, Sample]:
    """Return the scores of each theme and of all others, clustered by customer: what is not own is all less own."""
    known = ~np.isnan(spoken.scored)
    who, scores = spoken.customer[known], spoken.scored[known]
    width = int(spoken.customer.max(initial=-1)) + 1
    total, times = np.bincount(who, weights=scores, minlength=width), np.bincount(who, minlength=width).astype(float)
    # Of each side: answers, customers, sum, sum of squares; and over customers Σ s², Σ s n, Σ n².
    every = np.array([
        len(scores), np.count_nonzero(times), scores.sum(), (scores**2).sum(),
        (total**2).sum(), (total * times).sum(), (times**2).sum(),
    ])  # fmt: skip
    sides = np.zeros((2, len(rows), len(every)))
    for theme, some in enumerate(rows):
        mine = some[known[some]]
        people, place, n = np.unique(spoken.customer[mine], return_inverse=True, return_counts=True)
        own = np.bincount(place, weights=spoken.scored[mine], minlength=len(people))
        sides[0, theme] = (
            len(mine), len(people), own.sum(), (spoken.scored[mine] ** 2).sum(), (own**2).sum(), (own * n).sum(),
            (n.astype(float) ** 2).sum(),
        )  # fmt: skip
        left, fewer = total[people] - own, times[people] - n
        sides[1, theme] = every - sides[0, theme]
        sides[1, theme, 1] = every[1] - np.count_nonzero(fewer == 0)
        less = np.array([
            (left**2 - total[people] ** 2).sum(),
            (left * fewer - total[people] * times[people]).sum(),
            (fewer**2 - times[people] ** 2).sum(),
        ])  # fmt: skip
        sides[1, theme, 4:] = every[4:] + less
    return _sample(sides[0]), _sample(sides[1])


def _sample(sums: Floats) -> Sample:
    """Return samples of means, the same arithmetic as ``gather``, from the sums that ``_score`` names."""
    n, customers, total, square, of_sums, of_both, of_times = sums.T
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / n
        left = np.maximum(of_sums - 2 * mean * of_both + mean**2 * of_times, 0)
        variance = np.where(customers > 1, left / n**2 * customers / (customers - 1), np.nan)
        return Sample(scale=Scale.MEAN, n=n, customers=customers, mean=mean, square=square / n, variance=variance)


def _differ(now: Sample, before: Sample, name: str, p: Floats, passed: Mask, *, z: float) -> tuple[Difference, ...]:
    """Return the difference of each cell: with the interval of the budget where it passed, else without a verdict."""
    gap, low, high = measure_gap(now, before, z=np.where(passed, z, Z95))
    enough = np.minimum(now.customers, before.customers) >= FEWEST
    nows, befores = report_metrics(now, name), report_metrics(before, name)
    told = []
    for cell in range(len(gap)):
        verdict = judge(float(low[cell]), float(high[cell]), enough=bool(enough[cell]))
        if verdict is not Verdict.TOO_FEW and not passed[cell]:
            verdict = Verdict.NO_RELIABLE_CHANGE
        known = number(gap[cell])
        told.append(
            Difference(
                before=befores[cell],
                now=nows[cell],
                value=known,
                low=number(low[cell]),
                high=number(high[cell]),
                p=None if known is None else float(p[cell]),
                verdict=verdict,
            )
        )
    return tuple(told)
