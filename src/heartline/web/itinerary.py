"""A journey as its pages ask for it: found by its id, its cells counted and read, its open customers, its paths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from heartline.errors import Invalid, Missing
from heartline.language import _
from heartline.records import Journey, Metric
from heartline.understand import (
    Catalogue,
    Count,
    Level,
    PackedRuns,
    PathGraph,
    Variants,
    count_elsewhere,
    draw_run_paths,
    find_gaps,
    find_next_steps,
    find_variants,
    list_touchpoints,
    locate_open,
)
from heartline.web.cells import OF_STAGES, Cell, Lane, find_cell
from heartline.web.drilldown import read_page
from heartline.web.listing import PAGE, AnswerLine, read_lines, rows_of, stream_lines
from heartline.web.mapping import cut_runs, list_journeys, narrow, open_runs, read_map
from heartline.web.pages.journey_map import CellGiven, StageNow
from heartline.web.pages.journeys import JourneyLine
from heartline.web.recall import recall_of
from heartline.web.visit import Visit

NOW_SHOWN: Final = 8


def find_journey(visit: Visit, journey_id: str) -> Journey:
    """Return a journey, a proposed one too.

    Raises:
        Missing: there is none with this id.
    """
    for journey in list_journeys(visit.heartline, visit.whole_log):
        if journey.journey_id == journey_id:
            return journey
    raise Missing(
        "no_journey", _("There is no such journey."), _("It may have been forgotten; see the list of journeys.")
    )


def read_journey_lines(visit: Visit) -> tuple[JourneyLine, ...]:
    """Read every journey with its figures."""
    lines = []
    journeys = list_journeys(visit.heartline, visit.whole_log)
    gaps = recall_of(visit.heartline).of(
        visit.whole_log, ("gaps", journeys), lambda: find_gaps(visit.whole_log, journeys), patience_s=5
    )
    for journey in journeys:
        reading = read_map(visit.heartline, visit.whole_log, journey, visit.selection, now_us=visit.now_us)
        lines.append(
            JourneyLine(
                journey=journey,
                customers=reading.measured.customers,
                open_now=sum(reading.here_now),
                feeling=reading.feeling if reading.feeling.n else None,
                gaps=tuple(gap for gap in gaps if gap.journey_id == journey.journey_id),
            )
        )
    return tuple(lines)


def read_cell(visit: Visit, journey: Journey) -> CellGiven:
    """Read what the URL asks of a cell: the counts of all its lanes, and a page of one.

    Raises:
        Invalid: there is no such lane, or neither a stage nor a touchpoint of this journey is named.
    """
    place, stage, touchpoint, lane = _read_asked(visit, journey)
    cells = {each: _cut(visit, journey, each, place=place, touchpoint=touchpoint) for each in _lanes(touchpoint)}
    runs, cell = cells[lane]
    page = read_page(visit.query)
    shown = slice((page - 1) * PAGE, page * PAGE)
    return CellGiven(
        journey=journey,
        stage=stage,
        touchpoint=touchpoint,
        lane=lane,
        counts=tuple((each, len(found.rows)) for each, (_rest, found) in cells.items()),
        customers=cell.customers,
        total=len(cell.rows),
        page=page,
        feeling=_feeling(visit, journey, place=place, touchpoint=touchpoint),
        lines=read_lines(visit.heartline, runs.log, cell.rows[shown], waits=cell.wait_us[shown].tolist()),
    )


def cut_cell(visit: Visit, journey: Journey) -> tuple[PackedRuns, Cell]:
    """Cut the rows of the cell that the URL asks for. Raises Invalid as ``read_cell`` does."""
    place, _rest, touchpoint, lane = _read_asked(visit, journey)
    return _cut(visit, journey, lane, place=place, touchpoint=touchpoint)


def stream_cell(visit: Visit, journey: Journey) -> Iterator[AnswerLine]:
    """Read all lines of the cell that the URL asks for. Raises Invalid as ``read_cell`` does."""
    runs, cell = cut_cell(visit, journey)
    return stream_lines(visit.heartline, runs.log, cell.rows)


def read_now(visit: Visit, journey: Journey) -> tuple[StageNow, ...]:
    """Read where each open customer is: every stage, those first who have been silent longest."""
    runs = open_runs(visit.heartline, visit.whole_log, journey, visit.selection, now_us=visit.now_us)
    found = [locate_open(runs, stage=place) for place in range(len(journey.stages))]
    shown = [each.seq[:NOW_SHOWN] for each in found]
    rows = rows_of(runs.log, np.concatenate(shown)) if shown else np.zeros(0, dtype=np.int64)
    lines = {line.seq: line for line in read_lines(visit.heartline, runs.log, rows)}
    always = replace(visit.selection, from_us=None, to_us=None)
    ahead = recall_of(visit.heartline).of(
        visit.whole_log,
        ("ahead", journey, always),
        lambda: find_next_steps(runs, journey.touchpoints, most=3),
        patience_s=5,
    )
    return tuple(
        StageNow(
            name=stage.name,
            count=len(each.seq),
            lines=tuple(lines[int(seq)] for seq in seqs if int(seq) in lines),
            median_s=float(np.median(visit.now_us - each.last_us)) / 1e6 if len(each.seq) else None,
            standing=tuple((count, ahead[name]) for name, count in Counter(each.touchpoint).most_common()),
        )
        for stage, each, seqs in zip(journey.stages, found, shown, strict=True)
    )


def read_paths(visit: Visit, journey: Journey) -> PathGraph:
    """Read the path graph of the runs that the map shows."""
    runs = cut_runs(visit.heartline, visit.whole_log, journey, visit.selection, now_us=visit.now_us)
    key = ("paths", journey, visit.selection)
    return recall_of(visit.heartline).of(visit.whole_log, key, lambda: draw_run_paths(runs), patience_s=5)


def read_variants(visit: Visit, journey: Journey, *, most: int | None = 20) -> Variants:
    """Read the exact ways of the runs that the map shows: by stages, or as the URL asks by touchpoints."""
    level, repeats = read_level(visit.query)
    runs = cut_runs(visit.heartline, visit.whole_log, journey, visit.selection, now_us=visit.now_us)
    key = ("variants", journey, visit.selection, level, repeats, most)
    return recall_of(visit.heartline).of(
        visit.whole_log, key, lambda: find_variants(runs, level, repeats=repeats, most=most), patience_s=5
    )


def read_level(query: Mapping[str, str]) -> tuple[Level, bool]:
    """Of what a way is made, and whether a step that follows itself counts again; what is not known: stages, no."""
    level = Level.TOUCHPOINTS if query.get("of") == Level.TOUCHPOINTS.value else Level.STAGES
    return level, query.get("repeats") == "1"


def path_rows(graph: PathGraph) -> Iterator[tuple[str, str, int, float, float]]:
    """Every step as (from, to, times, median seconds, 90th percentile in seconds), the most frequent first."""
    for edge in range(len(graph.count)):
        yield (
            graph.names[int(graph.source[edge])],
            graph.names[int(graph.target[edge])],
            int(graph.count[edge]),
            float(graph.median_us[edge]) / 1e6,
            float(graph.p90_us[edge]) / 1e6,
        )


def read_catalogue(visit: Visit) -> Catalogue:
    """Read the touchpoints met in the range and filter asked for."""
    journeys = list_journeys(visit.heartline, visit.whole_log)
    key = ("catalogue", journeys, visit.selection)
    return recall_of(visit.heartline).of(
        visit.whole_log,
        key,
        lambda: list_touchpoints(visit.whole_log, selection=visit.selection, journeys=journeys),
        patience_s=5,
    )


def read_elsewhere(visit: Visit, journey: Journey) -> tuple[Count, ...]:
    """Count what the journey's customers did at touchpoints that are not on its map, in the time chosen."""
    key = ("elsewhere", journey, visit.selection)
    return recall_of(visit.heartline).of(
        visit.whole_log, key, lambda: count_elsewhere(narrow(visit.whole_log, visit.selection), journey), patience_s=5
    )


def list_unplaced(visit: Visit, journey: Journey) -> list[str]:
    """Return the touchpoints of the data that stand in no stage, the most frequent first."""
    log = visit.whole_log
    names, placed = log.names.get("touchpoint", ()), set(journey.touchpoints)
    counts = np.bincount(log.codes["touchpoint"], minlength=len(names)) if len(log) else np.zeros(len(names), dtype=int)
    ranked = [names[int(code)] for code in np.argsort(-counts, kind="stable") if counts[code]]
    return [name for name in ranked if name and name not in placed]


def _read_asked(visit: Visit, journey: Journey) -> tuple[int | None, str, str, Lane]:
    names = [stage.name for stage in journey.stages]
    stage, touchpoint = visit.query.get("stage", ""), visit.query.get("touchpoint", "")
    if (
        (stage and stage not in names)
        or (touchpoint and touchpoint not in journey.touchpoints)
        or not stage + touchpoint
    ):
        raise Missing("no_cell", _("There is no such cell on this map any more."), _("Open the map and choose again."))
    asked = visit.query.get("lane", "") or Lane.PEOPLE.value
    known = _lanes(touchpoint)
    lane = next((each for each in known if each.value == asked), None)
    if lane is None:
        raise Invalid(
            "bad_lane",
            _("“{asked}” is no lane of this cell.").format(asked=asked[:40]),
            _("Use one of {known}.").format(known=", ".join(known)),
        )
    if touchpoint and not stage:
        stage = next(each.name for each in journey.stages if touchpoint in each.touchpoints)
    return (None if touchpoint else names.index(stage)), stage, touchpoint, lane


def _lanes(touchpoint: str) -> tuple[Lane, ...]:
    return tuple(lane for lane in Lane if not (touchpoint and lane in OF_STAGES))


def _cut(visit: Visit, journey: Journey, lane: Lane, *, place: int | None, touchpoint: str) -> tuple[PackedRuns, Cell]:
    cut = open_runs if lane is Lane.NOW else cut_runs
    runs = cut(visit.heartline, visit.whole_log, journey, visit.selection, now_us=visit.now_us)
    return runs, find_cell(runs, lane, stage=place, touchpoint=touchpoint)


def _feeling(visit: Visit, journey: Journey, *, place: int | None, touchpoint: str) -> Metric | None:
    reading = read_map(visit.heartline, visit.whole_log, journey, visit.selection, now_us=visit.now_us)
    if place is not None:
        return reading.measured.stages[place].heart
    return next((point.heart for point in reading.measured.touchpoints if point.name == touchpoint), None)
