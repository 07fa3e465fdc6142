"""The versions of what metrics count, in SQL."""

from __future__ import annotations

import time
from dataclasses import asdict, replace

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from heartline.errors import Conflict
from heartline.language import _
from heartline.records import Definition
from heartline.store.engine import Database
from heartline.store.tables_definitions import definitions

_BUILT_IN = 1


class SqlDefinitions:
    """See ``KeptDefinitions``."""

    _database: Database

    def definitions(self) -> tuple[Definition, ...]:
        """See ``KeptDefinitions``."""
        d = definitions.c
        with self._database.read() as db:
            rows = db.execute(select(definitions).order_by(d.metric, d.version)).all()
        return tuple(
            Definition(
                metric=row.metric,
                version=row.version,
                boxes=row.boxes,
                from_us=row.from_us,
                by=row.made_by,
                why=row.why,
                made_us=row.made_us,
            )
            for row in rows
        )

    def add_definition(self, *, metric: str, boxes: int, from_us: int, by: str, why: str) -> Definition:
        """See ``KeptDefinitions``."""
        d = definitions.c
        newest = select(func.coalesce(func.max(d.version), _BUILT_IN)).where(d.metric == metric)
        made = Definition(
            metric=metric, version=0, boxes=boxes, from_us=from_us, by=by, why=why, made_us=time.time_ns() // 1_000
        )
        values = {name: value for name, value in asdict(made).items() if name not in {"by", "version"}}
        try:
            with self._database.write() as db:
                version = db.execute(newest).scalar_one() + 1
                db.execute(insert(definitions).values(**values, version=version, made_by=by))
        except IntegrityError as error:
            told = "Somebody else changed this definition just now."
            raise Conflict("definition_raced", told, _("Look at it again, then decide.")) from error
        return replace(made, version=version)
