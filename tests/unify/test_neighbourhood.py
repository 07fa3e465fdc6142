"""Refreshing what a change reaches equals the whole pass, for any change in any batching."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from identity_worlds import Ledger, a_node, an_edge, rules_for, verified_worlds, worlds

from heartline.records import Edge, IdentifierKind, Node
from heartline.unify import (
    LinkRefusal,
    Rules,
    affected,
    brings_news,
    owner_at,
    refresh,
    resolve,
    touched_by,
)
from tries import some

USER = IdentifierKind.USER_ID


def settle_whole(ledger: Ledger, rules: Rules) -> None:
    """Let the ledger know what the whole pass says."""
    ledger.settle(resolve(ledger.known.values(), ledger.edges.values(), rules))


def equals_whole(ledger: Ledger, rules: Rules) -> bool:
    """Tell whether the ledger says what the whole pass says, refused edges included."""
    whole = resolve(ledger.known.values(), ledger.edges.values(), rules)
    refused = {item.edge.evidence_id: (item.edge, item.reason) for item in whole.refused}
    return ledger.owned == whole.owners and ledger.refused == refused


@settings(max_examples=some(250))
@given(worlds(), st.data())
def test_batches_in_any_order_and_split_equal_the_whole_pass(
    world: tuple[list[Node], list[Edge]], data: st.DataObject
) -> None:
    """Nodes arrive weak and late, and turn strong, or are met earlier, in some later batch; copies come along."""
    nodes, edges = world
    rules = data.draw(rules_for(nodes, edges))
    waiting = data.draw(st.permutations(edges + data.draw(st.lists(st.sampled_from(edges)) if edges else st.just([]))))
    final = {node.node_id: node for node in nodes}
    ledger = Ledger()
    while waiting or ledger.known != final:
        size = data.draw(st.integers(0, len(waiting)))
        batch, waiting = waiting[:size], waiting[size:]
        ledger.keep(batch)
        ends = {end for edge in batch for end in (edge.left, edge.right)}
        changed = {i for i in final if ledger.known.get(i) != final[i] and (not waiting or data.draw(st.booleans()))}
        for i in changed:
            ledger.known[i] = final[i]
        for i in ends - ledger.known.keys():
            ledger.known[i] = msgspec.structs.replace(
                final[i], strong=False, first_us=final[i].first_us + data.draw(st.integers(0, 2))
            )
        ledger.settle(refresh(ends | changed, ledger, rules))
        assert equals_whole(ledger, rules)


@settings(max_examples=some(100))
@given(verified_worlds(), st.data())
def test_limits_caps_and_exempt_evidence_equal_the_whole_pass_edge_by_edge(
    world: tuple[list[Node], list[Edge]], data: st.DataObject
) -> None:
    nodes, edges = world
    rules = data.draw(rules_for(nodes, edges))
    ledger = Ledger(known={node.node_id: node for node in nodes})
    settle_whole(ledger, rules)
    for edge in edges:
        ledger.keep([edge])
        ledger.settle(refresh({edge.left, edge.right}, ledger, rules, reclassified=()))
        assert equals_whole(ledger, rules)


@settings(max_examples=some(400))
@given(worlds(), st.data())
def test_lean_touching_loses_nothing(world: tuple[list[Node], list[Edge]], data: st.DataObject) -> None:
    """With ``touched_by``, ``brings_news`` and the reclassified named, less is walked and the owners are the same."""
    nodes, edges = world
    rules = data.draw(rules_for(nodes, edges))
    waiting = data.draw(st.permutations(edges))
    final = {node.node_id: node for node in nodes}
    ledger = Ledger(
        known={
            i: msgspec.structs.replace(node, strong=node.strong and i % 3 > 0, first_us=node.first_us + i % 2)
            for i, node in final.items()
        }
    )
    settle_whole(ledger, rules)
    while waiting or ledger.known != final:
        size = data.draw(st.integers(0, len(waiting)))
        batch, waiting = waiting[:size], waiting[size:]
        changed = {i for i in final if ledger.known[i] != final[i] and (not waiting or data.draw(st.booleans()))}
        turned = {i for i in changed if ledger.known[i].strong is not final[i].strong}
        ledger.known |= {i: final[i] for i in changed}
        touched = set(changed)
        for edge in batch:
            left, right = ledger.known[edge.left], ledger.known[edge.right]
            prior = list(ledger.edges.values())
            if brings_news(edge, (left, right), prior=prior, owners=ledger.owned, rules=rules):
                touched.update(touched_by(edge, left, right))
            ledger.keep([edge])
        ledger.settle(refresh(touched, ledger, rules, reclassified=turned))
        assert ledger.owned == resolve(ledger.known.values(), ledger.edges.values(), rules).owners


@settings(max_examples=some(250))
@given(worlds(), st.data())
def test_undoing_equals_the_whole_pass(world: tuple[list[Node], list[Edge]], data: st.DataObject) -> None:
    """Evidence removed, nodes turned weak again, quarantine and vetoes set and lifted: what the next stories bring."""
    nodes, edges = world
    rules = data.draw(rules_for(nodes, edges))
    ledger = Ledger(known={node.node_id: node for node in nodes})
    ledger.keep(edges)
    settle_whole(ledger, rules)
    for _ in range(data.draw(st.integers(1, 3))):
        gone = (
            data.draw(st.lists(st.sampled_from(sorted(ledger.edges)), unique=True, max_size=3)) if ledger.edges else []
        )
        turned = data.draw(st.sets(st.sampled_from(sorted(ledger.known)), max_size=2))
        later = data.draw(rules_for(nodes, edges))
        later = replace(later, limits=rules.limits, most_links=rules.most_links, exempt=rules.exempt)
        veiled = {n.node_id for n in nodes if n.handle in later.quarantined ^ rules.quarantined}
        vetoed = later.vetoes ^ rules.vetoes
        pairs = later.vetoed_pairs ^ rules.vetoed_pairs
        touched = turned | veiled | {n.node_id for n in nodes for pair in pairs if n.handle in pair}
        touched |= {end for key in [*gone, *vetoed] if (e := ledger.edges.get(key)) for end in (e.left, e.right)}
        for key in gone:
            ledger.drop(ledger.edges[key])
        for i in turned:
            ledger.known[i] = msgspec.structs.replace(ledger.known[i], strong=not ledger.known[i].strong)
        rules = later
        hint = turned | veiled if data.draw(st.booleans()) else None
        ledger.settle(refresh(touched, ledger, rules, reclassified=hint))
        assert equals_whole(ledger, rules)


def test_a_login_at_a_tablet_of_ten_thousand_makes_one_node_again() -> None:
    crowd = 10_000
    tablet = crowd + 1
    nodes = [a_node(i, USER, strong=True) for i in range(crowd + 1)] + [a_node(tablet)]
    edges = [an_edge(f"{i:05}", i, tablet, i) for i in range(crowd)]
    ledger = Ledger(known={node.node_id: node for node in nodes})
    ledger.keep(edges)
    settle_whole(ledger, Rules())
    fresh = an_edge("new", crowd, tablet, crowd)
    ledger.keep([fresh])
    reach = affected({crowd, tablet}, ledger, Rules())
    assert reach.recompute == {crowd, tablet}
    ledger.calls = 0
    found = refresh(touched_by(fresh, nodes[crowd], nodes[tablet]), ledger, Rules(), reclassified=())
    assert found.owners.keys() == {tablet}
    assert len(found.owners[tablet]) == crowd + 1
    assert ledger.calls <= 3
    ledger.settle(found)
    assert equals_whole(ledger, Rules())


def test_a_chain_costs_two_reads_a_layer_and_not_two_a_node() -> None:
    wide, deep = 50, 4
    nodes = [a_node(i) for i in range(wide * deep + 1)]
    edges = [an_edge(f"{i:04}", max(0, i - wide), i, i) for i in range(1, len(nodes))]
    ledger = Ledger(known={node.node_id: node for node in nodes})
    ledger.keep(edges)
    assert len(refresh({0}, ledger, Rules()).owners) == len(nodes)
    assert ledger.calls <= 2 * (deep + 1)


def test_an_edge_refused_by_a_limit_joins_when_an_earlier_one_is_removed() -> None:
    nodes = [a_node(1, USER, strong=True), a_node(2, USER, strong=True), a_node(3, strong=True)]
    first, second = an_edge("a", 1, 3, 1, strong=True), an_edge("b", 2, 3, 2, strong=True)
    ledger = Ledger(known={node.node_id: node for node in nodes})
    ledger.keep([first, second])
    settle_whole(ledger, Rules())
    assert ledger.refused[b"b"] == (second, LinkRefusal.LIMIT)
    ledger.drop(first)
    ledger.settle(refresh({1, 3}, ledger, Rules()))
    assert ledger.owned[3] == (msgspec.structs.replace(ledger.owned[2][0], subject_id=3),)
    assert ledger.refused == {}


def test_what_is_unknown_is_left_out() -> None:
    assert refresh({7}, Ledger(), Rules()).owners == {}


@pytest.mark.parametrize(
    ("ts_us", "news"),
    [(50, False), (150, False), (200, True), (250, True), (300, False)],
)
def test_a_login_says_nothing_new_while_its_customer_owns_the_cookie(ts_us: int, *, news: bool) -> None:
    ends = (a_node(1, USER, strong=True), a_node(3))
    other = a_node(2, USER, strong=True)
    prior = [an_edge("a", 1, 3, 100), an_edge("b", 2, 3, 200), an_edge("c", 1, 3, 300)]
    owners = resolve([*ends, other], prior, Rules()).owners
    assert (owner_at(owners[3], ts_us) == 2) is news
    edge = an_edge("d", 1, 3, ts_us)
    assert brings_news(edge, ends, prior=prior, owners=owners, rules=Rules()) is news
    assert brings_news(edge, ends, prior=(), owners=owners, rules=Rules())
    assert not brings_news(edge, ends, prior=(), owners=owners, rules=Rules(vetoes=frozenset({b"d"})))


def test_earlier_evidence_of_a_known_pair_is_news_and_later_is_not() -> None:
    """A later link says nothing new; an earlier one may come before the one that a limit now refuses."""
    ends = (a_node(1, USER, strong=True), a_node(3, strong=True))
    prior = [an_edge("m", 1, 3, 5, strong=True)]
    later, earlier = an_edge("n", 1, 3, 5, strong=True), an_edge("z", 1, 3, 4, strong=True)
    assert not brings_news(later, ends, prior=prior, owners={}, rules=Rules())
    assert brings_news(earlier, ends, prior=prior, owners={}, rules=Rules())


def test_a_smaller_evidence_id_between_weak_neighbours_is_news_and_a_larger_is_not() -> None:
    """The smallest evidence id decides between neighbours equally near."""
    ends = (a_node(3), a_node(4))
    prior = [an_edge("m", 3, 4, 5)]
    assert not brings_news(an_edge("n", 4, 3, 1), ends, prior=prior, owners={}, rules=Rules())
    assert brings_news(an_edge("a", 4, 3, 9), ends, prior=prior, owners={}, rules=Rules())
    assert not brings_news(an_edge("a", 3, 3, 9), (ends[0], ends[0]), prior=(), owners={}, rules=Rules())
