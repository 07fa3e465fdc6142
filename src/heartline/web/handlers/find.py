"""Ctrl-K: customers, cases, journeys, pages and acts by a few letters."""

from __future__ import annotations

from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler

from heartline.language import _
from heartline.records import Right
from heartline.web.answers import Answer, fragment, page
from heartline.web.finding import find_all
from heartline.web.pages.find import draw_find
from heartline.web.parts import found
from heartline.web.visit import Visit


@get("/find", opt={"right": Right.SIGN_IN}, sync_to_thread=True)
def find(visit: Visit) -> Answer:
    """Find; a piece for the palette, a page for everybody else."""
    asked = visit.query.get("q", "").strip()[:100]
    groups = find_all(visit.heartline, visit.plain_view, asked)
    if visit.asked.is_fragment:
        return fragment(visit, found(groups, query=asked))
    return page(visit, draw_find(visit.plain_view, groups, asked), title=_("Find"), controls=False)


routes: Final[list[HTTPRouteHandler]] = [find]
