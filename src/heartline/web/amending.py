"""Mending: refused events put right, each in its own place. Rows of a file go through their import's mapping again."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

import msgspec

from heartline.app import Heartline
from heartline.collect import (
    Ledger,
    MendedRow,
    RefusedRow,
    Renderer,
    RowMender,
    Target,
    pack_bodies,
    read_blanks,
    read_mapping,
    read_refused_row,
)
from heartline.errors import Conflict, Invalid, Missing
from heartline.language import _
from heartline.records import INDEX_BITS, Mend
from heartline.store import ImportJob, RefusedEvent, SeqRange
from heartline.web.desk import StoreLookups
from heartline.web.exports import make_safe
from heartline.web.imported import (
    UNDOING,
    UNDONE,
    Tell,
    extend_runs,
    find_job,
    known_bodies,
    note_summary,
    tell_nobody,
)
from heartline.web.sources import find_source

_CHUNK: Final = 1_000
_ACT_BYTES: Final = 4 << 20


class _Envelope(msgspec.Struct):
    imported: int = msgspec.field(name="import", default=0)


_read_envelope: Final = msgspec.json.Decoder(_Envelope).decode


class Correction(NamedTuple):
    """A refused event's seq, and its row's cells as they should have come. ``dressed`` says that they come from a file
    of ours, whose cells were made safe for spreadsheets.
    """

    seq: int
    cells: Mapping[str, str]
    dressed: bool = False


@dataclass(slots=True)
class Mended:
    """What came of mending: of ``given`` events ``gone`` left the refused, ``still`` are refused, by reason, and
    ``unknown`` were not refused or not of this import. ``examples`` are the first still refused, as (row, why).
    """

    given: int = 0
    gone: int = 0
    unknown: int = 0
    still: Counter[str] = field(default_factory=Counter)
    examples: list[tuple[int, str]] = field(default_factory=list)


def mend_rows(
    heartline: Heartline,
    import_id: int,
    corrections: Iterable[Correction],
    *,
    by: str,
    tell: Tell = tell_nobody,
) -> Mended:
    """Put refused rows of an import right and wait until all of it is seen. What a row gives beside the refused event
    goes into the journal first, as of the same import, so doing it again after a crash brings nothing twice.

    Raises:
        Missing: there is no such import.
        Conflict: it is under way, or was undone.
        Invalid: the corrections cannot be read.
        Unavailable: the journal takes nothing; the same call goes on where it was.
    """
    job = find_job(heartline, import_id)
    if job.status in {UNDONE, UNDOING}:
        raise Conflict(
            "import_undone",
            _("{file_name} is undone.").format(file_name=job.file_name),
            _("Import the file again, mended."),
        )
    with _holding(heartline, job), Ledger() as twins:
        work = _Work(heartline, job, twins, by)
        rest, done = iter(corrections), 0
        while chunk := list(islice(rest, _CHUNK)):
            work.take(chunk)
            done += len(chunk)
            tell("mending", done, 0)
        work.close()
    heartline.stores.kept.note_audit(who=by, what="rows_mended", detail=f"{import_id}: {work.outcome.gone}")
    return work.outcome


def mend_events(heartline: Heartline, events: Mapping[int, str], *, by: str, reason: str = "") -> Mended:
    """Judge refused events again, each as the JSON given.

    Raises:
        Invalid: what is given for one of them is no JSON.
        Unavailable: the journal takes nothing.
    """
    for seq, event in events.items():
        _check_json(seq, event)
    held = heartline.stores.derived.refused_at(events)
    outcome = Mended(given=len(events), unknown=len(events) - len(held))
    for part in _portion([(event.seq, events[event.seq]) for event in held]):
        heartline.act(Mend(by=by, reason=reason, events=tuple(part)))
    _weigh(heartline, outcome, [event.seq for event in held])
    heartline.stores.kept.note_audit(who=by, what="events_mended", detail=f"{outcome.gone} of {outcome.given} {reason}")
    return outcome


def replay(heartline: Heartline, *, reason: str, source_id: int | None, by: str, tell: Tell = tell_nobody) -> Mended:
    """Judge all events refused for a reason again, as they came: after a setting, a rule or an order has changed it.

    Raises:
        Unavailable: the journal takes nothing.
    """
    notes = heartline.stores.derived.refused_notes(source_id=source_id, reason=reason)
    total = Mended()
    for begin in range(0, len(notes), _CHUNK):
        seqs = [note.seq for note in notes[begin : begin + _CHUNK]]
        for outcome in _replay_some(heartline, heartline.stores.derived.refused_at(seqs), by=by, reason=reason):
            total.given += outcome.given
            total.gone += outcome.gone
            total.unknown += outcome.unknown
            total.still += outcome.still
            total.examples += outcome.examples
        tell("mending", begin + len(seqs), len(notes))
    return total


def _replay_some(heartline: Heartline, events: Sequence[RefusedEvent], *, by: str, reason: str) -> Iterator[Mended]:
    plain: dict[int, str] = {}
    rows: dict[int, Mapping[str, str]] = {}
    outcome = Mended()
    for event in events:
        row = read_refused_row(event.raw)
        try:
            if row is not None:
                rows[event.seq] = row.cells
                continue
            text = event.raw.decode()
            _check_json(event.seq, text)
            plain[event.seq] = text
        except (UnicodeDecodeError, Invalid):
            outcome.given += 1
            outcome.still[event.reason] += 1
    yield outcome
    if plain:
        yield mend_events(heartline, plain, by=by, reason=f"again: {reason}")
    by_import: defaultdict[int, list[Correction]] = defaultdict(list)
    for seq, import_id in import_of(heartline, rows).items():
        by_import[import_id].append(Correction(seq, rows[seq]))
    for import_id, corrections in by_import.items():
        yield mend_rows(heartline, import_id, corrections, by=by)


def import_of(heartline: Heartline, seqs: Iterable[int]) -> dict[int, int]:
    """Return the number of the import that each event came by, of those that came by one."""
    wanted = list(seqs)
    bodies = heartline.stores.journal.at({seq >> INDEX_BITS for seq in wanted})
    marks: dict[int, int] = {}
    for body in bodies:
        try:
            marks[body.seq] = _read_envelope(read_blanks(body.payload)[1]).imported
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
    return {seq: marks[seq >> INDEX_BITS] for seq in wanted if marks.get(seq >> INDEX_BITS)}


class _Work:
    """Mends the rows of one import, some at a time."""

    def __init__(self, heartline: Heartline, job: ImportJob, twins: Ledger, by: str) -> None:
        self.outcome = Mended()
        self._heartline = heartline
        self._job = job
        self._by = by
        self._runs = known_bodies(heartline, job)
        self._fresh: list[SeqRange] = []
        source = find_source(heartline, job.source_id)
        self._target = Target(
            source_id=source.source_id,
            accept=heartline.intake.submit,
            lookups=StoreLookups(heartline, source),
            import_id=job.import_id,
        )
        mapping = read_mapping(job.mapping)
        renderer = Renderer(
            mapping,
            source_id=source.source_id,
            ledger=twins,
            lookups=self._target.lookups,
            now_us=job.started_us,
            phone_region=heartline.workspace.phone_region or None,
        )
        self._mender = RowMender(mapping, renderer, source_id=source.source_id)

    def take(self, chunk: Sequence[Correction]) -> None:
        """Mend some rows; the last of several corrections of one event counts."""
        wanted = {one.seq: one for one in chunk if self._holds(one.seq)}
        events = {event.seq: event for event in self._heartline.stores.derived.refused_at(wanted)}
        pairs: list[tuple[int, RefusedRow, dict[str, str]]] = []
        for seq, event in events.items():
            row = read_refused_row(event.raw)
            cells = _undress(wanted[seq], row) if row is not None else {}
            if row is not None and any(cells.values()) and not (row.uncut and cells == dict(row.cells)):
                pairs.append((seq, row, cells))
        mended = self._mender.mend([(row, cells) for _seq, row, cells in pairs])
        self._send(mended, [seq for seq, _row, _cells in pairs])
        self.outcome.given += len(chunk)
        self.outcome.unknown += len(chunk) - len(events)
        _weigh(self._heartline, self.outcome, list(events))

    def _holds(self, seq: int) -> bool:
        body = seq >> INDEX_BITS
        place = bisect_right(self._runs, body, key=lambda run: run[0]) - 1
        return place >= 0 and body <= self._runs[place][1]

    def _send(self, mended: Sequence[MendedRow], seqs: Sequence[int]) -> None:
        others = [message for one in mended for message in one.others]
        for body in pack_bodies(others, self._target):
            extend_runs(self._fresh, self._heartline.intake.submit(body))
        acts = [(seq, one.event.json.decode()) for seq, one in zip(seqs, mended, strict=True) if one.event is not None]
        for part in _portion(acts):
            self._heartline.act(Mend(by=self._by, reason=self._job.file_name, events=tuple(part)))

    def close(self) -> None:
        """Note what else came by this import."""
        if self._fresh:
            self._heartline.catch_up()
            job = find_job(self._heartline, self._job.import_id)
            runs = [*self._runs, *self._fresh]
            note_summary(self._heartline, job, status=job.status, bodies=runs if len(runs) <= _CHUNK else None)


@contextmanager
def _holding(heartline: Heartline, job: ImportJob) -> Iterator[None]:
    token = object()
    if heartline.importing.setdefault(job.import_id, token) is not token:
        raise Conflict(
            "import_running",
            _("{file_name} is under way.").format(file_name=job.file_name),
            _("Wait until it has ended."),
        )
    try:
        yield
    finally:
        del heartline.importing[job.import_id]


def _portion(events: Sequence[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """Cut events into acts that are not too large to hold."""
    part: list[tuple[int, str]] = []
    size = 0
    for event in events:
        part.append(event)
        size += len(event[1])
        if size >= _ACT_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def _weigh(heartline: Heartline, outcome: Mended, seqs: Sequence[int]) -> None:
    """Count which of some events are refused still."""
    left = heartline.stores.derived.refused_at(seqs)
    outcome.gone += len(seqs) - len(left)
    outcome.still.update(event.reason for event in left)
    for event in left[: 5 - len(outcome.examples)]:
        row = read_refused_row(event.raw)
        outcome.examples.append((row.number if row else 0, f"{event.reason.replace('_', ' ')}: {event.detail}"))


def _undress(correction: Correction, row: RefusedRow) -> dict[str, str]:
    """Return the cells as they were meant: what was made safe for a spreadsheet is what it was before."""
    if not correction.dressed:
        return dict(correction.cells)
    cells: dict[str, str] = {}
    for name, given in correction.cells.items():
        before = row.cells.get(name, "")
        if make_safe(before) == given:
            cells[name] = before
        else:
            cells[name] = given[1:] if given[:1] == "'" and make_safe(given[1:]) == given else given
    return cells


def _check_json(seq: int, event: str) -> None:
    try:
        msgspec.json.decode(event)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Invalid(
            "bad_event",
            _("Event {seq} is no JSON: {error}.").format(seq=seq, error=error),
            _("Correct it, then send it again."),
        ) from None


def find_refused(heartline: Heartline, seq: int) -> RefusedEvent:
    """Return a refused event.

    Raises:
        Missing: it is refused no more, or never was.
    """
    found = heartline.stores.derived.refused_at([seq])
    if not found:
        raise Missing("not_refused", _("This event is not among the refused."), _("It may have been mended already."))
    return found[0]
