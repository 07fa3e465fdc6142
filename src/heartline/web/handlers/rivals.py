"""``/rivals``: our reviews against rivals', reasons to buy and to leave, replies, and the names of the market."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.answers import Answer, download, redirect, whole
from heartline.web.exports import write_csv
from heartline.web.market import keep_market
from heartline.web.pages.rivals import RIVAL_COLUMNS, rival_rows, rivals_page
from heartline.web.rivalry import read_rivalry
from heartline.web.visit import Visit

CSV: Final = "text/csv; charset=utf-8"


@get("/rivals", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_rivals(visit: Visit) -> Answer:
    """Show our reviews beside rivals', why people buy and leave, and what waits for an answer."""
    return whole(visit, rivals_page(visit.view, read_rivalry(visit), now_us=visit.now_us))


@get("/rivals.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_rivals(visit: Visit) -> Answer:
    """Send the same figures as a file."""
    return download(write_csv(RIVAL_COLUMNS, rival_rows(read_rivalry(visit))), name="rivals.csv", kind=CSV)


@post("/rivals", opt={"right": Right.CHANGE_JOURNEYS}, sync_to_thread=True)
def name_rivals(visit: Visit) -> Answer:
    """Keep the names of the market."""
    return redirect(visit, "/rivals", notice=keep_market(visit))


routes: Final[list[HTTPRouteHandler]] = [show_rivals, send_rivals, name_rivals]
