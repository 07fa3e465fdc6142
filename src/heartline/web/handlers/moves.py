"""``/moves``: what moved in a year and which days were odd, and the same as a file."""

from __future__ import annotations

from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.answers import Answer, download, whole
from heartline.web.exports import write_csv
from heartline.web.moves import COLUMNS, move_rows, read_moves
from heartline.web.pages.moves import moves_page
from heartline.web.visit import Visit

CSV: Final = "text/csv; charset=utf-8"


@get("/moves", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_moves(visit: Visit) -> Answer:
    """Show every measure that is watched, those that moved first."""
    return whole(visit, moves_page(visit.view, read_moves(visit), now_us=visit.now_us))


@get("/moves.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_moves(visit: Visit) -> Answer:
    """Send every move and odd day."""
    return download(write_csv(COLUMNS, move_rows(read_moves(visit), visit.zone)), name="moves.csv", kind=CSV)


routes: Final[list[HTTPRouteHandler]] = [show_moves, send_moves]
