"""``/drivers``: what goes with a score, importance beside performance, and the same as a file."""

from __future__ import annotations

from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.answers import Answer, download, whole
from heartline.web.drivers import COLUMNS, driver_rows, read_drivers
from heartline.web.exports import write_csv
from heartline.web.pages.drivers import drivers_page
from heartline.web.visit import Visit

CSV: Final = "text/csv; charset=utf-8"


@get("/drivers", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_drivers(visit: Visit) -> Answer:
    """Show which touchpoints, feelings, waits, stages, channels, places, products and themes go with a score."""
    return whole(visit, drivers_page(visit.view, read_drivers(visit)))


@get("/drivers.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_drivers(visit: Visit) -> Answer:
    """Send every driver that was weighed."""
    return download(write_csv(COLUMNS, driver_rows(read_drivers(visit))), name="drivers.csv", kind=CSV)


routes: Final[list[HTTPRouteHandler]] = [show_drivers, send_drivers]
