"""Refused events: listed by reason and source, opened, mended, tried again, taken away as a file."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import HeartlineError
from heartline.language import _
from heartline.records import Right
from heartline.web.amending import find_refused
from heartline.web.answers import Answer, download, page, redirect
from heartline.web.pages.refused import draw_one, draw_refused, refused_crumbs
from heartline.web.redress import begin_again, mend_one, read_asked_refused, read_refused_list, show_again
from heartline.web.refusals import write_refused_events
from heartline.web.visit import Visit


@get("/data/refused", opt={"right": Right.MANAGE_SOURCES}, sync_to_thread=True)
def show_refused(visit: Visit) -> Answer:
    """Show what was refused, newest first."""
    found = read_refused_list(visit)
    return page(visit, draw_refused(visit.plain_view, found), title=_("Refused"), controls=False)


@get("/data/refused.jsonl", opt={"right": Right.MANAGE_SOURCES}, sync_to_thread=True)
def send_refused(visit: Visit) -> Answer:
    """Send the refused of a source and a reason, as they came."""
    visit.require(Right.EXPORT)
    visit.note("file.taken", visit.asked.path)
    asked = read_asked_refused(visit)
    body = write_refused_events(visit.heartline, source_id=asked.source_id, reason=asked.reason)
    return download(body, name="refused.jsonl", kind="application/x-ndjson")


@post("/data/refused/again", opt={"right": Right.MANAGE_SOURCES}, sync_to_thread=True)
def try_again(visit: Visit) -> Answer:
    """Begin to judge all of a reason again."""
    begin_again(visit, reason=visit.field("reason"), source=visit.field("source"))
    return redirect(visit, "/data/refused/again")


@get("/data/refused/again", opt={"right": Right.MANAGE_SOURCES}, sync_to_thread=True)
def see_again(visit: Visit) -> Answer:
    """Show how far that is, then what came of it."""
    return show_again(visit)


@get("/data/refused/{seq:int}", opt={"right": Right.MANAGE_SOURCES}, sync_to_thread=True)
def show_one(visit: Visit, seq: int) -> Answer:
    """Show one refused event, to be mended."""
    body = draw_one(visit.plain_view, find_refused(visit.heartline, seq))
    return page(visit, body, title=_("A refused event"), crumbs=refused_crumbs(), controls=False)


@post("/data/refused/{seq:int}", opt={"right": Right.MANAGE_SOURCES}, sync_to_thread=True)
def mend(visit: Visit, seq: int) -> Answer:
    """Take it as it should have come, and judge it again."""
    event, given = find_refused(visit.heartline, seq), visit.form.get("event", [""])[0]
    try:
        trouble = mend_one(visit, event, given)
    except HeartlineError as error:
        trouble = str(error)
    if not trouble:
        return redirect(visit, "/data/refused", notice=_("Mended: it is no longer refused."))
    body = draw_one(visit.plain_view, event, given=given, trouble=trouble)
    return page(visit, body, title=_("A refused event"), crumbs=refused_crumbs(), controls=False, status=400)


routes: Final[list[HTTPRouteHandler]] = [show_refused, send_refused, try_again, see_again, show_one, mend]
