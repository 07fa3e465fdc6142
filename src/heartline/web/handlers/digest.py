"""``/digest``: the week in a few lines; and who gets it by e-mail."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import NotAllowed
from heartline.language import _
from heartline.records import Right
from heartline.web.answers import Answer, redirect, whole
from heartline.web.digest import list_readers, read_digest, set_reader
from heartline.web.pages.digest import digest_page
from heartline.web.visit import Visit

_OPT: Final = {"right": Right.SEE_CUSTOMERS}


@get("/digest", opt=_OPT, sync_to_thread=True)
def show_digest(visit: Visit) -> Answer:
    """Show the week as the digest tells it."""
    digest, me = read_digest(visit.heartline, now_us=visit.now_us), visit.require_user()
    gets, may = me.user_id in list_readers(visit.heartline), not visit.bounds.narrow
    return whole(visit, digest_page(visit.plain_view, digest, gets=gets, may=may))


@post("/digest", opt=_OPT, sync_to_thread=True)
def choose_digest(visit: Visit) -> Answer:
    """Let the digest come to the reader by e-mail, or end it."""
    if visit.bounds.narrow:
        told = _("The digest by e-mail speaks of the whole company, and you are bound to places.")
        raise NotAllowed("not_at_a_place", told, _("Read it here instead."))
    wants = visit.field("on") == "1"
    set_reader(visit.heartline, visit.require_user().user_id, wants=wants)
    visit.note("digest.chosen", "on" if wants else "off")
    return redirect(visit, "/digest", notice=_("It comes each week.") if wants else _("It comes no more."))


routes: Final[list[HTTPRouteHandler]] = [show_digest, choose_digest]
