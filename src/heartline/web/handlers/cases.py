"""``/cases``: the open loops; ``/cases/new`` opens one; ``/cases/{id}`` moves it on until it is closed."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import Conflict, Invalid
from heartline.language import _
from heartline.records import Right
from heartline.web.answers import Answer, fragment, redirect, status_of, whole
from heartline.web.case_replies import UNDO_S, keep_draft, read_desk, send_reply, take_back
from heartline.web.drilldown import read_page
from heartline.web.learned import file_cause, read_learned
from heartline.web.loops import FIELD_OF, change_case, name_problem, open_case, propose_case, read_case, read_cases
from heartline.web.pages.case import case_page, new_case_page
from heartline.web.pages.case_loop import draw_kept
from heartline.web.pages.cases import cases_page
from heartline.web.pages.learned import learned_page
from heartline.web.visit import Visit


@get("/cases", opt={"right": Right.SEE_CUSTOMERS}, sync_to_thread=True)
def show_cases(visit: Visit) -> Answer:
    """Show the open cases, the first due first; or mine, or the closed ones."""
    page = read_page(visit.query)
    return whole(visit, cases_page(visit.plain_view, read_cases(visit, page=page), page=page, now_us=visit.now_us))


@get("/cases/new", opt={"right": Right.WORK_CASES}, sync_to_thread=True)
def show_new_case(visit: Visit) -> Answer:
    """Show the form that opens a case about a touch or a customer."""
    asked = {name: visit.query[name] for name in ("seq", "handle", "title", "note") if name in visit.query}
    return whole(visit, new_case_page(visit.plain_view, propose_case(visit, asked), now_us=visit.now_us))


@post("/cases", opt={"right": Right.WORK_CASES}, sync_to_thread=True)
def add_case(visit: Visit) -> Answer:
    """Open a case, or show its form again with what is wrong."""
    try:
        case = open_case(visit)
    except Invalid as error:
        if error.code not in FIELD_OF:
            raise
        told = {name: visit.field(name) for name in ("seq", "handle", "title", "owner", "note")}
        asked, said = propose_case(visit, told), {"given_due": visit.field("due")}
        body = new_case_page(visit.plain_view, asked, now_us=visit.now_us, problem=name_problem(error), **said)
        return whole(visit, body, status=400)
    return redirect(visit, visit.plain_view.url(f"/cases/{case.case_id}"), notice=_("The case is open."))


@get("/cases/loops", opt={"right": Right.SEE_CUSTOMERS}, sync_to_thread=True)
def show_learned(visit: Visit) -> Answer:
    """Show how loops close, and the causes that come again."""
    return whole(visit, learned_page(visit.plain_view, read_learned(visit)))


@post("/cases/causes", opt={"right": Right.WORK_CASES}, sync_to_thread=True)
def file_of_cause(visit: Visit) -> Answer:
    """Make a recurring cause an opportunity, with its cases."""
    filed = file_cause(visit)
    return redirect(visit, f"/opportunities#o{filed.opportunity_id}", notice=_("The opportunity is filed."))


@get("/cases/{case_id:int}", opt={"right": Right.SEE_CUSTOMERS}, sync_to_thread=True)
def show_case(visit: Visit, case_id: int) -> Answer:
    """Show a case."""
    return case_answer(visit, case_id)


def case_answer(visit: Visit, case_id: int, problem: tuple[str, str] = ("", ""), *, status: int = 200) -> Answer:
    """Compose the page of a case, with what was wrong in one of its forms."""
    reading = read_case(visit, case_id)
    desk, note = read_desk(visit, reading.case, reading.customer), visit.field("note")
    body = case_page(visit.plain_view, reading, now_us=visit.now_us, desk=desk, problem=problem, note=note)
    return whole(visit, body, status=status)


@post("/cases/{case_id:int}", opt={"right": Right.WORK_CASES}, sync_to_thread=True)
def move_case(visit: Visit, case_id: int) -> Answer:
    """Move a case on, hand it over, note something or close it; or show it again with what is wrong."""
    try:
        done = change_case(visit, case_id)
    except (Invalid, Conflict) as error:
        if error.code not in FIELD_OF:
            raise
        return case_answer(visit, case_id, name_problem(error), status=status_of(error))
    return redirect(visit, visit.plain_view.url(f"/cases/{case_id}"), notice=done)


@post("/cases/{case_id:int}/reply", opt={"right": Right.WORK_CASES}, sync_to_thread=True)
def reply_to_customer(visit: Visit, case_id: int) -> Answer:
    """Keep a draft of a reply, let it go in some seconds, or take it back until then."""
    visit.require(Right.SEE_PERSONAL_DATA)
    here, act = f"/cases/{case_id}#reply", visit.field("act")
    if act == "undo":
        taken = take_back(visit, case_id)
        return redirect(visit, here, notice=_("It is a draft again.") if taken else _("It has gone already."))
    if act == "draft":
        draft = keep_draft(visit, case_id)
        asked = visit.asked.is_fragment
        return fragment(visit, draw_kept(draft, visit.zone)) if asked else redirect(visit, here, notice=_("Kept."))
    try:
        send_reply(visit, case_id)
    except (Invalid, Conflict) as error:
        return case_answer(visit, case_id, ("text", f"{error}"), status=status_of(error))
    return redirect(visit, here, notice=_("It goes in {n} seconds.").format(n=UNDO_S))


routes: Final[list[HTTPRouteHandler]] = [
    show_cases,
    show_new_case,
    add_case,
    show_learned,
    file_of_cause,
    show_case,
    move_case,
    reply_to_customer,
]
