"""Imports: bring a file, choose what its columns mean, try it dry, run it."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import HeartlineError
from heartline.language import _
from heartline.records import Right
from heartline.web.answers import Answer, page, redirect
from heartline.web.desk import Desk
from heartline.web.errands import (
    begin_dry,
    begin_run,
    choose_mapping,
    read_choice,
    show_columns,
    show_dry,
    show_run,
)
from heartline.web.pages.imports import draw_imports
from heartline.web.uploads import find_upload, forget_upload, list_uploads, receive_upload
from heartline.web.visit import Visit


@get("/data/imports", opt={"right": Right.IMPORT}, sync_to_thread=True)
def show_imports(visit: Visit) -> Answer:
    """Show the form, what waits, and what was imported."""
    body = draw_imports(visit.plain_view, Desk(visit.heartline).imports(), list_uploads(visit.heartline))
    return page(visit, body, title=_("Imports"), controls=False)


@post("/data/imports", opt={"right": Right.IMPORT, "streams": True})
async def bring_file(visit: Visit, request: Request[Any, Any, Any]) -> Answer:
    """Take a file as it streams in."""
    kind = visit.asked.headers.get("content-type", "")
    upload = await receive_upload(visit.heartline, request.stream(), content_type=kind, csrf=visit.csrf)
    return redirect(visit, f"/data/imports/{upload.identity}")


@get("/data/imports/{identity:str}", opt={"right": Right.IMPORT}, sync_to_thread=True)
def show_upload(visit: Visit, identity: str) -> Answer:
    """Show what the columns seem to mean."""
    return show_columns(visit, find_upload(visit.heartline, identity))


@post("/data/imports/{identity:str}/mapping", opt={"right": Right.IMPORT}, sync_to_thread=True)
def take_mapping(visit: Visit, identity: str) -> Answer:
    """Take a saved mapping, or one written out."""
    upload = find_upload(visit.heartline, identity)
    try:
        choose_mapping(visit, upload)
    except HeartlineError as error:
        return show_columns(visit, upload, error=f"{error}")
    return redirect(visit, f"/data/imports/{identity}")


@post("/data/imports/{identity:str}/dry", opt={"right": Right.IMPORT}, sync_to_thread=True)
def try_dry(visit: Visit, identity: str) -> Answer:
    """Keep what was chosen, and begin the dry run."""
    upload = find_upload(visit.heartline, identity)
    try:
        mapping = read_choice(visit, upload)
    except HeartlineError as error:
        return show_columns(visit, upload, error=f"{error}")
    if visit.field("save"):
        Desk(visit.heartline).save_mapping(mapping)
        return redirect(visit, f"/data/imports/{identity}", notice=_("Saved as {name}.").format(name=mapping.name))
    begin_dry(visit.heartline, upload, mapping)
    return redirect(visit, f"/data/imports/{identity}/dry")


@get("/data/imports/{identity:str}/dry", opt={"right": Right.IMPORT}, sync_to_thread=True)
def see_dry(visit: Visit, identity: str) -> Answer:
    """Show how far the dry run is, then what it found."""
    return show_dry(visit, find_upload(visit.heartline, identity))


@post("/data/imports/{identity:str}/run", opt={"right": Right.IMPORT}, sync_to_thread=True)
def run(visit: Visit, identity: str) -> Answer:
    """Begin the import."""
    upload = find_upload(visit.heartline, identity)
    begin_run(visit.heartline, upload)
    visit.note("import_begun", upload.name)
    return redirect(visit, f"/data/imports/{identity}/run")


@get("/data/imports/{identity:str}/run", opt={"right": Right.IMPORT}, sync_to_thread=True)
def see_run(visit: Visit, identity: str) -> Answer:
    """Show how far the import is, then what it did."""
    return show_run(visit, identity)


@post("/data/imports/{identity:str}/forget", opt={"right": Right.IMPORT}, sync_to_thread=True)
def forget(visit: Visit, identity: str) -> Answer:
    """Delete a file that waits."""
    upload = find_upload(visit.heartline, identity)
    forget_upload(upload)
    return redirect(visit, "/data/imports", notice=_("{name} was forgotten.").format(name=upload.name))


routes: Final[list[HTTPRouteHandler]] = [
    show_imports,
    bring_file,
    show_upload,
    take_mapping,
    try_dry,
    see_dry,
    run,
    see_run,
    forget,
]
