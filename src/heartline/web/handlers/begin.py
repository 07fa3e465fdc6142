"""The choice after set-up, and filling in the sample."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import Conflict, Missing
from heartline.language import _
from heartline.records import Right
from heartline.web.answers import Answer, fragment, page, redirect
from heartline.web.chores import Chore, begin_chore, find_chore
from heartline.web.pages.begin import draw_begin, draw_filling
from heartline.web.sample import fill_with_sample
from heartline.web.sample_desk import furnish_sample
from heartline.web.visit import Visit

_SAMPLE: Final = "sample"
_CUSTOMERS: Final = 5_000


@get("/begin", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_begin(visit: Visit) -> Answer:
    """Offer three ways to begin."""
    blank = visit.heartline.stores.journal.head() == 0
    body = draw_begin(visit.plain_view, blank=blank, filling=find_chore(visit.heartline, _SAMPLE))
    return page(visit, body, title=_("Begin"), controls=False)


@post("/begin/sample", opt={"right": Right.CHANGE_WORKSPACE}, sync_to_thread=True)
def fill_sample(visit: Visit) -> Answer:
    """Make the sample, in an installation that holds nothing yet."""
    heartline = visit.heartline
    if heartline.stores.journal.head() != 0:
        raise Conflict("not_blank", _("Something has arrived already."), _("See the sample with `heartline demo`."))

    def fill(chore: Chore) -> None:
        fill_with_sample(heartline, customers=_CUSTOMERS, seed=1, progress=chore.tell)
        furnish_sample(heartline, seed=1)

    begin_chore(heartline, _SAMPLE, fill)
    visit.note("sample_filled")
    return redirect(visit, "/begin")


@get("/begin/sample", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_filling(visit: Visit) -> Answer:
    """Say how far the sample is."""
    chore = find_chore(visit.heartline, _SAMPLE)
    if chore is None:
        raise Missing("no_sample", _("No sample is being made."), _("Begin one first."))
    if not visit.asked.is_fragment:
        return redirect(visit, "/begin")
    return redirect(visit, "/") if chore.done else fragment(visit, draw_filling(visit.plain_view, chore))


routes: Final[list[HTTPRouteHandler]] = [show_begin, fill_sample, show_filling]
