"""Changing journeys: adding, accepting, proposing again, editing and forgetting them. Owners only."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Right
from heartline.web.answers import Answer, redirect, whole
from heartline.web.itinerary import find_journey, list_unplaced
from heartline.web.journey_drafts import begin_journey, forget_journey, propose_again, save_journey
from heartline.web.journey_form import apply_act, read_form
from heartline.web.pages.journey_editor import editor_page
from heartline.web.visit import Visit


@post("/journeys", opt={"right": Right.CHANGE_JOURNEYS}, sync_to_thread=True)
def add_journey(visit: Visit) -> Answer:
    """Begin a journey for everyone or a segment, with stages proposed from the data."""
    journey = begin_journey(visit, name=visit.field("name"), segment=visit.field("segment"))
    return redirect(visit, f"/journeys/{journey.journey_id}/edit", notice=_("Stages proposed. Change what is wrong."))


@post("/journeys/{journey_id:str}/accept", opt={"right": Right.CHANGE_JOURNEYS}, sync_to_thread=True)
def accept_journey(visit: Visit, journey_id: str) -> Answer:
    """Keep a proposed journey as it is."""
    journey = find_journey(visit, journey_id)
    save_journey(visit, replace(journey, proposed=False), what="journey.accept")
    return redirect(visit, f"/journeys/{journey_id}", notice=_("Accepted."))


@get("/journeys/{journey_id:str}/edit", opt={"right": Right.CHANGE_JOURNEYS}, sync_to_thread=True)
def show_editor(visit: Visit, journey_id: str) -> Answer:
    """Show the form."""
    journey = find_journey(visit, journey_id)
    return whole(visit, editor_page(visit.view, journey, unplaced=list_unplaced(visit, journey)))


@post("/journeys/{journey_id:str}/edit", opt={"right": Right.CHANGE_JOURNEYS}, sync_to_thread=True)
def change_journey(visit: Visit, journey_id: str) -> Answer:
    """Take the form: save it, or do one act on it and show it again."""
    before = find_journey(visit, journey_id)
    act = visit.field("act", "save")
    try:
        draft = apply_act(read_form(visit.form, before), act)
    except Invalid as error:
        page = editor_page(visit.view, before, unplaced=list_unplaced(visit, before), error=str(error))
        return whole(visit, page, status=400)
    done = act == "save"
    save_journey(visit, replace(draft, proposed=draft.proposed and not done), what="journey.change")
    return redirect(visit, f"/journeys/{journey_id}" + ("" if done else "/edit"), notice=_("Saved.") if done else "")


@post("/journeys/{journey_id:str}/propose", opt={"right": Right.CHANGE_JOURNEYS}, sync_to_thread=True)
def propose_journey_again(visit: Visit, journey_id: str) -> Answer:
    """Propose the stages that are not locked again."""
    save_journey(visit, propose_again(visit, find_journey(visit, journey_id)), what="journey.propose")
    return redirect(visit, f"/journeys/{journey_id}/edit", notice=_("Proposed again. Locked stages stayed."))


@post("/journeys/{journey_id:str}/drop", opt={"right": Right.CHANGE_JOURNEYS}, sync_to_thread=True)
def drop_journey(visit: Visit, journey_id: str) -> Answer:
    """Forget a definition."""
    journey = find_journey(visit, journey_id)
    forget_journey(visit, journey)
    return redirect(visit, "/journeys", notice=_("{name} is forgotten.").format(name=journey.name))


routes: Final[list[HTTPRouteHandler]] = [
    add_journey,
    accept_journey,
    show_editor,
    change_journey,
    propose_journey_again,
    drop_journey,
]
