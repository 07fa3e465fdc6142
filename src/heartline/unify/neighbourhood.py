"""The part of the evidence that a change can reach, and the identity pass over that part alone.

Why refreshing the touched equals the whole pass. *Touched* holds every node that is new or whose record changed, of
every new edge the ends whose owners can depend on it (``touched_by``), and both ends of every edge removed or put under
or free of a veto. *Reclassified* are those of them whose edges now read differently: new, turned strong or weak, put
into or out of quarantine. A reclassified node touches its weak neighbours, and its strong ones over verified evidence;
from here on the graph differs from that of the last pass only at touched nodes. Then, in the order of the whole pass:

1. *Strong nodes.* Whether an edge joins depends on the components of its ends at its moment, so on nothing outside the
   nodes that candidate edges reach, **edges refused by a limit included**, for such an edge may join this time. Every
   node reached from a touched strong node is decided anew; in what is not reached nothing changed. Edges that the rules
   forbid whatever else is known (vetoes, quarantine, unverified) carry nothing, before as after, and are not walked:
   where that changed, their ends are touched.
2. *Weak nodes with logins* depend on their own edges (their change touches them) and on the customers of the strong
   nodes at the other end: so also the weak neighbours of every strong node whose customer is now another are dirty.
   Customers of strong nodes that were not reached stand as they were, and are asked of State: a tablet with 10,000
   logins is one node made again, not 10,000.
3. *Weak nodes without login* take the owners of the nearest node with logins, and no shortest way leads *through*
   another node with logins. So such a node depends only on its region (the nodes without login that it reaches over
   such nodes) and on the fringe: the nodes with logins that border the region. All regions that hold or border a dirty
   node are decided anew, from a fringe computed from its own edges. A node that gains its first login splits its old
   region into regions that all border it; an edge removed leaves parts that each hold a touched end.

tests/unify/test_neighbourhood.py holds this with random graphs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from heartline.records import Edge, Node, Ownership
from heartline.unify.ownership import (
    RefusedEdge,
    Resolution,
    Rules,
    SortedEvidence,
    in_order,
    join,
    own,
    owner_at,
    refusal_of,
    sort_evidence,
    write,
)


class GraphReader(Protocol):
    """The evidence as it is now, and the customers of the last pass. Each method is asked once per layer walked."""

    def edges_of(self, ids: Collection[int]) -> Sequence[Edge]:
        """Return all edges with at least one end among ``ids``; copies are allowed."""

    def nodes(self, ids: Collection[int]) -> Sequence[Node]:
        """Return the nodes of these numbers; those that are no more are left out."""

    def owners(self, ids: Collection[int]) -> Mapping[int, int]:
        """Return the customers that the last pass gave to these strong nodes; new ones are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """What a change reaches: ``recompute`` are the nodes to decide anew, ``fringe`` weak nodes with logins beside them.

    ``customers`` are those of every strong node needed, decided anew or standing; ``over_limit`` the edges that a limit
    refuses among them.
    """

    nodes: Mapping[int, Node]
    edges: Collection[Edge]
    evidence: SortedEvidence
    recompute: frozenset[int]
    fringe: frozenset[int]
    customers: Mapping[int, int]
    over_limit: Sequence[RefusedEdge]


def refresh(
    touched: Collection[int], graph: GraphReader, rules: Rules, *, reclassified: Collection[int] | None = None
) -> Resolution:
    """Decide anew what a change can reach. Replacing these owners and keeping the rest equals ``resolve`` over all.

    Args:
        touched: what changed, see the head of this module; more than that does no harm.
        graph: the evidence with the change, and the customers from before it.
        rules: as of now.
        reclassified: those of ``touched`` that are new, turned strong or weak, or went into or out of quarantine. None
            means all of them: right, but it makes every weak neighbour of a touched node again.

    Returns:
        The owners of the nodes decided anew, and the refused edges that have an end among them: these replace all
        refused edges known of these nodes.

    """
    reach = affected(touched, graph, rules, reclassified=reclassified)
    # What lies on the far sides of the fringe was not read: it gets no say, and no word of ours about it is kept.
    walked = [reach.nodes[i] for i in reach.recompute | reach.fringe if not reach.nodes[i].strong]
    spans = own(walked, reach.evidence, reach.customers)
    refused = [
        item
        for item in (*reach.evidence.refused, *reach.over_limit)
        if item.edge.left in reach.recompute or item.edge.right in reach.recompute
    ]
    return Resolution(
        owners=write(
            {node_id: reach.customers[node_id] for node_id in reach.recompute if reach.nodes[node_id].strong},
            {node_id: parts for node_id, parts in spans.items() if node_id in reach.recompute},
        ),
        refused=in_order(refused),
    )


def affected(
    touched: Collection[int], graph: GraphReader, rules: Rules, *, reclassified: Collection[int] | None = None
) -> Affected:
    """Walk the evidence from what was touched, layer by layer, and say what has to be decided anew.

    Arguments as for ``refresh``. The strong pass runs on the way, for only strong nodes whose customer became another
    reach on into the weak ones.
    """
    seen = _Seen(graph, rules)
    seen.read(set(touched))
    start = {node_id for node_id in touched if node_id in seen.nodes}
    start |= seen.across(start if reclassified is None else start.intersection(reclassified))
    scope = seen.reach_strong(start)
    customers, over_limit = join([seen.nodes[i] for i in scope], seen.joins(), rules)
    before = graph.owners(scope) if scope else {}
    moved = [node_id for node_id in scope if before.get(node_id) != customers[node_id]]
    dirty = {node_id for node_id in start if not seen.nodes[node_id].strong} | seen.beside(moved, strong=False)
    region, fringe = seen.reach_weak(dirty)
    standing = seen.beside(region | fringe, strong=True) - scope
    if standing:
        customers |= graph.owners(standing)
    return Affected(
        nodes=seen.nodes,
        edges=seen.edges.values(),
        evidence=sort_evidence(seen.nodes, seen.edges.values(), rules),
        recompute=frozenset(scope | region),
        fringe=frozenset(fringe),
        customers=customers,
        over_limit=over_limit,
    )


def touched_by(edge: Edge, left: Node, right: Node) -> tuple[int, ...]:
    """Say whose owners can depend on a new edge.

    A strong customer does not depend on its logins, so a login touches only its weak end; an edge between strong nodes
    touches both if verified, else none; one between weak nodes touches both.
    """
    if left.strong and right.strong:
        return (edge.left, edge.right) if edge.strong else ()
    return tuple(node.node_id for node in (left, right) if not node.strong)


def brings_news(
    edge: Edge,
    ends: tuple[Node, Node],
    *,
    prior: Iterable[Edge],
    owners: Mapping[int, Sequence[Ownership]],
    rules: Rules,
) -> bool:
    """Tell whether a new edge can change any owner, so that most repeated evidence need not be refreshed.

    It cannot if the rules forbid it, or if permitted evidence of the same pair says as much already: for strong nodes
    an edge before it, for weak ones an edge with a smaller id, for a login any edge, where its customer owns the weak
    end at that time.

    Args:
        edge: new since the last pass, as its ends are now.
        ends: its left and right node.
        prior: evidence of the same pair, from the last pass or earlier in the same change; other edges are skipped.
        owners: of both ends as of the last pass; an end not refreshed yet may be missing.
        rules: as of the last pass and now.

    """
    left, right = ends
    if edge.left == edge.right or refusal_of(edge, left, right, rules) is not None:
        return False
    pair = {edge.left, edge.right}
    known = [
        other
        for other in prior
        if {other.left, other.right} == pair and refusal_of(other, left, right, rules) is None and other != edge
    ]
    if left.strong and right.strong:
        return not any((other.ts_us, other.evidence_id) < (edge.ts_us, edge.evidence_id) for other in known)
    if not left.strong and not right.strong:
        return not any(other.evidence_id < edge.evidence_id for other in known)
    weak, strong = (right, left) if left.strong else (left, right)
    if not known or weak.node_id not in owners or strong.node_id not in owners:
        return True
    return owner_at(owners[weak.node_id], edge.ts_us) != owner_at(owners[strong.node_id], edge.ts_us)


class _Seen:
    """What was read so far. ``links`` are the permitted edges of the nodes read, by end."""

    def __init__(self, graph: GraphReader, rules: Rules) -> None:
        self.graph = graph
        self.rules = rules
        self.nodes: dict[int, Node] = {}
        self.edges: dict[bytes, Edge] = {}
        self.links: defaultdict[int, list[tuple[int, bool]]] = defaultdict(list)
        self._read: set[int] = set()
        self._joins: list[Edge] = []

    def read(self, ids: Collection[int]) -> None:
        """Read the edges of some nodes, and the nodes at their other ends: two round trips at most."""
        wanted = set(ids) - self._read
        if not wanted:
            return
        self._read |= wanted
        fresh = {edge.evidence_id: edge for edge in self.graph.edges_of(wanted) if edge.evidence_id not in self.edges}
        self.edges |= fresh
        ends = wanted.union(*((edge.left, edge.right) for edge in fresh.values())) - self.nodes.keys()
        if ends:
            self.nodes |= {node.node_id: node for node in self.graph.nodes(ends)}
        for edge in fresh.values():
            left, right = self.nodes[edge.left], self.nodes[edge.right]
            if refusal_of(edge, left, right, self.rules) is None:
                self.links[edge.left].append((edge.right, right.strong))
                self.links[edge.right].append((edge.left, left.strong))
                if left.strong and right.strong:
                    self._joins.append(edge)

    def joins(self) -> list[Edge]:
        """Return the candidate links read so far, in the order in which they are decided."""
        return sorted(self._joins, key=lambda edge: (edge.ts_us, edge.evidence_id))

    def across(self, reclassified: Collection[int]) -> set[int]:
        """Return the other ends whose owners depend on how the edges of these nodes read, refused edges included."""
        found: set[int] = set()
        for edge in self.edges.values():
            for here, there in ((edge.left, edge.right), (edge.right, edge.left)):
                if here in reclassified and (edge.strong or not self.nodes[there].strong):
                    found.add(there)
        return found

    def beside(self, ids: Iterable[int], *, strong: bool) -> set[int]:
        """Return the strong, or the weak, nodes that permitted edges tie to these."""
        return {other for node_id in ids for other, is_strong in self.links[node_id] if is_strong is strong}

    def reach_strong(self, start: Collection[int]) -> set[int]:
        """Return the strong nodes that candidate edges reach from those in ``start``."""
        scope: set[int] = set()
        layer = {node_id for node_id in start if self.nodes[node_id].strong}
        while layer:
            self.read(layer)
            scope |= layer
            layer = self.beside(layer, strong=True) - scope
        return scope

    def reach_weak(self, dirty: set[int]) -> tuple[set[int], set[int]]:
        """Return the dirty nodes with all regions that hold or border one, and the fringe of those."""
        self.read(dirty)
        region, fringe = set(dirty), set[int]()
        layer = self.beside(dirty, strong=False) - region
        while layer:
            self.read(layer)
            bordering = {node_id for node_id in layer if any(strong for _, strong in self.links[node_id])}
            fringe |= bordering
            region |= layer - bordering
            layer = self.beside(layer - bordering, strong=False) - region - fringe
        return region, fringe
