"""Data: sources, the live feed, what was refused, the account."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Right, Trust
from heartline.web.answers import Answer, fragment, page, redirect
from heartline.web.pages.data import HIDDEN_KEY, draw_first, draw_source, draw_sources
from heartline.web.pages.feed import draw_account, draw_feed, draw_live
from heartline.web.snippets import list_snippets
from heartline.web.sources import add_source as make_source
from heartline.web.sources import change_source as keep_source
from heartline.web.sources import count_sources, find_source, read_arrivals, read_ledger, send_test_event
from heartline.web.visit import Visit

_FEED: Final = 40


@get("/data", opt={"right": Right.SEE_ARRIVALS}, sync_to_thread=True)
def show_sources(visit: Visit) -> Answer:
    """List the sources."""
    body = draw_sources(visit.plain_view, count_sources(visit.heartline))
    return page(visit, body, title=_("Sources"), controls=False)


@post("/data/sources", opt={"right": Right.MANAGE_SOURCES}, sync_to_thread=True)
def add_source(visit: Visit) -> Answer:
    """Add a source with a key of its own."""
    trust = Trust.TRUSTED if visit.field("trust") == Trust.TRUSTED.value else Trust.PUBLIC
    try:
        source = make_source(visit, visit.field("name"), trust=trust)
    except Invalid as error:
        body = draw_sources(visit.plain_view, count_sources(visit.heartline), error=f"{error}")
        return page(visit, body, title=_("Sources"), controls=False, status=400)
    return redirect(visit, f"/data/sources/{source.source_id}")


@get("/data/sources/{source_id:int}", opt={"right": Right.SEE_ARRIVALS}, sync_to_thread=True)
def show_source(visit: Visit, source_id: int) -> Answer:
    """Show a source, its snippets, and whether anything came."""
    source = find_source(visit.heartline, source_id)
    arrival = next(iter(read_arrivals(visit.heartline, limit=1, source_id=source_id)), None)
    if visit.asked.is_fragment:
        return fragment(visit, draw_first(visit.plain_view, source, arrival))
    may_see = source.trust is Trust.PUBLIC or visit.may(Right.MANAGE_SOURCES)
    snippets = list_snippets(source, visit.address, key=source.write_key if may_see else HIDDEN_KEY)
    body = draw_source(visit.plain_view, source, snippets, arrival, kit=visit.query.get("kit", ""))
    return page(visit, body, title=source.name, crumbs=(("/data", _("Sources")),), controls=False)


@post("/data/sources/{source_id:int}", opt={"right": Right.MANAGE_SOURCES}, sync_to_thread=True)
def change_source(visit: Visit, source_id: int) -> Answer:
    """Rename a source, or switch it on or off."""
    name = visit.field("name") if "name" in visit.form else None
    keep_source(visit, source_id, name=name, enabled={"1": True, "0": False}.get(visit.field("enabled")))
    return redirect(visit, f"/data/sources/{source_id}", notice=_("Saved."))


@post("/data/sources/{source_id:int}/test", opt={"right": Right.MANAGE_SOURCES}, sync_to_thread=True)
def try_source(visit: Visit, source_id: int) -> Answer:
    """Send a test event through the real door."""
    send_test_event(visit.heartline, find_source(visit.heartline, source_id))
    return redirect(visit, f"/data/sources/{source_id}", notice=_("A test event was sent."))


@get("/data/live", opt={"right": Right.SEE_ARRIVALS}, sync_to_thread=True)
def show_live(visit: Visit) -> Answer:
    """Show what arrives."""
    arrivals, paused = read_arrivals(visit.heartline, limit=_FEED), visit.query.get("paused") == "1"
    if visit.asked.is_fragment:
        return fragment(visit, draw_feed(visit.plain_view, arrivals, paused=paused))
    return page(visit, draw_live(visit.plain_view, arrivals, paused=paused), title=_("Live"), controls=False)


@get("/data/account", opt={"right": Right.SEE_ARRIVALS}, sync_to_thread=True)
def show_account(visit: Visit) -> Answer:
    """Show where every event is."""
    body = draw_account(visit.plain_view, read_ledger(visit.heartline))
    return page(visit, body, title=_("The account"), controls=False)


routes: Final[list[HTTPRouteHandler]] = [
    show_sources,
    add_source,
    show_source,
    change_source,
    try_source,
    show_live,
    show_account,
]
