"""Moves: when any metric moved, and which days were odd, with a stated false-alarm rate; seasons first.

A metric is a series of days: how many values a day, and their sum; of counts (touches, comments) the days are the
values. Weekdays are taken out first, of counts also a trend that bends once (a company grows). What is left is asked
for its largest cumulative sum (CUSUM, Page 1954; of counts the largest step beside the trend); how large pure chance
makes it is seen by shuffling whole weeks, which keeps what days of a week have in common. A step found is put into the
fit and the rest is asked again. The day is the one whose step fits best, to the set of days that fit about as well
(Hansen 2000). Seasons of the year want two years to be known by; a horizon of one cannot tell them from a move, and the
page says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from heartline.records import Difference, Verdict
from heartline.understand.changes import DAY_US, HORIZON_WEEKS
from heartline.understand.differences import judge, measure_gap
from heartline.understand.intervals import FACTOR, number, report_metrics
from heartline.understand.log import Floats, Ints, Mask
from heartline.understand.quantiles import find_p
from heartline.understand.samples import Scale, correlate, gather

ALARM_RATE = 0.01
"""Of a hundred series in which nothing moves, one shows a move within the horizon, and one an odd day."""
DAYS = HORIZON_WEEKS * 7
_SHUFFLES = 999
_LEAST_SIDE_DAYS = 14
_LEAST_SIDE = 50
_MOST_STEPS = 3
_LIKELY = 10.6
_NEAR_DAYS = 21
_LEAST_A_DAY = 30
_LEAST_COUNT = 1.0
_MOST_ODD = 6
_MAD = 1.4826
_NOTHING = 1e-9
_CALMEST = 0.05
"""Of the noise of a whole series: a stretch in which all agree is taken to be no calmer."""
_ENDS = {Scale.SHARE: (0.0, 1.0), Scale.NPS: (-1.0, 1.0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is watched: ``values`` of ``customers`` at ``ts_us`` on a ``scale``; of ``counts`` the values are all 1."""

    ts_us: Ints = field(repr=False)
    values: Floats = field(repr=False)
    customer: Ints = field(repr=False)
    scale: Scale
    counts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A step at midnight ``since_us``, as likely from ``first_us`` to ``last_us``. ``difference`` is from there to the
    next move or the end, against from the move before or the beginning to there; of counts a day's.
    """

    since_us: int
    first_us: int
    last_us: int
    difference: Difference
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OddDay:
    """A day that lies apart: what it came to, and from ``low`` to ``high`` 95 of a hundred such days come."""

    day_us: int
    value: float
    low: float
    high: float
    n: int
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What a series did: its moves in order of time, its odd days. ``p`` is of its first step, found or not."""

    moves: tuple[Move, ...]
    odd: tuple[OddDay, ...]
    p: float
    n: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Days:
    """A series by day, day 0 the oldest: how many values it held, weights, means (of counts roots, which weigh alike:
    ``even``), and the columns that are no step.
    """

    held: Floats
    weight: Floats
    level: Floats
    base: Floats
    first_us: int
    even: bool

    def __len__(self) -> int:
        return len(self.weight)

    def fit(self, steps: list[int]) -> tuple[Floats, float]:
        """Fit weekdays, trend and steps; return the fit by day and the weighted sum of squares that is left."""
        columns = [self.base, *((np.arange(len(self)) >= step).astype(np.float64)[:, None] for step in steps)]
        design = np.hstack(columns)
        root = np.sqrt(self.weight)[:, None]
        weights = np.linalg.lstsq(design * root, self.level * root[:, 0], rcond=None)[0]
        fitted: Floats = design @ weights
        return fitted, float((self.weight * (self.level - fitted) ** 2).sum())


def watch(series: Watched, *, until_us: int) -> Moves:
    """Find the moves and odd days of a series in the 52 weeks before a midnight.

    A side of a move has at least 14 days and 50 values. Cost: some hundredths of a CPU second a series.
    """
    days = _sum_days(series, until_us=until_us)
    inside = int(((series.ts_us >= days.first_us) & (series.ts_us < until_us)).sum())
    if len(days) < 2 * _LEAST_SIDE_DAYS or inside < 2 * _LEAST_SIDE:
        return Moves(moves=(), odd=(), p=1.0, n=inside, days=len(days))
    steps, chances, first_p = _find_steps(days, counts=series.counts)
    told = [_tell_move(series, days, steps, chances, place, until_us=until_us) for place in range(len(steps))]
    return Moves(
        # No move is told whose own difference may be nothing; its step stays in the fit.
        moves=tuple(one for one in told if one.difference.verdict in {Verdict.HIGHER, Verdict.LOWER}),
        odd=_find_odd(series, days, steps),
        p=first_p,
        n=inside,
        days=len(days),
    )


def _sum_days(series: Watched, *, until_us: int) -> _Days:
    """Lay a series out by days, from its first day within the horizon on."""
    day = (until_us - 1 - series.ts_us) // DAY_US
    near = (series.ts_us < until_us) & (day < DAYS)
    length = int(day[near].max(initial=-1)) + 1
    place = length - 1 - day[near]
    n = np.bincount(place, minlength=length).astype(np.float64)
    first_us = until_us - length * DAY_US
    at = np.arange(length)
    base = (at[:, None] % 7 == np.arange(7)[None, :]).astype(np.float64)
    if series.counts:
        centred = (at / max(length - 1, 1)) - 0.5
        base = np.hstack((base, centred[:, None], (centred**2)[:, None]))
        return _Days(
            held=n, weight=np.ones(length), level=2 * np.sqrt(n + 0.375), base=base, first_us=first_us, even=True
        )
    total = np.bincount(place, weights=series.values[near], minlength=length)
    return _Days(held=n, weight=n, level=total / np.maximum(n, 1), base=base, first_us=first_us, even=False)


def _find_steps(days: _Days, *, counts: bool) -> tuple[list[int], list[float], float]:
    """Return the days at which the series steps, their chances, and the chance of the first that was asked for."""
    steps: list[int] = []
    chances: list[float] = []
    first = 1.0
    _fitted, whole = days.fit([])
    for turn in range(_MOST_STEPS + 1):
        if days.fit(steps)[1] <= _NOTHING * whole:
            break  # what is left is the arithmetic's
        asked = _weigh_by_noise(days, steps)
        fitted, _left = asked.fit(steps)
        place, p = _ask(asked, days.level - fitted, counts=counts)
        if turn == 0:
            first = p
        if place is None or p > ALARM_RATE or turn == _MOST_STEPS:
            break
        steps.append(_refine(days, steps, place))
        chances.append(p)
    order = np.argsort(steps, kind="stable").tolist()
    return [steps[at] for at in order], [chances[at] for at in order], first


def _weigh_by_noise(days: _Days, steps: list[int]) -> _Days:
    """Weigh the stretches between steps by how noisy each is: a share of 31 of a hundred sways more than one of 6, and
    weeks of the one, shuffled among weeks of the other, would not tell what chance does.
    """
    if not steps or days.even:
        return days
    rest = days.weight * (days.level - days.fit(steps)[0]) ** 2
    ends = [0, *sorted(steps), len(days)]
    weight = days.weight.copy()
    least = max(_CALMEST * float(rest.mean()), 1e-12)
    for first, last in pairwise(ends):
        weight[first:last] /= max(float(rest[first:last].sum()) / max(last - first - 1, 1), least)
    return replace(days, weight=weight)


def _ask(days: _Days, rest: Floats, *, counts: bool) -> tuple[int | None, float]:
    """Return the day before which the rest steps most, and how often shuffled weeks step as much anywhere."""
    spare = len(days) % 7
    weeks = len(days) // 7
    if weeks < 4:
        return None, 1.0
    drawn = np.random.default_rng(0).permuted(np.tile(np.arange(weeks), (_SHUFFLES, 1)), axis=1)
    order = np.vstack((np.arange(weeks)[None, :], drawn))
    far = _step_beside_trend(days, rest, spare, order) if counts else _sum_up(days, rest, spare, order)
    far[~np.isfinite(far)] = 0.0
    far[:, :_LEAST_SIDE_DAYS] = 0.0
    far[:, max(far.shape[1] - _LEAST_SIDE_DAYS, 0) + 1 :] = 0.0
    most = far.max(axis=1)
    if most[0] <= 0:
        return None, 1.0
    return spare + int(far[0].argmax()), float((most >= most[0] - 1e-12).mean())


def _sum_up(days: _Days, rest: Floats, spare: int, order: Ints) -> Floats:
    """Return for each order of the weeks, and each day, how far the rest before it sums up, in units of its error; 0
    where a side has too few values.
    """
    weight, pull = days.weight[spare:].reshape(-1, 7), (days.weight * rest)[spare:].reshape(-1, 7)
    size = np.cumsum(weight[order].reshape(len(order), -1), axis=1)
    sums = np.cumsum(pull[order].reshape(len(order), -1), axis=1)
    whole, total = size[:, -1:], sums[:, -1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        far = np.abs(sums - total * size / whole) / np.sqrt(size * (whole - size) / whole)
    held = np.cumsum(days.held[spare:].reshape(-1, 7)[order].reshape(len(order), -1), axis=1)
    far[np.minimum(held, held[:, -1:] - held) < _LEAST_SIDE] = 0.0
    # What is summed up to a day tells of a step at the next.
    return np.hstack((np.zeros((len(far), 1)), far[:, :-1]))


def _step_beside_trend(days: _Days, rest: Floats, spare: int, order: Ints) -> Floats:
    """Return the same for days that weigh alike, of a step that weekday and trend do not explain."""
    base = days.base[spare:]
    steps = np.tri(len(base)).astype(np.float64)  # column k: 1 from day k on
    apart = steps - base @ np.linalg.lstsq(base, steps, rcond=None)[0]
    size = np.sqrt((apart**2).sum(axis=0))
    size[size < 1e-6] = np.inf
    drawn = rest[spare:].reshape(-1, 7)[order].reshape(len(order), -1)
    return np.asarray(np.abs(drawn @ apart) / size)


def _refine(days: _Days, steps: list[int], place: int) -> int:
    """Return the day near one whose step fits best beside those found already."""
    near = _list_near(days, steps, place)
    left = [days.fit([*steps, one])[1] for one in near]
    return near[int(np.argmin(left))]


def _list_near(days: _Days, steps: list[int], place: int, *, reach: int = _NEAR_DAYS) -> list[int]:
    low, high = max(place - reach, _LEAST_SIDE_DAYS), min(place + reach, len(days) - _LEAST_SIDE_DAYS)
    held = np.concatenate(([0.0], np.cumsum(days.held)))

    def stands(one: int) -> bool:
        """Whether both stretches beside it are long enough, and hold enough where days weigh what they hold."""
        ends = [max([0, *(step for step in steps if step <= one)]), one]
        ends.append(min([len(days), *(step for step in steps if step > one)]))
        sizes = [float(held[last] - held[first]) for first, last in pairwise(ends)]
        return min(last - first for first, last in pairwise(ends)) >= 7 and (days.even or min(sizes) >= _LEAST_SIDE)

    free = [one for one in range(low, high + 1) if stands(one)]
    return free or [min(max(place, 1), len(days) - 1)]


def _tell_move(
    series: Watched, days: _Days, steps: list[int], chances: list[float], place: int, *, until_us: int
) -> Move:
    others = [step for at, step in enumerate(steps) if at != place]
    near = _list_near(days, others, steps[place], reach=len(days))
    left = np.array([days.fit([*others, one])[1] for one in near])
    noise = _measure_noise(days, steps, place)
    likely = [one for one, rest in zip(near, left.tolist(), strict=True) if (rest - left.min()) / noise <= _LIKELY]
    bounds = [days.first_us, *(days.first_us + step * DAY_US for step in steps), until_us]
    before, since, after = bounds[place], bounds[place + 1], bounds[place + 2]
    return Move(
        since_us=since,
        first_us=days.first_us + min(*likely, steps[place]) * DAY_US,
        last_us=days.first_us + max(*likely, steps[place]) * DAY_US,
        difference=_compare(series, days, (before, since, after)),
        p=chances[place],
    )


def _measure_noise(days: _Days, steps: list[int], place: int) -> float:
    """Return the variance of a value of weight 1 on the noisier side of a step: where a share rises from 6 to 31 of a
    hundred the days after tell less surely than those before.
    """
    rest = days.weight * (days.level - days.fit(steps)[0]) ** 2
    ends = [0, *steps, len(days)]
    sides = [rest[ends[at] : ends[at + 1]] for at in (place, place + 1)]
    return max(*(float(side.sum()) / max(len(side) - 1, 1) for side in sides), 1e-12)


def _compare(series: Watched, days: _Days, bounds: tuple[int, int, int]) -> Difference:
    """Compare the stretch after a move with the stretch before it, on the metric's scale."""
    before, since, after = bounds
    if series.counts:
        edges = [(at - days.first_us) // DAY_US for at in bounds]
        count = days.level**2 / 4 - 0.375
        sides = [
            (count[first:last], np.arange(first, last) // 7, Scale.MEAN)
            for first, last in ((edges[1], edges[2]), (edges[0], edges[1]))
        ]
    else:
        masks: list[Mask] = [
            (series.ts_us >= first) & (series.ts_us < last) for first, last in ((since, after), (before, since))
        ]
        sides = [(series.values[mask], series.customer[mask], series.scale) for mask in masks]
    now, then = (gather(values, who, scale=scale) for values, who, scale in sides)
    rho = 0.0 if series.counts else correlate(sides[0][:2], sides[1][:2])
    factor = FACTOR[now.scale]
    gap, low, high = (float(part[0]) * factor for part in measure_gap(now, then, rho=rho))
    return Difference(
        before=report_metrics(then, "watched")[0],
        now=report_metrics(now, "watched")[0],
        value=number(gap),
        low=number(low),
        high=number(high),
        p=None,
        verdict=judge(low, high, enough=True),
    )


def _find_odd(series: Watched, days: _Days, steps: list[int]) -> tuple[OddDay, ...]:
    """Return the days that lie further off weekday, trend and steps than chance puts one a year, the oddest first."""
    fitted, _left = days.fit(steps)
    asked = days.held >= (0 if series.counts else _LEAST_A_DAY)
    if asked.sum() < 4 * _LEAST_SIDE_DAYS or (series.counts and np.mean(days.level**2 / 4) < _LEAST_COUNT):
        return ()
    rest = (days.level - fitted) * np.sqrt(days.weight)
    width = _MAD * float(np.median(np.abs(rest[asked])))
    width = max(width, 1.0) if series.counts else max(width, 1e-12)
    p = np.where(asked, find_p(rest / width), 1.0)
    oddest = np.argsort(p, kind="stable")[:_MOST_ODD].tolist()
    found = [place for place in oddest if p[place] <= ALARM_RATE / asked.sum()]
    return tuple(_tell_odd(series, days, place, float(fitted[place]), width, float(p[place])) for place in found)


def _tell_odd(series: Watched, days: _Days, place: int, fitted: float, width: float, p: float) -> OddDay:
    half = 1.96 * width / float(np.sqrt(days.weight[place]))
    low, high, value = fitted - half, fitted + half, float(days.level[place])
    if series.counts:
        low, high, value = (max(end, 0.0) ** 2 / 4 - 0.375 for end in (low, high, value))
        value = round(value)  # it was whole before its root was taken
    # What days come to lies evenly about the middle; beyond the ends of the scale there is no day.
    least, most = (0.0, np.inf) if series.counts else _ENDS.get(series.scale, (-np.inf, np.inf))
    factor = FACTOR[series.scale]
    return OddDay(
        day_us=days.first_us + place * DAY_US,
        value=value * factor,
        low=max(low, least) * factor,
        high=min(high, most) * factor,
        n=round(value) if series.counts else int(days.held[place]),
        p=p,
    )
