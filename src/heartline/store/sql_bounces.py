"""Which addresses can be written to, in SQL. A question and its letter are one transaction."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import Row, func, insert, or_, select, update

from heartline.records import (
    Bounce,
    BounceCounts,
    BounceKind,
    BounceNotice,
    Confirmation,
    Letter,
    LetterKind,
    hash_token,
    make_token,
)
from heartline.store.engine import Database
from heartline.store.sql_letters import insert_letter, stop_letters
from heartline.store.tables_letters import bounces, confirmations

_b: Final = bounces.c
_c: Final = confirmations.c
LISTS: Final = (LetterKind.SURVEY, LetterKind.ALERT, LetterKind.DIGEST)
"""What who complains gets no more of."""


class SqlBounces:
    """See ``KeptBounces``. Mixed into ``SqlKept``."""

    _database: Database

    def note_bounce(self, notice: BounceNotice) -> bool:
        """See ``KeptBounces``."""
        secret = self._database.secret()
        with self._database.write() as db:
            had = db.execute(select(bounces).where(_b.handle == notice.handle)).one_or_none()
            if had is None:
                db.execute(insert(bounces).values(**_nothing(notice.handle)))
            elif 0 < notice.seq <= had.seq:
                return False
            held_us, complained_us = (0, 0) if had is None else (had.held_us, had.complained_us)
            soft = 0 if had is None else had.soft
            hard, complains = notice.kind is BounceKind.HARD, notice.kind is BounceKind.COMPLAINT
            values = {
                "held_us": held_us or (notice.at_us if hard else 0),
                "complained_us": complained_us or (notice.at_us if complains else 0),
                "soft": soft + (notice.kind is BounceKind.SOFT),
                "last_us": notice.at_us,
                "status": notice.status,
                "told_by": notice.told_by,
                "seq": max(notice.seq, 0 if had is None else had.seq),
            }
            db.execute(update(bounces).where(_b.handle == notice.handle).values(**values))
            for kind in LISTS if complains else ():
                stop_letters(db, notice.handle, kind, secret, now_us=notice.at_us)
            return (hard and not held_us) or (complains and not complained_us)

    def bounce_of(self, handle: str) -> Bounce | None:
        """See ``KeptBounces``."""
        return next(iter(self.bounces(limit=1, handles=[handle])), None)

    def bounces(self, *, limit: int, handles: Collection[str] | None = None) -> list[Bounce]:
        """See ``KeptBounces``."""
        # Who is held back or complained stands before those who were only away.
        graver = or_(_b.held_us > 0, _b.complained_us > 0)
        asked = select(bounces).order_by(graver.desc(), _b.last_us.desc(), _b.handle).limit(limit)
        asked = asked if handles is None else asked.where(_b.handle.in_(list(handles)))
        with self._database.read() as db:
            return [_bounce(row) for row in db.execute(asked)]

    def bounce_counts(self) -> BounceCounts:
        """See ``KeptBounces``."""
        with self._database.read() as db:
            held = db.execute(select(func.count()).where(_b.held_us > 0)).scalar() or 0
            soft = db.execute(select(func.count()).where(_b.soft > 0, _b.held_us == 0)).scalar() or 0
            complaints = db.execute(select(func.count()).where(_b.complained_us > 0)).scalar() or 0
        return BounceCounts(held=held, soft=soft, complaints=complaints)

    def lift_bounce(self, handle: str) -> bool:
        """See ``KeptBounces``."""
        with self._database.write() as db:
            lifted = update(bounces).where(_b.handle == handle, _b.held_us > 0).values(held_us=0)
            return bool(db.execute(lifted).rowcount)

    def ask_confirmation(self, asked: Confirmation, letter: Letter, *, not_since_us: int) -> bool:
        """See ``KeptBounces``."""
        secret = self._database.secret()
        with self._database.write() as db:
            had = db.execute(select(confirmations).where(_c.handle == asked.handle)).one_or_none()
            if had is not None and (had.confirmed_us or had.asked_us > not_since_us):
                return False
            if db.execute(select(_c.handle).where(_c.cause == asked.cause, _c.handle != asked.handle)).first():
                return False
            values = {
                "purpose": asked.purpose,
                "cause": asked.cause,
                "wording": asked.wording,
                "language": asked.language,
                "letter_key": letter.key,
                "token_hash": hash_token(make_token(secret, letter.kind.value, letter.key)),
                "asked_us": asked.asked_us,
                "confirmed_us": 0,
            }
            if had is None:
                db.execute(insert(confirmations).values(handle=asked.handle, **values))
            else:
                db.execute(update(confirmations).where(_c.handle == asked.handle).values(**values))
            insert_letter(db, letter, handle=asked.handle, secret=secret)
            return True

    def confirmation_of(self, handle: str) -> Confirmation | None:
        """See ``KeptBounces``."""
        with self._database.read() as db:
            row = db.execute(select(confirmations).where(_c.handle == handle)).one_or_none()
        return None if row is None else _confirmation(row)

    def confirmation_by_link(self, token_hash: str) -> Confirmation | None:
        """See ``KeptBounces``."""
        with self._database.read() as db:
            row = db.execute(select(confirmations).where(_c.token_hash == token_hash)).one_or_none()
        return None if row is None else _confirmation(row)

    def confirm_address(self, handle: str, *, now_us: int) -> bool:
        """See ``KeptBounces``."""
        with self._database.write() as db:
            first = update(confirmations).where(_c.handle == handle, _c.confirmed_us == 0)
            return bool(db.execute(first.values(confirmed_us=now_us)).rowcount)

    def confirmation_counts(self) -> tuple[int, int]:
        """See ``KeptBounces``."""
        with self._database.read() as db:
            waiting = db.execute(select(func.count()).where(_c.confirmed_us == 0)).scalar() or 0
            confirmed = db.execute(select(func.count()).where(_c.confirmed_us > 0)).scalar() or 0
        return waiting, confirmed

    def count_asked(self, *, since_us: int) -> int:
        """See ``KeptBounces``."""
        with self._database.read() as db:
            return int(db.execute(select(func.count()).where(_c.asked_us >= since_us)).scalar() or 0)


def _nothing(handle: str) -> dict[str, Any]:
    none = {"held_us": 0, "soft": 0, "complained_us": 0, "last_us": 0, "seq": 0}
    return {"handle": handle, "status": "", "told_by": "", **none}


def _bounce(row: Row[Any]) -> Bounce:
    return Bounce(
        handle=row.handle,
        held_us=row.held_us,
        soft=row.soft,
        complained_us=row.complained_us,
        last_us=row.last_us,
        status=row.status,
        told_by=row.told_by,
    )


def _confirmation(row: Row[Any]) -> Confirmation:
    return Confirmation(
        handle=row.handle,
        purpose=row.purpose,
        cause=row.cause,
        wording=row.wording,
        language=row.language,
        letter_key=row.letter_key,
        asked_us=row.asked_us,
        confirmed_us=row.confirmed_us,
    )
