"""``/settings/wellbeing``: what ``heartline doctor`` says, as a page."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.language import _
from heartline.records import Right
from heartline.web.answers import Answer, fragment, page, redirect
from heartline.web.chores import begin_chore, find_chore
from heartline.web.pages.wellbeing import draw_findings, draw_wellbeing
from heartline.web.visit import Visit
from heartline.web.wellbeing import EXAMINATION, examine_in_chore, examine_quickly

_PATH: Final = "/settings/wellbeing"


@get(_PATH, opt={"right": Right.CHANGE_WORKSPACE}, sync_to_thread=True)
def show_wellbeing(visit: Visit) -> Answer:
    """Show how the installation is; whole files as they were when they were last read."""
    chore = find_chore(visit.heartline, EXAMINATION)
    found = examine_quickly(visit.heartline, chore)
    if visit.asked.is_fragment:
        return fragment(visit, draw_findings(visit.plain_view, found, chore))
    return page(visit, draw_wellbeing(visit.plain_view, found, chore), title=_("Wellbeing"), controls=False)


@post(_PATH, opt={"right": Right.CHANGE_WORKSPACE}, sync_to_thread=True)
def read_files(visit: Visit) -> Answer:
    """Begin to read whole files."""
    begin_chore(visit.heartline, EXAMINATION, lambda chore: examine_in_chore(visit.heartline, chore))
    return redirect(visit, _PATH)


routes: Final[list[HTTPRouteHandler]] = [show_wellbeing, read_files]
