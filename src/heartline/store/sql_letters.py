"""Letters out in SQL: queued durably, each once by its key, and marked after each attempt."""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection
from hashlib import blake2b
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from heartline.errors import Invalid, Missing, Unavailable
from heartline.language import _
from heartline.records import (
    IdentifierKind,
    Letter,
    LetterKind,
    LetterState,
    Posted,
    hash_token,
    is_address,
    make_token,
    normalise,
)
from heartline.store.engine import Database
from heartline.store.tables_letters import confirmations, letters, ways_out

MOST_LETTERS_WAITING: Final = 200_000
"""How many letters may wait; over it nothing more is taken."""
LETTERS_KEPT: Final = 20_000
"""How many letters that are over are kept to be looked at."""
_TRIMMED_EVERY: Final = 500
_WAITING: Final = LetterState.WAITING.value
_l: Final = letters.c
_w: Final = ways_out.c


def insert_letter(db: Connection, letter: Letter, *, handle: str, secret: bytes) -> Posted:
    """Queue a letter in the caller's transaction; see ``KeptLetters.queue_letter``."""
    if not is_address(letter.to):
        raise Invalid(
            "bad_address",
            _("“{address}” is no address that e-mail can be sent to.").format(address=letter.to[:80]),
            _("Write it as name@example.com."),
        )
    had = db.execute(select(letters).where(_l.letter_key == letter.key)).one_or_none()
    if had is not None:
        return _posted(had)
    if (db.execute(select(func.count()).where(_l.state == _WAITING)).scalar() or 0) >= MOST_LETTERS_WAITING:
        raise Unavailable("outbox_full", _("Too many letters wait to be sent."), _("See Settings, Outbox."))
    _open_way_out(db, handle, letter.kind, secret)
    now_us = time.time_ns() // 1_000
    values = {
        "letter_key": letter.key,
        "message_id": secrets.token_hex(16),
        "handle": handle,
        "kind": letter.kind.value,
        "address": letter.to,
        "subject": letter.subject,
        "body": letter.text,
        "html": letter.html,
        "path": letter.path,
        "reply_to": letter.reply_to,
        "language": letter.language,
        "at_us": now_us,
        "due_us": now_us,
        "state": _WAITING,
        "attempts": 0,
        "status": 0,
        "told": "",
        "tried_us": 0,
    }
    number = db.execute(insert(letters).values(**values).returning(_l.id)).scalar_one()
    if number % _TRIMMED_EVERY == 0:
        _forget_oldest(db)
    return _posted(db.execute(select(letters).where(_l.id == number)).one())


class SqlLetters:
    """See ``KeptLetters``. Mixed into ``SqlKept``."""

    _database: Database

    def handle_of_address(self, address: str) -> str:
        """See ``KeptLetters``."""
        hashed = blake2b(key=self._database.secret(), digest_size=16)
        hashed.update(f"{IdentifierKind.EMAIL}\0{normalise(IdentifierKind.EMAIL, address)}".encode("utf-8", "replace"))
        return hashed.hexdigest()

    def queue_letter(self, letter: Letter) -> Posted:
        """See ``KeptLetters``."""
        handle, secret = self.handle_of_address(letter.to), self._database.secret()
        with self._database.write() as db:
            return insert_letter(db, letter, handle=handle, secret=secret)

    def due_letters(self, *, now_us: int, but: Collection[LetterKind] = (), limit: int = 50) -> list[Posted]:
        """See ``KeptLetters``."""
        due = select(letters).where(_l.state == _WAITING, _l.due_us <= now_us)
        due = due.where(_l.kind.not_in([kind.value for kind in but])) if but else due
        with self._database.read() as db:
            return [_posted(row) for row in db.execute(due.order_by(_l.due_us, _l.id).limit(limit))]

    def letters(self, *, limit: int, handles: Collection[str] | None = None) -> list[Posted]:
        """See ``KeptLetters``."""
        asked = select(letters).order_by(_l.id.desc()).limit(limit)
        asked = asked if handles is None else asked.where(_l.handle.in_(list(handles)))
        with self._database.read() as db:
            return [_posted(row) for row in db.execute(asked)]

    def letter(self, letter_id: int) -> Posted:
        """See ``KeptLetters``."""
        with self._database.read() as db:
            row = db.execute(select(letters).where(_l.id == letter_id)).one_or_none()
        if row is None:
            raise _no_letter()
        return _posted(row)

    def letter_of_key(self, key: str) -> Posted | None:
        """See ``KeptLetters``."""
        with self._database.read() as db:
            row = db.execute(select(letters).where(_l.letter_key == key)).one_or_none()
        return None if row is None else _posted(row)

    def letter_states(self) -> dict[LetterState, int]:
        """See ``KeptLetters``."""
        with self._database.read() as db:
            rows = db.execute(select(_l.state, func.count()).group_by(_l.state)).all()
        return {LetterState(state): n for state, n in rows}

    def note_letter(self, posted: Posted) -> None:
        """See ``KeptLetters``."""
        values = {
            "due_us": posted.due_us,
            "state": posted.state.value,
            "attempts": posted.attempts,
            "status": posted.status,
            "told": posted.told,
            "tried_us": posted.tried_us,
        }
        with self._database.write() as db:
            db.execute(update(letters).where(_l.id == posted.letter_id).values(**values))

    def send_letter_again(self, letter_id: int, *, now_us: int) -> None:
        """See ``KeptLetters``."""
        values = {"state": _WAITING, "attempts": 0, "due_us": now_us}
        with self._database.write() as db:
            over = update(letters).where(_l.id == letter_id, _l.state != _WAITING)
            if not db.execute(over.values(**values)).rowcount:
                raise _no_letter()

    def find_way_out(self, token_hash: str) -> tuple[str, LetterKind] | None:
        """See ``KeptLetters``."""
        with self._database.read() as db:
            row = db.execute(select(_w.handle, _w.kind).where(_w.token_hash == token_hash)).one_or_none()
        return None if row is None else (row.handle, LetterKind(row.kind))

    def unsubscribe(self, handle: str, kind: LetterKind, *, now_us: int) -> bool:
        """See ``KeptLetters``."""
        secret = self._database.secret()
        with self._database.write() as db:
            return stop_letters(db, handle, kind, secret, now_us=now_us)

    def is_unsubscribed(self, handle: str, kind: LetterKind) -> bool:
        """See ``KeptLetters``."""
        asked = select(_w.handle).where(_w.handle == handle, _w.kind == kind.value, _w.unsubscribed_us > 0)
        with self._database.read() as db:
            return db.execute(asked).first() is not None

    def forget_letters(self, handles: Collection[str]) -> int:
        """See ``KeptLetters``."""
        with self._database.write() as db:
            # What they agreed to goes with the letter that asked them.
            db.execute(delete(confirmations).where(confirmations.c.handle.in_(list(handles))))
            return db.execute(delete(letters).where(_l.handle.in_(list(handles)))).rowcount

    def count_letters(self, *, before_us: int) -> int:
        """See ``KeptLetters``."""
        asked = select(func.count()).select_from(letters).where(_l.at_us < before_us, _l.state != _WAITING)
        with self._database.read() as db:
            return int(db.execute(asked).scalar() or 0)

    def drop_letters(self, *, before_us: int) -> int:
        """See ``KeptLetters``."""
        with self._database.write() as db:
            return db.execute(delete(letters).where(_l.at_us < before_us, _l.state != _WAITING)).rowcount


def stop_letters(db: Connection, handle: str, kind: LetterKind, secret: bytes, *, now_us: int) -> bool:
    """Send an address no letter of a kind from now on, in the caller's transaction; return whether that is new."""
    _open_way_out(db, handle, kind, secret)
    first = update(ways_out).where(_w.handle == handle, _w.kind == kind.value, _w.unsubscribed_us == 0)
    return bool(db.execute(first.values(unsubscribed_us=now_us)).rowcount)


def _open_way_out(db: Connection, handle: str, kind: LetterKind, secret: bytes) -> None:
    here = select(_w.handle).where(_w.handle == handle, _w.kind == kind.value)
    if db.execute(here).first() is None:
        token_hash = hash_token(make_token(secret, f"unsubscribe {kind.value}", handle))
        row = {"handle": handle, "kind": kind.value, "token_hash": token_hash, "unsubscribed_us": 0}
        db.execute(insert(ways_out).values(**row))


def _forget_oldest(db: Connection) -> None:
    over = select(_l.id).where(_l.state != _WAITING).order_by(_l.id.desc()).offset(LETTERS_KEPT).limit(1)
    last = db.execute(over).scalar()
    if last is not None:
        db.execute(delete(letters).where(_l.state != _WAITING, _l.id <= last))


def _no_letter() -> Missing:
    return Missing("no_letter", _("There is no such letter any more."), _("See Settings, Outbox."))


def _posted(row: Row[Any]) -> Posted:
    return Posted(
        letter_id=row.id,
        letter=Letter(
            to=row.address,
            subject=row.subject,
            text=row.body,
            kind=LetterKind(row.kind),
            key=row.letter_key,
            html=row.html,
            path=row.path,
            reply_to=row.reply_to,
            language=row.language,
        ),
        handle=row.handle,
        message_id=row.message_id,
        at_us=row.at_us,
        due_us=row.due_us,
        state=LetterState(row.state),
        attempts=row.attempts,
        status=row.status,
        told=row.told,
        tried_us=row.tried_us,
    )
