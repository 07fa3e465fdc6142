"""``/alerts``: figures that are watched, and each time one was reliably beyond its bound."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Alert, Right
from heartline.web.alerting import (
    FIELD_OF,
    START,
    change_standing,
    find_alert,
    keep_alert,
    parse_alert,
    propose_alert,
    read_alerts,
    read_sheet,
    see_firing,
)
from heartline.web.answers import Answer, redirect, whole
from heartline.web.pages.alert_form import PATH
from heartline.web.pages.alerts import alert_page, alerts_page
from heartline.web.visit import Visit

_SEE: Final = {"right": Right.SEE_FIGURES}
_CHANGE: Final = {"right": Right.CHANGE_WORKSPACE}


@get(PATH, opt=_SEE, sync_to_thread=True)
def show_alerts(visit: Visit) -> Answer:
    """Show what fired and what is watched."""
    return whole(visit, alerts_page(visit.plain_view, read_alerts(visit), now_us=visit.now_us))


@get("/alerts/new", opt=_CHANGE, sync_to_thread=True)
def show_new_alert(visit: Visit) -> Answer:
    """Show the form of a new alert."""
    return sheet_answer(visit, propose_alert(visit))


@post(PATH, opt=_CHANGE, sync_to_thread=True)
def add_alert(visit: Visit) -> Answer:
    """Try a new alert, or keep it from now on."""
    return try_or_keep_alert(visit, START)


@get("/alerts/{alert_id:int}", opt=_SEE, sync_to_thread=True)
def show_alert(visit: Visit, alert_id: int) -> Answer:
    """Show an alert: how it stands now, what it would have fired, what it did."""
    return sheet_answer(visit, find_alert(visit, alert_id))


@post("/alerts/{alert_id:int}", opt=_CHANGE, sync_to_thread=True)
def change_alert(visit: Visit, alert_id: int) -> Answer:
    """Try a changed alert, or keep it."""
    return try_or_keep_alert(visit, find_alert(visit, alert_id))


@post("/alerts/{alert_id:int}/standing", opt=_CHANGE, sync_to_thread=True)
def change_alert_standing(visit: Visit, alert_id: int) -> Answer:
    """Switch an alert on or off, or let it rest."""
    return redirect(visit, f"{PATH}/{alert_id}", notice=change_standing(visit, alert_id))


@post("/alerts/{alert_id:int}/drop", opt=_CHANGE, sync_to_thread=True)
def drop_alert(visit: Visit, alert_id: int) -> Answer:
    """Forget an alert with what it fired."""
    visit.heartline.stores.kept.drop_alert(find_alert(visit, alert_id).alert_id)
    visit.note("alert.dropped", f"{alert_id}")
    return redirect(visit, PATH, notice=_("The alert is gone."))


@post("/alerts/{alert_id:int}/firings/{firing_id:int}", opt={"right": Right.WORK_CASES}, sync_to_thread=True)
def mark_firing(visit: Visit, alert_id: int, firing_id: int) -> Answer:
    """Note that the reader has seen an alarm; it goes to no deputy then."""
    see_firing(visit, alert_id, firing_id)
    return redirect(visit, PATH, notice=_("Noted."))


def sheet_answer(
    visit: Visit, alert: Alert, *, said: dict[str, str] | None = None, problem: tuple[str, str] = ("", "")
) -> Answer:
    """Compose the page of an alert; ``problem`` is (field, sentence) of a form that was refused."""
    sheet = read_sheet(visit, alert, said=said, tries=not problem[1])
    body = alert_page(visit.plain_view, sheet, now_us=visit.now_us, problem=problem)
    return whole(visit, body, status=400 if problem[1] else 200)


def try_or_keep_alert(visit: Visit, had: Alert) -> Answer:
    """Read the form; show what it would have fired, or keep it."""
    said = {name: values[0] for name, values in visit.form.items() if values}
    sheet = read_sheet(visit, had, tries=False)
    try:
        alert = parse_alert(said, had, owners=[*sheet.owners, had.deputy], themes=sheet.offered)
    except Invalid as error:
        return sheet_answer(visit, had, said=said, problem=(FIELD_OF.get(error.code, "name"), f"{error}"))
    if visit.field("act") == "try":
        return sheet_answer(visit, alert, said=said)
    return redirect(visit, f"{PATH}/{keep_alert(visit, alert).alert_id}", notice=_("Saved."))


routes: Final[list[HTTPRouteHandler]] = [
    show_alerts,
    show_new_alert,
    add_alert,
    show_alert,
    change_alert,
    change_alert_standing,
    drop_alert,
    mark_firing,
]
