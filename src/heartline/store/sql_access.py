"""People and access in SQL."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from heartline.errors import Conflict
from heartline.language import _
from heartline.records import (
    UNBOUND,
    ApiToken,
    AuditLine,
    Bounds,
    Right,
    Role,
    SecondFactor,
    SessionLine,
    Standing,
    Team,
    User,
)
from heartline.store import tables as t
from heartline.store import tables_access as ta
from heartline.store.engine import Database


class SqlAccess:
    """See ``KeptAccess``. Mixed into ``SqlKept``."""

    _database: Database

    def _set(self, table: Any, keys: Mapping[str, object], values: Mapping[str, object]) -> None:  # noqa: ANN401
        """Insert a row or replace it. ``table`` is any of ours."""
        statement = self._insert()(table).values(**keys, **values)
        with self._database.write() as db:
            db.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=dict(values)))

    def _insert(self) -> Any:  # noqa: ANN401  # the insert of either dialect
        return postgresql.insert if self._database.engine.dialect.name == "postgresql" else sqlite.insert

    def all_bounds(self) -> Mapping[int, Bounds]:
        """See ``KeptAccess``."""
        with self._database.read() as db:
            return {row.user_id: _bounds(row.places, row.regions, row.team_id) for row in db.execute(select(ta.bounds))}

    def set_bounds(self, user_id: int, bounds: Bounds) -> None:
        """See ``KeptAccess``."""
        if bounds == UNBOUND:
            with self._database.write() as db:
                db.execute(delete(ta.bounds).where(ta.bounds.c.user_id == user_id))
            return
        places, regions = json.dumps(bounds.places), json.dumps(bounds.regions)
        values = {"places": places, "regions": regions, "team_id": bounds.team_id}
        self._set(ta.bounds, {"user_id": user_id}, values)

    def standing(self, user_id: int, token_hash: bytes = b"") -> Standing:
        """See ``KeptAccess``."""
        b, f, m = ta.bounds.c, ta.second_factors.c, ta.session_marks.c
        joined = (
            t.users.outerjoin(ta.bounds, b.user_id == t.users.c.id)
            .outerjoin(ta.second_factors, f.user_id == t.users.c.id)
            .outerjoin(ta.session_marks, m.token_hash == token_hash)
        )
        asked = select(b.places, b.regions, b.team_id, f.confirmed, m.seen_us, m.way).select_from(joined)
        with self._database.read() as db:
            row = db.execute(asked.where(t.users.c.id == user_id)).one_or_none()
        if row is None:
            return Standing()
        bounds = UNBOUND if row.places is None else _bounds(row.places, row.regions, row.team_id)
        return Standing(bounds=bounds, guarded=bool(row.confirmed), seen_us=row.seen_us or 0, way=row.way or "")

    def teams(self) -> list[Team]:
        """See ``KeptAccess``."""
        with self._database.read() as db:
            rows = db.execute(select(ta.teams).order_by(ta.teams.c.name))
            return [Team(team_id=row.id, name=row.name) for row in rows]

    def add_team(self, name: str) -> Team:
        """See ``KeptAccess``."""
        try:
            with self._database.write() as db:
                number = db.execute(insert(ta.teams).values(name=name).returning(ta.teams.c.id)).scalar_one()
        except IntegrityError as error:
            raise Conflict(
                "team_taken", _("There is a team {name} already.").format(name=name), _("Choose another name.")
            ) from error
        return Team(team_id=number, name=name)

    def drop_team(self, team_id: int) -> None:
        """See ``KeptAccess``."""
        with self._database.write() as db:
            db.execute(delete(ta.teams).where(ta.teams.c.id == team_id))
            db.execute(delete(ta.case_teams).where(ta.case_teams.c.team_id == team_id))
            db.execute(update(ta.bounds).where(ta.bounds.c.team_id == team_id).values(team_id=0))

    def case_teams(self) -> Mapping[int, int]:
        """See ``KeptAccess``."""
        with self._database.read() as db:
            return {row.case_id: row.team_id for row in db.execute(select(ta.case_teams))}

    def set_case_team(self, case_id: int, team_id: int) -> None:
        """See ``KeptAccess``."""
        if team_id:
            self._set(ta.case_teams, {"case_id": case_id}, {"team_id": team_id})
            return
        with self._database.write() as db:
            db.execute(delete(ta.case_teams).where(ta.case_teams.c.case_id == case_id))

    def mark_session(self, token_hash: bytes, *, at_us: int, address: str, agent: str, way: str | None = None) -> None:
        """See ``KeptAccess``."""
        marks, make = ta.session_marks.c.token_hash, self._insert()
        seen = {"seen_us": at_us, "address": address, "agent": agent}
        told = seen if way is None else {**seen, "way": way}
        kept = make(ta.session_marks).values(token_hash=token_hash, **{"way": "", **told})
        with self._database.write() as db:
            db.execute(kept.on_conflict_do_update(index_elements=["token_hash"], set_=told))
            db.execute(delete(ta.session_marks).where(marks.not_in(select(t.sessions.c.token_hash))))

    def sessions_of(self, user_id: int, *, now_us: int) -> list[SessionLine]:
        """See ``KeptAccess``."""
        s, m = t.sessions.c, ta.session_marks.c
        asked = (
            select(s.token_hash, s.created_us, s.expires_us, m.seen_us, m.address, m.agent, m.way)
            .select_from(t.sessions.outerjoin(ta.session_marks, m.token_hash == s.token_hash))
            .where(s.user_id == user_id, s.expires_us > now_us)
            .order_by(s.created_us.desc())
        )
        with self._database.read() as db:
            return [
                SessionLine(
                    token_hash=bytes(row.token_hash),
                    created_us=row.created_us,
                    expires_us=row.expires_us,
                    seen_us=row.seen_us or row.created_us,
                    address=row.address or "",
                    agent=row.agent or "",
                    way=row.way or "",
                )
                for row in db.execute(asked)
            ]

    def end_sessions(self, user_id: int, *, but: bytes = b"") -> int:
        """See ``KeptAccess``."""
        s = t.sessions.c
        with self._database.write() as db:
            return db.execute(delete(t.sessions).where(s.user_id == user_id, s.token_hash != but)).rowcount

    def second_factor(self, user_id: int) -> SecondFactor | None:
        """See ``KeptAccess``."""
        with self._database.read() as db:
            row = db.execute(select(ta.second_factors).where(ta.second_factors.c.user_id == user_id)).one_or_none()
        if row is None:
            return None
        return SecondFactor(secret=row.secret, confirmed=row.confirmed, last_step=row.last_step)

    def set_second_factor(self, user_id: int, *, secret: str, confirmed: bool, last_step: int = 0) -> None:
        """See ``KeptAccess``."""
        values = {"secret": secret, "confirmed": confirmed, "last_step": last_step}
        self._set(ta.second_factors, {"user_id": user_id}, values)

    def use_step(self, user_id: int, step: int) -> bool:
        """See ``KeptAccess``."""
        f = ta.second_factors.c
        used = update(ta.second_factors).where(f.user_id == user_id, f.last_step < step).values(last_step=step)
        with self._database.write() as db:
            return db.execute(used).rowcount == 1

    def drop_second_factor(self, user_id: int) -> None:
        """See ``KeptAccess``."""
        with self._database.write() as db:
            db.execute(delete(ta.second_factors).where(ta.second_factors.c.user_id == user_id))
            db.execute(delete(ta.recovery_codes).where(ta.recovery_codes.c.user_id == user_id))

    def set_recovery_codes(self, user_id: int, hashes: Collection[bytes]) -> None:
        """See ``KeptAccess``."""
        with self._database.write() as db:
            db.execute(delete(ta.recovery_codes).where(ta.recovery_codes.c.user_id == user_id))
            if hashes:
                db.execute(insert(ta.recovery_codes), [{"user_id": user_id, "code_hash": one} for one in hashes])

    def use_recovery_code(self, user_id: int, code_hash: bytes) -> bool:
        """See ``KeptAccess``."""
        r = ta.recovery_codes.c
        with self._database.write() as db:
            gone = db.execute(delete(ta.recovery_codes).where(r.user_id == user_id, r.code_hash == code_hash))
            return gone.rowcount == 1

    def recovery_left(self, user_id: int) -> int:
        """See ``KeptAccess``."""
        r = ta.recovery_codes.c
        with self._database.read() as db:
            return db.execute(
                select(func.count()).select_from(ta.recovery_codes).where(r.user_id == user_id)
            ).scalar_one()

    def guarded_users(self) -> set[int]:
        """See ``KeptAccess``."""
        f = ta.second_factors.c
        with self._database.read() as db:
            return set(db.execute(select(f.user_id).where(f.confirmed)).scalars())

    def add_api_token(
        self,
        token_hash: bytes,
        *,
        user_id: int,
        name: str,
        rights: frozenset[Right],
        places: tuple[str, ...],
        expires_us: int,
    ) -> ApiToken:
        """See ``KeptAccess``."""
        values = {
            "token_hash": token_hash,
            "user_id": user_id,
            "name": name,
            "rights": json.dumps(sorted(rights)),
            "places": json.dumps(places),
            "created_us": time.time_ns() // 1_000,
            "expires_us": expires_us,
            "used_us": 0,
        }
        with self._database.write() as db:
            number = db.execute(insert(ta.api_tokens).values(**values).returning(ta.api_tokens.c.id)).scalar_one()
            return _token(db.execute(select(ta.api_tokens).where(ta.api_tokens.c.id == number)).one())

    def api_token(self, token_hash: bytes, *, now_us: int) -> tuple[User, ApiToken] | None:
        """See ``KeptAccess``."""
        a, u = ta.api_tokens.c, t.users.c
        with self._database.read() as db:
            alive = (a.token_hash == token_hash, a.expires_us > now_us)
            row = db.execute(select(ta.api_tokens).where(*alive)).one_or_none()
            if row is None:
                return None
            user = db.execute(select(t.users).where(u.id == row.user_id, u.enabled)).one_or_none()
        return None if user is None else (read_user(user), _token(row))

    def api_tokens(self, user_id: int | None = None) -> list[ApiToken]:
        """See ``KeptAccess``."""
        asked = select(ta.api_tokens).order_by(ta.api_tokens.c.id.desc())
        if user_id is not None:
            asked = asked.where(ta.api_tokens.c.user_id == user_id)
        with self._database.read() as db:
            return [_token(row) for row in db.execute(asked)]

    def use_api_token(self, token_id: int, *, at_us: int) -> None:
        """See ``KeptAccess``."""
        with self._database.write() as db:
            db.execute(update(ta.api_tokens).where(ta.api_tokens.c.id == token_id).values(used_us=at_us))

    def drop_api_token(self, token_id: int) -> None:
        """See ``KeptAccess``."""
        with self._database.write() as db:
            db.execute(delete(ta.api_tokens).where(ta.api_tokens.c.id == token_id))

    def audit(
        self, *, limit: int, before: int | None = None, who: str = "", what: str = "", about: str = ""
    ) -> list[AuditLine]:
        """See ``KeptAccess``."""
        a = t.audit.c
        asked = select(t.audit).order_by(a.id.desc()).limit(limit)
        if before is not None:
            asked = asked.where(a.id < before)
        if who:
            asked = asked.where(a.who == who)
        if what:
            asked = asked.where(a.what.startswith(what, autoescape=True))
        if about:
            asked = asked.where(a.detail.contains(about, autoescape=True))
        with self._database.read() as db:
            return [
                AuditLine(audit_id=row.id, at_us=row.at_us, who=row.who, what=row.what, detail=row.detail)
                for row in db.execute(asked)
            ]

    def audit_names(self) -> tuple[list[str], list[str]]:
        """See ``KeptAccess``."""
        a = t.audit.c
        with self._database.read() as db:
            who = db.execute(select(a.who).distinct().order_by(a.who)).scalars().all()
            what = db.execute(select(a.what).distinct().order_by(a.what)).scalars().all()
        return list(who), list(what)

    def drop_audit(self, *, before_us: int) -> int:
        """See ``KeptAccess``."""
        with self._database.write() as db:
            return db.execute(delete(t.audit).where(t.audit.c.at_us < before_us)).rowcount


def _bounds(places: str, regions: str, team_id: int) -> Bounds:
    return Bounds(places=tuple(json.loads(places)), regions=tuple(json.loads(regions)), team_id=team_id)


def _token(row: Row[Any]) -> ApiToken:
    known = set(Right)
    return ApiToken(
        token_id=row.id,
        user_id=row.user_id,
        name=row.name,
        # A right that a later version took back grants nothing.
        rights=frozenset(Right(right) for right in json.loads(row.rights) if right in known),
        places=tuple(json.loads(row.places)),
        created_us=row.created_us,
        expires_us=row.expires_us,
        used_us=row.used_us,
    )


def read_user(row: Row[Any]) -> User:
    """Return the user of a row of users."""
    return User(
        user_id=row.id,
        email=row.email,
        name=row.name,
        role=Role(row.role),
        language=row.language,
        created_us=row.created_us,
        enabled=row.enabled,
    )
