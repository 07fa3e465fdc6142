"""What stands behind a number, as people read it: touches with their words, their customer, their time and place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from heartline.app import Heartline
from heartline.records import Definition, Metric, Profile, Score, ScoreKind
from heartline.store import Entry
from heartline.understand import Ints, Measure, PackedLog, Selection, answer, mask_question
from heartline.web.definitions import find_made
from heartline.web.drilldown import Drill
from heartline.web.promises import Promise, read_promise

PAGE = 50
_CHUNK = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLine:
    """One touch with who made it. ``customer`` is None only where the profile is not there any more; ``missed`` says
    that what it promised never came.
    """

    seq: int
    ts_us: int
    touchpoint: str
    channel: str
    place: str
    action: str
    score: Score | None
    text: str
    customer: Profile | None
    wait_us: int | None = None
    promise: Promise | None = None
    missed: bool = False

    @property
    def feeling(self) -> float | None:
        """The score on −1…+1."""
        return self.score.valence if self.score else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerList:
    """A page of what stands behind a metric: ``total`` rows in all, ``lines`` of them here; ``by`` is the version that
    the metric is counted by, where people ever changed what it counts.
    """

    metric: Metric
    total: int
    customers: int
    lines: tuple[AnswerLine, ...]
    by: Definition | None = None


def list_answers(heartline: Heartline, log: PackedLog, drill: Drill, selection: Selection) -> AnswerList:
    """Read one page of the answers behind a question: exactly the rows its metric counted."""
    rows = find_rows(log, drill, selection)
    shown, question = rows[(drill.page - 1) * PAGE : drill.page * PAGE], drill.ask(selection)
    return AnswerList(
        metric=answer(log, question),
        total=len(rows),
        customers=len(np.unique(log.row[rows])),
        lines=read_lines(heartline, log, shown),
        by=find_made(log, question),
    )


def find_rows(log: PackedLog, drill: Drill, selection: Selection) -> Ints:
    """Return the rows of the log behind a question, in the order asked for; ``said`` keeps those with words."""
    rows = np.flatnonzero(mask_question(log, drill.ask(selection)))
    if drill.said and drill.measure is not Measure.COMMENTS:
        rows = rows[log.has_text[rows]]
    newest = (-log.seq[rows], -log.ts_us[rows])
    if drill.sort == "newest":
        return rows[np.lexsort(newest)]
    felt = log.valence[rows]
    felt = np.nan_to_num(felt if drill.sort == "lowest" else -felt, nan=9.0)
    return rows[np.lexsort((*newest, felt))]


def rows_of(log: PackedLog, seqs: Ints) -> Ints:
    """Return the rows of the log that carry these seqs, in the order of the seqs."""
    rows = np.flatnonzero(np.isin(log.seq, seqs))
    found = log.seq[rows]
    order = np.argsort(found)
    return rows[order][np.searchsorted(found[order], seqs)]


def read_lines(
    heartline: Heartline, log: PackedLog, rows: Ints, *, waits: Sequence[int] = ()
) -> tuple[AnswerLine, ...]:
    """Read rows of the log as lines, in their order; a row that History no longer has is left out. ``waits`` are how
    long each waited, in µs, negative where that is not known.
    """
    seqs = [int(seq) for seq in log.seq[rows]]
    owners = [int(owner) for owner in log.customers[log.row[rows]]]
    profiles = heartline.stores.derived.profiles(set(owners))
    entries = {entry.seq: entry for entry in heartline.stores.history.entries(seqs)}
    known = [int(wait) if wait >= 0 else None for wait in waits] or [None] * len(seqs)
    return tuple(
        _line(entries[seq], profiles.get(owner), known[place])
        for place, (seq, owner) in enumerate(zip(seqs, owners, strict=True))
        if seq in entries
    )


def stream_lines(
    heartline: Heartline, log: PackedLog, rows: Ints, *, waits: Sequence[int] = ()
) -> Iterator[AnswerLine]:
    """Read any number of rows in chunks, for an export; otherwise as ``read_lines``."""
    for start in range(0, len(rows), _CHUNK):
        part = slice(start, start + _CHUNK)
        yield from read_lines(heartline, log, rows[part], waits=waits[part])


def _line(entry: Entry, customer: Profile | None, wait_us: int | None) -> AnswerLine:
    score = None
    if entry.score is not None and entry.score_kind:
        score = Score(ScoreKind(entry.score_kind), float(entry.score), entry.score_top)
    return AnswerLine(
        seq=entry.seq,
        ts_us=entry.ts_us,
        touchpoint=entry.touchpoint,
        channel=entry.channel,
        place=entry.place,
        action=entry.action,
        score=score,
        text=entry.text or "",
        customer=customer,
        wait_us=wait_us,
        promise=read_promise(entry.properties),
    )
