"""Identity in SQL: what staff decided, who is quarantined, what limits keep apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Column, Connection, bindparam, delete, func, select, update

from heartline.records import Edge, IdentifierKind, Node, Ownership
from heartline.store import tables as t
from heartline.store import tables_identity as ti
from heartline.store.engine import Database
from heartline.store.identity import ActNote, Crowd, HandlePair, IdentityFacts, Mark, StaffLink, Violation
from heartline.store.statements import count_in, delete_in, insert_new, insert_rows, select_in, upsert_rows

STAFF_BUCKET: Final = -(2**62)
"""The bucket of staff's word among the evidence: no day and no moment of an event is so early."""
_LIMIT: Final = "limit:"
_OVER: Final = "quarantine_over"
_KINDS: Final = {kind.value: kind for kind in IdentifierKind}
_read_json: Final = msgspec.json.Decoder(dict[str, object]).decode


class SqlIdentityBatch:
    """See ``IdentityBatch``. Mixed into the batch, whose connection it uses."""

    _db: Connection

    def identity_facts(self) -> IdentityFacts:
        """See ``IdentityBatch``."""
        return read_facts(self._db)

    def nodes_of(self, handles: Collection[bytes]) -> Mapping[bytes, Node]:
        """See ``IdentityBatch``."""
        return read_nodes_of(self._db, handles)

    def veto(self, pairs: Collection[HandlePair]) -> None:
        """See ``IdentityBatch``."""
        insert_new(self._db, ti.vetoed_pairs, list(pairs))

    def lift_vetoes(self, pairs: Collection[HandlePair]) -> None:
        """See ``IdentityBatch``."""
        c = ti.vetoed_pairs.c
        rows = [{"a": left, "b": right} for left, right in pairs]
        if rows:
            self._db.execute(delete(ti.vetoed_pairs).where(c.left == bindparam("a"), c.right == bindparam("b")), rows)

    def keep_link(self, link: StaffLink) -> None:
        """See ``IdentityBatch``."""
        row = (link.left, link.right, link.over_limit, link.at_us)
        upsert_rows(self._db, ti.staff_links, [row], replace=("over_limit", "at_us"))

    def drop_link(self, pair: HandlePair) -> None:
        """See ``IdentityBatch``."""
        c = ti.staff_links.c
        self._db.execute(delete(ti.staff_links).where(c.left == pair[0], c.right == pair[1]))

    def tie_staff(self, edge: Edge) -> None:
        """See ``IdentityBatch``."""
        left, right = sorted((edge.left, edge.right))
        row = (left, right, edge.strong, STAFF_BUCKET, edge.ts_us, edge.evidence_id, 0)
        upsert_rows(self._db, t.evidence, [row], replace=("ts_us", "evidence_id", "source_id"))

    def untie_staff(self, pair: tuple[int, int]) -> None:
        """See ``IdentityBatch``."""
        c = t.evidence.c
        same = (c.left_id == min(pair), c.right_id == max(pair), c.bucket == STAFF_BUCKET)
        self._db.execute(delete(t.evidence).where(*same))

    def mark(self, marks: Mapping[bytes, Mark | None]) -> None:
        """See ``IdentityBatch``."""
        delete_in(self._db, ti.handle_marks.c.handle, marks)
        rows = [(handle, mark.value) for handle, mark in marks.items() if mark is not None]
        insert_rows(self._db, ti.handle_marks, rows)

    def set_identity_rules(self, limits: Mapping[IdentifierKind, int | None], *, quarantine_over: int) -> None:
        """See ``IdentityBatch``."""
        self._db.execute(delete(ti.identity_rules))
        rows = [(f"{_LIMIT}{kind.value}", -1 if most is None else most) for kind, most in limits.items()]
        insert_rows(self._db, ti.identity_rules, [*rows, (_OVER, quarantine_over)])

    def crowds(self, ids: Collection[int] | None, *, over: int) -> Mapping[int, Crowd]:
        """See ``IdentityBatch``."""
        return read_crowds(self._db, ids, over=over)

    def write_violations(self, decided: Collection[int], found: Sequence[Violation]) -> None:
        """See ``IdentityBatch``."""
        c = ti.violations.c
        # Nearly everywhere there are none, and looking costs less than deleting: 2 µs an event otherwise.
        if self._db.execute(select(c.left_id).limit(1)).first() is not None:
            delete_in(self._db, c.left_id, decided)
            delete_in(self._db, c.right_id, decided)
        rows = [(v.left_id, v.right_id, v.reason, v.ts_us) for v in found]
        upsert_rows(self._db, ti.violations, rows, replace=("reason", "ts_us"))

    def violations(self) -> list[Violation]:
        """See ``IdentityBatch``."""
        return read_violations(self._db)

    def crowded_customers(self, kind: IdentifierKind | None, *, over: int) -> list[tuple[int, int]]:
        """See ``IdentityBatch``."""
        return read_crowded(self._db, kind, over=over)

    def subjects_of(self, customer_ids: Collection[int]) -> set[int]:
        """See ``IdentityBatch``."""
        c = t.ownership.c
        return {subject for (subject,) in select_in(self._db, (c.subject_id,), (c.customer_id,), customer_ids)}

    def note_act(self, act_seq: int, act: bytes, *, handles: Collection[bytes]) -> None:
        """See ``IdentityBatch``."""
        insert_new(self._db, ti.identity_acts, [(handle, act_seq, act.decode()) for handle in sorted(set(handles))])


class SqlIdentity:
    """See ``DerivedIdentity``. Mixed into derived State, whose database it reads."""

    _database: Database

    def identity_facts(self) -> IdentityFacts:
        """See ``DerivedIdentity``."""
        with self._database.read() as db:
            return read_facts(db)

    def nodes_of(self, handles: Collection[bytes]) -> Mapping[bytes, Node]:
        """See ``DerivedIdentity``."""
        with self._database.read() as db:
            return read_nodes_of(db, handles)

    def crowds(self, ids: Collection[int] | None, *, over: int) -> Mapping[int, Crowd]:
        """See ``DerivedIdentity``."""
        with self._database.read() as db:
            return read_crowds(db, ids, over=over)

    def violations(self) -> list[Violation]:
        """See ``DerivedIdentity``."""
        with self._database.read() as db:
            return read_violations(db)

    def crowded_customers(self, kind: IdentifierKind | None, *, over: int) -> list[tuple[int, int]]:
        """See ``DerivedIdentity``."""
        with self._database.read() as db:
            return read_crowded(db, kind, over=over)

    def ownerships_of(self, subject_ids: Collection[int]) -> Mapping[int, Sequence[Ownership]]:
        """See ``DerivedIdentity``."""
        c = t.ownership.c
        columns = (c.subject_id, c.from_us, c.to_us, c.customer_id)
        found: dict[int, list[Ownership]] = defaultdict(list)
        with self._database.read() as db:
            for subject, from_us, to_us, customer in sorted(
                tuple(row) for row in select_in(db, columns, (c.subject_id,), set(subject_ids))
            ):
                o = Ownership(subject_id=subject, from_us=from_us, to_us=to_us, customer_id=customer)
                found[subject].append(o)
        return found

    def acts_on(self, handles: Collection[bytes]) -> list[ActNote]:
        """See ``DerivedIdentity``."""
        c = ti.identity_acts.c
        with self._database.read() as db:
            found = dict(tuple(row) for row in select_in(db, (c.act_seq, c.act), (c.handle,), handles))
        return [ActNote(seq, found[seq].encode()) for seq in sorted(found, reverse=True)]

    def reword_acts(self, reasons: Mapping[int, str]) -> None:
        """See ``DerivedIdentity``."""
        c = ti.identity_acts.c
        with self._database.write() as db:
            for handle, act_seq, told in list(select_in(db, (c.handle, c.act_seq, c.act), (c.act_seq,), reasons)):
                act = {**_read_json(told), "reason": reasons[act_seq]}
                if act != _read_json(told):
                    said = update(ti.identity_acts).where(c.handle == handle, c.act_seq == act_seq)
                    db.execute(said.values(act=msgspec.json.encode(act).decode()))

    def traits_said(self, subject_ids: Collection[int]) -> list[tuple[int, int, bytes, int, Mapping[str, object]]]:
        """See ``DerivedIdentity``."""
        c = t.trait_sets.c
        columns = (c.subject_id, c.ts_us, c.message_key, c.source_id, c.traits)
        with self._database.read() as db:
            rows = list(select_in(db, columns, (c.subject_id,), subject_ids))
        return [(subject, ts_us, bytes(key), source, _read_json(said)) for subject, ts_us, key, source, said in rows]


def read_facts(db: Connection) -> IdentityFacts:
    """Return what staff and quarantine say at present."""
    told = {row.name: row.value for row in db.execute(select(ti.identity_rules))}
    limits = {
        _KINDS[name.removeprefix(_LIMIT)]: None if most < 0 else most
        for name, most in told.items()
        if name.startswith(_LIMIT)
    }
    return IdentityFacts(
        vetoed_pairs=frozenset((row.left, row.right) for row in db.execute(select(ti.vetoed_pairs))),
        links=tuple(
            StaffLink(left=row.left, right=row.right, over_limit=row.over_limit, at_us=row.at_us)
            for row in db.execute(select(ti.staff_links).order_by(ti.staff_links.c.left, ti.staff_links.c.right))
        ),
        marks={row.handle: Mark(row.mark) for row in db.execute(select(ti.handle_marks))},
        limits=limits if told else None,
        quarantine_over=told.get(_OVER),
    )


def read_nodes_of(db: Connection, handles: Collection[bytes]) -> dict[bytes, Node]:
    """Return the identifiers of handles."""
    c = t.identifiers.c
    rows = select_in(db, (c.id, c.handle, c.kind, c.strong, c.first_us), (c.handle,), handles)
    found = (Node(number, bytes(name), _KINDS[kind], bool(strong), first) for number, name, kind, strong, first in rows)
    return {node.handle: node for node in found}


def read_crowds(db: Connection, ids: Collection[int] | None, *, over: int) -> dict[int, Crowd]:
    """Return whom those identifiers met that more than ``over`` pieces of evidence touch."""
    c, i = t.evidence.c, t.identifiers.c
    # More than so many on both sides together are more than half as many on one of them.
    crowded = {number for side in (c.left_id, c.right_id) for number in count_in(db, side, ids, over=over // 2)}
    met: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for side, other in ((c.left_id, c.right_id), (c.right_id, c.left_id)):
        columns: tuple[Column[Any], ...] = (side, other, c.ts_us, c.bucket)
        for number, beside, ts_us, bucket in select_in(db, columns, (side,), crowded):
            if bucket != STAFF_BUCKET and number != beside:
                met[number].append((beside, ts_us))
    many = {number: others for number, others in met.items() if len(others) > over}
    ends = {end for number, others in many.items() for end in (number, *(beside for beside, _ in others))}
    rows = select_in(db, (i.id, i.handle, i.kind, i.strong, i.first_us), (i.id,), ends)
    nodes = {number: Node(number, bytes(h), _KINDS[kind], bool(strong), at) for number, h, kind, strong, at in rows}
    return {
        number: Crowd(nodes[number], [(beside, nodes[beside].kind, ts_us) for beside, ts_us in others])
        for number, others in many.items()
    }


def read_violations(db: Connection) -> list[Violation]:
    """Return all that a limit keeps apart, the latest first."""
    c = ti.violations.c
    rows = db.execute(select(ti.violations).order_by(c.ts_us.desc(), c.left_id, c.right_id))
    return [Violation(left_id=r.left_id, right_id=r.right_id, reason=r.reason, ts_us=r.ts_us) for r in rows]


def read_crowded(db: Connection, kind: IdentifierKind | None, *, over: int) -> list[tuple[int, int]]:
    """Return customers that own more identifiers than they should, with how many."""
    o, i = t.ownership.c, t.identifiers.c
    # The index of owners alone tells whom to look at: nearly always nobody.
    many = select(o.customer_id).group_by(o.customer_id).having(func.count() > over)
    counted = func.count(func.distinct(o.subject_id))
    which = i.kind != IdentifierKind.EXTERNAL.value if kind is None else (i.kind == kind.value) & i.strong
    statement = (
        select(o.customer_id, counted)
        .select_from(t.ownership.join(t.identifiers, i.id == o.subject_id))
        .where(o.customer_id.in_(many), which)
        .group_by(o.customer_id)
        .having(counted > over)
        .order_by(counted.desc(), o.customer_id)
    )
    return [(customer, n) for customer, n in db.execute(statement)]
