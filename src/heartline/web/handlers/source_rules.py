"""Data: what each source may send, and what of all traffic is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Right, Source
from heartline.web.answers import Answer, page, redirect
from heartline.web.pages.source_rules import Problems, draw_rules, draw_traffic
from heartline.web.source_rules import (
    FIELD_OF,
    OVERLAPS,
    keep_filters,
    parse_filters,
    read_sheet,
    write_filters,
    write_rules,
)
from heartline.web.source_rules import change_key as give_key
from heartline.web.source_rules import change_rules as keep_source_rules
from heartline.web.sources import find_source
from heartline.web.visit import Visit


def rules_page(visit: Visit, source: Source, said: Mapping[str, str] | None = None, **problems: str) -> Answer:
    """Compose the page of a source's rules; ``said`` is what stood in a form that was refused."""
    sheet = read_sheet(visit.heartline, source, address=visit.address, now_us=visit.now_us)
    body = draw_rules(visit.plain_view, sheet, write_rules(sheet.rules) if said is None else said, problems)
    crumbs = (("/data", _("Sources")), (f"/data/sources/{source.source_id}", source.name))
    return page(visit, body, title=_("Rules"), crumbs=crumbs, controls=False, status=400 if problems else 200)


def traffic_page(visit: Visit, said: Mapping[str, str] | None = None, **problems: str) -> Answer:
    """Compose the page of the traffic's filters."""
    filters = visit.heartline.stores.kept.traffic_filters()
    body = draw_traffic(visit.plain_view, filters, write_filters(filters) if said is None else said, problems)
    return page(visit, body, title=_("Traffic"), controls=False, status=400 if problems else 200)


def read_said(visit: Visit) -> dict[str, str]:
    """Return what a form said, by field."""
    return {name: values[0] for name, values in visit.form.items() if values}


def point_at(error: Invalid) -> Problems:
    """Return a refusal beside the field it speaks of."""
    return {FIELD_OF.get(error.code, ""): f"{error}"}


@get("/data/sources/{source_id:int}/rules", opt={"right": Right.SEE_ARRIVALS}, sync_to_thread=True)
def show_rules(visit: Visit, source_id: int) -> Answer:
    """Show what a source may send."""
    return rules_page(visit, find_source(visit.heartline, source_id))


@post("/data/sources/{source_id:int}/rules", opt={"right": Right.MANAGE_SOURCES}, sync_to_thread=True)
def change_rules(visit: Visit, source_id: int) -> Answer:
    """Keep what a source may send, and how its webhooks prove themselves."""
    source, said = find_source(visit.heartline, source_id), read_said(visit)
    try:
        keep_source_rules(visit, source, said)
    except Invalid as error:
        return rules_page(visit, source, said, **point_at(error))
    return redirect(visit, f"/data/sources/{source_id}/rules", notice=_("Saved."))


@post("/data/sources/{source_id:int}/key", opt={"right": Right.MANAGE_SOURCES}, sync_to_thread=True)
def change_key(visit: Visit, source_id: int) -> Answer:
    """Replace a source's key; the old one stays good for some days."""
    source = find_source(visit.heartline, source_id)
    days = next((days for days in OVERLAPS if str(days) == visit.field("days")), 0)
    give_key(visit, source, days=days)
    return redirect(visit, f"/data/sources/{source_id}", notice=_("It has a new key."))


@get("/data/traffic", opt={"right": Right.SEE_ARRIVALS}, sync_to_thread=True)
def show_traffic(visit: Visit) -> Answer:
    """Show what of all traffic is left out."""
    return traffic_page(visit)


@post("/data/traffic", opt={"right": Right.MANAGE_SOURCES}, sync_to_thread=True)
def change_traffic(visit: Visit) -> Answer:
    """Keep what of all traffic is left out."""
    said = read_said(visit)
    try:
        filters = parse_filters(said)
    except Invalid as error:
        return traffic_page(visit, said, **point_at(error))
    keep_filters(visit.heartline, filters)
    visit.note("traffic_changed", f"{len(filters.ranges)} networks, {len(filters.domains)} domains")
    return redirect(visit, "/data/traffic", notice=_("Saved."))


routes: Final[list[HTTPRouteHandler]] = [show_rules, change_rules, change_key, show_traffic, change_traffic]
