"""An import that was done: what it did, what it changed and refused; its undoing."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Request, get, post
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.answers import Answer, download, page, redirect
from heartline.web.chores import find_chore
from heartline.web.exports import write_csv
from heartline.web.pages.imported import CRUMBS, draw_imported
from heartline.web.refusals import write_refused_rows
from heartline.web.reports import COLUMNS, read_report, report_json, report_rows
from heartline.web.unpicking import begin_mending, begin_undo, begin_weighing, show_mending, show_undo
from heartline.web.uploads import receive_upload
from heartline.web.visit import Visit

CSV: Final = "text/csv; charset=utf-8"


@get("/data/imported/{import_id:int}", opt={"right": Right.IMPORT}, sync_to_thread=True)
def show_imported(visit: Visit, import_id: int) -> Answer:
    """Show what an import did."""
    report = read_report(visit.heartline, import_id)
    body = draw_imported(visit.plain_view, report, find_chore(visit.heartline, f"mend {import_id}"))
    return page(visit, body, title=report.job.file_name, crumbs=CRUMBS, controls=False)


@get("/data/imported/{import_id:int}/report.csv", opt={"right": Right.IMPORT}, sync_to_thread=True)
def send_report(visit: Visit, import_id: int) -> Answer:
    """Send what it changed and refused, with the cells."""
    visit.require(Right.EXPORT)
    visit.note("file.taken", visit.asked.path)
    report = read_report(visit.heartline, import_id)
    body = write_csv(COLUMNS, report_rows(visit.heartline, report))
    return download(body, name=f"import-{import_id}.csv", kind=CSV)


@get("/data/imported/{import_id:int}/report.json", opt={"right": Right.IMPORT}, sync_to_thread=True)
def send_report_json(visit: Visit, import_id: int) -> Answer:
    """Send the same as JSON."""
    visit.require(Right.EXPORT)
    visit.note("file.taken", visit.asked.path)
    body = report_json(visit.heartline, read_report(visit.heartline, import_id))
    return download(body, name=f"import-{import_id}.json", kind="application/json")


@get("/data/imported/{import_id:int}/refused.csv", opt={"right": Right.IMPORT}, sync_to_thread=True)
def send_refused(visit: Visit, import_id: int) -> Answer:
    """Send its refused rows in the file's own columns, to be corrected."""
    visit.require(Right.EXPORT)
    visit.note("file.taken", visit.asked.path)
    body = write_refused_rows(visit.heartline, import_id)
    return download(body, name=f"import-{import_id}-refused.csv", kind=CSV)


@post("/data/imported/{import_id:int}/mended", opt={"right": Right.IMPORT, "streams": True})
async def take_mended(visit: Visit, request: Request[Any, Any, Any], import_id: int) -> Answer:
    """Take corrected rows as they stream in, and begin to mend."""
    kind = visit.asked.headers.get("content-type", "")
    upload = await receive_upload(visit.heartline, request.stream(), content_type=kind, csrf=visit.csrf)
    await asyncio.to_thread(begin_mending, visit.heartline, import_id, upload, by=visit.require_user().email)
    return redirect(visit, f"/data/imported/{import_id}#refused")


@get("/data/imported/{import_id:int}/mended", opt={"right": Right.IMPORT}, sync_to_thread=True)
def see_mended(visit: Visit, import_id: int) -> Answer:
    """Say how far mending is; the import's page once it is done."""
    return show_mending(visit, import_id)


@post("/data/imported/{import_id:int}/weigh", opt={"right": Right.IMPORT}, sync_to_thread=True)
def weigh_undo(visit: Visit, import_id: int) -> Answer:
    """Begin to find out what undoing it would take back."""
    begin_weighing(visit.heartline, import_id)
    return redirect(visit, f"/data/imported/{import_id}/undo")


@get("/data/imported/{import_id:int}/undo", opt={"right": Right.IMPORT}, sync_to_thread=True)
def see_undo(visit: Visit, import_id: int) -> Answer:
    """Show what undoing it would take back, how far it is, or that it is done."""
    return show_undo(visit, import_id)


@post("/data/imported/{import_id:int}/undo", opt={"right": Right.IMPORT}, sync_to_thread=True)
def undo(visit: Visit, import_id: int) -> Answer:
    """Begin to take it back."""
    begin_undo(visit.heartline, import_id, by=visit.require_user().email)
    return redirect(visit, f"/data/imported/{import_id}/undo")


routes: Final[list[HTTPRouteHandler]] = [
    show_imported,
    send_report,
    send_report_json,
    send_refused,
    take_mended,
    see_mended,
    weigh_undo,
    see_undo,
    undo,
]
