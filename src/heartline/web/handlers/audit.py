"""``/settings/audit``: who saw and did what, and the same as a file."""

from __future__ import annotations

from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler

from heartline.language import _
from heartline.records import Right
from heartline.web.answers import Answer, download, page
from heartline.web.audits import COLUMNS, audit_rows, read_audit, read_audit_asked
from heartline.web.exports import write_csv
from heartline.web.pages.audit import draw_audit
from heartline.web.visit import Visit

CSV: Final = "text/csv; charset=utf-8"


@get("/settings/audit", opt={"right": Right.SEE_AUDIT}, sync_to_thread=True)
def show_audit(visit: Visit) -> Answer:
    """Show a page of the audit, newest first."""
    found = read_audit(visit.heartline, read_audit_asked(visit.query))
    return page(visit, draw_audit(visit.plain_view, found, now_us=visit.now_us), title=_("Audit"), controls=False)


@get("/settings/audit.csv", opt={"right": Right.SEE_AUDIT}, sync_to_thread=True)
def send_audit(visit: Visit) -> Answer:
    """Send all lines asked for."""
    visit.note("file.taken", visit.asked.path)
    body = write_csv(COLUMNS, audit_rows(visit.heartline, read_audit_asked(visit.query)))
    return download(body, name="audit.csv", kind=CSV)


routes: Final[list[HTTPRouteHandler]] = [show_audit, send_audit]
