"""Journeys: the list, a definition, its map, what is behind a cell, who stands where, steps, ways, touchpoints."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from heartline.records import Right
from heartline.understand import Level
from heartline.web.api.asking import LENS, ask_anew
from heartline.web.api.positions import PAGING, LimitAsked, Paging
from heartline.web.api.problems import PROBLEMS
from heartline.web.api.shapes.journeys import (
    CellPage,
    JourneyDefined,
    JourneyMapped,
    JourneySummed,
    Paths,
    StageStood,
    Touchpoints,
    Ways,
    tell_catalogue,
    tell_cell,
    tell_journey,
    tell_map,
    tell_paths,
    tell_stood,
    tell_summed,
    tell_ways,
)
from heartline.web.api.shapes.map_documents import MapWritten, tell_document
from heartline.web.cells import Lane
from heartline.web.itinerary import (
    cut_cell,
    find_journey,
    read_catalogue,
    read_cell,
    read_journey_lines,
    read_now,
    read_paths,
    read_variants,
)
from heartline.web.listing import read_lines
from heartline.web.map_documents import find_gaps_of_belief, read_document
from heartline.web.mapping import read_map
from heartline.web.visit import Visit

of_figures = partial(
    get,
    tags=["Journeys"],
    opt={"right": Right.SEE_FIGURES},
    responses=PROBLEMS,
    sync_to_thread=True,
    dependencies=LENS,
)
of_customers = partial(
    get,
    tags=["Journeys"],
    opt={"right": Right.SEE_CUSTOMERS},
    responses=PROBLEMS,
    sync_to_thread=True,
    dependencies={**LENS, **PAGING},
)

StageOf = Annotated[str, QueryParameter(name="stage", max_length=200, description="A stage of this journey.")]
TouchpointOf = Annotated[
    str, QueryParameter(name="touchpoint", max_length=200, description="A touchpoint of this journey, instead.")
]
LaneAsked = Annotated[
    Lane,
    QueryParameter(
        name="lane",
        description="What of the cell: people, did, said, felt, and of a stage also lost, waited and now.",
    ),
]
OfAsked = Annotated[Level, QueryParameter(name="of", description="What a way is made of.")]
RepeatsAsked = Annotated[
    bool, QueryParameter(name="repeats", description="Whether a step that follows itself counts again.")
]


@of_figures("/journeys", summary="List journeys")
def list_journeys(lens: Visit) -> list[JourneySummed]:
    """List every journey with how many went through it, who is under way, and how it felt."""
    return [tell_summed(line) for line in read_journey_lines(lens)]


@of_figures("/journeys/{journey_id:str}", summary="Show a journey's definition")
def show_journey(lens: Visit, journey_id: str) -> JourneyDefined:
    """Show where a journey's runs start and end, and its stages."""
    return tell_journey(find_journey(lens, journey_id))


@of_figures("/journeys/{journey_id:str}/map", summary="Show a journey's map")
def show_map(lens: Visit, journey_id: str) -> JourneyMapped:
    """Show the funnel's steps, waits, feelings and touchpoints. The filter chooses customers, the range time."""
    journey = find_journey(lens, journey_id)
    return tell_map(read_map(lens.heartline, lens.whole_log, journey, lens.selection, now_us=lens.now_us))


@of_figures("/journeys/{journey_id:str}/document", summary="What people wrote on a journey's map")
def show_map_document(lens: Visit, journey_id: str) -> MapWritten:
    """Show lanes, notes, beliefs against what was measured, comments and snapshots, as the reader may see them."""
    journey = find_journey(lens, journey_id)
    measured = read_map(lens.heartline, lens.whole_log, journey, lens.selection, now_us=lens.now_us).measured
    document = read_document(lens, journey)
    return tell_document(document, [stage.name for stage in journey.stages], find_gaps_of_belief(document, measured))


@of_customers("/journeys/{journey_id:str}/cell", summary="What is behind a cell of a map")
def list_cell(  # each is a name in the query
    lens: Visit,
    paging: Paging,
    journey_id: str,
    stage: StageOf = "",
    touchpoint: TouchpointOf = "",
    lane: LaneAsked = Lane.PEOPLE,
) -> CellPage:
    """List the customers or touches behind a cell, newest first (waits: the longest first)."""
    journey = find_journey(lens, journey_id)
    wanted = ask_anew(lens, query={**lens.query, "stage": stage, "touchpoint": touchpoint, "lane": lane.value})
    runs, cell = cut_cell(wanted, journey)
    page, onward = paging.walk(runs.log.seq[cell.rows].tolist(), order=f"cell {lane.value}")
    lines = read_lines(lens.heartline, runs.log, cell.rows[page], waits=cell.wait_us[page].tolist())
    return tell_cell(read_cell(wanted, journey), lines, onward)


@of_customers("/journeys/{journey_id:str}/now", summary="Who stands where now")
def list_now(lens: Visit, journey_id: str) -> list[StageStood]:
    """List for each stage who stands there now, whatever the range: those first who have been silent longest."""
    return [tell_stood(stage) for stage in read_now(lens, find_journey(lens, journey_id))]


@of_figures("/journeys/{journey_id:str}/paths", summary="Which touchpoint follows which")
def list_paths(lens: Visit, journey_id: str, limit: LimitAsked = 50) -> Paths:
    """List the steps between touchpoints, the most frequent first, with how long they took."""
    return tell_paths(read_paths(lens, find_journey(lens, journey_id)), most=limit)


@of_figures("/journeys/{journey_id:str}/ways", summary="The ways people take")
def list_ways(
    lens: Visit,
    journey_id: str,
    of: OfAsked = Level.STAGES,
    repeats: RepeatsAsked = False,  # noqa: FBT002  # a name in the query
    limit: LimitAsked = 50,
) -> Ways:
    """List exact ways through a journey with the runs that took them, the most frequent first."""
    journey = find_journey(lens, journey_id)
    wanted = ask_anew(lens, query={**lens.query, "of": of.value, "repeats": "1" if repeats else ""})
    return tell_ways(read_variants(wanted, journey, most=limit))


@of_figures("/touchpoints", summary="List touchpoints")
def list_touchpoints(lens: Visit) -> Touchpoints:
    """List all touchpoints met, area by area, and where somebody is asked."""
    return tell_catalogue(read_catalogue(lens))


routes: Final[list[HTTPRouteHandler]] = [
    list_journeys,
    show_journey,
    show_map,
    show_map_document,
    list_cell,
    list_now,
    list_paths,
    list_ways,
    list_touchpoints,
]
