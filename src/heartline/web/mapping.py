"""The map of a journey, read: measured by ``understand``, filled with the words of customers, ready to be drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from heartline.app import Heartline
from heartline.language import _
from heartline.records import Journey, Metric
from heartline.store import Entry
from heartline.understand import (
    JourneyMap,
    MapStage,
    MapTouchpoint,
    PackedLog,
    PackedRuns,
    Scale,
    Selection,
    draw_map,
    find_runs,
    gather,
    mask_open,
    propose_journey,
    report_metrics,
    say_journey,
    say_stage,
    select,
    take_customers,
)
from heartline.web.charts.heartline import MapGiven, StageColumn, Story, Touch, Voice, Wait
from heartline.web.parts import View
from heartline.web.parts.words import day, number, plural
from heartline.web.recall import recall_of

COLUMNS: Final = 14
_SHORTEST: Final = 12
_LONGEST: Final = 150
_SAYS_NOTHING: Final = frozenset({"", "do", "view", "start", "complete", "receive"})
"""Actions of the mapping's table that add nothing to the touchpoint's own name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapReading:
    """A journey's map with what it needs of State and History.

    ``feeling`` is of all its scores; ``here_now`` counts open customers by stage, over all time; ``entries`` holds the
    comments that may be quoted, by seq.
    """

    measured: JourneyMap
    feeling: Metric
    here_now: tuple[int, ...]
    entries: Mapping[int, Entry]


def list_journeys(heartline: Heartline, log: PackedLog) -> tuple[Journey, ...]:
    """Return the journeys people defined; where there are none, the one the data proposes (none without data)."""
    kept = tuple(heartline.stores.kept.journeys())
    if kept or not len(log):
        return kept
    return (recall_of(heartline).of(log, "proposal", lambda: propose_journey(log), patience_s=60),)


def read_map(
    heartline: Heartline, log: PackedLog, journey: Journey, selection: Selection, *, now_us: int
) -> MapReading:
    """Measure a map and read the comments it may quote."""

    def measure() -> MapReading:
        measured = trim_map(draw_map(narrow(log, selection), journey, now_us=now_us))
        runs = open_runs(heartline, log, journey, selection, now_us=now_us)
        seqs = [seq for point in measured.touchpoints for seq in _candidates(point, hot=True)]
        return MapReading(
            measured=measured,
            feeling=_feel(cut_runs(heartline, log, journey, selection, now_us=now_us)),
            here_now=tuple(int(mask_open(runs, stage).sum()) for stage in range(len(journey.stages))),
            entries={entry.seq: entry for entry in heartline.stores.history.entries(seqs)},
        )

    return recall_of(heartline).of(log, ("map", journey, selection), measure, patience_s=5)


def narrow(log: PackedLog, selection: Selection) -> PackedLog:
    """The log a journey page looks at: the filter chooses *customers* (all they did, not only what carries the value),
    the range chooses time. A map of the North alone would else hold only the touches that name a place.
    """
    return select(take_customers(log, selection.where), replace(selection, where=()))


def open_runs(
    heartline: Heartline, log: PackedLog, journey: Journey, selection: Selection, *, now_us: int
) -> PackedRuns:
    """Cut the runs by which “now” is told: the filter holds, the time range does not, for who waits since long waits
    still.
    """
    always = replace(selection, from_us=None, to_us=None)
    key = ("runs", journey, always)
    return recall_of(heartline).of(
        log, key, lambda: find_runs(narrow(log, always), journey, now_us=now_us), patience_s=5
    )


def cut_runs(
    heartline: Heartline, log: PackedLog, journey: Journey, selection: Selection, *, now_us: int
) -> PackedRuns:
    """Cut the runs that the map of this selection is drawn from."""
    key = ("runs", journey, selection)
    return recall_of(heartline).of(
        log, key, lambda: find_runs(narrow(log, selection), journey, now_us=now_us), patience_s=5
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filling:
    """What cells are filled from. ``hot`` is the story's touchpoint; ``quoted`` grows, so that none is quoted twice."""

    view: View
    reading: MapReading
    hot: str
    now_us: int
    quoted: set[int]

    def link(self, **keys: str) -> str:
        """A link to a cell of this map."""
        return self.view.url(f"/journeys/{self.reading.measured.journey.journey_id}/cell", **keys)

    def day(self, ts_us: int) -> str:
        """A day in the reader's words."""
        return day(ts_us, self.view.timezone, now_us=self.now_us)


def fill_map(view: View, reading: MapReading, *, story: Story | None = None, now_us: int) -> MapGiven:
    """Make what the chart is given. ``story`` replaces the map's own, the largest reliable fall of the line."""
    measured = reading.measured
    told = story or _own_story(measured)
    hot = measured.touchpoints[told.touch].name if told is not None and told.touch is not None else ""
    filling = _Filling(view=view, reading=reading, hot=hot, now_us=now_us, quoted=set())
    return MapGiven(
        name=say_journey(measured.journey.name),
        stages=tuple(_fill_stage(filling, stage, place) for place, stage in enumerate(measured.stages)),
        story=told,
    )


def trim_map(measured: JourneyMap, *, columns: int = COLUMNS) -> JourneyMap:
    """Fold touchpoints away until the map fits its columns (a stage takes at least two, and keeps two touchpoints).

    Those go first at which nobody is asked, then those that fewest met; the one of a stage that most people met and the
    one where most were heard stay to the last.
    """
    stages = list(measured.stages)
    while sum(max(2, len(stage.touchpoints)) for stage in stages) > columns:
        wide = [(at, point) for at, one in enumerate(stages) if len(one.touchpoints) > 2 for point in one.touchpoints]
        if not wide:
            break
        place, least = min(
            wide, key=lambda pair: (_stands_out(stages[pair[0]], pair[1]), pair[1].heart.n > 0, pair[1].reach)
        )
        stage = stages[place]
        stages[place] = replace(
            stage,
            touchpoints=tuple(point for point in stage.touchpoints if point is not least),
            hidden=(*stage.hidden, least.name),
            hidden_touches=stage.hidden_touches + least.touches,
        )
    return replace(measured, stages=tuple(stages))


def _stands_out(stage: MapStage, point: MapTouchpoint) -> bool:
    busiest = max(one.reach for one in stage.touchpoints)
    loudest = max(one.heart.n for one in stage.touchpoints)
    return point.reach == busiest or 0 < point.heart.n == loudest


def _feel(runs: PackedRuns) -> Metric:
    valence = runs.log.valence[runs.rows]
    felt = np.flatnonzero(~np.isnan(valence))
    sample = gather(valence[felt].astype(np.float64), runs.customer[runs.run[felt]], scale=Scale.MEAN)
    return report_metrics(sample, "valence")[0]


def _fill_stage(filling: _Filling, stage: MapStage, place: int) -> StageColumn:
    onward = stage.time.onward
    wait = None
    if onward.median_us is not None and onward.p90_us is not None:
        wait = Wait(median_s=onward.median_us / 1e6, p90_s=onward.p90_us / 1e6)
    last = place == len(filling.reading.measured.stages) - 1
    return StageColumn(
        name=say_stage(stage.name),
        touches=tuple(_fill_touch(filling, point) for point in stage.touchpoints),
        people=stage.flow.customers,
        lost=None if last else stage.flow.lost.value,
        detour=stage.detour,
        here_now=filling.reading.here_now[place],
        here_href=filling.link(stage=stage.name, lane="now"),
        does=_actions(stage),
        does_href=filling.link(stage=stage.name, lane="did"),
        voice=_voice(filling, stage),
        wait=wait,
        wait_href=filling.link(stage=stage.name, lane="waited"),
        owner=stage.owner,
        seen=filling.day(stage.last_us) if stage.last_us else "",
        href=filling.link(stage=stage.name),
    )


def _fill_touch(filling: _Filling, point: MapTouchpoint) -> Touch:
    return Touch(
        name=point.name,
        channel=point.channels[0].name if point.channels else "",
        feeling=point.heart if point.heart.n else None,
        href=filling.link(touchpoint=point.name, lane="felt" if point.heart.n else "people"),
        seen=filling.day(point.last_us) if point.last_us else "",
        felt=filling.day(point.felt_us) if point.felt_us else "",
    )


def _actions(stage: MapStage) -> str:
    """What most people do in a stage: the busiest touchpoints, each with its most frequent action."""
    busiest = sorted(stage.touchpoints, key=lambda point: -point.touches)[:2]
    return " · ".join(_action(point) for point in busiest)


def _action(point: MapTouchpoint) -> str:
    action = point.actions[0].name if point.actions else ""
    told = action not in _SAYS_NOTHING and action.casefold() not in point.name.casefold()
    words = f"{point.name}: {action}" if told else point.name
    return f"{words} {number(point.actions[0].count if point.actions else point.touches)}×"


def _candidates(point: MapTouchpoint, *, hot: bool) -> Iterable[int]:
    return (*(point.worst[:4] if hot else ()), *point.quotes[:4], *point.recent[:2])


def _voice(filling: _Filling, stage: MapStage) -> Voice | None:
    """A comment short enough to stand on a map, near how the touchpoint with the most answers feels; at the story, one
    of the least happy.
    """
    entries = filling.reading.entries
    found: list[tuple[bool, int, str, Entry, str]] = []
    for point in sorted(stage.touchpoints, key=lambda point: (point.name != filling.hot, -point.heart.n)):
        for seq in _candidates(point, hot=point.name == filling.hot):
            text = (entries[seq].text or "").strip() if seq in entries else ""
            if text and seq not in filling.quoted:
                found.append((not _SHORTEST <= len(text) <= _LONGEST, len(found), text, entries[seq], point.name))
    if not found:
        return None
    _unfit, _nth, text, entry, name = min(found, key=lambda one: one[:2])
    filling.quoted.add(entry.seq)
    return Voice(
        text=text,
        by=f"{entry.place or entry.channel or name}, {filling.day(entry.ts_us)}",
        href=filling.link(stage=stage.name, lane="said"),
    )


def _own_story(measured: JourneyMap) -> Story | None:
    drop = measured.story
    if drop is None or drop.difference.now.value is None or drop.difference.before.value is None:
        return None
    names = [point.name for point in measured.touchpoints]
    fall = drop.difference
    before = number(drop.difference.before.value, digits=2, signed=True)
    now = number(drop.difference.now.value, digits=2, signed=True)
    size = number(abs(fall.value or 0.0), digits=2)
    half = number(((fall.high or 0.0) - (fall.low or 0.0)) / 2, digits=2)
    return Story(
        first=_("After {touchpoint} at {value},").format(touchpoint=drop.before, value=before),
        second=_("{touchpoint} falls to {value}.").format(touchpoint=drop.at, value=now),
        facts=(
            _("{size} ± {half} lower, the largest sure fall.").format(size=size, half=half),
            _("{answers}, {n} before.").format(
                answers=plural(fall.now.n, "answer", "answers"), n=number(fall.before.n)
            ),
        ),
        touch=names.index(drop.at) if drop.at in names else None,
    )
