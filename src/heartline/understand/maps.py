"""The journey map's data: stages across, touchpoints within, and how people felt, with the interval band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heartline.records import Difference, Journey, Metric, Verdict
from heartline.understand.differences import FEWEST, compare, find_gap_p, spend_budget
from heartline.understand.dropoff import StageFlow, follow_stages
from heartline.understand.intervals import report_metrics
from heartline.understand.log import Ints, PackedLog, order_by
from heartline.understand.quantiles import find_z
from heartline.understand.runs import PackedRuns, RunState, find_runs
from heartline.understand.samples import Sample, Scale, count_people, gather
from heartline.understand.selection import EVERYTHING, Selection, select
from heartline.understand.waits import StageTime, Wait, find_arrivals, measure_wait, time_stages

MOST_TOUCHPOINTS = 14
DETOUR = 0.6
"""A stage that fewer than this share of those who went past it met is a detour: only some take it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A name and how many touches carry it."""

    name: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MapTouchpoint:
    """One touchpoint of the map. ``reach`` counts customers, ``share`` is of the map's customers.

    ``heart`` is the mean valence −1…+1; ``wait`` the time since the touch before it in the run; ``quotes`` are seqs of
    comments near the mean, ``worst`` of the least happy ones, ``recent`` of the newest; ``open_now`` counts the
    customers under way who were seen here last; ``last_us`` is the newest touch, ``felt_us`` the newest with a score.
    """

    name: str
    stage: int
    reach: int
    share: float
    touches: int
    area: str
    channels: tuple[Count, ...]
    actions: tuple[Count, ...]
    heart: Metric
    wait: Wait
    quotes: tuple[int, ...]
    worst: tuple[int, ...]
    recent: tuple[int, ...]
    open_now: int
    last_us: int
    felt_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MapStage:
    """One stage. ``flow`` counts reach and loss, ``hidden`` names touchpoints folded away and ``hidden_touches`` what
    they hold; ``detour`` says that only some of those who went past it met it.
    """

    name: str
    owner: str
    locked: bool
    flow: StageFlow
    time: StageTime
    heart: Metric
    detour: bool
    passed: Metric
    touchpoints: tuple[MapTouchpoint, ...]
    hidden: tuple[str, ...]
    hidden_touches: int
    last_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """The largest reliable fall of the heartline between neighbouring touchpoints: the map's story."""

    before: str
    at: str
    difference: Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyMap:
    """Everything a map shows but the words of customers, which its seqs lead to. Empty logs give an empty map."""

    journey: Journey
    stages: tuple[MapStage, ...]
    runs: int
    customers: int
    open_runs: int
    finished_runs: int
    lapsed_runs: int
    from_us: int
    to_us: int
    story: Drop | None

    @property
    def touchpoints(self) -> tuple[MapTouchpoint, ...]:
        """All touchpoints shown, left to right."""
        return tuple(point for stage in self.stages for point in stage.touchpoints)


@dataclass(frozen=True, slots=True)
class _Canvas:
    """Columns along the entries of the runs, computed once for all touchpoints. ``slot`` is the touchpoint's place."""

    runs: PackedRuns
    slot: Ints
    names: tuple[str, ...]
    stage: tuple[int, ...]
    heart: Sample
    reach: Ints
    touches: Ints
    open_now: Ints


def draw_map(
    log: PackedLog,
    journey: Journey,
    *,
    selection: Selection = EVERYTHING,
    now_us: int | None = None,
    most: int = MOST_TOUCHPOINTS,
) -> JourneyMap:
    """Draw a journey's map from the rows a selection holds; at most ``most`` touchpoints, the rest folded by stage."""
    runs = find_runs(select(log, selection), journey, now_us=now_us)
    canvas = _prepare(runs)
    shown = _choose(canvas, most)
    flows, times = follow_stages(runs), time_stages(runs)
    hearts = _stage_hearts(runs)
    points = _draw_touchpoints(canvas, shown)
    stages = tuple(
        _draw_stage(canvas, index, flows[index], times[index], hearts[index], points)
        for index in range(len(journey.stages))
    )
    ts = runs.log.ts_us[runs.rows]
    return JourneyMap(
        journey=journey,
        stages=stages,
        runs=len(runs),
        customers=count_people(runs.customer),
        open_runs=int((runs.state == RunState.OPEN).sum()),
        finished_runs=int((runs.state == RunState.FINISHED).sum()),
        lapsed_runs=int((runs.state == RunState.LAPSED).sum()),
        from_us=int(ts.min()) if len(ts) else 0,
        to_us=int(ts.max()) if len(ts) else 0,
        story=find_drop(canvas.heart, canvas.names, shown),
    )


def find_drop(heart: Sample, names: tuple[str, ...], shown: list[int]) -> Drop | None:
    """Find the largest reliable fall between neighbours of the line; verdicts share one false-discovery budget."""
    felt = [slot for slot in shown if heart.customers[slot] >= FEWEST]
    if len(felt) < 2:
        return None
    left, right = np.array(felt[:-1]), np.array(felt[1:])
    now, before = heart.pick(right), heart.pick(left)
    budget = spend_budget(find_gap_p(now, before))
    falls = np.where(budget.passed, now.mean - before.mean, 0.0)
    worst = int(falls.argmin())
    if falls[worst] >= 0:
        return None
    pair = slice(worst, worst + 1)
    gap = compare(now.pick(pair), before.pick(pair), "valence", z=find_z(budget.level))
    if gap.verdict is not Verdict.LOWER:
        return None
    return Drop(before=names[left[worst]], at=names[right[worst]], difference=gap)


def _prepare(runs: PackedRuns) -> _Canvas:
    log = runs.log
    vocabulary = log.names["touchpoint"]
    place: dict[str, int] = {}
    stage: list[int] = []
    for index, part in enumerate(runs.journey.stages):
        for name in part.touchpoints:
            if name not in place:
                place[name] = len(place)
                stage.append(index)
    slots = np.fromiter((place.get(name, -1) for name in vocabulary), dtype=np.int64, count=len(vocabulary))
    slot = slots[log.codes["touchpoint"][runs.rows]]
    width = len(place)
    customer = runs.customer[runs.run]
    pair = slot * max(len(log.customers), 1) + customer
    met = np.zeros(width * max(len(log.customers), 1), dtype=np.bool_)
    met[pair] = True
    last = slot[runs.offsets[1:] - 1] if len(runs) else slot[:0]
    standing = last[runs.state == RunState.OPEN]
    return _Canvas(
        runs=runs,
        slot=slot,
        names=tuple(place),
        stage=tuple(stage),
        heart=_gather_hearts(runs, slot, width),
        reach=met.reshape(width, -1).sum(axis=1) if width else np.zeros(0, dtype=np.int64),
        touches=np.bincount(slot, minlength=width),
        open_now=np.bincount(standing, minlength=width),
    )


def _choose(canvas: _Canvas, most: int) -> list[int]:
    """Choose the touchpoints to show, in journey order: of each stage the one most people met and the one where most
    were heard, then the others where people were heard, then those most people met.
    """
    met = [slot for slot in range(len(canvas.names)) if canvas.touches[slot]]
    felt = canvas.heart.customers >= FEWEST
    ranked = sorted(met, key=lambda slot: (not felt[slot], -int(canvas.reach[slot]), slot))
    busiest: dict[int, int] = {}
    for slot in sorted(met, key=lambda slot: (-int(canvas.reach[slot]), slot)):
        busiest.setdefault(canvas.stage[slot], slot)
    loudest: dict[int, int] = {}
    for slot in sorted(
        (slot for slot in met if felt[slot]), key=lambda slot: (-int(canvas.heart.customers[slot]), slot)
    ):
        loudest.setdefault(canvas.stage[slot], slot)
    chosen = {*busiest.values(), *loudest.values()}
    for slot in ranked:
        if len(chosen) >= most:
            break
        chosen.add(slot)
    return sorted(chosen)


def _gather_hearts(runs: PackedRuns, cell: Ints, cells: int) -> Sample:
    valence = runs.log.valence[runs.rows]
    felt = np.flatnonzero(~np.isnan(valence))
    return gather(
        valence[felt].astype(np.float64),
        runs.customer[runs.run[felt]],
        scale=Scale.MEAN,
        cell=cell[felt],
        cells=cells,
    )


def _stage_hearts(runs: PackedRuns) -> tuple[Metric, ...]:
    sample = _gather_hearts(runs, runs.stage.astype(np.int64), len(runs.journey.stages))
    return report_metrics(sample, "valence")


def _draw_touchpoints(canvas: _Canvas, shown: list[int]) -> dict[int, MapTouchpoint]:
    """Draw each touchpoint shown, by its slot."""
    runs, log = canvas.runs, canvas.runs.log
    metrics = report_metrics(canvas.heart, "valence")
    order = order_by(canvas.slot)
    bounds = np.concatenate(([0], np.cumsum(canvas.touches)))
    entries, gaps = find_arrivals(runs)
    wait = np.full(len(runs.rows), -1, dtype=np.int64)
    wait[entries] = gaps
    everyone = max(count_people(runs.customer), 1)
    points = {}
    for slot in shown:
        mine = order[bounds[slot] : bounds[slot + 1]]
        rows = runs.rows[mine]
        waits = mine[wait[mine] >= 0]
        quotes, worst, recent = _choose_quotes(log, rows, canvas.heart.mean[slot])
        areas = _count_names(log, "area", rows, most=1)
        points[slot] = MapTouchpoint(
            name=canvas.names[slot],
            stage=canvas.stage[slot],
            reach=int(canvas.reach[slot]),
            share=float(canvas.reach[slot]) / everyone,
            touches=len(rows),
            area=areas[0].name if areas else "",
            channels=_count_names(log, "channel", rows, most=4),
            actions=_count_names(log, "action", rows, most=3),
            heart=metrics[slot],
            wait=measure_wait(wait[waits].astype(np.float64), runs.customer[runs.run[waits]]),
            quotes=quotes,
            worst=worst,
            recent=recent,
            open_now=int(canvas.open_now[slot]),
            last_us=int(log.ts_us[rows].max()),
            felt_us=int(log.ts_us[rows[~np.isnan(log.valence[rows])]].max(initial=0)),
        )
    return points


def _draw_stage(
    canvas: _Canvas, index: int, flow: StageFlow, time: StageTime, heart: Metric, points: dict[int, MapTouchpoint]
) -> MapStage:
    runs, stage = canvas.runs, canvas.runs.journey.stages[index]
    mine = [slot for slot in range(len(canvas.names)) if canvas.stage[slot] == index]
    hidden = [slot for slot in mine if slot not in points and canvas.touches[slot]]
    at = np.flatnonzero(runs.stage == index)
    beyond = np.flatnonzero(runs.furthest > index)
    met = gather(runs.reached[beyond, index].astype(np.float64), runs.customer[beyond], scale=Scale.SHARE)
    passed = report_metrics(met, "passed")[0]
    return MapStage(
        name=stage.name,
        owner=stage.owner,
        locked=stage.locked,
        flow=flow,
        time=time,
        heart=heart,
        detour=index > 0 and passed.high is not None and len(beyond) > 0 and passed.high < DETOUR,
        passed=passed,
        touchpoints=tuple(points[slot] for slot in mine if slot in points),
        hidden=tuple(canvas.names[slot] for slot in hidden),
        hidden_touches=int(sum(canvas.touches[slot] for slot in hidden)),
        last_us=int(runs.log.ts_us[runs.rows[at]].max()) if len(at) else 0,
    )


def _count_names(log: PackedLog, field: str, rows: Ints, *, most: int) -> tuple[Count, ...]:
    codes, names = log.codes.get(field), log.names.get(field, ())
    if codes is None:
        return ()
    counts = np.bincount(codes[rows], minlength=len(names))
    counts[0] = 0
    ranked = np.argsort(-counts, kind="stable")[:most]
    return tuple(Count(name=names[code], count=int(counts[code])) for code in ranked if counts[code])


def _choose_quotes(
    log: PackedLog, rows: Ints, mean: float, *, most: int = 8
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Return seqs of comments near the mean, of the least happy and of the newest, one a customer."""
    spoken = rows[log.has_text[rows]]
    spoken = spoken[np.argsort(-log.ts_us[spoken], kind="stable")]
    _, first = np.unique(log.row[spoken], return_index=True)
    spoken = spoken[np.sort(first)]
    recent = tuple(int(seq) for seq in log.seq[spoken[:most]])
    felt = spoken[~np.isnan(log.valence[spoken])]
    if not len(felt):
        return recent, (), recent
    valence = log.valence[felt]
    near = felt[np.argsort(np.abs(valence - mean), kind="stable")[:most]]
    worst = felt[np.argsort(valence, kind="stable")[:most]]
    return tuple(int(seq) for seq in log.seq[near]), tuple(int(seq) for seq in log.seq[worst]), recent
