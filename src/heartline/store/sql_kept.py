"""Kept State in SQL: settings, people, sources, journeys and imports. Cases have a module of their own."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from heartline.errors import Conflict
from heartline.language import _
from heartline.records import Happening, Journey, Role, Source, Trust, User, Workspace
from heartline.store import tables as t
from heartline.store.engine import Database
from heartline.store.sql_access import SqlAccess, read_user
from heartline.store.sql_alerts import SqlAlerts
from heartline.store.sql_bounces import SqlBounces
from heartline.store.sql_definitions import SqlDefinitions
from heartline.store.sql_letters import SqlLetters
from heartline.store.sql_loops import SqlLoops
from heartline.store.sql_map_documents import SqlMapDocuments
from heartline.store.sql_opportunities import SqlOpportunities
from heartline.store.sql_outbox import SqlOutbox, queue_event
from heartline.store.sql_privacy import SqlKeptPrivacy
from heartline.store.sql_readers import SqlReaders
from heartline.store.sql_replies import SqlReplies
from heartline.store.sql_shares import SqlShares
from heartline.store.sql_source_rules import SqlSourceRules, make_write_key
from heartline.store.sql_suggestions import SqlSuggestions
from heartline.store.sql_surveys import SqlSurveys
from heartline.store.sql_themes import SqlThemes
from heartline.store.state import ImportJob

_TOLD: Final = {"done": Happening.IMPORT_FINISHED, "undone": Happening.IMPORT_UNDONE}


def now_us() -> int:
    """Return the wall clock in µs UTC."""
    return time.time_ns() // 1_000


class SqlKept(
    SqlLoops,
    SqlAccess,
    SqlAlerts,
    SqlBounces,
    SqlDefinitions,
    SqlLetters,
    SqlMapDocuments,
    SqlOpportunities,
    SqlReaders,
    SqlReplies,
    SqlShares,
    SqlSourceRules,
    SqlSuggestions,
    SqlSurveys,
    SqlThemes,
    SqlKeptPrivacy,
    SqlOutbox,
):
    """See ``KeptState``."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._upsert = postgresql.insert if database.engine.dialect.name == "postgresql" else sqlite.insert

    def setting(self, name: str) -> str | None:
        """See ``KeptState``."""
        with self._database.read() as db:
            return db.execute(select(t.settings.c.value).where(t.settings.c.name == name)).scalar()

    def set_setting(self, name: str, value: str) -> None:
        """See ``KeptState``."""
        statement = self._upsert(t.settings).values(name=name, value=value)
        with self._database.write() as db:
            db.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))

    def workspace(self) -> Workspace:
        """See ``KeptState``."""
        text = self.setting("workspace")
        return Workspace() if text is None else msgspec.json.decode(text, type=Workspace)

    def set_workspace(self, workspace: Workspace) -> None:
        """See ``KeptState``."""
        self.set_setting("workspace", json.dumps(asdict(workspace), ensure_ascii=False))

    def users(self) -> list[User]:
        """See ``KeptState``."""
        with self._database.read() as db:
            return [read_user(row) for row in db.execute(select(t.users).order_by(t.users.c.name))]

    def add_user(self, *, email: str, name: str, role: Role, language: str, password_hash: str) -> User:
        """See ``KeptState``."""
        values = {
            "email": email.strip().lower(),
            "name": name,
            "role": role.value,
            "language": language,
            "password_hash": password_hash,
            "created_us": now_us(),
            "enabled": True,
        }
        try:
            with self._database.write() as db:
                number = db.execute(insert(t.users).values(**values).returning(t.users.c.id)).scalar_one()
                return read_user(db.execute(select(t.users).where(t.users.c.id == number)).one())
        except IntegrityError as error:
            raise Conflict(
                "email_taken", _("Somebody with {email} is here already.").format(email=email), _("Use another e-mail.")
            ) from error

    def set_user(
        self, user_id: int, *, role: Role | None = None, enabled: bool | None = None, language: str | None = None
    ) -> None:
        """See ``KeptState``."""
        values: dict[str, object] = {} if language is None else {"language": language}
        if role is not None:
            values["role"] = role.value
        if enabled is not None:
            values["enabled"] = enabled
        with self._database.write() as db:
            if values:
                db.execute(update(t.users).where(t.users.c.id == user_id).values(**values))
            if enabled is False:
                db.execute(delete(t.sessions).where(t.sessions.c.user_id == user_id))

    def set_password(self, user_id: int, password_hash: str) -> None:
        """See ``KeptState``."""
        with self._database.write() as db:
            db.execute(update(t.users).where(t.users.c.id == user_id).values(password_hash=password_hash))
            db.execute(delete(t.sessions).where(t.sessions.c.user_id == user_id))

    def user_by_email(self, email: str) -> tuple[User, str] | None:
        """See ``KeptState``."""
        where = (t.users.c.email == email.strip().lower()) & t.users.c.enabled
        with self._database.read() as db:
            row = db.execute(select(t.users).where(where)).one_or_none()
        return None if row is None else (read_user(row), row.password_hash)

    def add_session(self, token_hash: bytes, *, user_id: int, csrf: str, expires_us: int) -> None:
        """See ``KeptState``."""
        at = now_us()
        with self._database.write() as db:
            db.execute(delete(t.sessions).where(t.sessions.c.expires_us < at))
            db.execute(
                insert(t.sessions).values(
                    token_hash=token_hash, user_id=user_id, csrf=csrf, created_us=at, expires_us=expires_us
                )
            )

    def session(self, token_hash: bytes, *, now_us: int) -> tuple[User, str] | None:
        """See ``KeptState``."""
        s = t.sessions.c
        statement = (
            select(t.users, s.csrf)
            .join_from(t.sessions, t.users, s.user_id == t.users.c.id)
            .where(s.token_hash == token_hash, s.expires_us > now_us, t.users.c.enabled)
        )
        with self._database.read() as db:
            row = db.execute(statement).one_or_none()
        return None if row is None else (read_user(row), row.csrf)

    def end_session(self, token_hash: bytes) -> None:
        """See ``KeptState``."""
        with self._database.write() as db:
            db.execute(delete(t.sessions).where(t.sessions.c.token_hash == token_hash))

    def note_audit(self, *, who: str, what: str, detail: str) -> None:
        """See ``KeptState``."""
        with self._database.write() as db:
            db.execute(insert(t.audit).values(at_us=now_us(), who=who, what=what, detail=detail))

    def sources(self) -> list[Source]:
        """See ``KeptState``."""
        with self._database.read() as db:
            return [_source(row) for row in db.execute(select(t.sources).order_by(t.sources.c.id))]

    def add_source(self, *, name: str, trust: Trust, kind: str = "http") -> Source:
        """See ``KeptState``."""
        values = {
            "name": name,
            "write_key": make_write_key(),
            "trust": trust.value,
            "kind": kind,
            "created_us": now_us(),
            "enabled": True,
        }
        with self._database.write() as db:
            number = db.execute(insert(t.sources).values(**values).returning(t.sources.c.id)).scalar_one()
            return _source(db.execute(select(t.sources).where(t.sources.c.id == number)).one())

    def set_source(self, source_id: int, *, name: str | None = None, enabled: bool | None = None) -> None:
        """See ``KeptState``."""
        given = {"name": name, "enabled": enabled}
        values = {key: value for key, value in given.items() if value is not None}
        if values:
            with self._database.write() as db:
                db.execute(update(t.sources).where(t.sources.c.id == source_id).values(**values))

    def journeys(self) -> list[Journey]:
        """See ``KeptState``."""
        with self._database.read() as db:
            rows = db.execute(select(t.journeys.c.definition)).scalars().all()
        return sorted((msgspec.json.decode(row, type=Journey) for row in rows), key=lambda j: (j.name, j.journey_id))

    def set_journey(self, journey: Journey) -> None:
        """See ``KeptState``."""
        values = {"definition": msgspec.json.encode(journey).decode(), "updated_us": now_us()}
        statement = self._upsert(t.journeys).values(journey_id=journey.journey_id, **values)
        with self._database.write() as db:
            db.execute(statement.on_conflict_do_update(index_elements=["journey_id"], set_=values))

    def drop_journey(self, journey_id: str) -> None:
        """See ``KeptState``."""
        with self._database.write() as db:
            db.execute(delete(t.journeys).where(t.journeys.c.journey_id == journey_id))

    def mappings(self) -> dict[str, str]:
        """See ``KeptState``."""
        with self._database.read() as db:
            return {row.name: row.mapping for row in db.execute(select(t.mappings).order_by(t.mappings.c.name))}

    def set_mapping(self, name: str, mapping: str) -> None:
        """See ``KeptState``."""
        values = {"mapping": mapping, "updated_us": now_us()}
        statement = self._upsert(t.mappings).values(name=name, **values)
        with self._database.write() as db:
            db.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))

    def add_import(self, *, file_name: str, fingerprint: str, source_id: int, mapping: str) -> ImportJob:
        """See ``KeptState``."""
        c = t.imports.c
        same = select(t.imports).where(
            c.fingerprint == fingerprint,
            c.source_id == source_id,
            c.mapping == mapping,
            c.status.in_(("running", "failed")),
        )
        at = now_us()
        with self._database.write() as db:
            row = db.execute(same).first()
            if row is None:
                values = {
                    "file_name": file_name,
                    "fingerprint": fingerprint,
                    "source_id": source_id,
                    "mapping": mapping,
                    "status": "running",
                    "rows_done": 0,
                    "summary": "{}",
                    "started_us": at,
                    "updated_us": at,
                }
                number = db.execute(insert(t.imports).values(**values).returning(t.imports.c.id)).scalar_one()
                row = db.execute(select(t.imports).where(c.id == number)).one()
            return _job(row)

    def set_import(self, import_id: int, *, status: str, rows_done: int, summary: str) -> None:
        """See ``KeptState``."""
        values = {"status": status, "rows_done": rows_done, "summary": summary, "updated_us": now_us()}
        with self._database.write() as db:
            was = db.execute(select(t.imports.c.status).where(t.imports.c.id == import_id)).scalar()
            db.execute(update(t.imports).where(t.imports.c.id == import_id).values(**values))
            if status != was and status in _TOLD:
                queue_event(db, _TOLD[status], {"import": import_id, "rows": rows_done})

    def imports(self) -> list[ImportJob]:
        """See ``KeptState``."""
        with self._database.read() as db:
            return [_job(row) for row in db.execute(select(t.imports).order_by(t.imports.c.id.desc()).limit(100))]

    def refused_at_door(self, reason: str, source_id: int, *, bodies: int = 1) -> None:
        """See ``KeptState``."""
        statement = self._upsert(t.door_refusals).values(source_id=source_id, reason=reason, n=bodies)
        with self._database.write() as db:
            db.execute(
                statement.on_conflict_do_update(
                    index_elements=["source_id", "reason"], set_={"n": t.door_refusals.c.n + bodies}
                )
            )

    def door_refusals(self) -> Mapping[tuple[int, str], int]:
        """See ``KeptState``."""
        with self._database.read() as db:
            return {(row.source_id, row.reason): row.n for row in db.execute(select(t.door_refusals))}


def _source(row: object) -> Source:
    return Source(
        source_id=row.id,  # type: ignore[attr-defined]  # a row of sources
        name=row.name,  # type: ignore[attr-defined]
        write_key=row.write_key,  # type: ignore[attr-defined]
        trust=Trust(row.trust),  # type: ignore[attr-defined]
        kind=row.kind,  # type: ignore[attr-defined]
        created_us=row.created_us,  # type: ignore[attr-defined]
        enabled=row.enabled,  # type: ignore[attr-defined]
    )


def _job(row: object) -> ImportJob:
    mapping = dict(row._mapping)  # type: ignore[attr-defined]  # noqa: SLF001  # SQLAlchemy's public name for it
    return ImportJob(import_id=mapping.pop("id"), **mapping)
