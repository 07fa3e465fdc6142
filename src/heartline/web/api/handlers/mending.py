"""Refused events put right: events as JSON, and rows of an import through its mapping."""

from __future__ import annotations

from functools import partial
from typing import Final

import msgspec
from litestar import post
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.amending import Correction, mend_events, mend_rows
from heartline.web.api.problems import PROBLEMS
from heartline.web.api.shapes.mending import EventsGiven, MendedTold, RowsGiven, tell_mended
from heartline.web.visit import Visit

put_right = partial(post, tags=["Data"], responses=PROBLEMS, status_code=200, sync_to_thread=True)


@put_right("/refused/mend", opt={"right": Right.MANAGE_SOURCES}, summary="Mend refused events")
def mend_refused(visit: Visit, data: EventsGiven) -> MendedTold:
    """Judge refused events again, each as the JSON given: what is right is stored in its place. A repeat finds them no
    more.
    """
    events = {one.event: msgspec.json.encode(one.json).decode() for one in data.events}
    return tell_mended(mend_events(visit.heartline, events, by=visit.require_user().email))


@put_right("/imports/{import_id:int}/mend", opt={"right": Right.IMPORT}, summary="Mend refused rows")
def mend_import(visit: Visit, import_id: int, data: RowsGiven) -> MendedTold:
    """Put refused rows of an import through its mapping again, with the cells given. A repeat finds them no more."""
    corrections = [Correction(one.event, one.cells) for one in data.rows]
    return tell_mended(mend_rows(visit.heartline, import_id, corrections, by=visit.require_user().email))


routes: Final[list[HTTPRouteHandler]] = [mend_refused, mend_import]
