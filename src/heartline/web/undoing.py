"""Undoing an import: what it would take back is weighed first, then all of it goes by one staff act, or none."""

from __future__ import annotations

import time
from array import array
from collections import Counter
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from heartline.app import Heartline
from heartline.collect import mark_import
from heartline.errors import Conflict, Missing
from heartline.language import _
from heartline.records import UndoImport
from heartline.store import ImportJob, SeqRange
from heartline.web.imported import (
    UNDOING,
    UNDONE,
    Tell,
    checkpoint_of,
    find_bodies,
    find_job,
    note_summary,
    range_of,
    tell_nobody,
    walk_bodies,
)


class _Named(msgspec.Struct):
    messageId: object = ""  # noqa: N815  # as it is written


class _Envelope(msgspec.Struct):
    batch: list[_Named | None]
    imported: int = msgspec.field(name="import", default=0)


_read_envelope: Final = msgspec.json.Decoder(_Envelope).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPreview:
    """What undoing an import takes back: the journal seqs of its bodies as ranges, its events, the stored of them.

    ``customers`` counts those with touches of it, ``alone`` those of them that have no others. ``copies`` are the rows
    of other imports that were not stored because these had come first: they are not given back.
    """

    job: ImportJob
    bodies: tuple[SeqRange, ...]
    events: int
    stored: int
    customers: int = 0
    alone: int = 0
    copies: tuple[tuple[str, int], ...] = ()


def preview_undo(heartline: Heartline, import_id: int, *, tell: Tell = tell_nobody) -> UndoPreview:
    """Say what undoing an import would take back.

    Raises:
        Missing: there is no such import, or nothing of it can be told from others.
        Conflict: it is under way, or was undone already.
    """
    job = judge_undo(heartline, import_id)
    bodies, events = _find(heartline, job, tell)
    ranges = [range_of(run) for run in bodies]
    customers, alone = _weigh(heartline, ranges)
    return UndoPreview(
        job=job,
        bodies=tuple(bodies),
        events=events,
        stored=heartline.stores.history.count_within(ranges),
        customers=customers,
        alone=alone,
        copies=_find_copies(heartline, job, ranges, tell),
    )


def undo_import(heartline: Heartline, import_id: int, *, by: str, tell: Tell = tell_nobody) -> UndoPreview:
    """Take an import back and wait until nothing shows it any more; return what was taken back.

    Raises:
        Missing, Conflict: as ``preview_undo``.
        Unavailable: the journal takes nothing; nothing was undone.
    """
    job = judge_undo(heartline, import_id)
    token = object()
    if heartline.importing.setdefault(import_id, token) is not token:
        raise _running(job)
    try:
        bodies, events = _find(heartline, job, tell)
        stored = heartline.stores.history.count_within([range_of(run) for run in bodies])
        checkpoint = checkpoint_of(heartline, job)
        if checkpoint is not None:
            # The same file begins anew when it comes again: what it brought first is gone.
            checkpoint.unlink(missing_ok=True)
        undo = {"by": by, "at_us": time.time_ns() // 1000, "events": events, "stored": stored, "was": job.status}
        note_summary(heartline, job, status=UNDOING, undo={**undo, "after": heartline.stores.journal.head()})
        tell("undoing", 0, events)
        heartline.act(UndoImport(by=by, import_id=import_id, bodies=tuple(bodies)))
        tell("undoing", events, events)
        note_summary(heartline, job, status=UNDONE, undo=undo)
        heartline.stores.kept.note_audit(who=by, what="import_undone", detail=f"{import_id} {job.file_name}")
    finally:
        del heartline.importing[import_id]
    return UndoPreview(job=job, bodies=tuple(bodies), events=events, stored=stored)


def judge_undo(heartline: Heartline, import_id: int) -> ImportJob:
    """Return an import that may be undone now.

    Raises:
        Missing: there is no such import.
        Conflict: it is under way, or was undone already.
    """
    job = find_job(heartline, import_id)
    if job.import_id in heartline.importing:
        raise _running(job)
    if job.status == UNDONE:
        raise Conflict(
            "import_undone",
            _("{file_name} is undone already.").format(file_name=job.file_name),
            _("Import the file again to bring it back."),
        )
    if job.status == UNDOING:
        raise Conflict(
            "import_undoing",
            _("{file_name} is being undone.").format(file_name=job.file_name),
            _("Wait until it is done."),
        )
    return job


def _running(job: ImportJob) -> Conflict:
    return Conflict(
        "import_running", _("{file_name} is under way.").format(file_name=job.file_name), _("Wait until it has ended.")
    )


def _find(heartline: Heartline, job: ImportJob, tell: Tell) -> tuple[list[SeqRange], int]:
    bodies, events = find_bodies(heartline, job, tell=tell)
    if not bodies:
        raise Missing(
            "import_unmarked",
            _("Nothing in the journal is marked as of {file_name}.").format(file_name=job.file_name),
            _("It brought nothing, or is from a version that did not mark imports yet."),
        )
    return bodies, events


def _weigh(heartline: Heartline, ranges: list[SeqRange]) -> tuple[int, int]:
    """Return how many customers have touches of some ranges, and how many of them have no others."""
    log = heartline.logs.fresh()
    rows = log.row[_mask(log.seq, ranges)]
    if not len(rows):
        return 0, 0
    here, n = np.unique(rows, return_counts=True)
    in_all = np.bincount(log.row, minlength=int(here[-1]) + 1)
    return len(here), int(np.count_nonzero(in_all[here] == n))


def _mask(seqs: NDArray[np.int64], ranges: list[SeqRange]) -> NDArray[np.bool_]:
    first = np.array([start for start, _rest in ranges], dtype=np.int64)
    last = np.array([end for _rest, end in ranges], dtype=np.int64)
    place = np.searchsorted(first, seqs, side="right") - 1
    within: NDArray[np.bool_] = (place >= 0) & (seqs <= last[place])
    return within


def _find_copies(
    heartline: Heartline, job: ImportJob, ranges: list[SeqRange], tell: Tell
) -> tuple[tuple[str, int], ...]:
    """Count the rows of other imports of the source that are copies of what these ranges stored first."""
    others = {
        other.import_id: other.file_name
        for other in heartline.stores.kept.imports()
        if other.source_id == job.source_id and other.import_id != job.import_id and other.status != UNDONE
    }
    if not others:
        return ()
    mark, own = mark_import(job.import_id), array("q")
    for _rest, envelope in walk_bodies(heartline, job, tell=tell):
        if envelope.startswith(mark):
            own.extend(hash(name) for name in _names(envelope)[1])
    ours = np.sort(np.frombuffer(own, dtype=np.int64)) if own else np.empty(0, dtype=np.int64)
    counted: Counter[int] = Counter()
    for _rest, envelope in walk_bodies(heartline, job, tell=tell):
        whose, names = _names(envelope)
        if whose in others and names:
            counted[whose] += _count_copies(heartline, job, ranges, ours, names)
    return tuple((others[whose], n) for whose, n in sorted(counted.items()) if n)


def _count_copies(
    heartline: Heartline, job: ImportJob, ranges: list[SeqRange], ours: NDArray[np.int64], names: list[str]
) -> int:
    hashed = np.array([hash(name) for name in names], dtype=np.int64)
    places = np.minimum(np.searchsorted(ours, hashed), max(0, len(ours) - 1))
    same = np.flatnonzero(ours[places] == hashed) if len(ours) else ()
    derived = heartline.stores.derived
    keys = [derived.message_key(job.source_id, names[place]) for place in same]
    firsts = np.array([seq for seq, _rest in derived.known_messages(keys).values()], dtype=np.int64)
    return int(np.count_nonzero(_mask(firsts, ranges))) if len(firsts) else 0


def _names(envelope: bytes) -> tuple[int, list[str]]:
    try:
        read = _read_envelope(envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return 0, []
    return read.imported, [event.messageId for event in read.batch if event and isinstance(event.messageId, str)]
