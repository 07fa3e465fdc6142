"""``/journeys/cohorts``: who came back in the weeks after they began, and the same as a file."""

from __future__ import annotations

from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.answers import Answer, download, whole
from heartline.web.cohorts import COLUMNS, cohort_rows, offer_touchpoints, read_cohorts
from heartline.web.exports import write_csv
from heartline.web.pages.cohorts import cohorts_page
from heartline.web.visit import Visit

CSV: Final = "text/csv; charset=utf-8"


@get("/journeys/cohorts", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_cohorts(visit: Visit) -> Answer:
    """Show the share that came back, by the week in which they began."""
    return whole(visit, cohorts_page(visit.view, read_cohorts(visit), touchpoints=offer_touchpoints(visit)))


@get("/journeys/cohorts.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_cohorts(visit: Visit) -> Answer:
    """Send every cell, in that week and in it or later."""
    body = write_csv(COLUMNS, cohort_rows(read_cohorts(visit), visit.zone))
    return download(body, name="cohorts.csv", kind=CSV)


routes: Final[list[HTTPRouteHandler]] = [show_cohorts, send_cohorts]
