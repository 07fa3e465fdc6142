"""Suggestions in SQL: the walk over all people, and the queue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, Select, delete, func, insert, or_, select, update

from heartline.errors import Conflict, Missing
from heartline.language import _
from heartline.records import Clue, IdentifierKind, Profile, Suggestion, SuggestionStatus
from heartline.store import tables as t
from heartline.store.engine import Database
from heartline.store.statements import select_in
from heartline.store.suggestions import NewSuggestion
from heartline.store.tables_suggestions import suggestions

_WALK: Final = 5_000
_c: Final = suggestions.c
_read_clues: Final = msgspec.json.Decoder(tuple[tuple[str, str, float], ...]).decode
_read_traits: Final = msgspec.json.Decoder(dict[str, Any]).decode


class SqlPeople:
    """See ``DerivedPeople``."""

    _database: Database

    def walk_profiles(self) -> Iterator[Profile]:
        """See ``DerivedPeople``."""
        i, p = t.identifiers.c, t.profiles.c
        columns = (p.customer_id, i.handle, i.first_us, p.name, p.email, p.phone, p.traits)
        last = 0
        while True:
            part = (
                select(*columns)
                .select_from(t.profiles.join(t.identifiers, p.customer_id == i.id))
                .where(p.customer_id > last)
                .order_by(p.customer_id)
                .limit(_WALK)
            )
            with self._database.read() as db:
                rows = db.execute(part).all()
            for row in rows:
                yield Profile(
                    customer_id=row.customer_id,
                    ref=row.handle.hex(),
                    name=row.name,
                    email=row.email,
                    phone=row.phone,
                    traits=_read_traits(row.traits),
                    first_us=row.first_us,
                )
            if len(rows) < _WALK:
                return
            last = rows[-1].customer_id

    def strong_handles(self, customer_ids: Collection[int]) -> Mapping[int, Mapping[IdentifierKind, frozenset[bytes]]]:
        """See ``DerivedPeople``."""
        i, o = t.identifiers.c, t.ownership.c
        found: dict[int, defaultdict[IdentifierKind, set[bytes]]] = {c: defaultdict(set) for c in customer_ids}
        with self._database.read() as db:
            owned: defaultdict[int, list[int]] = defaultdict(list)
            for subject, customer in select_in(db, (o.subject_id, o.customer_id), (o.customer_id,), customer_ids):
                owned[subject].append(customer)
            for number, handle, kind, strong in select_in(db, (i.id, i.handle, i.kind, i.strong), (i.id,), owned):
                for customer in owned[number] if strong else ():
                    found[customer][IdentifierKind(kind)].add(bytes(handle))
        return {c: {kind: frozenset(handles) for kind, handles in by.items()} for c, by in found.items()}

    def owners_of_handles(self, handles: Collection[str]) -> Mapping[str, int]:
        """See ``DerivedPeople``."""
        i, o = t.identifiers.c, t.ownership.c
        with self._database.read() as db:
            wanted = [bytes.fromhex(handle) for handle in handles]
            numbers = {number: bytes(h).hex() for number, h in select_in(db, (i.id, i.handle), (i.handle,), wanted)}
            latest: dict[int, tuple[int, int]] = {}
            for subject, from_us, owner in select_in(
                db, (o.subject_id, o.from_us, o.customer_id), (o.subject_id,), numbers
            ):
                latest[subject] = max(latest.get(subject, (from_us, owner)), (from_us, owner))
        return {numbers[subject]: owner for subject, (_rest, owner) in latest.items()}


class SqlSuggestions:
    """See ``KeptSuggestions``."""

    _database: Database

    def renew_suggestions(self, found: Sequence[NewSuggestion], *, at_us: int) -> None:
        """See ``KeptSuggestions``."""
        is_open = _c.status == SuggestionStatus.OPEN.value
        with self._database.write() as db:
            had = {
                (row.left_handle, row.right_handle): (row.id, row.found_us)
                for row in db.execute(select(_c.id, _c.left_handle, _c.right_handle, _c.found_us).where(is_open))
            }
            db.execute(delete(suggestions).where(is_open))
            stays, comes = [], []
            for new in found:
                values = _values(new)
                before = had.get((new.left, new.right))
                if before is None:
                    comes.append({**values, "found_us": at_us})
                else:
                    stays.append({**values, "id": before[0], "found_us": before[1]})
            for rows in (stays, comes):
                if rows:
                    db.execute(insert(suggestions), rows)

    def suggestions(
        self, status: SuggestionStatus, *, limit: int, skip: int = 0, over_limit: bool | None = None
    ) -> list[Suggestion]:
        """See ``KeptSuggestions``."""
        statement = _of(select(suggestions), status, over_limit).limit(limit).offset(skip)
        if status is SuggestionStatus.OPEN:
            statement = statement.order_by(_c.probability.desc(), _c.left_handle, _c.right_handle)
        else:
            statement = statement.order_by(_c.decided_us.desc(), _c.id.desc())
        with self._database.read() as db:
            return [_suggestion(row) for row in db.execute(statement)]

    def decided_suggestions(self) -> list[Suggestion]:
        """See ``KeptSuggestions``."""
        statement = select(suggestions).where(_c.status != SuggestionStatus.OPEN.value).order_by(_c.decided_us, _c.id)
        with self._database.read() as db:
            return [_suggestion(row) for row in db.execute(statement)]

    def suggestion(self, suggestion_id: int) -> Suggestion:
        """See ``KeptSuggestions``."""
        with self._database.read() as db:
            return _suggestion(_find(db, suggestion_id))

    def count_suggestions(self, status: SuggestionStatus, *, over_limit: bool | None = None) -> int:
        """See ``KeptSuggestions``."""
        statement = _of(select(func.count()).select_from(suggestions), status, over_limit)
        with self._database.read() as db:
            return int(db.execute(statement).scalar_one())

    def decide_suggestion(self, suggestion_id: int, status: SuggestionStatus, *, by: str, at_us: int) -> Suggestion:
        """See ``KeptSuggestions``."""
        with self._database.write() as db:
            was = _suggestion(_find(db, suggestion_id))
            back = status is SuggestionStatus.OPEN
            if (was.status is SuggestionStatus.OPEN) is back:
                raise Conflict(
                    "suggestion_decided",
                    _("Nobody has decided this pair yet.")
                    if back
                    else _("{decided_by} has decided this pair already.").format(decided_by=was.decided_by),
                    _("Look at the queue again."),
                )
            values = {
                "status": status.value,
                "decided_us": None if back else at_us,
                "decided_by": "" if back else by,
            }
            db.execute(update(suggestions).where(_c.id == suggestion_id).values(**values))
            return _suggestion(_find(db, suggestion_id))

    def forget_suggestions(self, handles: Collection[str]) -> int:
        """See ``KeptSuggestions``."""
        wanted, gone = list(handles), 0
        with self._database.write() as db:
            for start in range(0, len(wanted), 500):
                part = wanted[start : start + 500]
                named = or_(_c.left_handle.in_(part), _c.right_handle.in_(part))
                gone += db.execute(delete(suggestions).where(named)).rowcount
        return gone


def _of(statement: Select[Any], status: SuggestionStatus, over_limit: bool | None) -> Select[Any]:  # noqa: FBT001  # an optional filter
    statement = statement.where(_c.status == status.value)
    return statement if over_limit is None else statement.where(_c.over_limit == over_limit)


def _find(db: Connection, suggestion_id: int) -> Row[Any]:
    row = db.execute(select(suggestions).where(_c.id == suggestion_id)).one_or_none()
    if row is None:
        raise Missing(
            "no_suggestion",
            _("This pair is no longer suggested: what is known of the two has changed."),
            _("See the queue of possible duplicates."),
        )
    return row


def _values(new: NewSuggestion) -> dict[str, object]:
    clues = [(clue.column, clue.level, clue.bits) for clue in new.clues]
    return {
        "left_handle": new.left,
        "right_handle": new.right,
        "probability": new.probability,
        "start_bits": new.start_bits,
        "clues": msgspec.json.encode(clues).decode(),
        "over_limit": new.over_limit,
        "status": SuggestionStatus.OPEN.value,
        "decided_us": None,
        "decided_by": "",
    }


def _suggestion(row: Row[Any]) -> Suggestion:
    return Suggestion(
        suggestion_id=row.id,
        left=row.left_handle,
        right=row.right_handle,
        probability=row.probability,
        start_bits=row.start_bits,
        clues=tuple(Clue(column=column, level=level, bits=bits) for column, level, bits in _read_clues(row.clues)),
        over_limit=row.over_limit,
        status=SuggestionStatus(row.status),
        found_us=row.found_us,
        decided_us=row.decided_us,
        decided_by=row.decided_by,
    )
