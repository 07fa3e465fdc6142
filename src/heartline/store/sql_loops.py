"""The loop in SQL: rules, and what each made of a touch. What a touch brings about is one transaction."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, case, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from heartline.errors import Missing
from heartline.language import _
from heartline.records import Case, CaseLoop, CaseNote, CaseRule, CaseStatus, Happening, RuledCase
from heartline.store import tables as t
from heartline.store.engine import Database
from heartline.store.sql_cases import SqlCases, note_case, read_case, tell_case
from heartline.store.tables_access import case_teams
from heartline.store.tables_loops import case_loops, case_replies, case_rule_hits, case_rules

_CHUNK: Final = 500
_DAY_US: Final = 86_400_000_000
_BLANK: Final = {
    "rule_id": 0,
    "deputy": "",
    "escalated": False,
    "recheck_days": CaseLoop(case_id=0).recheck_days,
    "recheck_us": 0,
    "reopened": 0,
    "cause": "",
    "journey_id": "",
    "stage": "",
}


class SqlLoops(SqlCases):
    """See ``KeptLoops``. It stands on the cases: a rule opens one."""

    _database: Database

    def case_rules(self) -> tuple[CaseRule, ...]:
        """See ``KeptLoops``."""
        with self._database.read() as db:
            return tuple(_rule(row) for row in db.execute(select(case_rules).order_by(case_rules.c.id)))

    def case_rule(self, rule_id: int) -> CaseRule:
        """See ``KeptLoops``."""
        with self._database.read() as db:
            row = db.execute(select(case_rules).where(case_rules.c.id == rule_id)).one_or_none()
        if row is None:
            raise _no_rule(rule_id)
        return _rule(row)

    def add_case_rule(self, rule: CaseRule) -> CaseRule:
        """See ``KeptLoops``."""
        statement = insert(case_rules).values(**_values(rule)).returning(case_rules.c.id)
        with self._database.write() as db:
            return replace(rule, rule_id=db.execute(statement).scalar_one())

    def set_case_rule(self, rule: CaseRule) -> None:
        """See ``KeptLoops``."""
        with self._database.write() as db:
            changed = update(case_rules).where(case_rules.c.id == rule.rule_id).values(**_values(rule))
            if not db.execute(changed).rowcount:
                raise _no_rule(rule.rule_id)

    def drop_case_rule(self, rule_id: int) -> None:
        """See ``KeptLoops``."""
        with self._database.write() as db:
            db.execute(delete(case_rule_hits).where(case_rule_hits.c.rule_id == rule_id))
            db.execute(delete(case_rules).where(case_rules.c.id == rule_id))

    def advance_case_rule(self, rule_id: int, *, at_seq: int) -> None:
        """See ``KeptLoops``."""
        c = case_rules.c
        with self._database.write() as db:
            db.execute(update(case_rules).where(c.id == rule_id, c.at_seq < at_seq).values(at_seq=at_seq))

    def ruled_cases(self, rule_id: int, *, opened_after_us: int) -> list[RuledCase]:
        """See ``KeptLoops``."""
        c = t.cases.c
        asked = (
            select(c.id, c.handle, c.opened_us, c.status)
            .join(case_loops, case_loops.c.case_id == c.id)
            .where(case_loops.c.rule_id == rule_id)
            .where(or_(c.status != CaseStatus.CLOSED.value, c.opened_us > opened_after_us))
            .order_by(c.opened_us, c.id)
        )
        with self._database.read() as db:
            return [
                RuledCase(
                    case_id=row.id,
                    handle=row.handle,
                    opened_us=row.opened_us,
                    open=row.status != CaseStatus.CLOSED.value,
                )
                for row in db.execute(asked)
            ]

    def open_by_rule(
        self, rule: CaseRule, seq: int, *, title: str, handle: str, owner: str, due_us: int, now_us: int
    ) -> Case | None:
        """See ``KeptLoops``."""
        values = {
            "title": title,
            "handle": handle,
            "seq": seq,
            "owner": owner,
            "due_us": due_us,
            "status": CaseStatus.NEW.value,
            "opened_us": now_us,
            "opened_by": rule.name,
            "closed_us": None,
            "reason": "",
        }
        with self._database.write() as db:
            if not self._take(db, rule.rule_id, seq, case_id=0, now_us=now_us):
                return None
            number = db.execute(insert(t.cases).values(**values).returning(t.cases.c.id)).scalar_one()
            hit = case_rule_hits.c.rule_id == rule.rule_id, case_rule_hits.c.seq == seq
            db.execute(update(case_rule_hits).where(*hit).values(case_id=number))
            db.execute(insert(case_loops).values(case_id=number, **_blank(rule)))
            if rule.team_id:
                db.execute(insert(case_teams).values(case_id=number, team_id=rule.team_id))
            told = f"Opened for {owner}." if owner else "Opened; nobody owns it yet."
            note_case(db, number, author=rule.name, text=told)
            tell_case(db, Happening.CASE_OPENED, number)
        return self.case(number)

    def join_by_rule(self, rule_id: int, seq: int, *, case_id: int, note: str, now_us: int) -> bool:
        """See ``KeptLoops``."""
        with self._database.write() as db:
            if not self._take(db, rule_id, seq, case_id=case_id, now_us=now_us):
                return False
            if note:
                author = db.execute(select(t.cases.c.opened_by).where(t.cases.c.id == case_id)).scalar_one()
                note_case(db, case_id, author=author, text=note)
                tell_case(db, Happening.CASE_CHANGED, case_id)
        return True

    def _take(self, db: Connection, rule_id: int, seq: int, *, case_id: int, now_us: int) -> bool:
        """Take a touch for a rule; False where another did, but for one that only waited for its reading."""
        h = case_rule_hits.c
        waits = h.rule_id == rule_id, h.seq == seq, h.case_id == 0
        db.execute(delete(case_rule_hits).where(*waits))
        row = {"rule_id": rule_id, "seq": seq, "case_id": case_id, "at_us": now_us}
        # Not by rowcount: PostgreSQL's driver tells none of an insert.
        taken = db.execute(self._hit().values(**row).on_conflict_do_nothing().returning(h.seq))
        return taken.scalar() is not None

    def _hit(self) -> postgresql.Insert | sqlite.Insert:
        is_postgres = self._database.engine.dialect.name == "postgresql"
        return postgresql.insert(case_rule_hits) if is_postgres else sqlite.insert(case_rule_hits)

    def wait_by_rule(self, rule_id: int, seqs: Sequence[int], *, now_us: int) -> None:
        """See ``KeptLoops``."""
        rows = [{"rule_id": rule_id, "seq": seq, "case_id": 0, "at_us": now_us} for seq in seqs]
        with self._database.write() as db:
            for start in range(0, len(rows), _CHUNK):
                db.execute(self._hit().values(rows[start : start + _CHUNK]).on_conflict_do_nothing())

    def waits_of_rule(self, rule_id: int, *, limit: int) -> Mapping[int, int]:
        """See ``KeptLoops``."""
        h = case_rule_hits.c
        asked = select(h.seq, h.at_us).where(h.rule_id == rule_id, h.case_id == 0).order_by(h.seq).limit(limit)
        with self._database.read() as db:
            return {row.seq: row.at_us for row in db.execute(asked)}

    def drop_waits(self, rule_id: int, seqs: Sequence[int]) -> None:
        """See ``KeptLoops``."""
        h = case_rule_hits.c
        with self._database.write() as db:
            for start in range(0, len(seqs), _CHUNK):
                some = seqs[start : start + _CHUNK]
                db.execute(delete(case_rule_hits).where(h.rule_id == rule_id, h.case_id == 0, h.seq.in_(some)))

    def rule_counts(self) -> Mapping[int, tuple[int, int, int]]:
        """See ``KeptLoops``."""
        h, found = case_rule_hits.c, defaultdict[int, list[int]](lambda: [0, 0, 0])
        waits = func.sum(case((h.case_id == 0, 1), else_=0))
        opened = select(case_loops.c.rule_id, func.count()).group_by(case_loops.c.rule_id)
        with self._database.read() as db:
            for rule_id, n, waiting in db.execute(select(h.rule_id, func.count(), waits).group_by(h.rule_id)):
                found[rule_id] = [n - int(waiting), 0, int(waiting)]
            for rule_id, n in db.execute(opened):
                found[rule_id][1] = n
        return {rule_id: (meant, cases, waiting) for rule_id, (meant, cases, waiting) in found.items()}

    def cases_for_deputies(self, *, now_us: int) -> Mapping[int, str]:
        """See ``KeptLoops``."""
        c, way = t.cases.c, case_loops.c
        due = way.deputy != "", ~way.escalated, c.status == CaseStatus.NEW.value, c.due_us < now_us
        asked = select(way.case_id, way.deputy).join(t.cases, c.id == way.case_id).where(*due)
        with self._database.read() as db:
            return {row.case_id: row.deputy for row in db.execute(asked)}

    def note_escalated(self, case_id: int) -> None:
        """See ``KeptLoops``."""
        with self._database.write() as db:
            db.execute(update(case_loops).where(case_loops.c.case_id == case_id).values(escalated=True))

    def case_loop(self, case_id: int) -> CaseLoop:
        """See ``KeptLoops``."""
        with self._database.read() as db:
            row = db.execute(select(case_loops).where(case_loops.c.case_id == case_id)).one_or_none()
        return CaseLoop(case_id=case_id) if row is None else _loop(row)

    def case_loops(self) -> Mapping[int, CaseLoop]:
        """See ``KeptLoops``."""
        with self._database.read() as db:
            return {row.case_id: _loop(row) for row in db.execute(select(case_loops))}

    def whole_cases(self, *, limit: int) -> list[Case]:
        """See ``KeptLoops``."""
        c, n = t.cases.c, t.case_notes.c
        newest = select(c.id).order_by(c.id.desc()).limit(limit)
        with self._database.read() as db:
            notes: defaultdict[int, list[CaseNote]] = defaultdict(list)
            for row in db.execute(select(t.case_notes).where(n.case_id.in_(newest)).order_by(n.id)):
                notes[row.case_id].append(CaseNote(at_us=row.at_us, author=row.author, text=row.text))
            rows = db.execute(select(t.cases).order_by(c.id.desc()).limit(limit))
            return [read_case(row, tuple(notes[row.id])) for row in rows]

    def set_cause(self, case_id: int, *, cause: str, journey_id: str, stage: str, author: str) -> None:
        """See ``KeptLoops``."""
        was = self.case_loop(case_id)
        if (was.cause, was.journey_id, was.stage) == (cause, journey_id, stage):
            return
        with self._database.write() as db:
            self._set_loop(db, case_id, {"cause": cause, "journey_id": journey_id, "stage": stage})
            note_case(db, case_id, author=author, text=f"Cause: {cause or 'none'}.")
            tell_case(db, Happening.CASE_CHANGED, case_id)

    def end_recheck(self, case_id: int, *, author: str, note: str) -> None:
        """See ``KeptLoops``."""
        with self._database.write() as db:
            self._set_loop(db, case_id, {"recheck_us": 0})
            note_case(db, case_id, author=author, text=note)

    def _follow(self, db: Connection, was: Case, status: CaseStatus | None) -> None:
        if status is None or status is was.status:
            return
        if status is CaseStatus.CLOSED:
            days = db.execute(select(case_loops.c.recheck_days).where(case_loops.c.case_id == was.case_id)).scalar()
            days = CaseLoop(case_id=0).recheck_days if days is None else days
            self._set_loop(db, was.case_id, {"recheck_us": time.time_ns() // 1_000 + days * _DAY_US if days else 0})
        elif was.status is CaseStatus.CLOSED:
            self._set_loop(db, was.case_id, {"recheck_us": 0})
            grown = update(case_loops).where(case_loops.c.case_id == was.case_id)
            db.execute(grown.values(reopened=case_loops.c.reopened + 1))

    def _set_loop(self, db: Connection, case_id: int, values: dict[str, Any]) -> None:
        is_postgres = self._database.engine.dialect.name == "postgresql"
        make = postgresql.insert(case_loops) if is_postgres else sqlite.insert(case_loops)
        row = {"case_id": case_id, **_BLANK, **values}
        db.execute(make.values(**row).on_conflict_do_update(index_elements=["case_id"], set_=values))


def _loop(row: Row[Any]) -> CaseLoop:
    return CaseLoop(
        case_id=row.case_id,
        rule_id=row.rule_id,
        deputy=row.deputy,
        recheck_days=row.recheck_days,
        recheck_us=row.recheck_us,
        reopened=row.reopened,
        cause=row.cause,
        journey_id=row.journey_id,
        stage=row.stage,
    )


def _blank(rule: CaseRule) -> dict[str, Any]:
    return {**_BLANK, "rule_id": rule.rule_id, "deputy": rule.deputy, "recheck_days": rule.recheck_days}


def _values(rule: CaseRule) -> dict[str, Any]:
    bare = replace(rule, rule_id=0, enabled=True, since_us=0, at_seq=-1)
    return {
        "body": msgspec.json.encode(bare).decode(),
        "enabled": rule.enabled,
        "since_us": rule.since_us,
        "at_seq": rule.at_seq,
    }


def _rule(row: Row[Any]) -> CaseRule:
    kept = msgspec.json.decode(row.body, type=CaseRule)
    return replace(kept, rule_id=row.id, enabled=row.enabled, since_us=row.since_us, at_seq=row.at_seq)


def _no_rule(rule_id: int) -> Missing:
    return Missing("no_rule", _("There is no rule {rule_id}.").format(rule_id=rule_id), _("See Settings, Case rules."))


def forget_loops(db: Connection, case_ids: Sequence[int]) -> None:
    """Take from cases of somebody who is erased what the loop knows of them, in the caller's transaction."""
    if case_ids:
        db.execute(delete(case_rule_hits).where(case_rule_hits.c.case_id.in_(case_ids)))
        db.execute(delete(case_replies).where(case_replies.c.case_id.in_(case_ids)))
        db.execute(update(case_loops).where(case_loops.c.case_id.in_(case_ids)).values(cause="", recheck_us=0))
