"""``/touchpoints``: the catalogue, and the same as a file."""

from __future__ import annotations

from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.answers import Answer, download, whole
from heartline.web.exports import write_csv
from heartline.web.itinerary import read_catalogue
from heartline.web.pages.touchpoints import COLUMNS, catalogue_rows, touchpoints_page
from heartline.web.visit import Visit

CSV: Final = "text/csv; charset=utf-8"


@get("/touchpoints", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_touchpoints(visit: Visit) -> Answer:
    """Show the touchpoints by area, and what is missing."""
    return whole(visit, touchpoints_page(visit.view, read_catalogue(visit)))


@get("/touchpoints.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_touchpoints(visit: Visit) -> Answer:
    """Send them."""
    body = write_csv(COLUMNS, catalogue_rows(read_catalogue(visit), visit.zone))
    return download(body, name="touchpoints.csv", kind=CSV)


routes: Final[list[HTTPRouteHandler]] = [show_touchpoints, send_touchpoints]
