"""One micro-batch of derived State in SQL. Set-based throughout: a few statements a batch, never one an event."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from heartline.records import Edge, Identifier, IdentifierKind, Node, Ownership, Refusal
from heartline.store import tables as t
from heartline.store.identifier_book import IdentifierBook
from heartline.store.sql_acts import SqlRemoving
from heartline.store.sql_identity import SqlIdentityBatch
from heartline.store.sql_messages import MessagePage
from heartline.store.sql_privacy import SqlPrivacyBatch
from heartline.store.state import Claim, Key, Numbered, TraitSet
from heartline.store.statements import delete_in, insert_new, insert_rows, select_in, update_rows, upsert_rows

DAY_US: Final = 86_400_000_000
_KINDS: Final = {kind.value: kind for kind in IdentifierKind}

Known = dict[Key, Node]
"""A cache of identifiers."""
EdgeKey = tuple[int, int, bool, int]
"""What makes a piece of evidence the same: left, right, strong, bucket."""


class SqlBatch(SqlRemoving, SqlIdentityBatch, SqlPrivacyBatch):
    """See ``Batch``. ``known`` is the projector's cache, dropped whenever a batch fails.

    ``changed`` are the identifiers that are new or read differently, for the book once the batch has committed;
    ``dropped`` says that some are no more, or read otherwise than by growing: then the book is read anew. ``told`` are
    the customers whose profiles were written.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        handle: Callable[[Identifier], bytes],
        known: Known,
        book: IdentifierBook,
        messages: MessagePage,
    ) -> None:
        self._db = connection
        self._messages = messages
        self._handle = handle
        self._known = known
        self._book = book
        self.changed: dict[bytes, Node] = {}
        self.dropped = False
        self.told: set[int] = set()
        self._upsert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        self._identity_seq: int | None = None

    def known_messages(self, keys: Collection[bytes]) -> Mapping[bytes, tuple[int, bytes]]:
        """See ``Batch``."""
        return self._messages.find(keys)

    def known_nodes(self, identifiers: Collection[Identifier]) -> Mapping[Key, Node]:
        """See ``RemovingBatch``."""
        return read_known(self._db, {self._handle(identifier): identifier.key for identifier in identifiers})

    def add_messages(self, keys: Mapping[bytes, tuple[int, bytes]]) -> Mapping[bytes, tuple[int, bytes]]:
        """See ``Batch``."""
        return self._messages.add(keys)

    def number(self, claims: Mapping[Key, tuple[Identifier, int]]) -> Numbered:
        """See ``Batch``."""
        known = self._known
        missing = {self._handle(claim[0]): key for key, claim in claims.items() if key not in known}
        if missing:
            missing = self._recall(missing)
        new = self._insert([(claims[key], handle) for handle, key in missing.items()])
        turned, earlier = self._raise_flags(claims)
        return Numbered(
            nodes={key: known[key] for key in claims}, new=new, turned=frozenset(turned), earlier=frozenset(earlier)
        )

    def _recall(self, missing: dict[bytes, Key]) -> dict[bytes, Key]:
        """Know those again that State has; return the others."""
        known = self._known
        whole = self._book.open(self._db)
        unknown: dict[bytes, Key] = {}
        for (handle, key), found in zip(missing.items(), self._book.find(list(missing)), strict=True):
            if found is not None:
                number, strong, first_us = found
                known[key] = Node(number, handle, _KINDS[key[0]], strong, first_us)
            else:
                unknown[handle] = key
        if not unknown or (whole and not self.dropped):
            return unknown
        known.update(read_known(self._db, unknown))
        return {handle: key for handle, key in unknown.items() if key not in known}

    def _insert(self, fresh: Sequence[tuple[tuple[Identifier, int], bytes]]) -> frozenset[int]:
        if not fresh:
            return frozenset()
        following = (self._db.execute(select(func.max(t.identifiers.c.id))).scalar() or 0) + 1
        rows = []
        for number, ((identifier, first_us), handle) in enumerate(fresh, following):
            kind, value, strong = identifier.kind, identifier.value, identifier.strong
            self._known[kind, value] = self.changed[handle] = Node(number, handle, kind, strong, first_us)
            rows.append((number, handle, kind.value, value, strong, first_us))
        insert_rows(self._db, t.identifiers, rows)
        return frozenset(range(following, following + len(fresh)))

    def _raise_flags(self, claims: Mapping[Key, tuple[Identifier, int]]) -> tuple[set[int], set[int]]:
        """Let strong flags and first times grow: an identifier may be verified later, or met earlier."""
        turned: set[int] = set()
        earlier: set[int] = set()
        changes = []
        known = self._known
        for key, (identifier, first_us) in claims.items():
            node = known[key]
            if first_us >= node.first_us and (node.strong or not identifier.strong):
                continue
            if first_us < node.first_us:
                earlier.add(node.node_id)
            if identifier.strong and not node.strong:
                turned.add(node.node_id)
            strong = node.strong or identifier.strong
            raised = Node(node.node_id, node.handle, node.kind, strong, min(first_us, node.first_us))
            known[key] = self.changed[raised.handle] = raised
            changes.append((raised.strong, raised.first_us, raised.node_id))
        update_rows(self._db, (t.identifiers.c.strong, t.identifiers.c.first_us), t.identifiers.c.id, changes)
        return turned, earlier

    def add_evidence(self, claims: Sequence[Claim]) -> list[Edge]:
        """See ``Batch``."""
        best: dict[EdgeKey, Claim] = {}
        for claim in claims:
            bucket = claim.ts_us // DAY_US if claim.strong else claim.ts_us
            key = (min(claim.left_id, claim.right_id), max(claim.left_id, claim.right_id), claim.strong, bucket)
            had = best.get(key)
            if had is None or (claim.ts_us, claim.evidence_id) < (had.ts_us, had.evidence_id):
                best[key] = claim
        kept = self._kept_evidence({key[:2] for key in best})
        first: dict[tuple[int, int], tuple[int, bytes]] = {}
        for (left, right, strong, _), moment in kept.items():
            if strong:
                first[left, right] = min(moment, first.get((left, right), moment))
        better = {k: c for k, c in best.items() if k not in kept or (c.ts_us, c.evidence_id) < kept[k]}
        self._write_evidence(better)
        return [
            Edge(claim.evidence_id, left, right, claim.ts_us, strong)
            for (left, right, strong, _), claim in better.items()
            if not strong or (left, right) not in first or (claim.ts_us, claim.evidence_id) < first[left, right]
        ]

    def _write_evidence(self, claims: Mapping[EdgeKey, Claim]) -> None:
        rows = [(*key, claim.ts_us, claim.evidence_id, claim.source_id) for key, claim in claims.items()]
        upsert_rows(self._db, t.evidence, rows, replace=("ts_us", "evidence_id", "source_id"))

    def _kept_evidence(self, pairs: Collection[tuple[int, int]]) -> dict[EdgeKey, tuple[int, bytes]]:
        c = t.evidence.c
        columns = (c.left_id, c.right_id, c.strong, c.bucket, c.ts_us, c.evidence_id)
        rows = select_in(self._db, columns, (c.left_id, c.right_id), pairs)
        return {
            (left, right, bool(strong), bucket): (ts_us, bytes(name))
            for left, right, strong, bucket, ts_us, name in rows
        }

    def edges_of(self, ids: Collection[int]) -> Sequence[Edge]:
        """See ``Batch``."""
        return read_edges(self._db, ids)

    def nodes(self, ids: Collection[int]) -> Sequence[Node]:
        """See ``Batch``."""
        return read_nodes(self._db, ids)

    def owners(self, ids: Collection[int]) -> Mapping[int, int]:
        """See ``Batch``."""
        c = t.ownership.c
        return dict(tuple(row) for row in select_in(self._db, (c.subject_id, c.customer_id), (c.subject_id,), ids))

    def own(self, owners: Mapping[int, Sequence[Ownership]], *, new: Collection[int]) -> set[int]:
        """See ``Batch``."""
        before = self._intervals([subject for subject in owners if subject not in new])
        touched: set[int] = set()
        gone: list[int] = []
        rows: list[tuple[int, int, int, int]] = []
        for subject, intervals in owners.items():
            now = [(o.from_us, o.to_us, o.customer_id) for o in intervals]
            was = before.get(subject, ())
            if now == was:
                continue
            if was:
                gone.append(subject)
            touched.update(customer for _, _, customer in (*was, *now))
            rows.extend((subject, start, end, customer) for start, end, customer in now)
        if rows:
            seq = self._next_identity_seq()
            delete_in(self._db, t.ownership.c.subject_id, gone)
            insert_rows(self._db, t.ownership, [(*row, seq) for row in rows])
        return touched

    def _intervals(self, subjects: Sequence[int]) -> dict[int, list[tuple[int, int, int]]]:
        c = t.ownership.c
        columns = (c.subject_id, c.from_us, c.to_us, c.customer_id)
        found: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for subject, from_us, to_us, customer in select_in(self._db, columns, (c.subject_id,), subjects):
            found[subject].append((from_us, to_us, customer))
        for spans in found.values():
            spans.sort()
        return found

    def _next_identity_seq(self) -> int:
        if self._identity_seq is None:
            self._identity_seq = read_offset(self._db, "identity_seq") + 1
            write_offset(self._db, "identity_seq", self._identity_seq)
        return self._identity_seq

    def add_traits(self, sets: Sequence[TraitSet]) -> set[int]:
        """See ``Batch``."""
        if not sets:
            return set()
        rows = [(s.subject_id, s.ts_us, s.message_key, s.source_id, _write_json(s.traits)) for s in sets]
        insert_new(self._db, t.trait_sets, rows)
        intervals = self._intervals(list({s.subject_id for s in sets}))
        return {customer for spans in intervals.values() for _, _, customer in spans}

    def trait_sets(self, customer_ids: Collection[int]) -> Mapping[int, Sequence[TraitSet]]:
        """See ``Batch``."""
        o, s = t.ownership.c, t.trait_sets.c
        found: dict[int, list[TraitSet]] = {customer: [] for customer in customer_ids}
        spans: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        owned = (o.customer_id, o.subject_id, o.from_us, o.to_us)
        for customer, subject, from_us, to_us in select_in(self._db, owned, (o.customer_id,), customer_ids):
            spans[subject].append((from_us, to_us, customer))
        said_columns = (s.subject_id, s.ts_us, s.message_key, s.source_id, s.traits)
        for subject, ts_us, key, source, traits in select_in(self._db, said_columns, (s.subject_id,), spans):
            for from_us, to_us, customer in spans[subject]:
                if from_us <= ts_us < to_us:
                    said = TraitSet(
                        subject_id=subject,
                        ts_us=ts_us,
                        message_key=bytes(key),
                        source_id=source,
                        traits=msgspec.json.decode(traits),
                    )
                    found[customer].append(said)
        return found

    def write_profiles(self, profiles: Mapping[int, Mapping[str, object]]) -> None:
        """See ``Batch``."""
        self.told.update(profiles)
        delete_in(self._db, t.profiles.c.customer_id, profiles)
        rows = [
            (
                customer,
                full_name(traits),
                str(traits.get("email") or ""),
                str(traits.get("phone") or ""),
                _write_json(traits),
            )
            for customer, traits in profiles.items()
            if traits
        ]
        insert_rows(self._db, t.profiles, rows)

    def refuse(self, refusals: Sequence[Refusal], *, quota_bytes: int) -> None:
        """See ``Batch``."""
        if not refusals:
            return
        room = quota_bytes - read_offset(self._db, "refused_bytes")
        rows = []
        for refusal in refusals:
            raw = refusal.raw if len(refusal.raw) <= room else b""
            room -= len(raw)
            rows.append(
                {
                    "seq": refusal.seq,
                    "source_id": refusal.source_id,
                    "reason": refusal.reason.value,
                    "detail": refusal.detail,
                    "raw": raw,
                }
            )
        self._db.execute(insert(t.refused), rows)
        write_offset(self._db, "refused_bytes", quota_bytes - room)

    def count(self, counts: Mapping[tuple[int, str], int]) -> None:
        """See ``Batch``."""
        rows = [{"source_id": source, "what": what, "n": n} for (source, what), n in counts.items() if n]
        if rows:
            statement = self._upsert(t.counts)
            self._db.execute(
                statement.on_conflict_do_update(
                    index_elements=["source_id", "what"], set_={"n": t.counts.c.n + statement.excluded.n}
                ),
                rows,
            )


def read_known(db: Connection, by_handle: Mapping[bytes, Key]) -> Known:
    """Return the identifiers of these handles as nodes, by their keys."""
    c = t.identifiers.c
    rows = select_in(db, (c.id, c.handle, c.kind, c.strong, c.first_us), (c.handle,), by_handle)
    return {
        by_handle[handle]: Node(number, handle, _KINDS[kind], bool(strong), first_us)
        for number, handle, kind, strong, first_us in rows
    }


def full_name(traits: Mapping[str, object]) -> str:
    """Return a person's name from the traits Segment's spec reserves for it."""
    if traits.get("name"):
        return str(traits["name"])
    parts = (traits.get("firstName") or traits.get("first_name"), traits.get("lastName") or traits.get("last_name"))
    return " ".join(str(part) for part in parts if part)


def read_nodes(db: Connection, ids: Collection[int]) -> list[Node]:
    """Return identifiers as the identity pass sees them."""
    c = t.identifiers.c
    rows = select_in(db, (c.id, c.handle, c.kind, c.strong, c.first_us), (c.id,), ids)
    return [
        Node(number, handle, _KINDS[kind], bool(strong), first_us) for number, handle, kind, strong, first_us in rows
    ]


def read_edges(db: Connection, ids: Collection[int]) -> list[Edge]:
    """Return all evidence that touches any of the identifiers, each piece once."""
    c = t.evidence.c
    columns = (c.left_id, c.right_id, c.strong, c.ts_us, c.evidence_id)
    return list(
        {
            name: Edge(name, left, right, ts_us, bool(strong))
            for side in (c.left_id, c.right_id)
            for left, right, strong, ts_us, name in select_in(db, columns, (side,), ids)
        }.values()
    )


def read_offset(db: Connection, name: str) -> int:
    """Return a named number, 0 where it was never written."""
    return int(db.execute(select(t.offsets.c.value).where(t.offsets.c.name == name)).scalar() or 0)


def write_offset(db: Connection, name: str, value: int) -> None:
    """Write a named number."""
    if db.execute(update(t.offsets).where(t.offsets.c.name == name).values(value=value)).rowcount == 0:
        db.execute(insert(t.offsets).values(name=name, value=value))


def _write_json(traits: Mapping[str, object]) -> str:
    return msgspec.json.encode(traits, order="sorted", enc_hook=str).decode()
