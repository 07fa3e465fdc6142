"""Why are these one person: chains of accepted evidence, and never through a shared device."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from identity_worlds import a_node, an_edge, rules_for, worlds

from heartline.records import Edge, IdentifierKind, Node
from heartline.unify import Rules, explain, resolve

USER = IdentifierKind.USER_ID


@given(worlds(), st.data())
def test_every_identifier_owned_all_along_is_explained_by_accepted_evidence(
    world: tuple[list[Node], list[Edge]], data: st.DataObject
) -> None:
    nodes, edges = world
    rules = data.draw(rules_for(nodes, edges))
    found = resolve(nodes, edges, rules)
    refused = {item.edge.evidence_id for item in found.refused}
    customer = data.draw(st.sampled_from(sorted({parts[0].customer_id for parts in found.owners.values()})))
    mine = [n for n in nodes if any(part.customer_id == customer for part in found.owners[n.node_id])]
    chosen = data.draw(st.sampled_from(mine)).node_id
    chains = explain(mine, edges, rules, chosen=chosen)
    assert chains == explain(mine[::-1], edges[::-1] * 2, rules, chosen=chosen)
    assert chains[chosen] == ()
    strong = {n.node_id for n in mine if n.strong}
    for node_id, chain in chains.items():
        here, way = chosen, [chosen in strong]
        for edge in chain:
            assert edge.evidence_id not in refused
            assert here in (edge.left, edge.right)
            here = edge.right if here == edge.left else edge.left
            way.append(here in strong)
        assert here == node_id
        # Once verified ground is left for a weak identifier, the chain does not return to it.
        assert "".join("s" if step else "w" for step in way).strip("w").count("w") == 0
    if strong:
        assert chains.keys() >= strong - ({chosen} if chosen in strong else set())
    else:
        assert len(chains) == len(mine)


def test_the_shortest_chain_is_given_and_equal_ones_go_by_time() -> None:
    nodes = [a_node(i, strong=True) for i in range(4)] + [a_node(4)]
    late, early = an_edge("a", 0, 1, 9, strong=True), an_edge("b", 0, 1, 2, strong=True)
    edges = [late, early, an_edge("c", 1, 2, 3, strong=True), an_edge("d", 0, 2, 8, strong=True), an_edge("e", 4, 2, 5)]
    chains = explain(nodes, edges, Rules(), chosen=0)
    assert {i: [e.evidence_id for e in chain] for i, chain in chains.items()} == {
        0: [],
        1: [b"b"],
        2: [b"d"],
        4: [b"d", b"e"],
    }


def test_a_shared_cookie_is_no_reason_to_take_two_for_one() -> None:
    nodes = [a_node(1, USER, strong=True), a_node(2, strong=True), a_node(3)]
    chains = explain(nodes, [an_edge("a", 1, 3, 1), an_edge("b", 2, 3, 2)], Rules(), chosen=1)
    assert chains.keys() == {1, 3}


def test_the_chosen_one_has_to_be_there() -> None:
    with pytest.raises(KeyError):
        explain([], [], Rules(), chosen=1)
