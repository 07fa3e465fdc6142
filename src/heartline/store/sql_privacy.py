"""Consent, suppression and erasures in SQL."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Column, Connection, Row, Table, Text, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from heartline.records import ConsentState, ConsentWord, Erasure, ErasureStep, Node, Suppression
from heartline.store import tables as t
from heartline.store import tables_acts as ta
from heartline.store import tables_identity as ti
from heartline.store import tables_privacy as tp
from heartline.store.engine import Database
from heartline.store.history import SeqRange
from heartline.store.sql_loops import forget_loops
from heartline.store.sql_map_documents import replace_in_documents
from heartline.store.statements import delete_in, insert_new, insert_rows, select_in
from heartline.store.tables_outbox import outbox

ERASED_TEXT: Final = "[erased]"
_LIKE_SPECIAL: Final = re.compile(r"([\\%_])")
_OURS: Final = frozenset(
    {
        *("settings", "schema_steps", "erasures", "users", "session_marks", "api_tokens", "bounds", "definitions"),
        *("alerts", "case_rules", "sources", "source_rules", "mappings", "journeys", "map_documents"),
        *("webhook_endpoints", "surveys"),
    }
)
"""Kept tables that name no customer, whose words an erasure still needs, or that have a way of their own. Who works
here may be a customer too.
"""
_STAFF: Final = frozenset({"who", "owner", "opened_by", "author", "decided_by", "seen_by", "deputy"})
"""Columns that name who works here."""


class SqlPrivacyBatch:
    """See ``PrivacyBatch``. Mixed into the batch, whose connection and cache it uses."""

    _db: Connection
    _known: dict[tuple[str, str], Node]

    def drop_identifiers(self, ids: Collection[int]) -> set[int]:
        """See ``RemovingBatch``."""
        raise NotImplementedError

    def suppresses(self) -> bool:
        """See ``PrivacyBatch``."""
        return self._db.execute(select(tp.suppressed.c.handle).limit(1)).first() is not None

    def suppressed_among(self, handles: Collection[bytes]) -> set[bytes]:
        """See ``PrivacyBatch``."""
        c = tp.suppressed.c
        return {bytes(handle) for (handle,) in select_in(self._db, (c.handle,), (c.handle,), handles)}

    def suppress(self, handles: Collection[bytes], *, certificate: str, since_us: int) -> None:
        """See ``PrivacyBatch``."""
        insert_new(self._db, tp.suppressed, [(handle, certificate, since_us) for handle in sorted(set(handles))])

    def lift(self, handles: Collection[bytes]) -> None:
        """See ``PrivacyBatch``."""
        delete_in(self._db, tp.suppressed.c.handle, handles)

    def note_suppressed(self, seqs: Collection[int]) -> None:
        """See ``PrivacyBatch``."""
        insert_new(self._db, tp.suppressed_events, [(seq,) for seq in sorted(seqs)])

    def suppressed_events(self, ranges: Sequence[SeqRange]) -> set[int]:
        """See ``PrivacyBatch``."""
        c = tp.suppressed_events.c
        if self._db.execute(select(c.seq).limit(1)).first() is None:
            return set()
        found: set[int] = set()
        for first, last in ranges:
            found.update(self._db.execute(select(c.seq).where(c.seq >= first, c.seq <= last)).scalars())
        return found

    def add_consents(self, words: Sequence[ConsentWord]) -> None:
        """See ``PrivacyBatch``."""
        rows = [
            (
                w.seq, bytes.fromhex(w.handle), w.at_us, w.purpose, w.channel, w.state.value, w.wording, w.version,
                w.how, w.by, w.source_id,
            )
            for w in words
        ]  # fmt: skip
        delete_in(self._db, tp.consents.c.seq, [w.seq for w in words])
        insert_rows(self._db, tp.consents, rows)

    def drop_consents(self, ranges: Sequence[SeqRange]) -> None:
        """See ``PrivacyBatch``."""
        c = tp.consents.c
        for first, last in ranges:
            self._db.execute(delete(tp.consents).where(c.seq >= first, c.seq <= last))

    def forget_handles(self, handles: Collection[bytes]) -> tuple[set[int], set[int]]:
        """See ``PrivacyBatch``."""
        i, e = t.identifiers.c, t.evidence.c
        delete_in(self._db, ti.identity_acts.c.handle, handles)
        delete_in(self._db, tp.consents.c.handle, handles)
        ids = {number for (number,) in select_in(self._db, (i.id,), (i.handle,), handles)}
        beside: set[int] = set()
        for here, there in ((e.left_id, e.right_id), (e.right_id, e.left_id)):
            beside.update(number for (number,) in select_in(self._db, (there,), (here,), ids))
            delete_in(self._db, here, ids)
        return beside - ids, self.drop_identifiers(ids) if ids else set()


class SqlDerivedPrivacy:
    """See ``DerivedPrivacy``. Mixed into derived State, whose database it reads."""

    _database: Database

    def consents(self, handles: Collection[str]) -> list[ConsentWord]:
        """See ``DerivedPrivacy``."""
        c = tp.consents.c
        with self._database.read() as db:
            wanted = [bytes.fromhex(handle) for handle in handles]
            found = db.execute(select(tp.consents).where(c.handle.in_(wanted))).all()
        words = [
            ConsentWord(
                seq=row.seq,
                handle=row.handle.hex(),
                at_us=row.at_us,
                purpose=row.purpose,
                channel=row.channel,
                state=ConsentState(row.state),
                wording=row.wording,
                version=row.version,
                how=row.how,
                by=row.said_by,
                source_id=row.source_id,
            )
            for row in found
        ]
        return sorted(words, key=lambda word: (-word.at_us, -word.seq))

    def is_suppressed(self, handle: str) -> bool:
        """See ``DerivedPrivacy``."""
        asked = select(tp.suppressed.c.handle).where(tp.suppressed.c.handle == bytes.fromhex(handle))
        with self._database.read() as db:
            return db.execute(asked).first() is not None

    def suppressions(self, *, limit: int) -> list[Suppression]:
        """See ``DerivedPrivacy``."""
        c = tp.suppressed.c
        with self._database.read() as db:
            rows = db.execute(select(tp.suppressed).order_by(c.since_us.desc(), c.handle).limit(limit)).all()
        return [
            Suppression(handle=row.handle.hex(), certificate=row.certificate, since_us=row.since_us) for row in rows
        ]

    def suppressed_after(self, seq: int, *, limit: int) -> list[int]:
        """See ``DerivedPrivacy``."""
        c = tp.suppressed_events.c
        with self._database.read() as db:
            return list(db.execute(select(c.seq).where(c.seq > seq).order_by(c.seq).limit(limit)).scalars())

    def removed_by(self, act_seqs: Collection[int]) -> list[SeqRange]:
        """See ``DerivedPrivacy``."""
        c = ta.removals.c
        with self._database.read() as db:
            return [(a, b) for a, b in select_in(db, (c.first_seq, c.last_seq), (c.act_seq,), act_seqs)]

    def refused_before(self, seq: int) -> list[int]:
        """See ``DerivedPrivacy``."""
        c = t.refused.c
        with self._database.read() as db:
            return list(db.execute(select(c.seq).where(c.seq < seq).order_by(c.seq)).scalars())

    def verified_customers(self) -> NDArray[np.int64]:
        """See ``DerivedPrivacy``."""
        o, i = t.ownership.c, t.identifiers.c
        joined = t.ownership.join(t.identifiers, i.id == o.subject_id)
        with self._database.read() as db:
            found = db.execute(select(o.customer_id).distinct().select_from(joined).where(i.strong)).scalars().all()
        return np.array(found, dtype=np.int64)


class SqlKeptPrivacy:
    """See ``KeptPrivacy``. Mixed into kept State, whose database it uses."""

    _database: Database

    def erasures(self, *, open_only: bool = False) -> list[Erasure]:
        """See ``KeptPrivacy``."""
        e = tp.erasures.c
        asked = select(tp.erasures).order_by(e.asked_us.desc(), e.certificate)
        if open_only:
            asked = asked.where(e.step != ErasureStep.DONE.value)
        with self._database.read() as db:
            return [_erasure(row) for row in db.execute(asked)]

    def erasure_plan(self, certificate: str) -> bytes:
        """See ``KeptPrivacy``."""
        e = tp.erasures.c
        with self._database.read() as db:
            return str(db.execute(select(e.plan).where(e.certificate == certificate)).scalar() or "").encode()

    def set_erasure(self, erasure: Erasure, *, plan: bytes | None = None) -> None:
        """See ``KeptPrivacy``."""
        make = postgresql.insert if self._database.served else sqlite.insert
        values: dict[str, object] = {
            "ref": erasure.ref,
            "asked_by": erasure.by,
            "reason": erasure.reason,
            "asked_us": erasure.asked_us,
            "done_us": erasure.done_us,
            "step": erasure.step.value,
            "suppress": erasure.suppressed,
            "handles": json.dumps(erasure.handles),
            "shared": json.dumps(erasure.shared),
            "counts": json.dumps(dict(erasure.counts)),
        }
        changed = values if plan is None else {**values, "plan": plan.decode()}
        statement = make(tp.erasures).values(certificate=erasure.certificate, **{"plan": "", **changed})
        with self._database.write() as db:
            db.execute(statement.on_conflict_do_update(index_elements=["certificate"], set_=changed))

    def empty_cases(self, handles: Collection[str]) -> int:
        """See ``KeptPrivacy``."""
        c, n = t.cases.c, t.case_notes.c
        with self._database.write() as db:
            found = list(db.execute(select(c.id).where(c.handle.in_(list(handles)))).scalars())
            if found:
                db.execute(update(t.case_notes).where(n.case_id.in_(found)).values(text=ERASED_TEXT))
                emptied = {"title": ERASED_TEXT, "handle": "", "seq": 0}
                db.execute(update(t.cases).where(c.id.in_(found)).values(**emptied))
                reasoned = c.id.in_(found), c.reason != ""
                db.execute(update(t.cases).where(*reasoned).values(reason=ERASED_TEXT))
                forget_loops(db, found)
            # What others were told, or are about to be, names the customer by the handle.
            db.execute(delete(outbox).where(outbox.c.subject.in_(list(handles))))
        return len(found)

    def replace_texts(self, words: Sequence[str], *, by: str) -> Mapping[str, int]:
        """See ``KeptPrivacy``."""
        if not words:
            return {}
        # The longest first, or a shorter word within it leaves a half.
        either = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
        pattern = re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)
        changed: dict[str, int] = {}
        with self._database.write() as db:
            if written := replace_in_documents(db, pattern, by):
                changed["map_documents"] = written
        for table in t.kept.tables.values():
            # What people write is Text; a String holds names of our own, such as what an audit's line is about.
            columns = [
                c for c in table.columns if isinstance(c.type, Text) and not c.primary_key and c.name not in _STAFF
            ]
            if table.name in _OURS or not columns:
                continue
            with self._database.write() as db:
                for row in _rows_with(db, table, columns, words):
                    told = row[len(table.primary_key) :]
                    had = {c.name: said for c, said in zip(columns, told, strict=True) if said}
                    texts = {name: pattern.sub(by, said) for name, said in had.items()}
                    if texts != had:
                        key = [column == value for column, value in zip(table.primary_key, row, strict=False)]
                        db.execute(update(table).where(*key).values(**texts))
                        changed[table.name] = changed.get(table.name, 0) + 1
        return changed

    def drop_sessions(self, *, expired_us: int) -> int:
        """See ``KeptPrivacy``."""
        with self._database.write() as db:
            return db.execute(delete(t.sessions).where(t.sessions.c.expires_us < expired_us)).rowcount

    def count_sessions(self, *, expired_us: int) -> int:
        """See ``KeptPrivacy``."""
        with self._database.read() as db:
            asked = select(func.count()).select_from(t.sessions).where(t.sessions.c.expires_us < expired_us)
            return int(db.execute(asked).scalar() or 0)

    def count_audit(self, *, before_us: int) -> int:
        """See ``KeptPrivacy``."""
        with self._database.read() as db:
            asked = select(func.count()).select_from(t.audit).where(t.audit.c.at_us < before_us)
            return int(db.execute(asked).scalar() or 0)


def _rows_with(db: Connection, table: Table, columns: Sequence[Column[Any]], words: Sequence[str]) -> list[Row[Any]]:
    found: dict[tuple[object, ...], Row[Any]] = {}
    wanted = (*table.primary_key, *columns)
    # SQLite folds the case of ASCII alone: other scripts are tried in the cases that people write.
    spelt = list(dict.fromkeys(way for word in words for way in _spell(word)))
    for start in range(0, len(spelt), 50):
        patterns = ["%" + _LIKE_SPECIAL.sub(r"\\\1", word) + "%" for word in spelt[start : start + 50]]
        either = or_(*(c.ilike(p, escape="\\") for c in columns for p in patterns))
        for row in db.execute(select(*wanted).where(either)):
            found[tuple(row[: len(table.primary_key)])] = row
    return list(found.values())


def _spell(word: str) -> tuple[str, ...]:
    return (word,) if word.isascii() else (word, word.upper(), word.lower(), word.title())


def _erasure(row: Row[Any]) -> Erasure:
    return Erasure(
        certificate=row.certificate,
        ref=row.ref,
        by=row.asked_by,
        reason=row.reason,
        asked_us=row.asked_us,
        done_us=row.done_us,
        step=ErasureStep(row.step),
        suppressed=row.suppress,
        handles=tuple(json.loads(row.handles)),
        shared=tuple(json.loads(row.shared)),
        counts=json.loads(row.counts),
    )
