"""Memory: what is remembered of an experience, held against what the same customer said of the whole afterwards.

The rule (Kahneman, Fredrickson, Schreiber & Redelmeier 1993; Redelmeier & Kahneman 1996): an experience is remembered
as the mean of its *peak* (the moment with the greatest |valence|, of equals the later) and its *end* (the last moment).
Its rival is the plain mean of all moments. Both are computed of the same moments, for the same answers.

An *experience* is the scored moments of one run since it began, or since the customer's answer about the whole before.
It counts where it has at least two moments and the answer follows the last of them within some days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heartline.language import mark
from heartline.records import Difference, Metric, Verdict
from heartline.understand.differences import FEWEST, judge
from heartline.understand.intervals import number, report_metrics
from heartline.understand.log import SCORE_KINDS, Floats, Ints, Mask
from heartline.understand.quantiles import Z95, find_p, widen_t
from heartline.understand.runs import DAY_US, PackedRuns
from heartline.understand.samples import Scale, count_people, gather
from heartline.understand.selection import mask_names

FEWEST_MOMENTS = 2
"""Of one moment both rules say the same."""
METHOD = mark("correlation, Fisher z with influence summed over customers")
BANDS = ((-1.0, -1 / 3), (-1 / 3, 1 / 3), (1 / 3, 1.0))
"""Upset, in between, delighted: ends of thirds of −1…+1; each holds its lower end, the last both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiences:
    """One entry an experience, in the log's order: valences −1…+1 of its ``peak``, ``end``, plain ``mean`` and of what
    was ``said`` of the whole; ``moments`` counts, ``customer`` is any integer that tells customers apart; ``run`` and
    ``answer`` are its run and the log's row of the answer.
    """

    peak: Floats
    end: Floats
    mean: Floats
    said: Floats
    moments: Ints
    customer: Ints
    run: Ints
    answer: Ints

    def __len__(self) -> int:
        return len(self.said)

    @property
    def remembered(self) -> Floats:
        """The mean of peak and end."""
        return (self.peak + self.end) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What was said of the whole (mean valence) where a rule gives ``low`` ≤ value < ``high``."""

    low: float
    high: float
    by_rule: Metric
    by_mean: Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """How closely peak and end, and the plain mean, go with what was said. ``difference`` is rule − mean, of the same
    people; its sides are the two. Values are None under ``FEWEST`` customers, or where all said the same.
    """

    experiences: Experiences
    difference: Difference
    bands: tuple[Band, ...]

    @property
    def by_rule(self) -> Metric:
        """The agreement of peak and end with what was said."""
        return self.difference.now

    @property
    def by_mean(self) -> Metric:
        """The agreement of the plain mean with what was said."""
        return self.difference.before


def mask_whole(runs: PackedRuns, said: tuple[str, ...] = ()) -> Mask:
    """Tell which rows of the log are answers about the whole: the scores at the touchpoints ``said``; without any, the
    recommendations (NPS) asked for outside the journey.
    """
    log = runs.log
    scored = ~np.isnan(log.valence)
    if said:
        return scored & mask_names(log, "touchpoint", said)
    inside = mask_names(log, "touchpoint", runs.journey.touchpoints)
    recommends: Mask = scored & (log.score_kind == SCORE_KINDS.index("nps")) & ~inside
    return recommends


def gather_experiences(
    runs: PackedRuns, whole: Mask, *, within_days: int, from_us: int | None = None, to_us: int | None = None
) -> Experiences:
    """Pair each answer about the whole (``whole``, a mask of the log's rows) that was given in ``from_us <= t < to_us``
    with the experience before it.
    """
    log = runs.log
    felt = ~np.isnan(log.valence[runs.rows]) & ~whole[runs.rows]
    rows, run = runs.rows[felt], runs.run[felt]
    answers = np.flatnonzero(whole)
    following = np.searchsorted(answers, rows)
    answered = following < len(answers)
    answered[answered] = log.row[answers[following[answered]]] == log.row[rows[answered]]
    rows, run, following = rows[answered], run[answered], following[answered]
    # Rows rise by customer and time, so an answer's moments stand together and the last run's at their end.
    last = np.ones(len(rows), dtype=np.bool_)
    last[:-1] = following[1:] != following[:-1]
    run_of = np.full(len(answers), -1, dtype=np.int64)
    run_of[following[last]] = run[last]
    close = np.zeros(len(answers), dtype=np.bool_)
    waited = log.ts_us[answers[following[last]]] - log.ts_us[rows[last]]
    close[following[last]] = waited <= within_days * DAY_US
    times = log.ts_us[answers]
    if from_us is not None:
        close &= times >= from_us
    if to_us is not None:
        close &= times < to_us
    keep = close[following] & (run == run_of[following])
    return _sum_up(runs, rows[keep], run[keep], answers[following[keep]])


def _sum_up(runs: PackedRuns, rows: Ints, run: Ints, answer: Ints) -> Experiences:
    log = runs.log
    found, group, counts = np.unique(answer, return_inverse=True, return_counts=True)
    valence = log.valence[rows].astype(np.float64)
    ends = np.cumsum(counts) - 1
    # Within an answer by |valence|, of equals by time: the last of each is its peak.
    order = np.lexsort((rows, np.abs(valence), group))
    means = np.bincount(group, weights=valence, minlength=len(found)) / counts
    enough = np.flatnonzero(counts >= FEWEST_MOMENTS)
    return Experiences(
        peak=valence[order][ends][enough],
        end=valence[ends][enough],
        mean=means[enough],
        said=log.valence[found[enough]].astype(np.float64),
        moments=counts[enough].astype(np.int64),
        customer=log.row[found[enough]].astype(np.int64),
        run=run[ends][enough],
        answer=found[enough],
    )


def remember(experiences: Experiences) -> Memory:
    """Hold both rules against what was said."""
    rule, mean, said = experiences.remembered, experiences.mean, experiences.said
    return Memory(
        experiences=experiences,
        difference=compare_agreement(rule, mean, said, experiences.customer),
        bands=tuple(
            Band(
                low=low,
                high=high,
                by_rule=_mean_of(experiences, _mask_band(rule, low, high)),
                by_mean=_mean_of(experiences, _mask_band(mean, low, high)),
            )
            for low, high in BANDS
        ),
    )


def _mask_band(values: Floats, low: float, high: float) -> Mask:
    last = high == BANDS[-1][1]
    held: Mask = (values >= low) & ((values <= high) if last else (values < high))
    return held


def _mean_of(experiences: Experiences, keep: Mask) -> Metric:
    sample = gather(experiences.said[keep], experiences.customer[keep], scale=Scale.MEAN)
    return report_metrics(sample, "valence")[0]


def compare_agreement(rule: Floats, rival: Floats, said: Floats, customer: Ints) -> Difference:
    """Correlate two forecasts of one answer with it, and compare the two: n values each, with the customer of each.

    The intervals are Pearson's r on Fisher's z, its variance the sum over customers of the influence each has (the
    linearised variance with C / (C − 3), as Fisher's own, and t with C − 1). The difference's comes from the difference
    of the influences, for the same people stand on both sides.
    """
    people = count_people(customer) if len(customer) else 0
    sides = [_correlate(values, said) for values in (rule, rival)]
    metrics = [_report(r, _spread(push, customer, people), n=len(said), people=people) for r, push in sides]
    (first, push), (second, other) = sides
    error = _spread(push - other, customer, people)
    gap = first - second
    half = float(widen_t(Z95, np.array(max(people - 1.0, 0.0)))) * error if people >= FEWEST else np.nan
    low, high = gap - half, gap + half
    known = bool(np.isfinite(gap) and np.isfinite(half))
    p = float(find_p(np.array([Z95 * abs(gap) / half]))[0]) if known and half > 0 else None
    return Difference(
        before=metrics[1],
        now=metrics[0],
        value=number(gap) if known else None,
        low=number(low),
        high=number(high),
        p=p,
        verdict=judge(low, high, enough=people >= FEWEST) if known else Verdict.TOO_FEW,
    )


def _correlate(values: Floats, said: Floats) -> tuple[float, Floats]:
    """Return Pearson's r and the influence of each pair on it; NaN where one of the two never varies."""
    if not len(said) or values.std() < 1e-9 or said.std() < 1e-9:
        return np.nan, np.full(len(said), np.nan)
    x, y = (values - values.mean()) / values.std(), (said - said.mean()) / said.std()
    r = float((x * y).mean())
    return r, x * y - r * (x**2 + y**2) / 2


def _spread(influence: Floats, customer: Ints, people: int) -> float:
    """The standard error of the mean of influences, summed over customers."""
    if people < FEWEST or not np.isfinite(influence).all():
        return float("nan")
    total = np.bincount(customer, weights=influence)
    return float(np.sqrt((total**2).sum() * people / (people - 3)) / len(influence))


def _report(r: float, error: float, *, n: int, people: int) -> Metric:
    known = people >= FEWEST and np.isfinite(r) and np.isfinite(error)
    low = high = None
    if known and abs(r) < 1:
        half = float(widen_t(Z95, np.array(people - 1.0))) * error / (1 - r * r)
        low, high = (float(np.tanh(np.arctanh(r) + side * half)) for side in (-1, 1))
    elif known:
        low = high = r
    return Metric(
        name="agreement", value=r if known else None, low=low, high=high, n=n, customers=people, method=METHOD
    )
