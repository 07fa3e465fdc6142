"""``/answers``: what stands behind a score, and the same as a file. ``/scores``: every score, by time and place."""

from __future__ import annotations

from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.answers import Answer, download, whole
from heartline.web.definitions import find_made
from heartline.web.drilldown import read_drill
from heartline.web.exports import write_csv
from heartline.web.listing import find_rows, list_answers, stream_lines
from heartline.web.mapping import list_journeys
from heartline.web.pages.answers import BY_DEFINITION, COLUMNS, answers_page, csv_row
from heartline.web.pages.scores import scores_page
from heartline.web.scoring import read_scores
from heartline.web.visit import Visit

CSV: Final = "text/csv; charset=utf-8"


@get("/answers", opt={"right": Right.SEE_CUSTOMERS}, sync_to_thread=True)
def show_answers(visit: Visit) -> Answer:
    """Show one page of the answers behind a question."""
    drill = read_drill(visit.query, list_journeys(visit.heartline, visit.whole_log))
    found = list_answers(visit.heartline, visit.whole_log, drill, visit.selection)
    return whole(visit, answers_page(visit.view, drill, found, now_us=visit.now_us))


@get("/answers.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_answers(visit: Visit) -> Answer:
    """Send all answers behind a question."""
    drill = read_drill(visit.query, list_journeys(visit.heartline, visit.whole_log))
    rows = find_rows(visit.whole_log, drill, visit.selection)
    by = find_made(visit.whole_log, drill.ask(visit.selection))
    lines = stream_lines(visit.heartline, visit.whole_log, rows)
    columns = (*COLUMNS, *BY_DEFINITION) if by else COLUMNS
    body = write_csv(columns, (csv_row(line, visit.zone, by=by) for line in lines))
    return download(body, name=f"{drill.measure.value}.csv", kind=CSV)


@get("/scores", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_scores(visit: Visit) -> Answer:
    """Show a score by time, stage, channel, place and one trait."""
    reading = read_scores(visit.heartline, visit.whole_log, visit.query, visit.selection, now_us=visit.now_us)
    return whole(visit, scores_page(visit.view, reading, now_us=visit.now_us))


routes: Final[list[HTTPRouteHandler]] = [show_answers, send_answers, show_scores]
