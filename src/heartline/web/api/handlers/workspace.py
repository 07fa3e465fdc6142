"""The workspace, its people, who calls, and what can be filtered by."""

from __future__ import annotations

from functools import partial
from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.api.asking import list_fields
from heartline.web.api.problems import PROBLEMS
from heartline.web.api.shapes.workspace import (
    Filters,
    Myself,
    PersonListed,
    WorkspaceTold,
    tell_filters,
    tell_myself,
    tell_person,
    tell_workspace,
)
from heartline.web.visit import Visit

ask = partial(get, tags=["Workspace"], responses=PROBLEMS, sync_to_thread=True)


@ask("/workspace", opt={"right": Right.SEE_FIGURES}, summary="Show the workspace")
def show_workspace(visit: Visit) -> WorkspaceTold:
    """Show the company: its time zone, currency and languages."""
    return tell_workspace(visit.heartline.workspace)


@ask("/filters", opt={"right": Right.SEE_FIGURES}, summary="What can be filtered by")
def list_filters(visit: Visit) -> Filters:
    """List the time ranges, and the fields and values that one may filter by."""
    return tell_filters(visit.view, list_fields(visit))


@ask("/people", opt={"right": Right.MANAGE_PEOPLE}, summary="List people")
def list_people(visit: Visit) -> list[PersonListed]:
    """List everybody who works with heartline, and their roles."""
    return [tell_person(user) for user in visit.heartline.stores.kept.users()]


@ask("/me", opt={"open": True}, summary="Who calls")
def show_myself(visit: Visit) -> Myself:
    """Show who calls, and what they may do. A token may no more than its maker."""
    return tell_myself(visit)


routes: Final[list[HTTPRouteHandler]] = [show_workspace, list_filters, list_people, show_myself]
