"""``/``: Home."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.answers import Answer, fragment, redirect, whole
from heartline.web.newcomers import read_newcomers
from heartline.web.opening import Opening, read_opening
from heartline.web.pages.home import empty_page, home_page, opening_part
from heartline.web.visit import Visit

FIRST_VIEW_S: Final = 0.2
"""How long Home waits for a sentence that is not known yet, before it opens without."""


@get("/", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_home(visit: Visit) -> Answer:
    """Show the sentence, its proof, the figures, the loops and the voices; without waiting long for the sentence."""
    if not len(visit.whole_log):
        return whole(visit, empty_page(visit.view))
    opening = _read(visit, wait_s=FIRST_VIEW_S)
    return whole(visit, home_page(visit.view, opening, new=read_newcomers(visit), now_us=visit.now_us))


@get("/opening", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_opening(visit: Visit) -> Answer:
    """Show Home when its sentence is there: the fragment that Home asks for, or the whole page."""
    if not len(visit.whole_log):
        return redirect(visit, "/")
    opening, view = _read(visit), replace(visit.view, path="/")
    if visit.asked.is_fragment:
        return fragment(visit, opening_part(view, opening, new=read_newcomers(visit), now_us=visit.now_us))
    return whole(visit, home_page(view, opening, new=read_newcomers(visit), now_us=visit.now_us))


def _read(visit: Visit, *, wait_s: float | None = None) -> Opening:
    return read_opening(
        visit.heartline, visit.whole_log, visit.view, visit.selection, now_us=visit.now_us, wait_s=wait_s
    )


routes: Final[list[HTTPRouteHandler]] = [show_home, show_opening]
