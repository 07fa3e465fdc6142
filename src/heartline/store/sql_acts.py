"""The removing half of a micro-batch in SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, func, select

from heartline.records import INDEX_BITS, Node
from heartline.store import tables as t
from heartline.store import tables_acts as ta
from heartline.store.history import SeqRange
from heartline.store.identifier_book import IdentifierBook
from heartline.store.sql_identity import STAFF_BUCKET
from heartline.store.sql_messages import MessagePage
from heartline.store.statements import delete_in, insert_rows, select_in, update_rows, upsert_rows


class SqlRemoving:
    """See ``RemovingBatch``. Mixed into the batch, whose connection and cache it uses."""

    _db: Connection
    _known: dict[tuple[str, str], Node]
    _book: IdentifierBook
    _messages: MessagePage
    changed: dict[bytes, Node]
    dropped: bool

    def _next_identity_seq(self) -> int:
        raise NotImplementedError

    def removed(self) -> list[SeqRange]:
        """See ``RemovingBatch``."""
        c = ta.removals.c
        rows = self._db.execute(select(c.first_seq, c.last_seq).order_by(c.first_seq)).all()
        return [(first, last) for first, last in rows]

    def add_removal(self, act_seq: int, ranges: Sequence[SeqRange]) -> None:
        """See ``RemovingBatch``."""
        c = ta.mended.c
        if ranges:
            rows = [{"first": first, "last": last} for first, last in ranges]
            self._db.execute(delete(ta.mended).where(c.seq >= bindparam("first"), c.seq <= bindparam("last")), rows)
        insert_rows(self._db, ta.removals, [(act_seq, first, last) for first, last in ranges])

    def drop_messages(self, keys: Collection[bytes]) -> None:
        """See ``RemovingBatch``."""
        self._messages.drop(keys)

    def refused_among(self, seqs: Collection[int]) -> set[int]:
        """See ``RemovingBatch``."""
        c = t.refused.c
        return {seq for (seq,) in select_in(self._db, (c.seq,), (c.seq,), seqs)}

    def add_mended(self, events: Mapping[int, str]) -> None:
        """See ``RemovingBatch``."""
        rows = [(seq, seq >> INDEX_BITS, event) for seq, event in events.items()]
        upsert_rows(self._db, ta.mended, rows, replace=("event",))

    def mended_of(self, body_seqs: Collection[int]) -> Mapping[int, str]:
        """See ``RemovingBatch``."""
        return read_mended(self._db, body_seqs)

    def drop_refused(self, ranges: Sequence[SeqRange]) -> Mapping[int, int]:
        """See ``RemovingBatch``."""
        c = t.refused.c
        dropped: Counter[int] = Counter()
        freed = 0
        for first, last in ranges:
            within = (c.seq >= first, c.seq <= last)
            told = select(c.source_id, func.count(), func.sum(func.length(c.raw))).where(*within).group_by(c.source_id)
            for source_id, n, size in self._db.execute(told):
                dropped[source_id] += n
                freed += int(size or 0)
            if dropped:
                self._db.execute(delete(t.refused).where(*within))
        if freed:
            name = t.offsets.c.name == "refused_bytes"
            self._db.execute(t.offsets.update().where(name).values(value=t.offsets.c.value - freed))
        return dropped

    def drop_traits(self, subject_ids: Collection[int], message_keys: Collection[bytes]) -> None:
        """See ``RemovingBatch``."""
        c = t.trait_sets.c
        gone = set(message_keys)
        rows = [
            {"s": subject, "at": ts_us, "key": key}
            for subject, ts_us, key in select_in(
                self._db, (c.subject_id, c.ts_us, c.message_key), (c.subject_id,), subject_ids
            )
            if bytes(key) in gone
        ]
        if rows:
            same = (c.subject_id == bindparam("s"), c.ts_us == bindparam("at"), c.message_key == bindparam("key"))
            self._db.execute(delete(t.trait_sets).where(*same), rows)

    def drop_evidence(self, pairs: Collection[tuple[int, int]]) -> None:
        """See ``RemovingBatch``."""
        c = t.evidence.c
        rows = [{"a": min(pair), "b": max(pair)} for pair in pairs]
        if rows:
            same = (c.left_id == bindparam("a"), c.right_id == bindparam("b"), c.bucket != STAFF_BUCKET)
            self._db.execute(delete(t.evidence).where(*same), rows)

    def restate(self, claims: Mapping[int, tuple[bool, int]]) -> None:
        """See ``RemovingBatch``."""
        c = t.identifiers.c
        rows = [(strong, first_us, number) for number, (strong, first_us) in claims.items()]
        update_rows(self._db, (c.strong, c.first_us), c.id, rows)
        self._forget_identifiers()

    def drop_identifiers(self, ids: Collection[int]) -> set[int]:
        """See ``RemovingBatch``."""
        lost = self.owners_ever(ids)
        if lost:
            self._next_identity_seq()
        delete_in(self._db, t.ownership.c.subject_id, ids)
        delete_in(self._db, t.trait_sets.c.subject_id, ids)
        delete_in(self._db, t.identifiers.c.id, ids)
        self._forget_identifiers()
        return lost

    def _forget_identifiers(self) -> None:
        self._known.clear()
        self._book.forget()
        self.changed = {}
        self.dropped = True

    def owners_ever(self, ids: Collection[int]) -> set[int]:
        """See ``RemovingBatch``."""
        c = t.ownership.c
        return {customer for (customer,) in select_in(self._db, (c.customer_id,), (c.subject_id,), ids)}


def read_mended(db: Connection, body_seqs: Collection[int]) -> dict[int, str]:
    """Return the mended events of some bodies, by seq."""
    c = ta.mended.c
    return dict(tuple(row) for row in select_in(db, (c.seq, c.event), (c.body_seq,), body_seqs))
