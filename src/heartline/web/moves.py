"""What moved, read: every score, how much happens, waits and losses by stage, each watched over the last 52 weeks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from heartline.app import Heartline
from heartline.records import Difference, Journey, Metric, Verdict
from heartline.understand import (
    Floats,
    Ints,
    Mask,
    Measure,
    Move,
    Moves,
    PackedLog,
    PackedRuns,
    Promises,
    Question,
    Scale,
    ScoreMeasure,
    Selection,
    SignKind,
    Watched,
    definition_at,
    difference,
    find_onward,
    find_quantile_interval,
    find_runs,
    find_said,
    mask_known,
    mask_lost,
    mask_question,
    mask_rows,
    spend_budget,
    value_answers,
    watch,
)
from heartline.web.drilldown import Drill
from heartline.web.exports import Cell
from heartline.web.mapping import list_journeys, narrow
from heartline.web.parts.words import iso
from heartline.web.recall import recall_of
from heartline.web.sayings import read_sayings
from heartline.web.visit import Visit
from heartline.web.weeks import DAY_US, last_midnight

SCORES: Final = (Measure.NPS, Measure.CSAT, Measure.CES, Measure.STARS)
COUNTS: Final = (Measure.TOUCHES, Measure.COMMENTS)
COLUMNS: Final = (
    "metric", "where", "what", "day", "first_day", "last_day", "before", "before_low", "before_high", "before_n",
    "now", "now_low", "now_high", "now_n", "difference", "difference_low", "difference_high", "p",
)  # fmt: skip
_FEWEST: Final = 400
_MOST_SPOTS: Final = 12
_PATIENCE_S: Final = 60.0
_WEEKS: Final = 52
_SPAN_WEEKS: Final = 8
_UNKNOWN: Final = 0.02
_SURE: Final = frozenset({Verdict.HIGHER, Verdict.LOWER})


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveLine:
    """One metric that is watched: what it measures, at which touchpoint or stage ("" everywhere), what it did, and its
    weeks for a picture (means, of counts a week's sum a day; None where a week has nothing). ``drill`` lists what is
    behind it; of waits and losses ``stage`` is (journey id, stage name), of broken promises there is neither.
    ``passed``: it holds beside all others.
    """

    measure: Measure | SignKind
    spot: str
    moves: Moves
    weeks: tuple[float | None, ...]
    drill: Drill | None = None
    stage: tuple[str, str] | None = None
    passed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveReading:
    """The page: lines that moved or had an odd day first. ``until_us`` is the midnight that ends what is looked at."""

    lines: tuple[MoveLine, ...]
    until_us: int

    @property
    def moved(self) -> tuple[MoveLine, ...]:
        """The lines that moved, the last move first."""
        found = [one for one in self.lines if one.passed and one.moves.moves]
        return tuple(sorted(found, key=lambda one: -one.moves.moves[-1].since_us))

    @property
    def odd(self) -> tuple[MoveLine, ...]:
        """The lines that had an odd day."""
        return tuple(one for one in self.lines if one.moves.odd)

    @property
    def quiet(self) -> tuple[MoveLine, ...]:
        """The lines in which nothing moved."""
        return tuple(one for one in self.lines if not (one.passed and one.moves.moves))


def read_moves(visit: Visit) -> MoveReading:
    """Watch every metric of those the filter chooses; the range does not matter, moves are sought over a year."""
    return watch_all(visit.heartline, visit.whole_log, visit.selection, zone=visit.zone, now_us=visit.now_us)


def watch_all(heartline: Heartline, log: PackedLog, selection: Selection, *, zone: str, now_us: int) -> MoveReading:
    """Watch every metric of a selection's customers; what was watched is kept while its log lives."""
    where, journeys = Selection(where=selection.where), list_journeys(heartline, log)
    # A log that ended a month ago did not fall silent: nobody has sent what came since.
    last_us = min(now_us, int(log.ts_us.max())) if len(log) else now_us
    until = last_midnight(last_us, zone)

    def work_out() -> MoveReading:
        found = [*_list_scores(log, where, until), *_list_counts(log, where, until)]
        found += _list_promises(log, read_sayings(heartline).promises, where, until)
        if journeys:
            found += _list_stages(narrow(log, where), journeys[0], until, now_us=last_us + 1)
        return MoveReading(lines=_hold([one for one in found if len(set(one.weeks)) > 1]), until_us=until)

    key = ("moves", where, journeys, until)
    return recall_of(heartline).of(log, key, work_out, patience_s=_PATIENCE_S)


def watch_score(
    log: PackedLog, measure: Measure, where: Selection, *, until_us: int, touchpoints: tuple[str, ...] = ()
) -> Moves:
    """Watch one score, counted over the whole time by the definition in force at its end."""
    series = _take_score(log, measure, where, until_us=until_us, touchpoints=touchpoints)
    return watch(series, until_us=until_us)


def _take_score(
    log: PackedLog, measure: Measure, where: Selection, *, until_us: int, touchpoints: tuple[str, ...] = ()
) -> Watched:
    asked = Question(measure=measure, selection=where.during(until_us - _WEEKS * 7 * DAY_US, until_us))
    rows = np.flatnonzero(mask_question(log, replace(asked, touchpoints=touchpoints)))
    by = definition_at(log, measure.value, until_us)
    scale = {Measure.NPS: Scale.NPS, Measure.CSAT: Scale.SHARE}.get(measure, Scale.MEAN)
    return Watched(
        ts_us=log.ts_us[rows],
        values=value_answers(log, ScoreMeasure(measure.value), rows, boxes=by.boxes),
        customer=log.row[rows].astype(np.int64),
        scale=scale,
    )


def _list_scores(log: PackedLog, where: Selection, until: int) -> Iterator[MoveLine]:
    """Yield each score everywhere, and at the touchpoints where most of it is asked."""
    for measure in SCORES:
        whole = _take_score(log, measure, where, until_us=until)
        if len(whole.values) < _FEWEST // 2:
            continue
        asked = np.flatnonzero(mask_question(log, Question(measure=measure, selection=where.during(None, until))))
        counts = np.bincount(log.codes["touchpoint"][asked].astype(np.int64))
        most = np.argsort(-counts, kind="stable")[:_MOST_SPOTS].tolist()
        busy = [code for code in most if code and counts[code] >= _FEWEST]
        names = [log.names["touchpoint"][code] for code in busy]
        spots = ["", *names] if len(names) > 1 else names or [""]
        for name in spots:
            touchpoints = (name,) if name else ()
            series = _take_score(log, measure, where, until_us=until, touchpoints=touchpoints) if name else whole
            yield MoveLine(
                measure=measure,
                spot=name,
                moves=watch(series, until_us=until),
                weeks=_sum_weeks(series, until),
                drill=Drill(measure=measure, touchpoints=touchpoints),
            )


def _list_counts(log: PackedLog, where: Selection, until: int) -> Iterator[MoveLine]:
    for measure in COUNTS:
        keep = mask_rows(log, where.during(until - _WEEKS * 7 * DAY_US, until))
        rows = np.flatnonzero(keep & log.has_text if measure is Measure.COMMENTS else keep)
        series = Watched(
            ts_us=log.ts_us[rows],
            values=np.ones(len(rows)),
            customer=log.row[rows].astype(np.int64),
            scale=Scale.MEAN,
            counts=True,
        )
        yield MoveLine(
            measure=measure,
            spot="",
            moves=watch(series, until_us=until),
            weeks=_sum_weeks(series, until),
            drill=Drill(measure=measure),
        )


def _list_promises(log: PackedLog, promises: Promises, where: Selection, until: int) -> Iterator[MoveLine]:
    """Yield the share of promises that were broken, at each touchpoint that tells."""
    rows, place = find_said(log, promises.seq)
    mine = mask_rows(log, where)[rows]
    rows, broken = rows[mine], promises.broken[place[mine]].astype(np.float64)
    codes = log.codes["touchpoint"][rows]
    for code in np.unique(codes):
        own = codes == code
        if own.sum() < _FEWEST:
            continue
        at = rows[own]
        series = Watched(
            ts_us=log.ts_us[at], values=broken[own], customer=log.row[at].astype(np.int64), scale=Scale.SHARE
        )
        yield MoveLine(
            measure=SignKind.PROMISE,
            spot=log.names["touchpoint"][code],
            moves=watch(series, until_us=until),
            weeks=_sum_weeks(series, until),
        )


def _list_stages(log: PackedLog, journey: Journey, until: int, *, now_us: int) -> Iterator[MoveLine]:
    """Yield how long runs take to go on from each stage, and how many are lost there; who came so late that it is not
    known of all like them what became of them is left out.
    """
    runs = find_runs(log, journey, now_us=now_us)
    for place, stage in enumerate(journey.stages[:-1]):
        settled = _find_settled(runs, place, until, now_us=now_us)
        known = np.flatnonzero(mask_known(runs, place) & (runs.entered_us[:, place] < settled))
        if len(known) < _FEWEST:
            continue
        waits, _customer, moved = find_onward(runs, place)
        yield _watch_waits(runs, place, waits, moved, until=settled)
        series = Watched(
            ts_us=runs.entered_us[known, place],
            values=mask_lost(runs, place)[known].astype(np.float64),
            customer=runs.customer[known],
            scale=Scale.SHARE,
        )
        yield MoveLine(
            measure=Measure.LOST,
            spot=stage.name,
            moves=watch(series, until_us=settled),
            weeks=_sum_weeks(series, settled),
            stage=(journey.journey_id, stage.name),
        )


def _find_settled(runs: PackedRuns, place: int, until: int, *, now_us: int) -> int:
    """Return the midnight until when it is known of all but two in a hundred who came to a stage what became of them,
    in each eight weeks: what is known early of the others is of those who are quick.
    """
    end = _midnight_before(until, now_us - runs.journey.gap_days * DAY_US)
    entered = runs.entered_us[:, place]
    reached = (entered >= end - _WEEKS * 7 * DAY_US) & (entered < end)
    span = (entered[reached] - (end - _WEEKS * 7 * DAY_US)) // (_SPAN_WEEKS * 7 * DAY_US)
    count = np.bincount(span, minlength=1)
    open_ = np.bincount(span, weights=~mask_known(runs, place)[reached], minlength=1)
    unsettled = np.flatnonzero(open_ > _UNKNOWN * np.maximum(count, 1))
    if not len(unsettled):
        return end
    return end - _WEEKS * 7 * DAY_US + int(unsettled[0]) * _SPAN_WEEKS * 7 * DAY_US


def _watch_waits(runs: PackedRuns, place: int, waits: Floats, moved: Ints, *, until: int) -> MoveLine:
    """Watch the logarithm of waits, for a few long ones must not drown the rest; medians are what is told of them."""
    at = runs.entered_us[moved, place]
    series = Watched(ts_us=at, values=np.log(np.maximum(waits, 1e6)), customer=runs.customer[moved], scale=Scale.MEAN)
    found = watch(series, until_us=until)
    begun = until - _WEEKS * 7 * DAY_US
    bounds = [begun, *(one.since_us for one in found.moves), until]
    medians = (
        replace(one, difference=_compare_medians(waits, at, runs.customer[moved], bounds[number : number + 3]))
        for number, one in enumerate(found.moves)
    )
    stage = runs.journey.stages[place].name
    return MoveLine(
        measure=Measure.WAIT,
        spot=stage,
        # The logarithms moved; where the medians, which are told, may not have, nothing is said.
        moves=replace(found, moves=tuple(one for one in medians if one.difference.verdict in _SURE), odd=()),
        weeks=_sum_weeks(series, until),
        stage=(runs.journey.journey_id, stage),
    )


def _compare_medians(waits: Floats, at: Ints, customer: Ints, bounds: Sequence[int]) -> Difference:
    sides = []
    for first, last in ((bounds[1], bounds[2]), (bounds[0], bounds[1])):
        mine: Mask = (at >= first) & (at < last)
        middle, low, high = find_quantile_interval(waits[mine] / DAY_US, customer[mine])
        sides.append(
            Metric(
                name="wait", value=middle, low=low, high=high, n=int(mine.sum()),
                customers=len(np.unique(customer[mine])), method="Woodruff, clustered by customer",
            )
        )  # fmt: skip
    return difference(sides[0], sides[1])


def _midnight_before(until: int, at_us: int) -> int:
    """Return the last midnight of the grid that ends at ``until`` which is not after a time."""
    return until - max(-(-(until - at_us) // DAY_US), 0) * DAY_US


def _hold(lines: Sequence[MoveLine]) -> tuple[MoveLine, ...]:
    """Hold all lines to one budget beside the alarm rate of each."""
    if not lines:
        return ()
    passed = spend_budget(np.array([one.moves.p for one in lines])).passed
    return tuple(replace(one, passed=bool(good)) for one, good in zip(lines, passed, strict=True))


def _sum_weeks(series: Watched, until: int) -> tuple[float | None, ...]:
    """Return a value for each of the weeks before a midnight, the oldest first: from the first that has any."""
    week = (until - 1 - series.ts_us) // (7 * DAY_US)
    near = (week >= 0) & (week < _WEEKS)
    n = np.bincount(week[near], minlength=_WEEKS)[::-1]
    total = np.bincount(week[near], weights=series.values[near], minlength=_WEEKS)[::-1]
    first = int(np.argmax(n > 0))
    if series.counts:
        return tuple(float(one) / 7 for one in n[first:])
    return tuple(float(s / k) if k else None for s, k in zip(total[first:], n[first:], strict=True))


def move_rows(found: MoveReading, zone: str) -> Iterator[tuple[Cell, ...]]:
    """Every move and odd day as a row under ``COLUMNS``; shares 0…1, waits in days, counts a day."""
    for line in found.lines:
        for one in line.moves.moves if line.passed else ():
            yield (line.measure.value, line.spot, "move", *_tell_days(one, zone), *_tell_difference(one))
        for odd in line.moves.odd:
            usual = (None, odd.low, odd.high, None)
            at = iso(odd.day_us, zone)[:10]
            yield (
                line.measure.value, line.spot, "odd day", at, at, at, *usual, odd.value, None, None, odd.n, None, None,
                None, odd.p,
            )  # fmt: skip


def _tell_days(one: Move, zone: str) -> tuple[Cell, ...]:
    return tuple(iso(at, zone)[:10] for at in (one.since_us, one.first_us, one.last_us))


def _tell_difference(one: Move) -> tuple[Cell, ...]:
    gap = one.difference
    return (
        gap.before.value, gap.before.low, gap.before.high, gap.before.n,
        gap.now.value, gap.now.low, gap.now.high, gap.now.n, gap.value, gap.low, gap.high, one.p,
    )  # fmt: skip
