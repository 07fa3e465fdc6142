"""``/journeys/{id}/compare``: two groups or two periods, and the same as a file."""

from __future__ import annotations

from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.answers import Answer, download, whole
from heartline.web.comparing import COLUMNS, ask_sides, comparison_rows, read_comparison
from heartline.web.exports import write_csv
from heartline.web.itinerary import find_journey
from heartline.web.pages.comparison import comparison_page
from heartline.web.visit import Visit

CSV: Final = "text/csv; charset=utf-8"


@get("/journeys/{journey_id:str}/compare", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_comparison(visit: Visit, journey_id: str) -> Answer:
    """Show which steps and touchpoints differ between two groups or periods."""
    journey, sides = find_journey(visit, journey_id), ask_sides(visit)
    return whole(visit, comparison_page(visit.view, journey, sides, read_comparison(visit, journey, sides)))


@get("/journeys/{journey_id:str}/compare.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_comparison(visit: Visit, journey_id: str) -> Answer:
    """Send all that was compared."""
    journey = find_journey(visit, journey_id)
    body = write_csv(COLUMNS, comparison_rows(read_comparison(visit, journey, ask_sides(visit))))
    return download(body, name=f"{journey.name}, comparison.csv", kind=CSV)


routes: Final[list[HTTPRouteHandler]] = [show_comparison, send_comparison]
