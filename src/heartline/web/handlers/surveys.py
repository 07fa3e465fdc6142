"""``/surveys``: what is asked, built, published, sent and answered."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.act import write_survey
from heartline.errors import Conflict, Invalid
from heartline.language import _
from heartline.records import Right, Survey, SurveyStatus
from heartline.web.answers import Answer, download, fragment, page, redirect, status_of
from heartline.web.inviting import (
    Order,
    Plan,
    first_order,
    keep_order,
    plan_invitations,
    read_order,
    send_invitations,
)
from heartline.web.pages.survey_builder import draw_builder, draw_preview
from heartline.web.pages.survey_calendar import draw_calendar
from heartline.web.pages.survey_inviting import draw_inviting, say_asked
from heartline.web.pages.survey_preview import say_lacks
from heartline.web.pages.survey_report import draw_report
from heartline.web.pages.surveys import draw_new, draw_surveys
from heartline.web.standing import keep_standing, stop_standing
from heartline.web.survey_calendar import read_calendar
from heartline.web.survey_figures import read_report
from heartline.web.surveys import (
    anchor_after,
    begin_survey,
    build,
    copy_survey,
    drop_survey,
    list_surveys,
    open_workbench,
    publish,
)
from heartline.web.visit import Visit

_ASK: Final = {"right": Right.ASK_CUSTOMERS}
_SEE: Final = {"right": Right.SEE_ARRIVALS}


def _crumbs() -> tuple[tuple[str, str], ...]:
    return (("/surveys", _("Surveys")),)


@get("/surveys", opt=_SEE, sync_to_thread=True)
def show_surveys(visit: Visit) -> Answer:
    """List all surveys."""
    body = draw_surveys(visit.plain_view, list_surveys(visit.heartline), now_us=visit.now_us)
    return page(visit, body, title=_("Surveys"), controls=False)


@get("/surveys/calendar", opt=_ASK, sync_to_thread=True)
def show_calendar(visit: Visit) -> Answer:
    """Show who was asked when, what comes next, and whether people are asked evenly."""
    body = draw_calendar(visit.plain_view, read_calendar(visit), now_us=visit.now_us)
    return page(visit, body, title=_("Survey calendar"), crumbs=_crumbs(), controls=False)


@get("/surveys/new", opt=_ASK, sync_to_thread=True)
def show_new_survey(visit: Visit) -> Answer:
    """Show what to begin from."""
    return page(visit, draw_new(visit.plain_view), title=_("New survey"), crumbs=_crumbs(), controls=False)


@post("/surveys", opt=_ASK, sync_to_thread=True)
def add_survey(visit: Visit) -> Answer:
    """Begin a survey."""
    try:
        survey = begin_survey(visit)
    except Invalid as error:
        body = draw_new(visit.plain_view, problem=f"{error}", said=visit.field("file")[:2_000])
        return page(visit, body, title=_("New survey"), crumbs=_crumbs(), controls=False, status=400)
    visit.note("survey.begun", f"{survey.survey_id}: {survey.text.title}"[:500])
    return redirect(visit, f"/surveys/{survey.survey_id}/edit")


@get("/surveys/{survey_id:int}", opt=_SEE, sync_to_thread=True)
def show_survey_report(visit: Visit, survey_id: int) -> Answer:
    """Show what came of a survey."""
    report = read_report(visit, survey_id)
    body = draw_report(visit.plain_view, report, now_us=visit.now_us)
    return page(visit, body, title=report.survey.text.title, crumbs=_crumbs(), controls=False)


@get("/surveys/{survey_id:int}/edit", opt=_ASK, sync_to_thread=True)
def show_builder(visit: Visit, survey_id: int) -> Answer:
    """Show the builder."""
    return builder_page(visit, survey_id)


def builder_page(visit: Visit, survey_id: int, problem: str = "", *, status: int = 200) -> Answer:
    """Compose it, with what was wrong; as a fragment the preview alone."""
    bench = open_workbench(visit, survey_id, problem=problem)
    if bench.survey.status is not SurveyStatus.DRAFT and not problem:
        return redirect(visit, f"/surveys/{survey_id}")
    if visit.asked.is_fragment:
        return fragment(visit, draw_preview(visit.plain_view, bench))
    body = draw_builder(visit.plain_view, bench)
    return page(visit, body, title=_("Build a survey"), crumbs=_crumbs(), controls=False, wide=True, status=status)


@post("/surveys/{survey_id:int}/edit", opt=_ASK, sync_to_thread=True)
def change_survey(visit: Visit, survey_id: int) -> Answer:
    """Keep the builder's form and do what its button says."""
    try:
        build(visit, survey_id)
    except (Invalid, Conflict) as error:
        return builder_page(visit, survey_id, f"{error}", status=status_of(error))
    if visit.field("do") == "publish":
        return _publish(visit, survey_id)
    if visit.asked.is_fragment:
        return builder_page(visit, survey_id)
    return redirect(visit, f"/surveys/{survey_id}/edit{anchor_after(visit, survey_id)}")


@post("/surveys/{survey_id:int}/publish", opt=_ASK, sync_to_thread=True)
def publish_survey(visit: Visit, survey_id: int) -> Answer:
    """Take answers from now on."""
    return _publish(visit, survey_id)


def _publish(visit: Visit, survey_id: int) -> Answer:
    try:
        publish(visit, survey_id)
    except Invalid as error:
        return builder_page(visit, survey_id, f"{error}", status=400)
    visit.note("survey.published", f"{survey_id}")
    lacks = say_lacks(visit.heartline.stores.kept.survey(survey_id).text)
    return redirect(visit, f"/surveys/{survey_id}", notice=" ".join([_("It takes answers from now on."), *lacks]))


@post("/surveys/{survey_id:int}/close", opt=_ASK, sync_to_thread=True)
def close_survey(visit: Visit, survey_id: int) -> Answer:
    """Take no more answers."""
    visit.heartline.stores.kept.survey(survey_id)
    visit.heartline.stores.kept.set_survey(survey_id, status=SurveyStatus.CLOSED)
    visit.note("survey.closed", f"{survey_id}")
    return redirect(visit, f"/surveys/{survey_id}", notice=_("It is closed."))


@post("/surveys/{survey_id:int}/copy", opt=_ASK, sync_to_thread=True)
def copy_to_draft(visit: Visit, survey_id: int) -> Answer:
    """Begin a draft that asks the same."""
    survey = copy_survey(visit, survey_id)
    visit.note("survey.begun", f"{survey.survey_id}: {survey.text.title}"[:500])
    return redirect(visit, f"/surveys/{survey.survey_id}/edit")


@post("/surveys/{survey_id:int}/drop", opt=_ASK, sync_to_thread=True)
def forget_survey(visit: Visit, survey_id: int) -> Answer:
    """Forget a draft."""
    drop_survey(visit, survey_id)
    visit.note("survey.dropped", f"{survey_id}")
    return redirect(visit, "/surveys", notice=_("The draft is gone."))


@get("/surveys/{survey_id:int}/survey.json", opt={"right": Right.EXPORT}, sync_to_thread=True)
def take_survey(visit: Visit, survey_id: int) -> Answer:
    """Take a survey away as a file that another heartline takes in."""
    text = visit.heartline.stores.kept.survey(survey_id).text
    return download(write_survey(text), name=f"survey-{survey_id}.json", kind="application/json")


@get("/surveys/{survey_id:int}/invite", opt=_ASK, sync_to_thread=True)
def show_inviting(visit: Visit, survey_id: int) -> Answer:
    """Show the form that invites people by e-mail."""
    survey = visit.heartline.stores.kept.survey(survey_id)
    return inviting_page(visit, survey, first_order(visit, survey))


def inviting_page(
    visit: Visit, survey: Survey, order: Order, plan: Plan | None = None, problem: str = "", status: int = 200
) -> Answer:
    """Compose it, with who would be asked or what was wrong."""
    named = open_workbench(visit, survey.survey_id).touchpoints
    body = draw_inviting(visit.plain_view, survey, order, touchpoints=named, plan=plan, problem=problem)
    crumbs = (*_crumbs(), (f"/surveys/{survey.survey_id}", survey.text.title))
    return page(visit, body, title=_("Invite by e-mail"), crumbs=crumbs, controls=False, status=status)


@post("/surveys/{survey_id:int}/invite", opt=_ASK, sync_to_thread=True)
def invite_people(visit: Visit, survey_id: int) -> Answer:
    """Look who would be asked, or ask them."""
    heartline, survey = visit.heartline, visit.heartline.stores.kept.survey(survey_id)
    try:
        order = read_order(visit)
        if visit.field("do") == "standing":
            return _ask_by_itself(visit, survey, order)
        if visit.field("do") != "send":
            return inviting_page(visit, survey, order, plan_invitations(heartline, survey, order, now_us=visit.now_us))
        plan = send_invitations(heartline, survey, order, now_us=visit.now_us)
    except (Invalid, Conflict) as error:
        return inviting_page(visit, survey, keep_order(visit), problem=f"{error}", status=status_of(error))
    visit.note("survey.invited", f"{survey_id}: {len(plan.chosen)}")
    return redirect(visit, f"/surveys/{survey_id}#invitations", notice=say_asked(plan))


def _ask_by_itself(visit: Visit, survey: Survey, order: Order) -> Answer:
    keep_standing(visit.heartline, survey, order, now_us=visit.now_us)
    visit.note("survey.standing", f"{survey.survey_id}: {order.touchpoint}"[:500])
    return redirect(visit, f"/surveys/{survey.survey_id}", notice=_("It asks by itself from now on."))


@post("/surveys/{survey_id:int}/standing/stop", opt=_ASK, sync_to_thread=True)
def stop_asking(visit: Visit, survey_id: int) -> Answer:
    """Ask nobody by itself any more."""
    stop_standing(visit.heartline, survey_id)
    visit.note("survey.standing_stopped", f"{survey_id}")
    return redirect(visit, f"/surveys/{survey_id}", notice=_("It asks nobody by itself any more."))


routes: Final[list[HTTPRouteHandler]] = [
    show_surveys,
    show_calendar,
    show_new_survey,
    add_survey,
    show_survey_report,
    show_builder,
    change_survey,
    publish_survey,
    close_survey,
    copy_to_draft,
    forget_survey,
    take_survey,
    show_inviting,
    invite_people,
    stop_asking,
]
