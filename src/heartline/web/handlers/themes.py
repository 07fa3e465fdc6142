"""``/voice/themes``: what customers talk about, and what people put right of it."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.answers import Answer, download, redirect, whole
from heartline.web.exports import write_csv
from heartline.web.pages.themes import THEME_COLUMNS, theme_rows, themes_page
from heartline.web.theming import change, read_themes, want_anew
from heartline.web.visit import Visit

CSV: Final = "text/csv; charset=utf-8"


@get("/voice/themes", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_themes(visit: Visit) -> Answer:
    """Show themes with share, feeling, change and the scores they go with, and what surged."""
    return whole(visit, themes_page(visit.view, read_themes(visit), now_us=visit.now_us))


@get("/voice/themes.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_themes(visit: Visit) -> Answer:
    """Send the same figures as a file."""
    return download(write_csv(THEME_COLUMNS, theme_rows(read_themes(visit))), name="themes.csv", kind=CSV)


@post("/voice/themes", opt={"right": Right.CHANGE_JOURNEYS}, sync_to_thread=True)
def find_anew(visit: Visit) -> Answer:
    """Ask for themes to be found anew."""
    return redirect(visit, "/voice/themes", notice=want_anew(visit))


@post("/voice/themes/{number:int}", opt={"right": Right.CHANGE_JOURNEYS}, sync_to_thread=True)
def change_theme(visit: Visit, number: int) -> Answer:
    """Name a theme, put it under another, count it as part of another, hide or show it."""
    return redirect(visit, "/voice/themes", notice=change(visit, number))


routes: Final[list[HTTPRouteHandler]] = [show_themes, send_themes, find_anew, change_theme]
