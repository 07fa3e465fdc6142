"""``/journeys/{id}/memory``: what is remembered of a journey, and the same as a file."""

from __future__ import annotations

from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.answers import Answer, download, whole
from heartline.web.exports import write_csv
from heartline.web.itinerary import find_journey
from heartline.web.memories import COLUMNS, memory_rows, read_memory
from heartline.web.pages.memory import memory_page
from heartline.web.visit import Visit

CSV: Final = "text/csv; charset=utf-8"


@get("/journeys/{journey_id:str}/memory", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_memory(visit: Visit, journey_id: str) -> Answer:
    """Show whether peak and end, or the plain mean, go closer with what people say of the whole."""
    journey = find_journey(visit, journey_id)
    return whole(visit, memory_page(visit.view, journey, read_memory(visit, journey)))


@get("/journeys/{journey_id:str}/memory.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_memory(visit: Visit, journey_id: str) -> Answer:
    """Send every figure."""
    journey = find_journey(visit, journey_id)
    body = write_csv(COLUMNS, memory_rows(read_memory(visit, journey)))
    return download(body, name=f"{journey.name}, memory.csv", kind=CSV)


routes: Final[list[HTTPRouteHandler]] = [show_memory, send_memory]
