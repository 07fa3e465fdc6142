"""Imports that were done: found again by number, in the journal by the mark in their bodies' envelopes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from heartline.app import Heartline
from heartline.collect import mark_import, read_blanks
from heartline.errors import Missing
from heartline.language import _
from heartline.records import INDEX_BITS, STAFF_SOURCE, Body, UndoImport, read_act
from heartline.store import ImportJob, SeqRange

UNDONE: Final = "undone"
UNDOING: Final = "undoing"
_READ_EVENTS: Final = 20_000

Tell = Callable[[str, int, int], None]
"""Told how far something is: its stage, what is done of it, and all of it."""


def tell_nobody(stage: str, done: int, total: int) -> None:
    """Tell nobody."""
    del stage, done, total


def find_job(heartline: Heartline, import_id: int) -> ImportJob:
    """Return an import.

    Raises:
        Missing: there is none of this number.
    """
    job = next((job for job in list_jobs(heartline) if job.import_id == import_id), None)
    if job is None:
        raise Missing(
            "no_import", _("There is no import {number}.").format(number=import_id), _("Choose one of the list.")
        )
    return job


def list_jobs(heartline: Heartline) -> list[ImportJob]:
    """Return imports, the newest first. What a crash left open of an undo is closed by what the journal says."""
    jobs = heartline.stores.kept.imports()
    left = [job for job in jobs if job.status == UNDOING and job.import_id not in heartline.importing]
    for job in left:
        _settle(heartline, job)
    return heartline.stores.kept.imports() if left else jobs


def read_summary(job: ImportJob) -> dict[str, Any]:
    """Return what is noted of an import: the report's fields, why it stopped, who undid it."""
    told = msgspec.json.decode(job.summary or "{}")
    return told if isinstance(told, dict) else {}


def note_summary(heartline: Heartline, job: ImportJob, *, status: str, **changes: object) -> None:
    """Write an import's state down; what is not named of its summary stays, and None takes it out."""
    summary = {name: value for name, value in {**read_summary(job), **changes}.items() if value is not None}
    said = msgspec.json.encode(summary).decode()
    heartline.stores.kept.set_import(job.import_id, status=status, rows_done=job.rows_done, summary=said)


def checkpoint_of(heartline: Heartline, job: ImportJob) -> Path | None:
    """Return where it is written how far an import is; nowhere for the in-memory twin."""
    directory = heartline.stores.directory
    if directory is None:
        return None
    folder = directory.path / "imports"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder / f"{job.fingerprint}-{job.source_id}.json"


def walk_bodies(heartline: Heartline, job: ImportJob, *, tell: Tell = tell_nobody) -> Iterator[tuple[Body, bytes]]:
    """Yield the journal's bodies of an import's source since it began, each with its envelope, erased places blank.

    About a second a gigabyte of journal.
    """
    journal = heartline.stores.journal
    begin = at = int(read_summary(job).get("after", 0))
    head = journal.head()
    while at < head and (bodies := journal.read(at, events=_READ_EVENTS)):
        for body in bodies:
            if body.source_id == job.source_id:
                yield body, read_blanks(body.payload)[1]
        at = bodies[-1].seq
        tell("looking", min(at, head) - begin, head - begin)


def find_bodies(heartline: Heartline, job: ImportJob, *, tell: Tell = tell_nobody) -> tuple[list[SeqRange], int]:
    """Return the bodies of an import as runs of journal seqs, and how many events they hold."""
    mark, events = mark_import(job.import_id), 0
    runs: list[SeqRange] = []
    for body, envelope in walk_bodies(heartline, job, tell=tell):
        if envelope.startswith(mark):
            events += body.events
            extend_runs(runs, body.seq)
    return runs, events


def extend_runs(runs: list[SeqRange], seq: int) -> None:
    """Add a seq, which comes after all before it."""
    if runs and seq == runs[-1][1] + 1:
        runs[-1] = (runs[-1][0], seq)
    else:
        runs.append((seq, seq))


def range_of(bodies: SeqRange) -> SeqRange:
    """Return the seqs of all events of a run of bodies."""
    first, last = bodies
    return (first << INDEX_BITS, ((last + 1) << INDEX_BITS) - 1)


def known_bodies(heartline: Heartline, job: ImportJob) -> list[SeqRange]:
    """Return an import's bodies as they were noted when it ended; looked for where they were not."""
    noted = read_summary(job).get("bodies")
    if noted is not None:
        return [(int(first), int(last)) for first, last in noted]
    return find_bodies(heartline, job)[0]


def _settle(heartline: Heartline, job: ImportJob) -> None:
    undo: Mapping[str, Any] = read_summary(job).get("undo", {})
    act_seq = _find_act(heartline, job.import_id, int(undo.get("after", 0)))
    if act_seq is not None and not heartline.running:
        heartline.catch_up()
    if act_seq is None:
        note_summary(heartline, job, status=str(undo.get("was", "done")), undo=None)
    elif heartline.stores.history.offset() >= act_seq:
        note_summary(heartline, job, status=UNDONE)


def _find_act(heartline: Heartline, import_id: int, after: int) -> int | None:
    while bodies := heartline.stores.journal.read(after, events=_READ_EVENTS):
        for body in bodies:
            if body.source_id == STAFF_SOURCE:
                act = read_act(body)
                if isinstance(act, UndoImport) and act.import_id == import_id:
                    return body.seq
        after = bodies[-1].seq
    return None
