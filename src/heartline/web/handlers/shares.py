"""``/settings/shares``: links that show a table of figures; and ``/shared/…``, where they lead."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Right
from heartline.web.answers import Answer, guest_page, page, redirect
from heartline.web.pages.shares import PATH, draw_link, draw_shared, draw_shares
from heartline.web.sharing import FIELD_OF, drop_share, make_share, open_shared
from heartline.web.visit import Visit

_OPT: Final = {"right": Right.CHANGE_WORKSPACE}


@get(PATH, opt=_OPT, sync_to_thread=True)
def show_shares(visit: Visit) -> Answer:
    """List what is shared by link, with a form for one more."""
    return shares_page(visit)


def shares_page(visit: Visit, problem: tuple[str, str] = ("", "")) -> Answer:
    """Compose it, with what was wrong in the form."""
    shares = visit.heartline.stores.kept.shares()
    body = draw_shares(visit.plain_view, shares, said=visit.form, now_us=visit.now_us, problem=problem)
    return page(visit, body, title=_("Shared links"), controls=False, status=400 if problem[1] else 200)


@post(PATH, opt=_OPT, sync_to_thread=True)
def add_share(visit: Visit) -> Answer:
    """Make a link and show it, this once."""
    try:
        share, token = make_share(visit)
    except Invalid as error:
        return shares_page(visit, (FIELD_OF.get(error.code, "name"), f"{error}"))
    body = draw_link(visit.plain_view, share, f"{visit.address}/shared/{token}")
    crumbs = (("/settings", _("Settings")), (PATH, _("Shared links")))
    return page(visit, body, title=_("Its link"), crumbs=crumbs, controls=False)


@post("/settings/shares/{share_id:int}/drop", opt=_OPT, sync_to_thread=True)
def revoke_share(visit: Visit, share_id: int) -> Answer:
    """Revoke a link: nobody opens it any more."""
    drop_share(visit, share_id)
    return redirect(visit, PATH, notice=_("The link leads nowhere now."))


@get("/shared/{token:str}", opt={"open": True}, sync_to_thread=True)
def show_shared(visit: Visit, token: str) -> Answer:
    """Show the table of a link to whoever holds it."""
    shown = open_shared(visit, token)
    answer = guest_page(visit, draw_shared(visit.plain_view, shown), title=_("Figures"))
    answer.headers["x-robots-tag"] = "noindex, nofollow"
    return answer


routes: Final[list[HTTPRouteHandler]] = [show_shares, add_share, revoke_share, show_shared]
