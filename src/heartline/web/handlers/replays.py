"""``/customers/{ref}/runs/{journey_id}``: one run of a customer moment by moment, and the same as a file."""

from __future__ import annotations

from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.answers import Answer, download, redirect, whole
from heartline.web.exports import write_csv
from heartline.web.lives import find_profile
from heartline.web.pages.replay import replay_page
from heartline.web.replays import COLUMNS, read_replay, replay_rows
from heartline.web.visit import Visit

CSV: Final = "text/csv; charset=utf-8"


@get("/customers/{ref:str}/runs/{journey_id:str}", opt={"right": Right.SEE_CUSTOMERS}, sync_to_thread=True)
def show_replay(visit: Visit, ref: str, journey_id: str) -> Answer:
    """Show a run of a customer moment by moment, with its waits beside what is usual."""
    profile, view = find_profile(visit.heartline, ref), visit.plain_view
    if profile.ref != ref:
        here = f"/customers/{profile.ref}/runs/{journey_id}"
        return redirect(visit, view.url(here, run=visit.query.get("run")))
    visit.note_seen("customer.seen", ref)
    return whole(visit, replay_page(view, read_replay(visit, profile, journey_id), now_us=visit.now_us))


@get("/customers/{ref:str}/runs/{journey_id:str}/moments.csv", opt={"right": Right.EXPORT}, sync_to_thread=True)
def send_replay(visit: Visit, ref: str, journey_id: str) -> Answer:
    """Send every moment of it."""
    found = read_replay(visit, find_profile(visit.heartline, ref), journey_id, most=None)
    return download(write_csv(COLUMNS, replay_rows(found, visit.zone)), name="moments.csv", kind=CSV)


routes: Final[list[HTTPRouteHandler]] = [show_replay, send_replay]
