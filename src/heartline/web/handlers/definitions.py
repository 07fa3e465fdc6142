"""``/settings/definitions``: what metrics count, version by version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Right
from heartline.understand import BOXES, DEFINED
from heartline.web.answers import Answer, page, redirect
from heartline.web.definitions import FIELD_OF, parse_definition, read_sheet
from heartline.web.pages.definitions import draw_definitions
from heartline.web.visit import Visit


@get("/settings/definitions", opt={"right": Right.CHANGE_WORKSPACE}, sync_to_thread=True)
def show_definitions(visit: Visit) -> Answer:
    """Show what counts as satisfied, what today's figure would be otherwise, and every version with who and why."""
    return definitions_page(visit, {})


def definitions_page(visit: Visit, said: Mapping[str, str], **problems: str) -> Answer:
    """Compose the page; ``said`` is what stood in a form that was refused."""
    lens = visit.lens
    sheet = read_sheet(visit.heartline, visit.whole_log, lens.selection, asked=lens.range_label, now_us=visit.now_us)
    body = draw_definitions(visit.plain_view, sheet, said, problems)
    return page(visit, body, title=_("Definitions"), controls=False, status=400 if problems else 200)


@post("/settings/definitions", opt={"right": Right.CHANGE_WORKSPACE}, sync_to_thread=True)
def change_definition(visit: Visit) -> Answer:
    """Keep the next version of what counts as satisfied."""
    said = {name: visit.field(name) for name in ("boxes", "from_day", "why")}
    try:
        boxes, from_us, why = parse_definition(said, visit.heartline, now_us=visit.now_us)
    except Invalid as error:
        return definitions_page(visit, said, **{FIELD_OF[error.code]: f"{error}"})
    by = visit.require_user().email
    made = visit.heartline.definitions.add(metric=DEFINED, boxes=boxes, from_us=from_us, by=by, why=why)
    visit.note("definition_changed", f"{DEFINED} {made.version}: {BOXES[boxes]} from {said['from_day']}")
    return redirect(visit, "/settings/definitions", notice="Changed.")


routes: Final[list[HTTPRouteHandler]] = [show_definitions, change_definition]
