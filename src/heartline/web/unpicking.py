"""Mending and undoing by the browser: carried out as chores, so that a page may ask how far they are."""

from __future__ import annotations

from heartline.app import Heartline
from heartline.collect import read_corrections
from heartline.errors import HeartlineError
from heartline.language import _
from heartline.web.amending import Correction, mend_rows
from heartline.web.answers import Answer, fragment, page, redirect
from heartline.web.chores import Chore, begin_chore, find_chore
from heartline.web.imported import find_job
from heartline.web.pages.imported import CRUMBS, draw_mending, draw_undo, draw_undoing, draw_weighed
from heartline.web.undoing import UndoPreview, preview_undo, undo_import
from heartline.web.uploads import Upload, forget_upload
from heartline.web.visit import Visit


def begin_mending(heartline: Heartline, import_id: int, upload: Upload, *, by: str) -> None:
    """Begin to mend the refused rows of an import by a corrected file, which goes when it was read.

    Raises:
        Missing: there is no such import.
        Conflict: some are being mended already.
    """

    def work(chore: Chore) -> None:
        try:
            rows = (Correction(seq, cells, dressed=True) for seq, cells in read_corrections(upload.path))
            chore.outcome = mend_rows(heartline, import_id, rows, by=by)
        finally:
            forget_upload(upload)

    try:
        find_job(heartline, import_id)
        begin_chore(heartline, f"mend {import_id}", work)
    except HeartlineError:
        forget_upload(upload)
        raise


def show_mending(visit: Visit, import_id: int) -> Answer:
    """Answer with how far mending is, or lead to the import's page."""
    chore, job = find_chore(visit.heartline, f"mend {import_id}"), find_job(visit.heartline, import_id)
    if chore is None or not chore.running or not visit.asked.is_fragment:
        return redirect(visit, f"/data/imported/{import_id}#refused")
    return fragment(visit, draw_mending(job, chore))


def begin_weighing(heartline: Heartline, import_id: int) -> None:
    """Begin to find out what undoing an import would take back.

    Raises:
        Missing: there is no such import.
        Conflict: that is being found out already.
    """
    job = find_job(heartline, import_id)

    def work(chore: Chore) -> None:
        chore.outcome = preview_undo(heartline, job.import_id, tell=_Teller(chore))

    begin_chore(heartline, f"weigh {import_id}", work)


def begin_undo(heartline: Heartline, import_id: int, *, by: str) -> None:
    """Begin to take an import back.

    Raises:
        Missing: there is no such import.
        Conflict: that is under way already.
    """
    job = find_job(heartline, import_id)

    def work(chore: Chore) -> None:
        chore.outcome = undo_import(heartline, job.import_id, by=by, tell=_Teller(chore))

    begin_chore(heartline, f"undo {import_id}", work)


def show_undo(visit: Visit, import_id: int) -> Answer:
    """Answer with what undoing takes back, how far it is, or the import's page once it is done."""
    job, here = find_job(visit.heartline, import_id), f"/data/imported/{import_id}"
    undone = find_chore(visit.heartline, f"undo {import_id}")
    weighed = find_chore(visit.heartline, f"weigh {import_id}")
    if undone is not None and undone.done:
        return redirect(visit, here)
    if undone is not None and undone.running:
        piece = draw_undoing(visit.plain_view, job, undone, words=_("Taking it back"))
    elif weighed is not None and isinstance(weighed.outcome, UndoPreview):
        piece = draw_weighed(visit.plain_view, weighed.outcome, trouble=undone.error if undone else "")
    elif weighed is not None:
        piece = draw_undoing(visit.plain_view, job, weighed, words=_("Finding out what it brought"))
    else:
        return redirect(visit, here)
    if visit.asked.is_fragment:
        return fragment(visit, piece)
    crumbs = (*CRUMBS, (here, job.file_name))
    return page(visit, draw_undo(job, piece), title=_("Undo"), crumbs=crumbs, controls=False)


class _Teller:
    """Turns how far an undo is into the share of a chore; the act itself is one step of which nobody knows how far."""

    def __init__(self, chore: Chore) -> None:
        self._chore = chore

    def __call__(self, stage: str, done: int, total: int) -> None:
        self._chore.tell(done / max(1, total) if stage == "looking" else -1.0)
