"""``/settings``: the workspace. People, places and the audit have modules of their own."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Right
from heartline.web.answers import Answer, page, redirect
from heartline.web.pages.settings import draw_settings
from heartline.web.visit import Visit
from heartline.web.workspaces import FIELD_OF, read_workspace


@get("/settings", opt={"right": Right.SIGN_IN}, sync_to_thread=True)
def show_settings(visit: Visit) -> Answer:
    """Show the workspace and the look."""
    return settings_page(visit)


def settings_page(visit: Visit, problem: tuple[str, str] = ("", "")) -> Answer:
    """Compose the page, with what was wrong in a form."""
    body = draw_settings(visit.plain_view, visit.heartline.workspace, problem=problem)
    return page(visit, body, title=_("Settings"), controls=False, status=400 if problem[1] else 200)


@post("/settings/workspace", opt={"right": Right.CHANGE_WORKSPACE}, sync_to_thread=True)
def change_workspace(visit: Visit) -> Answer:
    """Keep what the workspace's form says."""
    try:
        changes = read_workspace(visit.field)
    except Invalid as error:
        return settings_page(visit, (FIELD_OF.get(error.code, ""), f"{error}"))
    visit.heartline.change_workspace(**changes)
    visit.note("workspace_changed", ", ".join(changes))
    return redirect(visit, "/settings", notice="Saved.")


routes: Final[list[HTTPRouteHandler]] = [show_settings, change_workspace]
