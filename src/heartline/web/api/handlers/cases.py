"""Cases: listed, opened, shown, changed."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final, Literal

from litestar import Response, get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from heartline.records import Right
from heartline.web.api.document import PREFIX
from heartline.web.api.loops import change_asked, list_cases, open_asked
from heartline.web.api.positions import PAGING, Paging
from heartline.web.api.problems import PROBLEMS
from heartline.web.api.shapes.cases import CaseChange, CaseKnown, CaseOpening, CasePage, tell_reading
from heartline.web.loops import read_case
from heartline.web.visit import Visit

see = partial(get, tags=["Cases"], opt={"right": Right.SEE_CUSTOMERS}, responses=PROBLEMS, sync_to_thread=True)
open_one = partial(post, tags=["Cases"], opt={"right": Right.WORK_CASES}, responses=PROBLEMS, sync_to_thread=True)
change_one = partial(patch, tags=["Cases"], opt={"right": Right.WORK_CASES}, responses=PROBLEMS, sync_to_thread=True)

ShowAsked = Annotated[
    Literal["open", "mine", "closed"],
    QueryParameter(name="show", description="Which: the open ones, yours, or closed."),
]
OwnerAsked = Annotated[
    str, QueryParameter(name="owner", max_length=200, description="Only this owner’s; (nobody): without an owner.")
]


@see("/cases", summary="List cases", dependencies=PAGING)
def list_all_cases(visit: Visit, paging: Paging, show: ShowAsked = "open", owner: OwnerAsked = "") -> CasePage:
    """List the open cases, the first due first, or the closed ones, the last closed first."""
    return list_cases(visit, paging, show=show, owner=owner)


@open_one("/cases", summary="Open a case")
def open_new_case(visit: Visit, data: CaseOpening) -> Response[CaseKnown]:
    """Open a case about a touch or a customer."""
    case = open_asked(visit, data)
    known = tell_reading(read_case(visit, case.case_id), now_us=visit.now_us)
    return Response(known, status_code=201, headers={"location": f"{PREFIX}/cases/{case.case_id}"})


@see("/cases/{case_id:int}", summary="Show a case")
def show_case(visit: Visit, case_id: int) -> CaseKnown:
    """Show a case with its history and what caused it."""
    return tell_reading(read_case(visit, case_id), now_us=visit.now_us)


@change_one("/cases/{case_id:int}", summary="Change a case")
def change_case(visit: Visit, case_id: int, data: CaseChange) -> CaseKnown:
    """Move a case on, hand it over, note something, or close it with a reason; all in one go."""
    change_asked(visit, case_id, data)
    return tell_reading(read_case(visit, case_id), now_us=visit.now_us)


routes: Final[list[HTTPRouteHandler]] = [list_all_cases, open_new_case, show_case, change_case]
