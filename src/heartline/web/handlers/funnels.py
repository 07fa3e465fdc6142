"""``/journeys/{id}/funnel``: how far people get through steps, whom a bar means, and the files."""

from __future__ import annotations

from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.answers import Answer, download, whole
from heartline.web.exports import write_csv
from heartline.web.funnels import COLUMNS, funnel_rows, read_funnel, read_funnel_people, stream_funnel_people
from heartline.web.itinerary import find_journey
from heartline.web.pages import answers
from heartline.web.pages.funnel import funnel_page, funnel_people_page
from heartline.web.visit import Visit

CSV: Final = "text/csv; charset=utf-8"


@get("/journeys/{journey_id:str}/funnel", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_funnel(visit: Visit, journey_id: str) -> Answer:
    """Show how far people get through the stages, or the steps chosen."""
    journey = find_journey(visit, journey_id)
    return whole(visit, funnel_page(visit.view, journey, read_funnel(visit, journey).count))


@get("/journeys/{journey_id:str}/funnel.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_funnel(visit: Visit, journey_id: str) -> Answer:
    """Send every step, of all and of each value of the breakdown."""
    journey = find_journey(visit, journey_id)
    body = write_csv(COLUMNS, funnel_rows(read_funnel(visit, journey).count))
    return download(body, name=f"{journey.name}, funnel.csv", kind=CSV)


@get("/journeys/{journey_id:str}/funnel/people", opt={"right": Right.SEE_CUSTOMERS}, sync_to_thread=True)
def show_funnel_people(visit: Visit, journey_id: str) -> Answer:
    """Show the customers who reached a step, or got no further."""
    journey = find_journey(visit, journey_id)
    count, found = read_funnel(visit, journey).count, read_funnel_people(visit, journey)
    return whole(visit, funnel_people_page(visit.view, journey, count, found, now_us=visit.now_us))


@get("/journeys/{journey_id:str}/funnel/people.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_funnel_people(visit: Visit, journey_id: str) -> Answer:
    """Send them."""
    lines = stream_funnel_people(visit, find_journey(visit, journey_id))
    body = write_csv(answers.COLUMNS, (answers.csv_row(line, visit.zone) for line in lines))
    return download(body, name="people.csv", kind=CSV)


routes: Final[list[HTTPRouteHandler]] = [show_funnel, send_funnel, show_funnel_people, send_funnel_people]
