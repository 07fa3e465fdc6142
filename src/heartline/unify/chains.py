"""Why are these one person? The shortest chains of accepted evidence between a customer's identifiers (I1)."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence

from heartline.records import Edge, Node
from heartline.unify.ownership import Rules, SortedEvidence, inherit, join, sort_evidence


def explain(nodes: Iterable[Node], edges: Iterable[Edge], rules: Rules, *, chosen: int) -> dict[int, tuple[Edge, ...]]:
    """Return, for each identifier of one customer, the shortest chain of accepted evidence from the chosen one to it.

    A chain goes the ways by which identity is decided: verified links, logins, and for identifiers without login the
    neighbour whose owner they took. It never passes *through* a weak identifier from one verified to another, for that
    is no reason to take two for one person. Of chains of equal length the one with the earlier evidence is taken.

    Args:
        nodes: what the customer owns, ever or now.
        edges: evidence; edges with an end that is not among ``nodes`` are skipped.
        rules: as in the identity pass.
        chosen: the identifier where all chains start; its own chain is empty.

    Returns:
        Chains by node number; an identifier that no accepted evidence reaches is left out.

    Raises:
        KeyError: if ``chosen`` is not among ``nodes``.

    """
    known = {node.node_id: node for node in nodes}
    inside = {edge.evidence_id: edge for edge in edges if edge.left in known and edge.right in known}
    ways = _ways(known, inside, sort_evidence(known, inside.values(), rules), rules)
    chains: dict[int, tuple[Edge, ...]] = {chosen: ()}
    from_strong = {chosen: known[chosen].strong}
    waiting = deque([chosen])
    while waiting:
        here = waiting.popleft()
        for edge in ways[here]:
            there = edge.right if edge.left == here else edge.left
            if there in chains or (known[there].strong and not known[here].strong and from_strong[here]):
                continue
            chains[there] = (*chains[here], edge)
            from_strong[there] = from_strong[here] or known[there].strong
            waiting.append(there)
    return chains


def _ways(
    known: Mapping[int, Node], inside: Mapping[bytes, Edge], evidence: SortedEvidence, rules: Rules
) -> Mapping[int, Sequence[Edge]]:
    """Return the accepted edges of each node, by event time, then evidence id."""
    _, over_limit = join([node for node in known.values() if node.strong], evidence.joins, rules)
    accepted = {edge.evidence_id for edge in evidence.joins} - {item.edge.evidence_id for item in over_limit}
    accepted |= {evidence_id for logins in evidence.logins.values() for _, evidence_id, _ in logins}
    heir_of = inherit(evidence.logins.keys(), evidence.neighbours)
    accepted |= {evidence_id for evidence_id, _ in heir_of.values()}
    accepted |= {
        evidence_id
        for node_id, beside in evidence.neighbours.items()
        if node_id not in heir_of and node_id not in evidence.logins
        for evidence_id, _ in beside
    }
    ways: defaultdict[int, list[Edge]] = defaultdict(list)
    for edge in sorted((inside[key] for key in accepted), key=lambda edge: (edge.ts_us, edge.evidence_id)):
        ways[edge.left].append(edge)
        ways[edge.right].append(edge)
    return ways
