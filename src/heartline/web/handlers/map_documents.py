"""The map as a working document: its page and form, comments, snapshots, and the file that holds it all."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Request, get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import Conflict, Invalid
from heartline.language import _
from heartline.records import MapDocument, Right
from heartline.understand import JourneyMap
from heartline.web.answers import Answer, download, redirect, status_of, whole
from heartline.web.itinerary import find_journey
from heartline.web.map_documents import change_document, draft_document, read_desk
from heartline.web.map_files import take_file, write_file
from heartline.web.map_snapshots import drop_snapshot, keep_snapshot, read_album
from heartline.web.map_talk import add_comment, resolve_comment
from heartline.web.mapping import read_map
from heartline.web.pages.map_document import document_page
from heartline.web.pages.map_snapshots import album_page
from heartline.web.uploads import receive_upload
from heartline.web.visit import Visit

JSON: Final = "application/json"


@get("/journeys/{journey_id:str}/document", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_document(visit: Visit, journey_id: str) -> Answer:
    """Show what people wrote on a journey's map: owners, beliefs, notes, lanes and comments."""
    return _page(visit, journey_id)


@post("/journeys/{journey_id:str}/document", opt={"right": Right.CHANGE_JOURNEYS}, sync_to_thread=True)
def change_map(visit: Visit, journey_id: str) -> Answer:
    """Take the form: keep it, and do one act on it (`act=`)."""
    journey = find_journey(visit, journey_id)
    try:
        change_document(visit, journey)
    except (Invalid, Conflict) as error:
        return _page(visit, journey_id, draft=draft_document(visit, journey), error=error)
    verb, _rest, what = visit.field("act", "save").partition(":")
    names = [stage.name for stage in journey.stages]
    place = f"#stage-{names.index(what)}" if what in names else "#lanes" if verb.startswith("lane") else ""
    return redirect(visit, f"/journeys/{journey_id}/document{place}", notice=_("Saved."))


@post("/journeys/{journey_id:str}/comments", opt={"right": Right.CHANGE_JOURNEYS}, sync_to_thread=True)
def write_comment(visit: Visit, journey_id: str) -> Answer:
    """Comment on a stage; `@` and a name tells somebody."""
    made = add_comment(visit, find_journey(visit, journey_id))
    return redirect(visit, f"/journeys/{journey_id}/document#comment-{made.number}")


@post("/journeys/{journey_id:str}/comments/{number:int}", opt={"right": Right.CHANGE_JOURNEYS}, sync_to_thread=True)
def change_comment(visit: Visit, journey_id: str, number: int) -> Answer:
    """Resolve a comment, open it again, or remove it once it is resolved (`act=resolve`, `reopen`, `remove`)."""
    resolve_comment(visit, find_journey(visit, journey_id), number)
    return redirect(visit, f"/journeys/{journey_id}/document#comments")


@get("/journeys/{journey_id:str}/snapshots", opt={"right": Right.SEE_FIGURES}, sync_to_thread=True)
def show_snapshots(visit: Visit, journey_id: str) -> Answer:
    """Show the snapshots, and the difference of two (`a=` after, `b=` before: a number, or `now`)."""
    return whole(visit, album_page(visit.view, read_album(visit, _measure(visit, journey_id))))


@post("/journeys/{journey_id:str}/snapshots", opt={"right": Right.CHANGE_JOURNEYS}, sync_to_thread=True)
def take_snapshot(visit: Visit, journey_id: str) -> Answer:
    """Freeze the figures of the range and filter in the address."""
    measured = _measure(visit, journey_id)
    try:
        made = keep_snapshot(visit, measured)
    except Invalid as error:
        return whole(visit, album_page(visit.view, read_album(visit, measured), error=str(error)), status=400)
    return redirect(visit, f"/journeys/{journey_id}/snapshots", notice=_("{name} is kept.").format(name=made.name))


@post(
    "/journeys/{journey_id:str}/snapshots/{number:int}/drop",
    opt={"right": Right.CHANGE_JOURNEYS},
    sync_to_thread=True,
)
def forget_snapshot(visit: Visit, journey_id: str, number: int) -> Answer:
    """Forget a snapshot."""
    gone = drop_snapshot(visit, find_journey(visit, journey_id), number)
    return redirect(visit, f"/journeys/{journey_id}/snapshots", notice=_("{name} is forgotten.").format(name=gone.name))


@get("/journeys/{journey_id:str}/journey.json", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_journey(visit: Visit, journey_id: str) -> Answer:
    """Send the definition with all that people wrote, to be taken in elsewhere."""
    journey = find_journey(visit, journey_id)
    return download(write_file(visit, journey), name=f"{journey.name}.json", kind=JSON)


@post("/journeys/take", opt={"right": Right.CHANGE_JOURNEYS, "streams": True})
async def take_journey(visit: Visit, request: Request[Any, Any, Any]) -> Answer:
    """Take such a file in, as a journey of its own."""
    kind = visit.asked.headers.get("content-type", "")
    upload = await receive_upload(visit.heartline, request.stream(), content_type=kind, csrf=visit.csrf)
    journey = await asyncio.to_thread(take_file, visit, upload)
    return redirect(visit, f"/journeys/{journey.journey_id}", notice=_("{name} is taken in.").format(name=journey.name))


def _measure(visit: Visit, journey_id: str) -> JourneyMap:
    journey = find_journey(visit, journey_id)
    return read_map(visit.heartline, visit.whole_log, journey, visit.selection, now_us=visit.now_us).measured


def _page(
    visit: Visit, journey_id: str, *, draft: MapDocument | None = None, error: Invalid | Conflict | None = None
) -> Answer:
    desk = read_desk(visit, _measure(visit, journey_id), draft=draft)
    told = "" if error is None else str(error)
    return whole(visit, document_page(visit.view, desk, error=told), status=200 if error is None else status_of(error))


routes: Final[list[HTTPRouteHandler]] = [
    show_document,
    change_map,
    write_comment,
    change_comment,
    show_snapshots,
    take_snapshot,
    forget_snapshot,
    send_journey,
    take_journey,
]
