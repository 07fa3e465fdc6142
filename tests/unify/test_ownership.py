"""The identity pass: rules I1–I4 by example, against a slow reading of the rules, and whatever the order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from identity_worlds import a_node, all_worlds, an_edge, rules_for

from heartline.records import Edge, IdentifierKind, Node, Ownership
from heartline.unify import (
    ALWAYS_US,
    FOREVER_US,
    LinkRefusal,
    Resolution,
    Rules,
    owner_at,
    present_owner,
    refusal_of,
    resolve,
)

USER, CARD, EMAIL, COOKIE = (
    IdentifierKind.USER_ID,
    IdentifierKind.LOYALTY_CARD,
    IdentifierKind.EMAIL,
    IdentifierKind.ANONYMOUS_ID,
)


def spans(found: Resolution, subject: int) -> list[tuple[int, int, int]]:
    return [(o.from_us, o.to_us, o.customer_id) for o in found.owners[subject]]


def reasons(found: Resolution) -> dict[bytes, LinkRefusal]:
    return {item.edge.evidence_id: item.reason for item in found.refused}


@given(all_worlds, st.data())
def test_order_and_copies_never_matter(world: tuple[list[Node], list[Edge]], data: st.DataObject) -> None:
    nodes, edges = world
    rules = data.draw(rules_for(nodes, edges))
    again = data.draw(st.permutations(edges + data.draw(st.lists(st.sampled_from(edges)) if edges else st.just([]))))
    assert resolve(data.draw(st.permutations(nodes)), again, rules) == resolve(nodes, edges, rules)


@given(all_worlds, st.data())
def test_it_says_what_a_slow_reading_of_the_rules_says(
    world: tuple[list[Node], list[Edge]], data: st.DataObject
) -> None:
    nodes, edges = world
    rules = data.draw(rules_for(nodes, edges))
    found = resolve(nodes, edges, rules)
    for ts_us in range(-1, 8):
        slow = _read_slowly({n.node_id: n for n in nodes}, edges, rules, ts_us)
        assert {n.node_id: owner_at(found.owners[n.node_id], ts_us) for n in nodes} == slow


@given(all_worlds, st.data())
def test_ownership_covers_all_time_without_gap_or_seam(
    world: tuple[list[Node], list[Edge]], data: st.DataObject
) -> None:
    nodes, edges = world
    found = resolve(nodes, edges, data.draw(rules_for(nodes, edges)))
    assert found.owners.keys() == {node.node_id for node in nodes}
    for subject, parts in found.owners.items():
        assert parts[0].from_us == ALWAYS_US
        assert parts[-1].to_us == FOREVER_US
        for before, after in pairwise(parts):
            assert before.to_us == after.from_us
            assert before.customer_id != after.customer_id
        assert {part.subject_id for part in parts} == {subject}


@given(all_worlds)
def test_no_customer_ever_holds_two_user_ids(world: tuple[list[Node], list[Edge]]) -> None:
    nodes, edges = world
    found = resolve(nodes, edges, Rules())
    holders = [found.owners[n.node_id][0].customer_id for n in nodes if n.strong and n.kind is USER]
    assert len(holders) == len(set(holders))


def test_a_shared_tablet_belongs_to_whoever_logged_in_last() -> None:
    nodes = [a_node(1, USER, strong=True), a_node(2, USER, strong=True), a_node(3, COOKIE)]
    edges = [an_edge("a", 1, 3, 100), an_edge("b", 1, 3, 150), an_edge("c", 3, 2, 200), an_edge("d", 1, 3, 300)]
    found = resolve(nodes, edges, Rules())
    assert spans(found, 3) == [(ALWAYS_US, 200, 1), (200, 300, 2), (300, FOREVER_US, 1)]
    assert spans(found, 1) == [(ALWAYS_US, FOREVER_US, 1)]
    assert found.refused == ()


def test_of_two_logins_at_one_instant_the_smaller_evidence_id_wins() -> None:
    nodes = [a_node(1, USER, strong=True), a_node(2, USER, strong=True), a_node(3, COOKIE)]
    found = resolve(nodes, [an_edge("b", 1, 3, 100), an_edge("a", 2, 3, 100)], Rules())
    assert spans(found, 3) == [(ALWAYS_US, FOREVER_US, 2)]


def test_without_login_the_nearest_neighbour_decides_and_ties_go_by_evidence_id() -> None:
    nodes = [a_node(1, USER, strong=True), a_node(2, USER, strong=True), *(a_node(i) for i in (3, 4, 5, 6))]
    logins = [an_edge("l1", 1, 3, 50), an_edge("l2", 2, 3, 60), an_edge("l3", 2, 4, 50)]
    found = resolve(nodes, [*logins, an_edge("w2", 4, 5, 1), an_edge("w1", 3, 5, 9), an_edge("w0", 5, 6, 1)], Rules())
    assert spans(found, 5) == spans(found, 6) == [(ALWAYS_US, 60, 1), (60, FOREVER_US, 2)]


def test_weak_identifiers_without_any_login_are_one_customer_named_by_the_earliest() -> None:
    nodes = [a_node(1, first_us=9), a_node(2, first_us=4), a_node(3, first_us=7), a_node(4)]
    found = resolve(nodes, [an_edge("a", 1, 2, 9), an_edge("b", 3, 1, 9)], Rules())
    assert [spans(found, i)[0][2] for i in (1, 2, 3, 4)] == [2, 2, 2, 4]


@given(all_worlds, st.data())
def test_where_nothing_is_exempt_a_limit_asks_what_both_would_hold_together(
    world: tuple[list[Node], list[Edge]], data: st.DataObject
) -> None:
    """Asking only where both sides hold of a kind is the same: no side ever holds too much by itself."""
    nodes, edges = world
    rules = replace(data.draw(rules_for(nodes, edges)), exempt=frozenset(), most_links=99)
    owners = resolve(nodes, edges, rules).owners
    for customer in {parts[0].customer_id for parts in owners.values()}:
        strong = [n.kind for n in nodes if n.strong and owners[n.node_id][0].customer_id == customer]
        assert all(strong.count(kind) <= most for kind, most in rules.limits.items())


def test_a_second_user_id_is_refused_by_the_limit_and_the_earlier_evidence_stays() -> None:
    nodes = [a_node(1, USER, strong=True, first_us=5), a_node(2, USER, strong=True), a_node(3, EMAIL, strong=True)]
    edges = [an_edge("z", 1, 3, 10, strong=True), an_edge("a", 2, 3, 11, strong=True)]
    found = resolve(nodes, edges, Rules())
    assert [spans(found, i)[0][2] for i in (1, 2, 3)] == [3, 2, 3]
    assert reasons(found) == {b"a": LinkRefusal.LIMIT}
    assert reasons(resolve(nodes, edges, Rules(limits={}))) == {}


def test_an_unverified_claim_never_joins_two_verified_identifiers() -> None:
    nodes = [a_node(1, USER, strong=True), a_node(2, EMAIL, strong=True)]
    found = resolve(nodes, [an_edge("a", 1, 2, 0)], Rules())
    assert [spans(found, i)[0][2] for i in (1, 2)] == [1, 2]
    assert reasons(found) == {b"a": LinkRefusal.UNVERIFIED}


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        (Rules(vetoes=frozenset({b"a"})), LinkRefusal.VETOED),
        (Rules(vetoed_pairs=frozenset({frozenset({a_node(1).handle, a_node(2).handle})})), LinkRefusal.VETOED),
        (Rules(quarantined=frozenset({a_node(2).handle})), LinkRefusal.QUARANTINED),
    ],
)
def test_vetoes_and_quarantine_keep_the_evidence_and_do_not_link(rules: Rules, reason: LinkRefusal) -> None:
    nodes = [a_node(1, USER, strong=True), a_node(2, CARD, strong=True)]
    found = resolve(nodes, [an_edge("a", 1, 2, 0, strong=True)], rules)
    assert reasons(found) == {b"a": reason}
    assert spans(found, 2) == [(ALWAYS_US, FOREVER_US, 2)]


def test_an_edge_to_a_node_that_is_not_given_is_an_error() -> None:
    with pytest.raises(KeyError):
        resolve([a_node(1)], [an_edge("a", 1, 2, 0)], Rules())


def test_owner_at_takes_the_start_in_and_the_end_out() -> None:
    parts = (
        Ownership(subject_id=3, from_us=ALWAYS_US, to_us=200, customer_id=1),
        Ownership(subject_id=3, from_us=200, to_us=FOREVER_US, customer_id=2),
    )
    assert [owner_at(parts, t) for t in (ALWAYS_US, 199, 200, FOREVER_US)] == [1, 1, 2, 2]
    assert present_owner(parts, 150) == 1
    with pytest.raises(LookupError):
        owner_at(parts[1:], 150)


def _read_slowly(nodes: Mapping[int, Node], edges: list[Edge], rules: Rules, ts_us: int) -> dict[int, int]:
    """Read the rules of identity.md word by word at one instant, with sets and no cleverness."""

    def first(ids: set[int]) -> int:
        return min(ids, key=lambda i: (nodes[i].first_us, nodes[i].handle))

    fit = [e for e in edges if e.left != e.right and refusal_of(e, nodes[e.left], nodes[e.right], rules) is None]
    groups = {i: {i} for i, node in nodes.items() if node.strong}
    for e in sorted(fit, key=lambda e: (e.ts_us, e.evidence_id)):
        if e.left in groups and e.right in groups:
            both = groups[e.left] | groups[e.right]
            sides = (groups[e.left], groups[e.right])
            held = [[sum(nodes[i].kind is kind for i in side) for side in sides] for kind in rules.limits]
            counted = [sum(nodes[i].kind is not IdentifierKind.EXTERNAL for i in side) for side in sides]
            fits = all(sum(n) <= most or 0 in n for n, most in zip(held, rules.limits.values(), strict=True))
            fits = fits and (sum(counted) - 1 <= rules.most_links or 0 in counted)
            if groups[e.left] is groups[e.right] or fits or e.evidence_id in rules.exempt:
                groups.update(dict.fromkeys(both, both))
    owner = {i: first(group) for i, group in groups.items()}

    ways = [(e.evidence_id, a, b, e.ts_us) for e in fit for a, b in ((e.left, e.right), (e.right, e.left))]
    weak = nodes.keys() - groups.keys()
    for i in weak:
        logins = [(ts, eid, b) for eid, a, b, ts in ways if a == i and b in groups]
        latest = max((ts for ts, _, _ in logins if ts <= ts_us), default=min((ts for ts, _, _ in logins), default=None))
        if latest is not None:
            owner[i] = owner[min((eid, b) for ts, eid, b in logins if ts == latest)[1]]
    while ring := {
        i: owner[min((eid, b) for eid, a, b, _ in ways if a == i and b in owner and b in weak)[1]]
        for i in weak - owner.keys()
        if any(a == i and b in owner for _, a, b, _ in ways)
    }:
        owner |= ring
    islands = {i: {i} for i in weak - owner.keys()}
    for _, a, b, _ in ways:
        if a in islands and b in islands:
            both = islands[a] | islands[b]
            islands.update(dict.fromkeys(both, both))
    return owner | {i: first(island) for i, island in islands.items()}
