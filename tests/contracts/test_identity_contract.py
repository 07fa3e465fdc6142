"""Identity in every State: what staff decided, whom identifiers met, what limits keep apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from heartline.records import Edge, Identifier, IdentifierKind, Ownership
from heartline.store import Claim, Mark, StaffLink, Stores, TraitSet, Violation, open_memory, open_stores

ALWAYS, FOREVER = -(2**63), 2**63 - 1
MAIL = Identifier(IdentifierKind.EMAIL, "all@x.org", strong=True)
ORDER = Identifier(IdentifierKind.EXTERNAL, "order:1")
A, B = b"a" * 16, b"b" * 16


@pytest.fixture(params=["memory", "disk", "postgres"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    if request.param == "memory":
        opened = open_memory()
    else:
        url = request.getfixturevalue("state_url") if request.param == "postgres" else ""
        opened = open_stores(tmp_path / "data", state_url=url)
    yield opened
    opened.close()


def users(count: int) -> list[Identifier]:
    return [Identifier(IdentifierKind.USER_ID, f"u{n}", strong=True) for n in range(count)]


def claim(left: int, right: int, ts_us: int, name: str) -> Claim:
    return Claim(left_id=left, right_id=right, strong=True, ts_us=ts_us, evidence_id=name.encode(), source_id=1)


def test_what_is_decided_is_read_back_and_can_be_taken_back(stores: Stores) -> None:
    with stores.derived.batch(1) as batch:
        batch.veto([(A, B)])
        batch.veto([(A, B)])
        batch.keep_link(StaffLink(left=A, right=B, over_limit=False, at_us=5))
        batch.keep_link(StaffLink(left=A, right=B, over_limit=True, at_us=6))
        batch.mark({A: Mark.QUARANTINED, B: Mark.BLOCKED})
        batch.mark({A: Mark.CLEARED})
        batch.set_identity_rules({IdentifierKind.EMAIL: 3, IdentifierKind.USER_ID: None}, quarantine_over=7)
        batch.note_act(9, b'{"act":"block"}', handles=[A, A, B])
    facts = stores.derived.identity_facts()
    assert facts.vetoed_pairs == {(A, B)}
    assert facts.links == (StaffLink(left=A, right=B, over_limit=True, at_us=6),)
    assert facts.marks == {A: Mark.CLEARED, B: Mark.BLOCKED}
    assert facts.limits == {IdentifierKind.EMAIL: 3, IdentifierKind.USER_ID: None}
    assert facts.quarantine_over == 7
    assert [(note.act_seq, note.act) for note in stores.derived.acts_on([B])] == [(9, b'{"act":"block"}')]
    with stores.derived.batch(2) as batch:
        batch.lift_vetoes([(A, B)])
        batch.drop_link((A, B))
        batch.mark(dict.fromkeys((A, B)))
        batch.set_identity_rules({}, quarantine_over=20)
    facts = stores.derived.identity_facts()
    assert (facts.vetoed_pairs, facts.links, facts.marks, facts.limits) == (frozenset(), (), {}, {})


def test_whom_an_identifier_met_is_told_from_both_sides_and_without_staff(stores: Stores) -> None:
    people = users(5)
    with stores.derived.batch(1) as batch:
        nodes = batch.number({one.key: (one, 10) for one in [MAIL, ORDER, *people]}).nodes
        mail, ids = nodes[MAIL.key].node_id, [nodes[one.key].node_id for one in people]
        batch.add_evidence([claim(*((mail, i) if n % 2 else (i, mail)), n, f"e{n}") for n, i in enumerate(ids[:4])])
        batch.tie_staff(Edge(b"other", min(mail, ids[4]), max(mail, ids[4]), 99, strong=True))
        batch.tie_staff(Edge(b"staff", min(mail, ids[0]), max(mail, ids[0]), 99, strong=True))
        met = batch.crowds(None, over=3)
        assert met.keys() == batch.crowds([mail, *ids], over=3).keys() == {mail}
        assert sorted((other, ts_us) for other, _, ts_us in met[mail].met) == [(i, n) for n, i in enumerate(ids[:4])]
        assert met[mail].node.handle == stores.derived.handle(MAIL)
        assert batch.crowds([mail], over=5) == {}
        assert len(batch.edges_of([mail])) == 6, "evidence of events stays beside staff's"
        batch.drop_evidence([(mail, ids[0])])
        assert {edge.evidence_id for edge in batch.edges_of([ids[0]])} == {b"staff"}
        batch.untie_staff((mail, ids[0]))
        assert batch.edges_of([ids[0]]) == []


def test_violations_are_replaced_for_whoever_was_decided_anew(stores: Stores) -> None:
    one, two = (Violation(left_id=1, right_id=n, reason="limit", ts_us=n) for n in (2, 3))
    with stores.derived.batch(1) as batch:
        batch.write_violations([1, 2, 3], [one, two])
    assert stores.derived.violations() == [two, one]
    with stores.derived.batch(2) as batch:
        batch.write_violations([3], [])
    assert stores.derived.violations() == [one]


def test_who_owns_more_than_a_person_does_is_found_by_kind_and_without_orders(stores: Stores) -> None:
    people = users(3)
    with stores.derived.batch(1) as batch:
        numbered = batch.number({one.key: (one, 10) for one in [MAIL, ORDER, *people]})
        ids = [numbered.nodes[one.key].node_id for one in [*people, MAIL, ORDER]]
        spans = {i: (Ownership(subject_id=i, from_us=ALWAYS, to_us=FOREVER, customer_id=ids[0]),) for i in ids}
        batch.own(spans, new=numbered.new)
        batch.add_traits([TraitSet(subject_id=ids[0], ts_us=3, message_key=A, source_id=0, traits={"plan": "gold"})])
        assert batch.subjects_of([ids[0]]) == set(ids)
        assert batch.crowded_customers(IdentifierKind.USER_ID, over=2) == [(ids[0], 3)]
    derived = stores.derived
    assert derived.crowded_customers(IdentifierKind.USER_ID, over=3) == []
    assert derived.crowded_customers(None, over=3) == [(ids[0], 4)]
    assert [len(said) for said in derived.ownerships_of(ids).values()] == [1] * 5
    assert derived.traits_said([ids[0]]) == [(ids[0], 3, A, 0, {"plan": "gold"})]
    assert derived.owners([ids[1]]) == {ids[1]: ids[0]}
    assert {node.node_id for node in derived.nodes(ids)} == set(ids)
    assert derived.nodes_of([derived.handle(MAIL), A]).keys() == {derived.handle(MAIL)}
