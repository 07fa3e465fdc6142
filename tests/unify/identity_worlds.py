"""Builders for identity tests: small nodes and edges, random worlds, and a ledger that plays State."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from hypothesis import strategies as st

from heartline.records import Edge, IdentifierKind, Node, Ownership
from heartline.unify import LinkRefusal, Resolution, Rules

KINDS = tuple(IdentifierKind)


def a_node(
    node_id: int, kind: IdentifierKind = IdentifierKind.EXTERNAL, *, strong: bool = False, first_us: int = 0
) -> Node:
    """Build a node whose handle does not sort as its number does."""
    handle = blake2b(str(node_id).encode(), digest_size=16).digest()
    return Node(node_id, handle, kind, strong, first_us)


def an_edge(name: str, left: int, right: int, ts_us: int, *, strong: bool = False) -> Edge:
    """Build an edge whose evidence id sorts as its name does."""
    return Edge(name.encode(), left, right, ts_us, strong)


@st.composite
def worlds(draw: st.DrawFn, *, most_nodes: int = 10, most_edges: int = 24) -> tuple[list[Node], list[Edge]]:
    """Draw nodes and edges with many ties in time, several user ids and edges of every sort."""
    count = draw(st.integers(1, most_nodes))
    nodes = [
        a_node(i, draw(st.sampled_from(KINDS)), strong=draw(st.booleans()), first_us=draw(st.integers(0, 3)))
        for i in range(count)
    ]
    names = draw(st.lists(st.integers(0, 999), unique=True, max_size=most_edges))
    edges = [
        an_edge(
            f"{name:03}",
            draw(st.integers(0, count - 1)),
            draw(st.integers(0, count - 1)),
            draw(st.integers(0, 5)),
            strong=draw(st.integers(0, 3)) > 0,
        )
        for name in names
    ]
    return nodes, edges


@st.composite
def verified_worlds(draw: st.DrawFn) -> tuple[list[Node], list[Edge]]:
    """Draw few identifiers, nearly all verified, and much that joins them: what limits and caps are about."""
    kinds = st.sampled_from([IdentifierKind.USER_ID, IdentifierKind.EMAIL, IdentifierKind.EXTERNAL])
    count = draw(st.integers(4, 7))
    nodes = [a_node(i, draw(kinds), strong=draw(st.integers(0, 5)) > 0, first_us=i % 3) for i in range(count)]
    pairs = draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), min_size=3, max_size=12))
    return nodes, [an_edge(f"{n:02}", left, right, n * 7 % 5, strong=True) for n, (left, right) in enumerate(pairs)]


all_worlds = st.one_of(worlds(), verified_worlds())


@st.composite
def rules_for(draw: st.DrawFn, nodes: Sequence[Node], edges: Sequence[Edge]) -> Rules:
    """Draw rules, mostly the default ones, at times with other limits, caps, vetoes, quarantine and exempt evidence."""
    if draw(st.booleans()):
        return Rules()
    handles = [node.handle for node in nodes]
    pairs = st.lists(st.frozensets(st.sampled_from(handles), min_size=2, max_size=2), max_size=2)
    return Rules(
        limits=draw(st.dictionaries(st.sampled_from(KINDS), st.integers(1, 2), max_size=3)),
        vetoes=frozenset(draw(st.lists(st.sampled_from([e.evidence_id for e in edges]), max_size=3)) if edges else ()),
        vetoed_pairs=frozenset(draw(pairs) if len(handles) > 1 else ()),
        quarantined=frozenset(draw(st.lists(st.sampled_from(handles), max_size=2))),
        exempt=frozenset(draw(st.lists(st.sampled_from([e.evidence_id for e in edges]), max_size=3)) if edges else ()),
        most_links=draw(st.sampled_from([1, 2, 500])),
    )


@dataclass
class Ledger:
    """Plays State: the evidence, and what the last pass said. Counts what is read of it."""

    known: dict[int, Node] = field(default_factory=dict)
    edges: dict[bytes, Edge] = field(default_factory=dict)
    owned: dict[int, tuple[Ownership, ...]] = field(default_factory=dict)
    refused: dict[bytes, tuple[Edge, LinkRefusal]] = field(default_factory=dict)
    calls: int = 0
    _by_end: defaultdict[int, dict[bytes, Edge]] = field(default_factory=lambda: defaultdict(dict))

    def keep(self, edges: Iterable[Edge]) -> None:
        for edge in edges:
            self.edges[edge.evidence_id] = edge
            self._by_end[edge.left][edge.evidence_id] = edge
            self._by_end[edge.right][edge.evidence_id] = edge

    def drop(self, edge: Edge) -> None:
        del self.edges[edge.evidence_id]
        for end in {edge.left, edge.right}:
            del self._by_end[end][edge.evidence_id]

    def settle(self, found: Resolution) -> None:
        """Replace what was said of the nodes decided anew."""
        self.owned |= found.owners
        anew = found.owners.keys()
        self.refused = {
            key: item
            for key, item in self.refused.items()
            if item[0].left not in anew and item[0].right not in anew and key in self.edges
        }
        self.refused |= {item.edge.evidence_id: (item.edge, item.reason) for item in found.refused}

    def edges_of(self, ids: Collection[int]) -> Sequence[Edge]:
        self.calls += 1
        return [edge for node_id in ids for edge in self._by_end[node_id].values()]

    def nodes(self, ids: Collection[int]) -> Sequence[Node]:
        self.calls += 1
        return [self.known[node_id] for node_id in ids if node_id in self.known]

    def owners(self, ids: Collection[int]) -> Mapping[int, int]:
        self.calls += 1
        return {node_id: self.owned[node_id][0].customer_id for node_id in ids if node_id in self.owned}
