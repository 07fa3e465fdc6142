"""Replies from cases in SQL: drafts, the seconds in which one can be taken back, and what went."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from heartline.records import CaseStatus, Happening, Reply, ReplyState
from heartline.store import tables as t
from heartline.store.engine import Database
from heartline.store.sql_cases import note_case, tell_case
from heartline.store.tables_loops import case_replies

_c = case_replies.c


class SqlReplies:
    """See ``KeptLoops``. Mixed into ``SqlKept``."""

    _database: Database

    def replies(self, case_id: int) -> list[Reply]:
        """See ``KeptLoops``."""
        with self._database.read() as db:
            return [
                _reply(row) for row in db.execute(select(case_replies).where(_c.case_id == case_id).order_by(_c.id))
            ]

    def keep_draft(self, case_id: int, *, author: str, subject: str, text: str, now_us: int) -> Reply:
        """See ``KeptLoops``."""
        own = _c.case_id == case_id, _c.author == author, _c.state == ReplyState.DRAFT.value
        values = {
            "case_id": case_id,
            "author": author,
            "address": "",
            "subject": subject,
            "body": text,
            "state": ReplyState.DRAFT.value,
            "at_us": now_us,
            "send_us": 0,
        }
        with self._database.write() as db:
            had = db.execute(select(_c.id).where(*own)).scalar()
            if not text.strip():
                db.execute(delete(case_replies).where(*own))
                number = 0
            elif had is None:
                number = db.execute(insert(case_replies).values(**values).returning(_c.id)).scalar_one()
            else:
                number = had
                db.execute(update(case_replies).where(_c.id == had).values(**values))
        return Reply(
            reply_id=number,
            case_id=case_id,
            author=author,
            address="",
            subject=subject,
            text=text,
            state=ReplyState.DRAFT,
            at_us=now_us,
        )

    def hold_reply(self, reply_id: int, *, address: str, now_us: int, send_us: int) -> None:
        """See ``KeptLoops``."""
        values = {"address": address, "state": ReplyState.WAITING.value, "at_us": now_us, "send_us": send_us}
        with self._database.write() as db:
            db.execute(update(case_replies).where(_c.id == reply_id).values(**values))

    def take_back(self, reply_id: int) -> bool:
        """See ``KeptLoops``."""
        waiting = _c.id == reply_id, _c.state == ReplyState.WAITING.value
        with self._database.write() as db:
            taken = update(case_replies).where(*waiting).values(state=ReplyState.DRAFT.value, address="")
            return bool(db.execute(taken).rowcount)

    def replies_due(self, *, now_us: int) -> list[Reply]:
        """See ``KeptLoops``."""
        due = _c.state == ReplyState.WAITING.value, _c.send_us <= now_us
        with self._database.read() as db:
            return [_reply(row) for row in db.execute(select(case_replies).where(*due).order_by(_c.id))]

    def finish_reply(self, reply_id: int) -> None:
        """See ``KeptLoops``."""
        with self._database.write() as db:
            row = db.execute(select(case_replies).where(_c.id == reply_id)).one_or_none()
            waiting = _c.id == reply_id, _c.state == ReplyState.WAITING.value
            changed = update(case_replies).where(*waiting).values(state=ReplyState.SENT.value)
            if row is None or not db.execute(changed).rowcount:
                return
            status = db.execute(select(t.cases.c.status).where(t.cases.c.id == row.case_id)).scalar_one()
            if status == CaseStatus.NEW.value:
                contacted = CaseStatus.CONTACTED.value
                db.execute(update(t.cases).where(t.cases.c.id == row.case_id).values(status=contacted))
                note_case(db, row.case_id, author=row.author, text="new → contacted.")
            note_case(db, row.case_id, author=row.author, text=f"Replied by e-mail.\n{row.body}")
            tell_case(db, Happening.CASE_CHANGED, row.case_id)


def _reply(row: Row[Any]) -> Reply:
    return Reply(
        reply_id=row.id,
        case_id=row.case_id,
        author=row.author,
        address=row.address,
        subject=row.subject,
        text=row.body,
        state=ReplyState(row.state),
        at_us=row.at_us,
        send_us=row.send_us,
    )
