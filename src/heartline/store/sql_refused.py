"""Refused events in SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select

from heartline.store import tables as t
from heartline.store.engine import Database
from heartline.store.history import SeqRange
from heartline.store.refused import RefusedEvent, RefusedNote
from heartline.store.statements import select_in


class SqlRefused:
    """See ``DerivedRefused``. Mixed into State's derived half."""

    _database: Database

    def refused(
        self, *, limit: int, before_seq: int | None = None, source_id: int | None = None, reason: str = ""
    ) -> list[RefusedEvent]:
        """See ``DerivedRefused``."""
        c = t.refused.c
        wanted = _where(source_id, reason, None)
        if before_seq is not None:
            wanted.append(c.seq < before_seq)
        with self._database.read() as db:
            rows = db.execute(select(t.refused).where(*wanted).order_by(c.seq.desc()).limit(limit)).all()
        return [_event(row) for row in rows]

    def refused_at(self, seqs: Collection[int]) -> list[RefusedEvent]:
        """See ``DerivedRefused``."""
        c = t.refused.c
        columns = (c.seq, c.source_id, c.reason, c.detail, c.raw)
        with self._database.read() as db:
            rows = sorted(select_in(db, columns, (c.seq,), seqs), key=lambda row: int(row[0]))
        return [RefusedEvent(seq=r[0], source_id=r[1], reason=r[2], detail=r[3], raw=bytes(r[4])) for r in rows]

    def refused_notes(
        self, *, source_id: int | None = None, reason: str = "", between: SeqRange | None = None
    ) -> list[RefusedNote]:
        """See ``DerivedRefused``."""
        c = t.refused.c
        asked = select(c.seq, c.source_id, c.reason).where(*_where(source_id, reason, between)).order_by(c.seq)
        with self._database.read() as db:
            return [RefusedNote(seq, source, why) for seq, source, why in db.execute(asked)]

    def refused_counts(self) -> list[tuple[int, str, int]]:
        """See ``DerivedRefused``."""
        c = t.refused.c
        asked = select(c.source_id, c.reason, func.count()).group_by(c.source_id, c.reason)
        with self._database.read() as db:
            return sorted((source, reason, n) for source, reason, n in db.execute(asked))


def _where(source_id: int | None, reason: str, between: SeqRange | None) -> list[ColumnElement[bool]]:
    c = t.refused.c
    wanted: list[ColumnElement[bool]] = []
    if source_id is not None:
        wanted.append(c.source_id == source_id)
    if reason:
        wanted.append(c.reason == reason)
    if between is not None:
        wanted += [c.seq >= between[0], c.seq <= between[1]]
    return wanted


def _event(row: Sequence[Any]) -> RefusedEvent:
    told: Any = row
    return RefusedEvent(
        seq=told.seq, source_id=told.source_id, reason=told.reason, detail=told.detail, raw=bytes(told.raw)
    )
