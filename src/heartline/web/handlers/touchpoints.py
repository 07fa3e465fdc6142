"""``/touchpoints``: the catalogue, and the same as a file."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.answers import Answer, download, redirect, whole
from heartline.web.exports import write_csv
from heartline.web.itinerary import read_catalogue
from heartline.web.newcomers import class_newcomer, offer_stages, read_newcomers
from heartline.web.pages.newcomers import newcomer_section
from heartline.web.pages.touchpoints import COLUMNS, catalogue_rows, touchpoints_page
from heartline.web.visit import Visit

CSV: Final = "text/csv; charset=utf-8"


@get("/touchpoints", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_touchpoints(visit: Visit) -> Answer:
    """Show the touchpoints by area, and what is missing."""
    new = newcomer_section(visit.view, read_newcomers(visit), offer_stages(visit), now_us=visit.now_us)
    return whole(visit, touchpoints_page(visit.view, read_catalogue(visit), new=new))


@get("/touchpoints.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_touchpoints(visit: Visit) -> Answer:
    """Send them."""
    body = write_csv(COLUMNS, catalogue_rows(read_catalogue(visit), visit.zone))
    return download(body, name="touchpoints.csv", kind=CSV)


@post("/touchpoints/new", opt={"right": Right.CHANGE_JOURNEYS}, sync_to_thread=True)
def class_touchpoint(visit: Visit) -> Answer:
    """Put what was never seen before into a stage of a journey, or mark it as looked at."""
    done = class_newcomer(visit, field=visit.field("field"), name=visit.field("name"), into=visit.field("into"))
    return redirect(visit, "/touchpoints", notice=done)


routes: Final[list[HTTPRouteHandler]] = [show_touchpoints, send_touchpoints, class_touchpoint]
