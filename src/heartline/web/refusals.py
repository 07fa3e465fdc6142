"""Refused events as files: rows of an import in its file's own columns, and events as they came, one a line."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from heartline.app import Heartline
from heartline.collect import DETAIL_COLUMN, REASON_COLUMN, ROW_COLUMN, SEQ_COLUMN, UNCUT, RefusedRow, read_refused_row
from heartline.store import ImportJob, RefusedEvent, RefusedNote
from heartline.web.exports import Cell, write_csv
from heartline.web.imported import find_job, known_bodies, range_of, read_summary

_AT_ONCE: Final = 1_000


def list_refused(heartline: Heartline, job: ImportJob) -> list[RefusedNote]:
    """Return which events of an import are refused now, in order."""
    ranges = [range_of(run) for run in known_bodies(heartline, job)]
    if not ranges:
        return []
    notes = heartline.stores.derived.refused_notes(source_id=job.source_id, between=(ranges[0][0], ranges[-1][1]))
    found: list[RefusedNote] = []
    place = 0
    for note in notes:
        while note.seq > ranges[place][1]:
            place += 1
        if note.seq >= ranges[place][0]:
            found.append(note)
    return found


def read_rows(heartline: Heartline, seqs: Sequence[int]) -> Iterator[tuple[RefusedEvent, RefusedRow | None]]:
    """Yield refused events with the row each is about, in order."""
    for begin in range(0, len(seqs), _AT_ONCE):
        for event in heartline.stores.derived.refused_at(seqs[begin : begin + _AT_ONCE]):
            yield event, read_refused_row(event.raw)


def write_refused_rows(heartline: Heartline, import_id: int) -> bytes:
    """Return the refused rows of an import as CSV: the file's own columns, then how each is found again, and why it was
    refused. What cannot be told as a row (an event that changed meanwhile) is not among them.

    Raises:
        Missing: there is no such import.
    """
    job = find_job(heartline, import_id)
    seqs = [note.seq for note in list_refused(heartline, job)]
    told = [(event, row) for event, row in read_rows(heartline, seqs) if row is not None]
    columns = [str(name) for name in read_summary(job).get("columns", ())]
    columns += [name for name in dict.fromkeys(n for _, row in told if not row.uncut for n in row.cells)
                if name not in columns]  # fmt: skip
    uncut = [ROW_COLUMN] if any(row.uncut for _, row in told) else []
    header = [*columns, *uncut, SEQ_COLUMN, REASON_COLUMN, DETAIL_COLUMN]
    return write_csv(header, (_line(event, row, columns, uncut) for event, row in told))


def _line(event: RefusedEvent, row: RefusedRow, columns: Sequence[str], uncut: Sequence[str]) -> list[Cell]:
    cells: Mapping[str, str] = {} if row.uncut else row.cells
    raw = [row.cells.get(UNCUT, "") if row.uncut else ""] if uncut else []
    return [*(cells.get(name, "") for name in columns), *raw, event.seq, event.reason, event.detail]


def write_refused_events(heartline: Heartline, *, source_id: int | None, reason: str) -> Iterator[bytes]:
    """Yield refused events as lines of JSON: seq, source, reason, detail, and what was sent (``raw``, or as base64
    ``raw_base64`` where it is no text).
    """
    notes = heartline.stores.derived.refused_notes(source_id=source_id, reason=reason)
    for event, _ in read_rows(heartline, [note.seq for note in notes]):
        line: dict[str, object] = {
            "seq": event.seq,
            "source": event.source_id,
            "reason": event.reason,
            "detail": event.detail,
        }
        try:
            line["raw"] = event.raw.decode()
        except UnicodeDecodeError:
            line["raw_base64"] = base64.b64encode(event.raw).decode()
        yield msgspec.json.encode(line) + b"\n"
