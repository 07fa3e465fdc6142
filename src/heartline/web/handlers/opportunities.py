"""``/opportunities``: what could be done, as a board by status and as a matrix of gain and effort."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.answers import Answer, redirect, whole
from heartline.web.backlog import read_backlog
from heartline.web.opportunities import move_opportunity
from heartline.web.pages.backlog import backlog_page, here_again, say_moved
from heartline.web.visit import Visit


@get("/opportunities", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_opportunities(visit: Visit) -> Answer:
    """Show all opportunities, of everybody or of one owner or department."""
    return whole(visit, backlog_page(visit.view, read_backlog(visit), now_us=visit.now_us))


@post("/opportunities/{opportunity_id:int}/move", opt={"right": Right.WORK_CASES}, sync_to_thread=True)
def post_move(visit: Visit, opportunity_id: int) -> Answer:
    """Move an opportunity to another column of the board."""
    moved = move_opportunity(visit, opportunity_id)
    return redirect(visit, here_again(moved, visit.field("owner"), visit.field("department")), notice=say_moved(moved))


routes: Final[list[HTTPRouteHandler]] = [show_opportunities, post_move]
