"""Opportunities in SQL."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from sqlalchemy import Row, insert, select, update

from heartline.errors import Missing
from heartline.language import _
from heartline.records import Effort, Opportunity, OpportunityStatus
from heartline.store.engine import Database
from heartline.store.tables_opportunities import opportunities as t


class SqlOpportunities:
    """See ``KeptOpportunities``."""

    _database: Database

    def opportunities(self, *, pain: str | None = None) -> tuple[Opportunity, ...]:
        """See ``KeptOpportunities``."""
        statement = select(t).order_by(t.c.id)
        if pain is not None:
            statement = statement.where(t.c.pain == pain)
        with self._database.read() as db:
            return tuple(_read(row) for row in db.execute(statement))

    def file_opportunity(
        self,
        *,
        pain: str,
        title: str,
        gain: tuple[int, int] | None,
        effort: Effort,
        owner: str,
        due_us: int | None,
        filed_by: str,
    ) -> Opportunity:
        """See ``KeptOpportunities``."""
        now = time.time_ns() // 1_000
        values = {
            "pain": pain,
            "title": title,
            "gain_low": None if gain is None else gain[0],
            "gain_high": None if gain is None else gain[1],
            "effort": effort.value,
            "owner": owner,
            "due_us": due_us,
            "status": OpportunityStatus.IDEA.value,
            "cases": "[]",
            "filed_by": filed_by,
            "filed_us": now,
            "changed_us": now,
        }
        with self._database.write() as db:
            number = db.execute(insert(t).values(**values).returning(t.c.id)).scalar_one()
            return _read(db.execute(select(t).where(t.c.id == number)).one())

    def change_opportunity(
        self,
        opportunity_id: int,
        *,
        effort: Effort | None = None,
        owner: str | None = None,
        due_us: int | None = None,
        status: OpportunityStatus | None = None,
        cases: Sequence[int] | None = None,
    ) -> Opportunity:
        """See ``KeptOpportunities``."""
        told = {
            "effort": None if effort is None else effort.value,
            "owner": owner,
            "due_us": due_us,
            "status": None if status is None else status.value,
            "cases": None if cases is None else json.dumps(sorted(set(cases))),
        }
        values = {name: value for name, value in told.items() if value is not None}
        with self._database.write() as db:
            changed = {**values, "changed_us": time.time_ns() // 1_000}
            db.execute(update(t).where(t.c.id == opportunity_id).values(**changed))
            row = db.execute(select(t).where(t.c.id == opportunity_id)).one_or_none()
        if row is None:
            raise Missing(
                "no_opportunity",
                _("There is no opportunity {number}.").format(number=opportunity_id),
                _("Look at the pain's page."),
            )
        return _read(row)


def _read(row: Row[tuple[object, ...]]) -> Opportunity:
    return Opportunity(
        opportunity_id=row.id,
        pain=row.pain,
        title=row.title,
        gain_low=row.gain_low,
        gain_high=row.gain_high,
        effort=Effort(row.effort),
        owner=row.owner,
        due_us=row.due_us,
        status=OpportunityStatus(row.status),
        cases=tuple(json.loads(row.cases)),
        filed_by=row.filed_by,
        filed_us=row.filed_us,
        changed_us=row.changed_us,
    )
