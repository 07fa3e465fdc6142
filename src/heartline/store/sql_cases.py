"""Cases in SQL. Every change is written beside itself as a note, so a case tells its own story."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from sqlalchemy import Connection, Row, insert, select, update

from heartline.errors import Invalid, Missing
from heartline.language import _
from heartline.records import Case, CaseNote, CaseStatus, Happening
from heartline.store import tables as t
from heartline.store.engine import Database
from heartline.store.sql_outbox import queue_event


class SqlCases:
    """The cases' half of ``KeptState``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open_case(self, *, title: str, handle: str, seq: int, owner: str, due_us: int, opened_by: str) -> Case:
        """See ``KeptState``."""
        values = {
            "title": title,
            "handle": handle,
            "seq": seq,
            "owner": owner,
            "due_us": due_us,
            "status": CaseStatus.NEW.value,
            "opened_us": time.time_ns() // 1_000,
            "opened_by": opened_by,
            "closed_us": None,
            "reason": "",
        }
        with self._database.write() as db:
            number = db.execute(insert(t.cases).values(**values).returning(t.cases.c.id)).scalar_one()
            note_case(
                db, number, author=opened_by, text=f"Opened for {owner}." if owner else "Opened; nobody owns it yet."
            )
            tell_case(db, Happening.CASE_OPENED, number)
        return self.case(number)

    def cases(self, *, open_only: bool = False, handle: str | None = None, limit: int = 200) -> list[Case]:
        """See ``KeptState``."""
        c = t.cases.c
        statement = select(t.cases).order_by(c.closed_us.is_not(None), c.due_us, c.id).limit(limit)
        if open_only:
            statement = statement.where(c.status != CaseStatus.CLOSED.value)
        if handle is not None:
            statement = statement.where(c.handle == handle)
        with self._database.read() as db:
            return [read_case(row, ()) for row in db.execute(statement)]

    def case(self, case_id: int) -> Case:
        """See ``KeptState``."""
        n = t.case_notes.c
        with self._database.read() as db:
            row = db.execute(select(t.cases).where(t.cases.c.id == case_id)).one_or_none()
            notes = db.execute(select(t.case_notes).where(n.case_id == case_id).order_by(n.id)).all()
        if row is None:
            raise Missing(
                "no_case", _("There is no case {case_id}.").format(case_id=case_id), _("See the list of cases.")
            )
        return read_case(row, tuple(CaseNote(at_us=x.at_us, author=x.author, text=x.text) for x in notes))

    def _follow(self, db: Connection, was: Case, status: CaseStatus | None) -> None:
        """Do what else a step means, in the transaction that takes it."""

    def change_case(
        self,
        case_id: int,
        *,
        author: str,
        note: str = "",
        owner: str | None = None,
        due_us: int | None = None,
        status: CaseStatus | None = None,
        reason: str = "",
    ) -> Case:
        """See ``KeptState``."""
        was = self.case(case_id)
        if status is CaseStatus.CLOSED and not reason.strip():
            raise Invalid("no_reason", _("A case is closed with a reason."), _("Say what came of it."))
        values: dict[str, object] = {}
        told: list[str] = []
        if owner is not None and owner != was.owner:
            values["owner"] = owner
            told.append(f"Owner: {was.owner or 'nobody'} → {owner or 'nobody'}.")
        if due_us is not None and due_us != was.due_us:
            values["due_us"] = due_us
            told.append("Due date moved.")
        if status is not None and status is not was.status:
            values["status"] = status.value
            values["closed_us"] = time.time_ns() // 1_000 if status is CaseStatus.CLOSED else None
            values["reason"] = reason.strip() if status is CaseStatus.CLOSED else ""
            told.append(f"{was.status.value.replace('_', ' ')} → {status.value.replace('_', ' ')}. {reason}".strip())
        if note.strip():
            told.append(note.strip())
        with self._database.write() as db:
            if values:
                self._follow(db, was, status)
                db.execute(update(t.cases).where(t.cases.c.id == case_id).values(**values))
            for text in told:
                note_case(db, case_id, author=author, text=text)
            if told:
                closes = values.get("status") == CaseStatus.CLOSED.value
                tell_case(db, Happening.CASE_CLOSED if closes else Happening.CASE_CHANGED, case_id)
        return self.case(case_id)


def tell_case(db: Connection, kind: Happening, case_id: int) -> None:
    """Queue what others are told: nothing that staff wrote, for a title or a note may name somebody."""
    row = db.execute(select(t.cases).where(t.cases.c.id == case_id)).one()
    data = {
        "case": case_id,
        "status": row.status,
        "customer": row.handle,
        "interaction": row.seq,
        "owned": bool(row.owner),
        "due": datetime.fromtimestamp(row.due_us / 1_000_000, UTC).isoformat(timespec="seconds"),
        "path": f"/cases/{case_id}",
    }
    queue_event(db, kind, data, subject=row.handle)


def note_case(db: Connection, case_id: int, *, author: str, text: str) -> None:
    """Write a line of a case's history in the caller's transaction."""
    db.execute(insert(t.case_notes).values(case_id=case_id, at_us=time.time_ns() // 1_000, author=author, text=text))


def read_case(row: Row[tuple[object, ...]], notes: tuple[CaseNote, ...]) -> Case:
    """Read a case of its row and its notes."""
    return Case(
        case_id=row.id,
        title=row.title,
        handle=row.handle,
        seq=row.seq,
        owner=row.owner,
        due_us=row.due_us,
        status=CaseStatus(row.status),
        opened_us=row.opened_us,
        opened_by=row.opened_by,
        closed_us=row.closed_us,
        reason=row.reason,
        notes=notes,
    )
