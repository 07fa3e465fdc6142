"""``/api``: the reference of the JSON API, for people. What programs ask lies below it (``heartline.web.api``)."""

from __future__ import annotations

from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler

from heartline.language import _
from heartline.records import Right
from heartline.web.answers import Answer, page
from heartline.web.api import make_document, read_operations
from heartline.web.pages.api_reference import draw_reference
from heartline.web.visit import Visit


@get("/api", opt={"right": Right.SIGN_IN}, sync_to_thread=True)
def show_reference(visit: Visit) -> Answer:
    """Show every call of the API."""
    document = make_document()
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}
    body = draw_reference(read_operations(document), tags=tags, address=visit.address)
    return page(visit, body, title=_("The API"), crumbs=(("/settings", _("Settings")),), controls=False)


routes: Final[list[HTTPRouteHandler]] = [show_reference]
