"""Readers and corrections in SQL."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import delete, insert, select, update

from heartline.records import Polarity, ReaderVersion
from heartline.store.engine import Database
from heartline.store.tables_readings import corrections as c
from heartline.store.tables_readings import readers as r

_FIGURES: Final = ("version", "taught_us", "labels", "customers", "f1", "error", "prior_f1", "prior_error")
_FACTS: Final = ("bias", "doubt", "spread", "told", "languages", "encoder", "blind_until")
_USUAL_SPREAD: Final = (0.06, 0.06, 0.06)
"""How readers differ from topic to topic where it was not measured yet when one was taught."""


class SqlReaders:
    """See ``KeptReaders``."""

    _database: Database

    def readers(self) -> tuple[ReaderVersion, ...]:
        """See ``KeptReaders``."""
        with self._database.read() as db:
            return tuple(_read(row) for row in db.execute(select(r).order_by(r.c.version.desc())))

    def reader_body(self) -> tuple[ReaderVersion, str, bytes] | None:
        """See ``KeptReaders``."""
        with self._database.read() as db:
            row = db.execute(select(r).order_by(r.c.version.desc()).limit(1)).one_or_none()
        return None if row is None else (_read(row), row.source, row.body)

    def keep_reader(self, reader: ReaderVersion, *, source: str, body: bytes) -> None:
        """See ``KeptReaders``."""
        figures = {name: getattr(reader, name) for name in _FIGURES}
        facts = json.dumps({name: getattr(reader, name) for name in _FACTS})
        with self._database.write() as db:
            db.execute(update(r).values(body=b""))
            db.execute(insert(r).values(**figures, facts=facts, source=source, body=body))

    def correct_reading(self, seq: int, polarity: Polarity, *, by: str) -> None:
        """See ``KeptReaders``."""
        now = time.time_ns() // 1_000
        with self._database.write() as db:
            db.execute(delete(c).where(c.c.seq == seq))
            db.execute(insert(c).values(seq=seq, polarity=polarity.value, corrected_by=by, corrected_us=now))

    def corrections(self) -> Mapping[int, Polarity]:
        """See ``KeptReaders``."""
        with self._database.read() as db:
            return {row.seq: Polarity(row.polarity) for row in db.execute(select(c.c.seq, c.c.polarity))}

    def drop_corrections(self, seqs: Iterable[int]) -> None:
        """See ``KeptReaders``."""
        with self._database.write() as db:
            for seq in seqs:
                db.execute(delete(c).where(c.c.seq == seq))


def _read(row: Any) -> ReaderVersion:  # noqa: ANN401  # a row of any query over the table
    facts = json.loads(row.facts)
    return ReaderVersion(
        **{name: getattr(row, name) for name in _FIGURES},
        bias=tuple(facts["bias"]),
        doubt=tuple(facts["doubt"]),
        spread=tuple(facts.get("spread", _USUAL_SPREAD)),
        told=tuple(facts.get("told", ())),
        languages=tuple((code, int(labels), float(f1)) for code, labels, f1 in facts["languages"]),
        encoder=str(facts.get("encoder", "")),
        blind_until=int(facts.get("blind_until", -1)),
    )
