"""``/settings/places``: which place lies in which region."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Right
from heartline.web.answers import Answer, page, redirect
from heartline.web.pages.places import draw_places
from heartline.web.regions import keep_regions, parse_regions, write_regions
from heartline.web.visit import Visit


@get("/settings/places", opt={"right": Right.SEE_ARRIVALS}, sync_to_thread=True)
def show_places(visit: Visit) -> Answer:
    """Show which place lies in which region."""
    return places_page(visit, write_regions(visit.regions))


def places_page(visit: Visit, text: str, problem: str = "") -> Answer:
    """Compose the page, with what was wrong in the form."""
    known = [name for name in visit.whole_log.names["place"] if name]
    unplaced = sorted(name for name in known if name not in visit.regions)
    body = draw_places(visit.plain_view, text, unplaced=unplaced, problem=problem)
    return page(visit, body, title=_("Places"), controls=False, status=400 if problem else 200)


@post("/settings/places", opt={"right": Right.CHANGE_WORKSPACE}, sync_to_thread=True)
def change_places(visit: Visit) -> Answer:
    """Keep which place lies in which region."""
    text = visit.form.get("places", [""])[0]
    try:
        regions = parse_regions(text)
    except Invalid as error:
        return places_page(visit, text, f"{error}")
    keep_regions(visit.heartline, regions)
    visit.note("places_changed", f"{len(regions)} places in {len(set(regions.values()))} regions")
    return redirect(visit, "/settings/places", notice=_("Saved."))


routes: Final[list[HTTPRouteHandler]] = [show_places, change_places]
