"""``/journeys``: the list, a map, what is behind its cells, where everybody is now, the paths, the files."""

from __future__ import annotations

from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler

from heartline.language import _
from heartline.records import Right
from heartline.understand import BeliefGap, JourneyMap
from heartline.web.answers import Answer, download, whole
from heartline.web.charts.heartline import (
    A4,
    FORMATS,
    MapGiven,
    export_svg,
    lay_out,
    lay_out_sheets,
    map_columns,
    map_rows,
)
from heartline.web.exports import write_csv
from heartline.web.itinerary import (
    find_journey,
    path_rows,
    read_cell,
    read_elsewhere,
    read_journey_lines,
    read_now,
    read_paths,
    read_variants,
    stream_cell,
)
from heartline.web.map_documents import find_gaps_of_belief, read_document
from heartline.web.map_lanes import dress_map
from heartline.web.map_live import read_live
from heartline.web.mapping import fill_map, read_map
from heartline.web.opening import tell_story
from heartline.web.pages.answers import COLUMNS, csv_row
from heartline.web.pages.journey_map import cell_page, map_page, now_page, paths_page, table_page
from heartline.web.pages.journeys import list_page
from heartline.web.pages.map_paper import paper_page
from heartline.web.pages.variants import VARIANTS, variant_rows
from heartline.web.visit import Visit

CSV: Final = "text/csv; charset=utf-8"
SVG: Final = "image/svg+xml"
PATHS: Final = ("from", "to", "times", "median_seconds", "p90_seconds")


@get("/journeys", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_journeys(visit: Visit) -> Answer:
    """Show the list."""
    return whole(visit, list_page(visit.view, read_journey_lines(visit), has_data=len(visit.whole_log) > 0))


@get("/journeys/{journey_id:str}", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_map(visit: Visit, journey_id: str) -> Answer:
    """Show a journey's map."""
    measured, given, gaps = _read(visit, journey_id)
    elsewhere = read_elsewhere(visit, measured.journey)
    return whole(visit, map_page(visit.view, measured, given, elsewhere=elsewhere, gaps=gaps))


@get("/journeys/{journey_id:str}/table", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_table(visit: Visit, journey_id: str) -> Answer:
    """Show the map's figures as a table."""
    measured, given, gaps = _read(visit, journey_id)
    return whole(visit, table_page(visit.view, measured, given, gaps=gaps))


@get("/journeys/{journey_id:str}/paper", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_paper(visit: Visit, journey_id: str) -> Answer:
    """Show the map on sheets of A4 or A3 (`sheet=a4`, `a3`), ready to print or to save as PDF."""
    measured, given, gaps = _read(visit, journey_id)
    form = FORMATS.get(visit.query.get("sheet", ""), A4)
    sheets = lay_out_sheets(given, form)
    return whole(visit, paper_page(visit.view, measured, sheets, form=form, gaps=gaps, now_us=visit.now_us))


@get("/journeys/{journey_id:str}/map.svg", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_drawing(visit: Visit, journey_id: str) -> Answer:
    """Send the map as a drawing of its own."""
    given = _read(visit, journey_id)[1]
    note = _("{range}, {filter}. Crimson: feeling, measured, with its 95 % interval.").format(
        range=visit.view.range_label, filter=visit.view.filter_label
    )
    return download(export_svg(lay_out(given), note=note).encode(), name=f"{given.name}.svg", kind=SVG)


@get("/journeys/{journey_id:str}/map.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_figures(visit: Visit, journey_id: str) -> Answer:
    """Send the map's figures."""
    given = _read(visit, journey_id)[1]
    body = write_csv([column.words for column in map_columns(given)], map_rows(lay_out(given)))
    return download(body, name=f"{given.name}.csv", kind=CSV)


@get("/journeys/{journey_id:str}/cell", opt={"right": Right.SEE_CUSTOMERS}, sync_to_thread=True)
def show_cell(visit: Visit, journey_id: str) -> Answer:
    """Show the customers and comments behind a cell."""
    return whole(visit, cell_page(visit.view, read_cell(visit, find_journey(visit, journey_id)), now_us=visit.now_us))


@get("/journeys/{journey_id:str}/cell.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_cell(visit: Visit, journey_id: str) -> Answer:
    """Send them."""
    lines = stream_cell(visit, find_journey(visit, journey_id))
    body = write_csv(COLUMNS, (csv_row(line, visit.zone) for line in lines))
    return download(body, name=f"{visit.query.get('lane') or 'people'}.csv", kind=CSV)


@get("/journeys/{journey_id:str}/now", opt={"right": Right.SEE_CUSTOMERS}, sync_to_thread=True)
def show_now(visit: Visit, journey_id: str) -> Answer:
    """Show where each open customer is."""
    journey = find_journey(visit, journey_id)
    return whole(visit, now_page(visit.view, journey, read_now(visit, journey), now_us=visit.now_us))


@get("/journeys/{journey_id:str}/paths", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_paths(visit: Visit, journey_id: str) -> Answer:
    """Show the ways people take, and which touchpoint follows which."""
    journey = find_journey(visit, journey_id)
    ways = read_variants(visit, journey)
    return whole(visit, paths_page(visit.view, journey, read_paths(visit, journey), ways=ways))


@get("/journeys/{journey_id:str}/paths.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_paths(visit: Visit, journey_id: str) -> Answer:
    """Send every step."""
    journey = find_journey(visit, journey_id)
    body = write_csv(PATHS, path_rows(read_paths(visit, journey)))
    return download(body, name=f"{journey.name}, paths.csv", kind=CSV)


@get("/journeys/{journey_id:str}/variants.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_variants(visit: Visit, journey_id: str) -> Answer:
    """Send every way, by stages or touchpoints."""
    journey = find_journey(visit, journey_id)
    body = write_csv(VARIANTS, variant_rows(read_variants(visit, journey, most=None)))
    return download(body, name=f"{journey.name}, ways.csv", kind=CSV)


def _read(visit: Visit, journey_id: str) -> tuple[JourneyMap, MapGiven, tuple[BeliefGap, ...]]:
    journey = find_journey(visit, journey_id)
    reading = read_map(visit.heartline, visit.whole_log, journey, visit.selection, now_us=visit.now_us)
    measured, document = reading.measured, read_document(visit, journey)
    story = tell_story(visit, measured, spot=visit.query.get("spot", ""))
    given = fill_map(visit.view, reading, story=story, now_us=visit.now_us)
    gaps = find_gaps_of_belief(document, measured)
    live = read_live(visit, reading, document)
    return measured, dress_map(visit.view, given, document, measured, live=live, now_us=visit.now_us), gaps


routes: Final[list[HTTPRouteHandler]] = [
    show_journeys,
    show_map,
    show_table,
    show_paper,
    send_drawing,
    send_figures,
    show_cell,
    send_cell,
    show_now,
    show_paths,
    send_paths,
    send_variants,
]
