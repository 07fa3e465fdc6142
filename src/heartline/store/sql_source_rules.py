"""What is asked of sources, in SQL."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import replace

import msgspec
from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from heartline.errors import Missing
from heartline.language import _
from heartline.records import NO_RULES, Source, SourceRules, TrafficFilters, Trust
from heartline.store import tables as t
from heartline.store.engine import Database
from heartline.store.tables_source_rules import source_rules, source_warnings

_FILTERS = "traffic_filters"


def make_write_key() -> str:
    """Make a write key: random, and easy to copy."""
    return secrets.token_urlsafe(18).replace("-", "x").replace("_", "y")


class SqlSourceRules:
    """See ``KeptSourceRules``."""

    _database: Database

    def source_rules(self) -> Mapping[int, SourceRules]:
        """See ``KeptSourceRules``."""
        with self._database.read() as db:
            rows = db.execute(select(source_rules.c.source_id, source_rules.c.rules)).all()
        return {row.source_id: msgspec.json.decode(row.rules, type=SourceRules) for row in rows}

    def set_source_rules(self, source_id: int, rules: SourceRules) -> None:
        """See ``KeptSourceRules``."""
        with self._database.write() as db:
            self._keep_rules(db, source_id, rules)

    def rotate_key(self, source_id: int, *, until_us: int) -> Source:
        """See ``KeptSourceRules``."""
        s = t.sources.c
        fresh = make_write_key()
        with self._database.write() as db:
            row = db.execute(select(t.sources).where(s.id == source_id)).one_or_none()
            if row is None:
                raise Missing(
                    "no_source",
                    _("There is no source {source_id}.").format(source_id=source_id),
                    _("See the list of sources."),
                )
            found = db.execute(select(source_rules.c.rules).where(source_rules.c.source_id == source_id)).scalar()
            rules = NO_RULES if found is None else msgspec.json.decode(found, type=SourceRules)
            self._keep_rules(db, source_id, replace(rules, former_key=row.write_key, former_until_us=until_us))
            db.execute(update(t.sources).where(s.id == source_id).values(write_key=fresh))
        return Source(
            source_id=row.id,
            name=row.name,
            write_key=fresh,
            trust=Trust(row.trust),
            kind=row.kind,
            created_us=row.created_us,
            enabled=row.enabled,
        )

    def traffic_filters(self) -> TrafficFilters:
        """See ``KeptSourceRules``."""
        with self._database.read() as db:
            found = db.execute(select(t.settings.c.value).where(t.settings.c.name == _FILTERS)).scalar()
        return TrafficFilters() if found is None else msgspec.json.decode(found, type=TrafficFilters)

    def set_traffic_filters(self, filters: TrafficFilters) -> None:
        """See ``KeptSourceRules``."""
        value = msgspec.json.encode(filters).decode()
        statement = self._insert_or()(t.settings).values(name=_FILTERS, value=value)
        with self._database.write() as db:
            db.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))

    def warn_of_source(self, source_id: int, what: str, *, n: int = 1) -> None:
        """See ``KeptSourceRules``."""
        statement = self._insert_or()(source_warnings).values(source_id=source_id, what=what, n=n)
        with self._database.write() as db:
            grown = {"n": source_warnings.c.n + n}
            db.execute(statement.on_conflict_do_update(index_elements=["source_id", "what"], set_=grown))

    def source_warnings(self) -> Mapping[tuple[int, str], int]:
        """See ``KeptSourceRules``."""
        with self._database.read() as db:
            return {(row.source_id, row.what): row.n for row in db.execute(select(source_warnings))}

    def _keep_rules(self, db: Connection, source_id: int, rules: SourceRules) -> None:
        values = {"rules": msgspec.json.encode(rules).decode(), "updated_us": time.time_ns() // 1_000}
        statement = self._insert_or()(source_rules).values(source_id=source_id, **values)
        db.execute(statement.on_conflict_do_update(index_elements=["source_id"], set_=values))

    def _insert_or(self) -> type[postgresql.Insert | sqlite.Insert]:
        return postgresql.Insert if self._database.engine.dialect.name == "postgresql" else sqlite.Insert
