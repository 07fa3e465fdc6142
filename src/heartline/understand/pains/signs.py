"""Signs: everything in the log that may show a pain, each as values along rows of touches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from heartline.records import Journey
from heartline.understand.changes import HORIZON_WEEKS, WEEK_US
from heartline.understand.definitions import definition_at
from heartline.understand.log import Floats, Ints, Mask, PackedLog
from heartline.understand.pains.nouns import SignKind, SignSeries
from heartline.understand.pains.tries import Tries, list_tries
from heartline.understand.questions import Measure
from heartline.understand.runs import find_runs
from heartline.understand.samples import Scale
from heartline.understand.sayings import NOTHING_SAID, Sayings, find_said
from heartline.understand.scores import ScoreMeasure, mask_answers, value_answers
from heartline.understand.selection import mask_names

DAY_US = 86_400_000_000
AGAIN_US = 7 * DAY_US
"""Whoever turns to the service again within seven days has not been helped."""
SWITCH_US = 3 * DAY_US
_SAME_US = 2 * 3_600_000_000
_LEAST_ENTRIES = 400
_TAIL = 0.9
_LONGEST_SHARE = 0.02
SERVICE = "service"
SCALES = {Measure.NPS: Scale.NPS, Measure.CSAT: Scale.SHARE, Measure.CES: Scale.MEAN, Measure.STARS: Scale.MEAN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What the search reads: the log of its horizon, the journeys, from when to when, the tries found in it, and
    what touches say beside its columns.
    """

    log: PackedLog
    journeys: Sequence[Journey]
    now_us: int
    midnight_us: int
    tries: tuple[Tries, ...] = field(default=())
    sayings: Sayings = field(default=NOTHING_SAID)

    @property
    def from_us(self) -> int:
        """From where on signs are looked at."""
        return self.midnight_us - HORIZON_WEEKS * WEEK_US


def place_of(journeys: Sequence[Journey], touchpoint: str) -> tuple[str, str, str]:
    """Return the stage, the journey's id and the owning department of a touchpoint, "" where it belongs to none."""
    for journey in journeys:
        for stage in journey.stages:
            if touchpoint in stage.touchpoints:
                return stage.name, journey.journey_id, stage.owner
    return "", "", ""


def list_signs(ground: Field) -> tuple[SignSeries, ...]:
    """List every sign that has enough touches to speak."""
    makers = (list_scores, list_waits, list_give_ups, list_contacts, list_promises)
    return tuple(sign for make in makers for sign in make(ground))


def list_scores(ground: Field) -> Iterator[SignSeries]:
    """Yield the scores of each touchpoint, by the definition in force now."""
    log = ground.log
    for measure, scale in SCALES.items():
        rows = np.flatnonzero(mask_answers(log, ScoreMeasure(measure.value)))
        codes = log.codes["touchpoint"][rows]
        by = definition_at(log, measure.value, ground.now_us)
        for code in np.unique(codes):
            own, name = rows[codes == code], log.names["touchpoint"][code]
            if len(own) < _LEAST_ENTRIES // 2 or not name:
                continue
            values = value_answers(log, ScoreMeasure(measure.value), own, boxes=by.boxes)
            yield _sign(ground, SignKind.SCORE, name, own, values, scale=scale, worse=-1, measure=measure)


def list_waits(ground: Field) -> Iterator[SignSeries]:
    """Yield the waits between two touchpoints of a journey, as whether each was longer than nine of ten."""
    for journey in ground.journeys:
        runs = find_runs(ground.log, journey, now_us=ground.now_us)
        if len(runs) == 0:
            continue
        order = [name for stage in journey.stages for name in stage.touchpoints]
        for before, here, rows, waits in _list_edges(ground.log, runs.log, runs.rows, runs.run):
            if order.index(before) > order.index(here):
                continue  # the next round of the same journey is no wait
            limit = _choose_limit(waits)
            yield _sign(
                ground,
                SignKind.WAIT,
                here,
                rows,
                (waits > limit).astype(np.float64),
                limit_us=limit,
                from_touchpoint=before,
            )


def _list_edges(whole: PackedLog, log: PackedLog, rows: Ints, run: Ints) -> Iterator[tuple[str, str, Ints, Ints]]:
    """Yield each frequent step of a journey: from, to, rows of the whole log, waits in µs."""
    codes = log.codes["touchpoint"][rows].astype(np.int64)
    names = log.names["touchpoint"]
    follows = np.flatnonzero((run[1:] == run[:-1]) & (codes[1:] != codes[:-1])) + 1
    edge = codes[follows - 1] * len(names) + codes[follows]
    waits = log.ts_us[rows[follows]] - log.ts_us[rows[follows - 1]]
    at = rows[follows]
    if log is not whole:
        at = np.flatnonzero(np.isin(whole.seq, log.seq))[at]
    counts = np.bincount(edge, minlength=len(names) ** 2)
    for one in np.flatnonzero(counts >= max(_LEAST_ENTRIES, _LONGEST_SHARE * len(follows))):
        mine = edge == one
        yield names[one // len(names)], names[one % len(names)], at[mine], waits[mine]


def _choose_limit(waits: Ints) -> int:
    """Choose what is called long: in the widest gap of the upper part of the waits, else what nine of ten stay under.

    Parcels come on time or a day late, and no limit within a clump tells anything: so the cut goes where the largest
    step is, on a log scale, between the share of waits that are longer being a half and a fiftieth.
    """
    ordered = np.log(np.maximum(np.sort(waits), 60_000_000).astype(np.float64))
    places = np.unique(np.round(np.linspace(0.5, 0.98, 97) * (len(ordered) - 1)).astype(np.int64))
    steps = np.diff(ordered[places]) / np.diff(places)
    best, usual = int(steps.argmax()), float(np.median(steps))
    clumps = steps[best] > 12 * max(usual, 1e-12) and 0 < best < len(steps) - 8
    chosen = (ordered[places[best]] + ordered[places[best + 1]]) / 2 if clumps else np.quantile(ordered, _TAIL)
    return int(np.exp(chosen))


def list_give_ups(ground: Field) -> Iterator[SignSeries]:
    """Yield for each order the tries that were given up, and those that went in circles."""
    for tries in ground.tries:
        old = tries.at_us < ground.now_us - DAY_US
        for kind, values in ((SignKind.GIVE_UP, ~tries.placed), (SignKind.LOOP, tries.turns >= 2)):
            if 0 < values.mean() < 1:
                yield _sign(
                    ground, kind, tries.goal, tries.first[old], values[old].astype(np.float64), touchpoints=tries.way
                )


def list_contacts(ground: Field) -> Iterator[SignSeries]:
    """Yield whether whoever turned to the service came again within seven days, and whether by another channel within
    three; what is too young to tell is left out.
    """
    log = ground.log
    if "area" not in log.names:
        return
    rows = np.flatnonzero(mask_names(log, "area", (SERVICE,)) & np.isnan(log.valence))
    if len(rows) < _LEAST_ENTRIES:
        return
    owner, ts = log.row[rows], log.ts_us[rows]
    fresh = np.ones(len(rows), dtype=np.bool_)
    fresh[1:] = (owner[1:] != owner[:-1]) | (np.diff(ts) > _SAME_US)
    rows, owner, ts = rows[fresh], owner[fresh], ts[fresh]
    channel = log.codes["channel"][rows]
    follows = np.zeros(len(rows), dtype=np.bool_)
    follows[:-1] = owner[1:] == owner[:-1]
    gap = np.where(follows, np.append(np.diff(ts), 0), np.iinfo(np.int64).max)
    switched = follows & (gap <= SWITCH_US) & (channel != np.append(channel[1:], 0))
    touchpoints = tuple(log.names["touchpoint"][code] for code in np.unique(log.codes["touchpoint"][rows]))
    for kind, hit, within in ((SignKind.AGAIN, gap <= AGAIN_US, AGAIN_US), (SignKind.SWITCH, switched, SWITCH_US)):
        known = ts < ground.now_us - within
        yield _sign(
            ground,
            kind,
            "",
            rows[known],
            hit[known].astype(np.float64),
            touchpoints=touchpoints,
            until_us=ground.now_us - within,
        )


def list_promises(ground: Field) -> Iterator[SignSeries]:
    """Yield for each touchpoint that says whether a promise was kept, whether it was broken: by coming late, or by not
    coming at all.
    """
    log, promises, missed = ground.log, ground.sayings.promises, ground.sayings.missed
    told, place = find_said(log, promises.seq)
    never, lacking = find_said(log, missed.seq)
    codes = log.codes["touchpoint"][told]
    spots = np.array(missed.spots, dtype=np.str_)[missed.spot[lacking]]
    for code in np.unique(codes):
        name, own = log.names["touchpoint"][code], codes == code
        lost = spots == name
        rows = np.concatenate((told[own], never[lost]))
        broken = np.concatenate((promises.broken[place[own]], np.ones(lost.sum(), dtype=np.bool_)))
        known = np.concatenate((log.ts_us[told[own]], missed.until_us[lacking[lost]]))
        order = np.argsort(rows, kind="stable")
        if name and len(broken) >= _LEAST_ENTRIES and 0 < broken.mean() < 1:
            values, never_came = broken[order].astype(np.float64), order >= own.sum()
            late = (known[order], never_came) if lost.any() else None
            yield _sign(ground, SignKind.PROMISE, name, rows[order], values, late=late)


def _sign(  # noqa: PLR0913  # one place for all that a sign says
    ground: Field, kind: SignKind, name: str, rows: Ints, values: Floats, *, scale: Scale = Scale.SHARE, worse: int = 1,
    touchpoints: tuple[str, ...] = (), measure: Measure | None = None, limit_us: int = 0, from_touchpoint: str = "",
    until_us: int | None = None, late: tuple[Ints, Mask] | None = None,
) -> SignSeries:  # fmt: skip
    near = (ground.log.ts_us[rows] if late is None else late[0]) >= ground.from_us
    rows, values = rows[near], values[near]
    stage, journey_id, owner = place_of(ground.journeys, name or (touchpoints[0] if touchpoints else ""))
    return SignSeries(
        kind=kind,
        name=name,
        stage=stage,
        touchpoints=touchpoints or (name,),
        journey_id=journey_id,
        owner=owner,
        scale=scale,
        worse=worse,
        rows=rows,
        customers=ground.log.row[rows].astype(np.int64),
        values=values,
        until_us=ground.now_us if until_us is None else until_us,
        measure=measure,
        limit_us=limit_us,
        from_touchpoint=from_touchpoint,
        known_us=None if late is None else late[0][near],
        missed=None if late is None else late[1][near],
    )


def prepare(
    log: PackedLog, journeys: Sequence[Journey], *, now_us: int, midnight_us: int, sayings: Sayings = NOTHING_SAID
) -> Field:
    """Return what the search reads, its tries cut."""
    return Field(
        log=log, journeys=journeys, now_us=now_us, midnight_us=midnight_us, tries=list_tries(log), sayings=sayings
    )
