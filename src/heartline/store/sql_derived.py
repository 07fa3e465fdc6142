"""Derived State in SQL: what the projector writes and the pages read."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import blake2b

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, or_, select

from heartline.records import Edge, Identifier, IdentifierKind, KnownIdentifier, Node, Ownership, Profile
from heartline.store import tables as t
from heartline.store import tables_acts as ta
from heartline.store.engine import Database
from heartline.store.history import SeqRange
from heartline.store.identifier_book import IdentifierBook
from heartline.store.sql_acts import read_mended
from heartline.store.sql_batch import (
    Known,
    SqlBatch,
    read_edges,
    read_known,
    read_nodes,
    read_offset,
    write_offset,
)
from heartline.store.sql_identity import SqlIdentity
from heartline.store.sql_messages import MessageBook, MessagePage
from heartline.store.sql_privacy import SqlDerivedPrivacy
from heartline.store.sql_refused import SqlRefused
from heartline.store.sql_suggestions import SqlPeople
from heartline.store.state import Batch, Key, OwnershipTable, Testimony
from heartline.store.statements import select_in
from heartline.store.told_book import ToldBook

_CACHE_LIMIT = 100_000
_read_json = msgspec.json.Decoder().decode


class SqlDerived(SqlPeople, SqlIdentity, SqlDerivedPrivacy, SqlRefused):
    """See ``DerivedState``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Keyed once and copied for each hash: the key is a block of its own, half of what a short hash costs.
        self._keyed = blake2b(key=database.secret(), digest_size=16)
        self._known: Known = {}
        self._book = IdentifierBook()
        self._messages = MessageBook()
        self._told = ToldBook()

    def forget(self) -> None:
        """Read identifiers and messages anew: what is remembered of them was true of another database."""
        self._known.clear()
        self._book.forget()
        self._messages.forget()
        self._told.forget()

    def offset(self) -> int:
        """See ``DerivedState``."""
        with self._database.read() as db:
            return read_offset(db, "journal")

    @contextmanager
    def batch(self, offset: int) -> Iterator[Batch]:
        """See ``DerivedState``."""
        if len(self._known) > _CACHE_LIMIT:
            self._known.clear()
        try:
            with self._database.hold():
                with self._database.write() as db:
                    messages = MessagePage(db, self._messages)
                    batch = SqlBatch(db, handle=self.handle, known=self._known, book=self._book, messages=messages)
                    yield batch
                    write_offset(db, "journal", offset)
                    self._told.announce(batch.told)
                self._told.settle()
                self._messages.take(messages)
                if batch.dropped:
                    self._book.forget()
                else:
                    self._book.take(batch.changed.values())
        except BaseException:
            self.forget()
            raise

    def handle(self, identifier: Identifier) -> bytes:
        """See ``DerivedState``."""
        hashed = self._keyed.copy()
        hashed.update(f"{identifier.kind}\0{identifier.value}".encode("utf-8", "surrogatepass"))
        return hashed.digest()

    def message_key(self, source_id: int, message_id: str) -> bytes:
        """See ``DerivedState``."""
        hashed = self._keyed.copy()
        hashed.update(f"{source_id}\0{message_id}".encode("utf-8", "surrogatepass"))
        return hashed.digest()

    def known_messages(self, keys: Collection[bytes]) -> Mapping[bytes, tuple[int, bytes]]:
        """See ``DerivedState``."""
        with self._database.read() as db:
            return self._messages.find(db, keys)

    def known_nodes(self, identifiers: Collection[Identifier]) -> Mapping[Key, Node]:
        """See ``DerivedState``."""
        with self._database.read() as db:
            return read_known(db, {self.handle(i): i.key for i in identifiers})

    def identifiers(self, ids: Collection[int]) -> list[KnownIdentifier]:
        """See ``DerivedState``."""
        c = t.identifiers.c
        with self._database.read() as db:
            rows = db.execute(select(t.identifiers).where(c.id.in_(list(ids))).order_by(c.first_us, c.handle)).all()
        return [
            KnownIdentifier(
                identifier_id=row.id,
                identifier=Identifier(IdentifierKind(row.kind), row.value, row.strong),
                raw=row.value,
                first_us=row.first_us,
                handle=row.handle.hex(),
            )
            for row in rows
        ]

    def told_since(self, mark: int) -> tuple[int, frozenset[int] | None]:
        """See ``DerivedState``."""
        return self._told.since(mark)

    def ownership(self, *, after: int = 0) -> OwnershipTable:
        """See ``DerivedState``."""
        c = t.ownership.c
        with self._database.read() as db:
            seq = read_offset(db, "identity_seq")
            rows = db.execute(
                select(c.subject_id, c.from_us, c.to_us, c.customer_id).where(
                    c.identity_seq > after, c.identity_seq <= seq
                )
            ).cursor
            # In parts: turning a million tuples into one array holds every other thread up.
            parts = [np.zeros((0, 4), dtype=np.int64)]
            while part := rows.fetchmany(10_000):
                parts.append(np.array(part, dtype=np.int64))
        columns = np.concatenate(parts)
        return OwnershipTable(
            subject_id=columns[:, 0],
            from_us=columns[:, 1],
            to_us=columns[:, 2],
            customer_id=columns[:, 3],
            identity_seq=seq,
        )

    def identity_seq(self) -> int:
        """See ``DerivedState``."""
        with self._database.read() as db:
            return read_offset(db, "identity_seq")

    def customer_of_handle(self, handle_hex: str) -> int | None:
        """See ``DerivedState``."""
        try:
            handle = bytes.fromhex(handle_hex)
        except ValueError:
            return None
        o = t.ownership.c
        statement = (
            select(o.customer_id)
            .select_from(t.identifiers.join(t.ownership, t.identifiers.c.id == o.subject_id))
            .where(t.identifiers.c.handle == handle)
            .order_by(o.from_us.desc())
            .limit(1)
        )
        with self._database.read() as db:
            found = db.execute(statement).scalar()
        return None if found is None else int(found)

    def owned_by(self, customer_id: int) -> list[Ownership]:
        """See ``DerivedState``."""
        c = t.ownership.c
        with self._database.read() as db:
            rows = db.execute(
                select(c.subject_id, c.from_us, c.to_us)
                .where(c.customer_id == customer_id)
                .order_by(c.subject_id, c.from_us)
            ).all()
        return [
            Ownership(subject_id=row.subject_id, from_us=row.from_us, to_us=row.to_us, customer_id=customer_id)
            for row in rows
        ]

    def graph_of(self, customer_id: int) -> tuple[list[Node], list[Edge]]:
        """See ``DerivedState``."""
        subjects = {o.subject_id for o in self.owned_by(customer_id)}
        with self._database.read() as db:
            edges = [e for e in read_edges(db, subjects) if e.left in subjects and e.right in subjects]
            return read_nodes(db, subjects), edges

    def testimony(self, subject_ids: Collection[int], *, limit: int) -> list[Testimony]:
        """See ``DerivedState``."""
        c, wanted = t.evidence.c, list(subject_ids)
        found: dict[tuple[int, int, bool, int], Testimony] = {}
        with self._database.read() as db:
            for side in (c.left_id, c.right_id):
                for start in range(0, len(wanted), 5_000):
                    touching = select(t.evidence).where(side.in_(wanted[start : start + 5_000]))
                    for row in db.execute(touching.order_by(c.ts_us.desc(), c.evidence_id).limit(limit)):
                        edge = Edge(row.evidence_id, row.left_id, row.right_id, row.ts_us, row.strong)
                        found[row.left_id, row.right_id, row.strong, row.bucket] = Testimony(edge, row.source_id)
        return sorted(found.values(), key=lambda said: (-said.edge.ts_us, said.edge.evidence_id))[:limit]

    def edges_of(self, ids: Collection[int]) -> Sequence[Edge]:
        """See ``DerivedIdentity``."""
        with self._database.read() as db:
            return read_edges(db, ids)

    def nodes(self, ids: Collection[int]) -> Sequence[Node]:
        """See ``DerivedIdentity``."""
        with self._database.read() as db:
            return read_nodes(db, ids)

    def owners(self, ids: Collection[int]) -> Mapping[int, int]:
        """See ``DerivedIdentity``."""
        c = t.ownership.c
        with self._database.read() as db:
            return dict(tuple(row) for row in select_in(db, (c.subject_id, c.customer_id), (c.subject_id,), ids))

    def profiles(self, customer_ids: Collection[int]) -> dict[int, Profile]:
        """See ``DerivedState``."""
        wanted = list(customer_ids)
        found: dict[int, Profile] = {}
        with self._database.read() as db:
            for start in range(0, len(wanted), 5_000):
                part = wanted[start : start + 5_000]
                found.update((p.customer_id, p) for p in _read_profiles(db, t.identifiers.c.id.in_(part)))
        return found

    def search(self, text: str, *, limit: int) -> list[Profile]:
        """See ``DerivedState``."""
        pattern = "%" + text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        i, o, p = t.identifiers.c, t.ownership.c, t.profiles.c
        by_trait = select(p.customer_id).where(
            or_(p.name.ilike(pattern, escape="\\"), p.email.ilike(pattern, escape="\\"))
        )
        by_handle = (
            select(o.customer_id)
            .select_from(t.identifiers.join(t.ownership, i.id == o.subject_id))
            .where(i.value.ilike(pattern, escape="\\"))
        )
        with self._database.read() as db:
            ids = list(db.execute(by_trait.limit(limit)).scalars())
            if len(ids) < limit and text.strip():
                more = db.execute(by_handle.limit(limit)).scalars()
                ids = list(dict.fromkeys([*ids, *more]))[:limit]
            found = {profile.customer_id: profile for profile in _read_profiles(db, i.id.in_(ids))}
        return [found[customer] for customer in ids if customer in found]

    def trait_names(self) -> list[str]:
        """See ``DerivedState``."""
        with self._database.read() as db:
            rows = db.execute(select(t.profiles.c.traits).limit(2_000)).scalars().all()
        seen: dict[str, int] = {}
        for row in rows:
            for name, value in _read_json(row).items():
                if isinstance(value, (str, bool, int)):
                    seen[name] = seen.get(name, 0) + 1
        return sorted(seen, key=lambda name: (-seen[name], name))

    def trait_values(self, name: str) -> tuple[NDArray[np.int64], list[str]]:
        """See ``DerivedState``."""
        return self.trait_table([name])[name]

    def trait_table(
        self, names: Sequence[str], *, of: Collection[int] | None = None
    ) -> Mapping[str, tuple[NDArray[np.int64], list[str]]]:
        """See ``DerivedState``."""
        c = t.profiles.c
        customers: dict[str, list[int]] = {name: [] for name in names}
        values: dict[str, list[str]] = {name: [] for name in names}
        # A trait a customer never told is no key of theirs: so walk what they have, not what is asked.
        with self._database.read() as db:
            if of is None:
                rows = db.execute(select(c.customer_id, c.traits)).cursor.fetchall()
            else:
                rows = list(select_in(db, (c.customer_id, c.traits), (c.customer_id,), of))
        # A hundred thousand customers are nothing unusual: what is done for each is found before.
        sinks = {name: (customers[name].append, values[name].append) for name in names}
        for customer, traits in rows:
            for name, value in _read_json(traits).items():
                sink = sinks.get(name)
                if sink is None:
                    continue
                if type(value) is str:
                    sink[0](customer)
                    sink[1](value)
                elif isinstance(value, (bool, int, float)):
                    sink[0](customer)
                    sink[1](str(value))
        return {name: (np.array(customers[name], dtype=np.int64), values[name]) for name in names}

    def mended_of(self, body_seqs: Collection[int]) -> Mapping[int, str]:
        """See ``DerivedState``."""
        with self._database.read() as db:
            return read_mended(db, body_seqs)

    def removals(self, *, after: int) -> list[SeqRange]:
        """See ``DerivedState``."""
        c = ta.removals.c
        with self._database.read() as db:
            rows = db.execute(select(c.first_seq, c.last_seq).where(c.act_seq > after)).all()
        return [(first, last) for first, last in rows]

    def counters(self) -> Mapping[tuple[int, str], int]:
        """See ``DerivedState``."""
        with self._database.read() as db:
            return {(row.source_id, row.what): row.n for row in db.execute(select(t.counts))}

    def customer_count(self) -> int:
        """See ``DerivedState``."""
        with self._database.read() as db:
            return int(db.execute(select(func.count(func.distinct(t.ownership.c.customer_id)))).scalar() or 0)


def _read_profiles(db: Connection, where: object) -> list[Profile]:
    i, p = t.identifiers.c, t.profiles.c
    statement = (
        select(i.id, i.handle, i.first_us, p.name, p.email, p.phone, p.traits)
        .select_from(t.identifiers.outerjoin(t.profiles, p.customer_id == i.id))
        .where(where)  # type: ignore[arg-type]  # a column expression
    )
    return [
        Profile(
            customer_id=row.id,
            ref=row.handle.hex(),
            name=row.name or "",
            email=row.email or "",
            phone=row.phone or "",
            traits=json.loads(row.traits) if row.traits else {},
            first_us=row.first_us,
        )
        for row in db.execute(statement)
    ]
