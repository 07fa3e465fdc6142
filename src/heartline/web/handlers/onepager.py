"""``/report``: the one-page report for the range and filter in force."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.answers import Answer, fragment, whole
from heartline.web.onepager import FIRST_VIEW_S, read_onepager
from heartline.web.pages.onepager import empty_onepager, onepager_page, onepager_part
from heartline.web.visit import Visit


@get("/report", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_report(visit: Visit) -> Answer:
    """Show one sheet with what matters; without waiting long for what is not known yet."""
    if not len(visit.whole_log):
        return whole(visit, empty_onepager(visit.view))
    return whole(visit, onepager_page(visit.view, read_onepager(visit, wait_s=FIRST_VIEW_S), now_us=visit.now_us))


@get("/report/whole", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_whole(visit: Visit) -> Answer:
    """Show the sheet when it is there: the fragment that the page asks for, or the whole page."""
    if not len(visit.whole_log):
        return whole(visit, empty_onepager(visit.view))
    told, view = read_onepager(visit), replace(visit.view, path="/report")
    if visit.asked.is_fragment:
        return fragment(visit, onepager_part(view, told, now_us=visit.now_us))
    return whole(visit, onepager_page(view, told, now_us=visit.now_us))


routes: Final[list[HTTPRouteHandler]] = [show_report, show_whole]
