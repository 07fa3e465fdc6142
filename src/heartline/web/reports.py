"""What an import did, as its page and its files tell it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import msgspec

from heartline.app import Heartline
from heartline.collect import Change, ImportMapping, RefusedRow, read_mapping
from heartline.store import ImportJob, RefusedEvent
from heartline.web.exports import Cell
from heartline.web.imported import find_job, known_bodies, range_of, read_summary
from heartline.web.refusals import list_refused, read_rows

SHOWN: Final = 20
COLUMNS: Final = ("part", "what", "column", "count", "row", "before", "after", "detail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An import as it stands. ``told`` is its summary; ``stored`` are its events in History now; ``refused`` counts
    those refused now by reason, and ``rows`` are the first of them, each with its row of the file where it is of one.
    """

    job: ImportJob
    source: str
    under_way: bool
    told: Mapping[str, Any]
    mapping: ImportMapping
    changes: tuple[Change, ...]
    stored: int
    refused: Mapping[str, int]
    rows: tuple[tuple[RefusedEvent, RefusedRow | None], ...]

    @property
    def left_out(self) -> Sequence[str]:
        """The columns that nothing reads."""
        return [str(name) for name in self.told.get("left_out", ())]

    @property
    def encoding(self) -> str:
        """How the file's bytes were read."""
        return str(self.told.get("encoding", ""))


def read_report(heartline: Heartline, import_id: int) -> Report:
    """Return an import as it stands.

    Raises:
        Missing: there is none of this number.
    """
    job = find_job(heartline, import_id)
    told, under_way = read_summary(job), import_id in heartline.importing
    ranges = [] if under_way else [range_of(run) for run in known_bodies(heartline, job)]
    notes = list_refused(heartline, job) if ranges else []
    names = {source.source_id: source.name for source in heartline.stores.kept.sources()}
    return Report(
        job=job,
        source=names.get(job.source_id, ""),
        under_way=under_way,
        told=told,
        mapping=read_mapping(job.mapping),
        changes=msgspec.convert(told.get("changes", ()), tuple[Change, ...]),
        stored=heartline.stores.history.count_within(ranges) if ranges else 0,
        refused=Counter(note.reason for note in notes),
        rows=tuple(read_rows(heartline, [note.seq for note in notes[:SHOWN]])),
    )


def report_rows(heartline: Heartline, report: Report) -> Iterator[Sequence[Cell]]:
    """Yield the report as lines of a table: counts, changes with their examples, columns left out, refused rows."""
    for name in ("rows", "messages", "duplicate", "skipped"):
        if isinstance(report.told.get(name), int):
            yield ("count", name, "", report.told[name], None, "", "", "")
    yield ("count", "stored_now", "", report.stored, None, "", "", "")
    for change in report.changes:
        fits = "" if change.fits is None else f"{change.fits:.3f} of the filled cells fit"
        yield ("changed", change.kind.value, change.column, change.count, None, "", "", fits)
        for one in change.samples:
            yield ("changed", change.kind.value, change.column, None, one.row, one.before, one.after, "")
    for column in report.left_out:
        yield ("left_out", "", column, None, None, "", "", "")
    for reason, n in sorted(report.refused.items()):
        yield ("refused", reason, "", n, None, "", "", "")
    for event, row in read_rows(heartline, [note.seq for note in list_refused(heartline, report.job)]):
        cells = "" if row is None else msgspec.json.encode(dict(row.cells)).decode()
        yield ("refused", event.reason, "", None, row.number if row else None, cells, "", event.detail)


def report_json(heartline: Heartline, report: Report) -> bytes:
    """Return the report as one JSON object."""
    told = {name: report.told[name] for name in ("rows", "messages", "duplicate", "skipped") if name in report.told}
    rows = [
        {
            "seq": event.seq,
            "reason": event.reason,
            "detail": event.detail,
            "row": row.number if row else None,
            "cells": dict(row.cells) if row else None,
        }
        for event, row in read_rows(heartline, [note.seq for note in list_refused(heartline, report.job)])
    ]
    whole = {
        "import": report.job.import_id,
        "file": report.job.file_name,
        "status": report.job.status,
        **told,
        "stored_now": report.stored,
        "encoding": report.encoding,
        "changes": [asdict(change) for change in report.changes],
        "left_out": report.left_out,
        "refused_by_reason": dict(report.refused),
        "refused": rows,
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=2)
