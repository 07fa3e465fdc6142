"""``/pains``: where it hurts; each pain; and the touches behind each figure, also as files."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.language import _
from heartline.records import Right
from heartline.web.answers import Answer, download, fragment, redirect, whole
from heartline.web.drilldown import read_page
from heartline.web.exports import write_csv
from heartline.web.opportunities import change_opportunity, file_opportunity, read_board
from heartline.web.pages.answers import COLUMNS as TOUCH_COLUMNS
from heartline.web.pages.answers import csv_row
from heartline.web.pages.pain import elsewhere_page, pain_page, touches_page
from heartline.web.pages.pains import COLUMNS, pain_rows, pains_page, pains_part
from heartline.web.paining import (
    FIRST_VIEW_S,
    find_behind,
    is_elsewhere,
    read_behind,
    read_comments,
    read_pains,
    require_pain,
    require_pains,
    stream_touches,
)
from heartline.web.visit import Visit

CSV: Final = "text/csv; charset=utf-8"


@get("/pains", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_pains(visit: Visit) -> Answer:
    """Show what hurts, ranked by what it costs; without waiting long for a list that is not known yet."""
    found, currency = read_pains(visit, wait_s=FIRST_VIEW_S), visit.heartline.workspace.currency
    return whole(visit, pains_page(visit.view, found, currency=currency, now_us=visit.now_us))


@get("/pains/list", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_list(visit: Visit) -> Answer:
    """Show the list when it is there: the fragment that the page asks for, or the whole page."""
    found, currency = read_pains(visit), visit.heartline.workspace.currency
    if visit.asked.is_fragment:
        return fragment(visit, pains_part(visit.view, found, currency=currency, now_us=visit.now_us))
    return whole(visit, pains_page(visit.view, found, currency=currency, now_us=visit.now_us))


@get("/pains.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_pains(visit: Visit) -> Answer:
    """Send the list with every figure."""
    rows = pain_rows(require_pains(visit), currency=visit.heartline.workspace.currency, zone=visit.zone)
    return download(write_csv(COLUMNS, rows), name="pains.csv", kind=CSV)


@get("/pains/{key:str}", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_pain(visit: Visit, key: str) -> Answer:
    """Show one pain: how we know, what it costs and how sure that is, what went with it, whom else it met."""
    if is_elsewhere(visit, key):
        return whole(visit, elsewhere_page(visit.view))
    found, place, pain = require_pain(visit, key)
    currency, said = visit.heartline.workspace.currency, read_comments(visit, pain)
    board = read_board(visit, key)
    page = pain_page(visit.view, found, place, said=said, board=board, currency=currency, now_us=visit.now_us)
    return whole(visit, page)


@get("/pains/{key:str}/touches", opt={"right": Right.SEE_CUSTOMERS}, sync_to_thread=True)
def show_touches(visit: Visit, key: str) -> Answer:
    """Show one page of the touches behind a figure (`of=touched` or the place of a sign)."""
    if is_elsewhere(visit, key):
        return whole(visit, elsewhere_page(visit.view))
    page = read_page(visit.query)
    behind = read_behind(visit, key, visit.query.get("of", "touched"), page=page)
    return whole(visit, touches_page(visit.view, behind, require_pains(visit), page=page, now_us=visit.now_us))


@get("/pains/{key:str}/touches.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_touches(visit: Visit, key: str) -> Answer:
    """Send all touches behind a figure."""
    behind = find_behind(visit, key, visit.query.get("of", "touched"))
    lines = stream_touches(visit, behind)
    return download(
        write_csv(TOUCH_COLUMNS, (csv_row(line, visit.zone) for line in lines)), name="touches.csv", kind=CSV
    )


@post("/pains/{key:str}/opportunities", opt={"right": Right.WORK_CASES}, sync_to_thread=True)
def post_opportunity(visit: Visit, key: str) -> Answer:
    """File an opportunity of a pain."""
    file_opportunity(visit, key)
    return redirect(visit, f"/pains/{key}#opportunities", notice=_("Filed."))


@post("/opportunities/{opportunity_id:int}", opt={"right": Right.WORK_CASES}, sync_to_thread=True)
def post_change(visit: Visit, opportunity_id: int) -> Answer:
    """Change an opportunity: effort, owner, day, status, the cases linked to it."""
    changed = change_opportunity(visit, opportunity_id)
    return redirect(visit, f"/pains/{changed.pain}#opportunities", notice=_("Saved."))


routes: Final[list[HTTPRouteHandler]] = [
    show_pains,
    show_list,
    send_pains,
    show_pain,
    show_touches,
    send_touches,
    post_opportunity,
    post_change,
]
