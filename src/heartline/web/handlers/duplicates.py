"""``/customers/duplicates``: pairs of customers that may be one person, for a person to decide."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.answers import Answer, fragment, redirect, whole
from heartline.web.drilldown import read_page
from heartline.web.duplicates import SHOWS, begin_run, decide_pair, read_queue
from heartline.web.pages.duplicates import draw_run, duplicates_page
from heartline.web.visit import Visit

PATH: Final = "/customers/duplicates"


@get(PATH, opt={"right": Right.CHANGE_CUSTOMERS}, sync_to_thread=True)
def show_duplicates(visit: Visit) -> Answer:
    """Show the queue of possible duplicates, the surest first; or what was decided."""
    queue = read_queue(visit, page=read_page(visit.query))
    if visit.asked.is_fragment:
        under_way = draw_run(queue)
        return redirect(visit, PATH) if under_way is None else fragment(visit, under_way)
    return whole(visit, duplicates_page(visit.plain_view, queue, now_us=visit.now_us))


@post(PATH + "/run", opt={"right": Right.CHANGE_CUSTOMERS}, sync_to_thread=True)
def seek_duplicates(visit: Visit) -> Answer:
    """Compare all customers in the background and renew the queue."""
    begin_run(visit)
    return redirect(visit, visit.plain_view.url(PATH))


@post(PATH + "/{suggestion_id:int}", opt={"right": Right.CHANGE_CUSTOMERS}, sync_to_thread=True)
def decide_duplicate(visit: Visit, suggestion_id: int) -> Answer:
    """Confirm a pair, dismiss it, or take a decision back."""
    done = decide_pair(visit, suggestion_id)
    kept = {name: visit.field(name) for name in ("show", "page", "at") if visit.field(name).isalnum()}
    if kept.get("show") not in SHOWS:
        kept.pop("show", None)
    return redirect(visit, visit.plain_view.url(PATH, **kept), notice=done)


routes: Final[list[HTTPRouteHandler]] = [show_duplicates, seek_duplicates, decide_duplicate]
