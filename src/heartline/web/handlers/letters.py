"""``/settings/outbox``: what is written to people and how it went; and ``/u/…``, their way out of it."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Right
from heartline.web.answers import Answer, guest_page, page, redirect
from heartline.web.confirming import change_asking
from heartline.web.letters import change_hours, find_way_out, open_letter, queue_test, read_outbox, send_again
from heartline.web.lives import find_profile
from heartline.web.pages.letters import draw_letter, draw_outbox, draw_unsubscribed, draw_way_out
from heartline.web.returned import lift
from heartline.web.visit import Visit

_OPT: Final = {"right": Right.CHANGE_WORKSPACE}
_OPEN: Final = {"open": True, "by_link": True}
_PATH: Final = "/settings/outbox"


@get(_PATH, opt=_OPT, sync_to_thread=True)
def show_outbox(visit: Visit) -> Answer:
    """List the letters, the latest first."""
    return outbox_page(visit)


def outbox_page(visit: Visit, problem: str = "", *, status: int = 200) -> Answer:
    """Compose it, with what was wrong in the form."""
    found = read_outbox(visit.heartline, now_us=visit.now_us)
    body = draw_outbox(visit.plain_view, found, visit.heartline.workspace, problem=problem)
    return page(visit, body, title=_("Outbox"), controls=False, status=status)


@get("/settings/outbox/{letter_id:int}", opt=_OPT, sync_to_thread=True)
def show_letter(visit: Visit, letter_id: int) -> Answer:
    """Show one letter as it is sent."""
    body = draw_letter(visit.plain_view, open_letter(visit.heartline, letter_id, now_us=visit.now_us))
    crumbs = (("/settings", _("Settings")), (_PATH, _("Outbox")))
    return page(visit, body, title=_("Letter"), crumbs=crumbs, controls=False)


@post("/settings/outbox/{letter_id:int}/again", opt=_OPT, sync_to_thread=True)
def send_letter_again(visit: Visit, letter_id: int) -> Answer:
    """Send a letter again, under the same Message-ID."""
    send_again(visit, letter_id)
    return redirect(visit, f"{_PATH}/{letter_id}", notice=_("It waits to be sent again."))


@post("/settings/outbox/test", opt=_OPT, sync_to_thread=True)
def send_test(visit: Visit) -> Answer:
    """Write a test to the reader."""
    posted = queue_test(visit)
    visit.note("letter.test", f"{posted.letter_id}")
    return redirect(visit, f"{_PATH}/{posted.letter_id}", notice=_("A test is under way."))


@post("/settings/outbox/hours", opt=_OPT, sync_to_thread=True)
def keep_hours(visit: Visit) -> Answer:
    """Keep the hours in which letters that can wait are sent."""
    try:
        told = change_hours(visit)
    except Invalid as error:
        return outbox_page(visit, f"{error}", status=400)
    visit.note("letter.hours", told)
    return redirect(visit, _PATH, notice=_("Saved."))


@post("/settings/outbox/first", opt=_OPT, sync_to_thread=True)
def keep_asking_first(visit: Visit) -> Answer:
    """Keep whether addresses from open forms are asked first whose they are."""
    visit.note("letter.confirm_first", "on" if change_asking(visit) else "off")
    return redirect(visit, f"{_PATH}#first", notice=_("Saved."))


@post("/settings/outbox/bounces/{handle:str}", opt={"right": Right.ASK_CUSTOMERS}, sync_to_thread=True)
def lift_bounce(visit: Visit, handle: str) -> Answer:
    """Write again to an address that bounced."""
    lift(visit, handle)
    ref = visit.field("ref")
    back = f"/customers/{find_profile(visit.heartline, ref).ref}" if ref else f"{_PATH}#bounces"
    return redirect(visit, back, notice=_("It is written to again. If it bounces once more, it is held back anew."))


@get("/u/{token:str}", opt=_OPEN, sync_to_thread=True)
def show_way_out(visit: Visit, token: str) -> Answer:
    """Ask whether letters shall stop. Scanners open every link: nothing is kept of it."""
    _handle, kind = find_way_out(visit.heartline, token)
    return guest_page(visit, draw_way_out(visit.plain_view, kind, token), title=_("No more letters"))


@post("/u/{token:str}", opt=_OPEN, sync_to_thread=True)
def take_way_out(visit: Visit, token: str) -> Answer:
    """Stop letters at once (RFC 8058: no sign-in, no cookie, no redirect)."""
    handle, kind = find_way_out(visit.heartline, token)
    if visit.heartline.stores.kept.unsubscribe(handle, kind, now_us=visit.now_us):
        visit.note("letter.unsubscribed", f"{kind.value}: {handle}")
    return guest_page(visit, draw_unsubscribed(kind), title=_("No more letters"))


routes: Final[list[HTTPRouteHandler]] = [
    show_outbox,
    show_letter,
    send_letter_again,
    send_test,
    keep_hours,
    keep_asking_first,
    lift_bounce,
    show_way_out,
    take_way_out,
]
