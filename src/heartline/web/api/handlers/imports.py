"""Imports taken back, with what that would take told before."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.api.problems import PROBLEMS
from heartline.web.api.shapes.data import ImportListed, tell_import
from heartline.web.api.shapes.imports import UndoTold, tell_undo
from heartline.web.undoing import judge_undo, preview_undo
from heartline.web.unpicking import begin_undo
from heartline.web.visit import Visit

_OPT: Final = {"right": Right.IMPORT}


@get(
    "/imports/{import_id:int}/undo",
    tags=["Data"],
    opt=_OPT,
    responses=PROBLEMS,
    summary="What undoing an import takes back",
    sync_to_thread=True,
)
def weigh_undo(visit: Visit, import_id: int) -> UndoTold:
    """Say what undoing an import would take back; it reads the journal, about a second a gigabyte."""
    return tell_undo(preview_undo(visit.heartline, import_id))


@post(
    "/imports/{import_id:int}/undo",
    tags=["Data"],
    opt=_OPT,
    responses=PROBLEMS,
    summary="Undo an import",
    status_code=202,
    sync_to_thread=True,
)
def undo_one(visit: Visit, import_id: int) -> ImportListed:
    """Begin to take an import back, all of it or nothing; the import then says undone. A repeat is refused."""
    job = judge_undo(visit.heartline, import_id)
    begin_undo(visit.heartline, import_id, by=visit.require_user().email)
    return tell_import(job, under_way=True)


routes: Final[list[HTTPRouteHandler]] = [weigh_undo, undo_one]
