"""Who owns which identifier when: the whole identity pass, as one pure function of nodes, edges and rules.

The rules in plain words stand in docs/explanation/identity.md (I1–I4). Nothing here depends on the order in which nodes
and edges are given, nor on exact copies among them: every choice is made by event time, then by evidence id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from heartline.records import Edge, IdentifierKind, Node, Ownership

ALWAYS_US: Final = -(2**63)
"""The beginning of time, in microseconds: the smallest integer of 64 bits."""
FOREVER_US: Final = 2**63 - 1
"""The end of time, in microseconds: the largest integer of 64 bits."""

MOST_LINKS: Final = 500
"""How many links may make one customer, by default (I9)."""
QUARANTINE_OVER: Final = 20
"""How many neighbours of higher kind an identifier may meet in a UTC day, by default (I5)."""
_ONE_USER: Final[Mapping[IdentifierKind, int]] = MappingProxyType({IdentifierKind.USER_ID: 1})

Span = tuple[int, int, int]
"""``(from_us, to_us, customer_id)``: an ownership before it is written down for a subject."""


class LinkRefusal(StrEnum):
    """Why a piece of evidence is kept but does not link."""

    LIMIT = "limit"
    """One customer would hold more identifiers of a kind than the rules allow."""
    CAP = "cap"
    """More links would make one customer than any person needs (I9)."""
    UNVERIFIED = "unverified"
    """It ties two verified identifiers together, but the claim itself was not verified."""
    VETOED = "vetoed"
    """A person said that this evidence, or this pair, never links."""
    QUARANTINED = "quarantined"
    """One of its identifiers touches too many customers to mean one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What may not be linked. ``vetoes`` are evidence ids, ``vetoed_pairs`` and ``quarantined`` are handles.

    ``limits`` says how many verified identifiers of a kind one customer may hold (I4); kinds left out are unlimited.
    ``most_links`` is the most that may make one customer; links of external identifiers do not count (I9). ``exempt``
    are evidence ids for which neither counts: staff said so.

    ``blocked`` are those of ``quarantined`` that staff put there, ``cleared`` handles that are never quarantined, and
    ``quarantine_over`` how many others put a handle there (0: none); the pass itself does not look at these three.
    """

    limits: Mapping[IdentifierKind, int] = field(default_factory=lambda: _ONE_USER)
    vetoes: frozenset[bytes] = frozenset()
    vetoed_pairs: frozenset[frozenset[bytes]] = frozenset()
    quarantined: frozenset[bytes] = frozenset()
    exempt: frozenset[bytes] = frozenset()
    most_links: int = MOST_LINKS
    blocked: frozenset[bytes] = frozenset()
    cleared: frozenset[bytes] = frozenset()
    quarantine_over: int = QUARANTINE_OVER


@dataclass(frozen=True, slots=True)
class RefusedEdge:
    """Evidence that is kept and does not link, with the reason."""

    edge: Edge
    reason: LinkRefusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Who owns what. The ownerships of a subject follow each other without gap from ``ALWAYS_US`` to ``FOREVER_US``.

    ``refused`` is sorted by event time, then evidence id.
    """

    owners: Mapping[int, tuple[Ownership, ...]]
    refused: tuple[RefusedEdge, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SortedEvidence:
    """Edges by what they can do. ``logins`` and ``neighbours`` are kept by weak node.

    ``joins``: candidate links between strong nodes, by time and evidence id. ``logins``: ``(ts_us, evidence id, strong
    node)``. ``neighbours``: ``(evidence id, other weak node)``. ``refused``: forbidden whatever else is known.
    """

    joins: Sequence[Edge]
    logins: Mapping[int, Sequence[tuple[int, bytes, int]]]
    neighbours: Mapping[int, Sequence[tuple[bytes, int]]]
    refused: Sequence[RefusedEdge]


def resolve(nodes: Iterable[Node], edges: Iterable[Edge], rules: Rules) -> Resolution:
    """Give every node its owners over all time: the whole pass.

    Raises:
        KeyError: if an edge names a node that is not given.

    """
    known = {node.node_id: node for node in nodes}
    evidence = sort_evidence(known, edges, rules)
    strong = [node for node in known.values() if node.strong]
    customers, over_limit = join(strong, evidence.joins, rules)
    weak = [node for node in known.values() if not node.strong]
    spans = own(weak, evidence, customers)
    return Resolution(owners=write(customers, spans), refused=in_order([*evidence.refused, *over_limit]))


def refusal_of(edge: Edge, left: Node, right: Node, rules: Rules) -> LinkRefusal | None:
    """Say why the rules forbid an edge whatever else is known, or None. Limits need the rest too: see ``join``."""
    if edge.evidence_id in rules.vetoes:
        return LinkRefusal.VETOED
    if rules.vetoed_pairs and frozenset((left.handle, right.handle)) in rules.vetoed_pairs:
        return LinkRefusal.VETOED
    if left.handle in rules.quarantined or right.handle in rules.quarantined:
        return LinkRefusal.QUARANTINED
    if left.strong and right.strong and not edge.strong:
        return LinkRefusal.UNVERIFIED
    return None


def sort_evidence(known: Mapping[int, Node], edges: Iterable[Edge], rules: Rules) -> SortedEvidence:
    """Sort edges by what they can do; copies count once and an edge from a node to itself says nothing."""
    joins: list[Edge] = []
    logins: defaultdict[int, list[tuple[int, bytes, int]]] = defaultdict(list)
    neighbours: defaultdict[int, list[tuple[bytes, int]]] = defaultdict(list)
    refused: list[RefusedEdge] = []
    for edge in {edge.evidence_id: edge for edge in edges}.values():
        left, right = known[edge.left], known[edge.right]
        if left is right:
            continue
        reason = refusal_of(edge, left, right, rules)
        if reason is not None:
            refused.append(RefusedEdge(edge, reason))
        elif left.strong and right.strong:
            joins.append(edge)
        elif left.strong:
            logins[edge.right].append((edge.ts_us, edge.evidence_id, edge.left))
        elif right.strong:
            logins[edge.left].append((edge.ts_us, edge.evidence_id, edge.right))
        else:
            neighbours[edge.left].append((edge.evidence_id, edge.right))
            neighbours[edge.right].append((edge.evidence_id, edge.left))
    joins.sort(key=_moment)
    return SortedEvidence(joins=joins, logins=logins, neighbours=neighbours, refused=refused)


def join(strong: Collection[Node], joins: Iterable[Edge], rules: Rules) -> tuple[dict[int, int], list[RefusedEdge]]:
    """Run the strong pass: accept each edge, in the order given, unless a limit forbids.

    Returns the customer of each strong node (its component's earliest node by first time, then handle), and the edges
    that a limit refused. Edges between nodes already joined are accepted and change nothing.
    """
    parent = {node.node_id: node.node_id for node in strong}
    held = {node.node_id: _holds(node, rules) for node in strong}
    refused: list[RefusedEdge] = []
    for edge in joins:
        left, right = _root(parent, edge.left), _root(parent, edge.right)
        if left == right:
            continue
        if edge.evidence_id not in rules.exempt:
            reason = _too_many(held[left], held[right], rules)
            if reason is not None:
                refused.append(RefusedEdge(edge, reason))
                continue
        parent[right] = left
        held[left] = _held_together(held[left], held[right])
    earliest: dict[int, Node] = {}
    for node in strong:
        root = _root(parent, node.node_id)
        if root not in earliest or _age(node) < _age(earliest[root]):
            earliest[root] = node
    return {node.node_id: earliest[_root(parent, node.node_id)].node_id for node in strong}, refused


def own(weak: Collection[Node], evidence: SortedEvidence, customers: Mapping[int, int]) -> dict[int, tuple[Span, ...]]:
    """Give every weak node its owners: by its logins, else as its nearest neighbour, else with its whole component."""
    spans = {
        node.node_id: spans_of(evidence.logins[node.node_id], customers)
        for node in weak
        if node.node_id in evidence.logins
    }
    for node_id, (_, heir_of) in inherit(spans, evidence.neighbours).items():
        spans[node_id] = spans[heir_of]
    alone = {node.node_id: node for node in weak if node.node_id not in spans}
    while alone:
        component = _component(next(iter(alone)), evidence.neighbours)
        earliest = min((alone.pop(node_id) for node_id in component), key=_age)
        span = ((ALWAYS_US, FOREVER_US, earliest.node_id),)
        spans.update(dict.fromkeys(component, span))
    return spans


def spans_of(logins: Sequence[tuple[int, bytes, int]], customers: Mapping[int, int]) -> tuple[Span, ...]:
    """Turn logins into spans: from each login to the next the customer who logged in, before the first the first.

    Of several logins at one instant the smallest evidence id wins. Neighbouring spans of one customer become one.
    """
    spans: list[Span] = []
    last_us: int | None = None
    for ts_us, _, strong_id in sorted(logins):
        if ts_us == last_us:
            continue
        last_us = ts_us
        customer = customers[strong_id]
        if not spans:
            spans.append((ALWAYS_US, FOREVER_US, customer))
        elif spans[-1][2] != customer:
            from_us, _, before = spans[-1]
            spans[-1] = (from_us, ts_us, before)
            spans.append((ts_us, FOREVER_US, customer))
    return tuple(spans)


def inherit(
    heads: Collection[int], neighbours: Mapping[int, Sequence[tuple[bytes, int]]]
) -> dict[int, tuple[bytes, int]]:
    """Walk outwards from the nodes with logins, layer by layer, and say for each further node whose owners it takes.

    Returns node → (evidence id, neighbour in the layer before): the smallest evidence id wins. In order of the layers.
    """
    heir_of: dict[int, tuple[bytes, int]] = {}
    layer = list(heads)
    reached = set(layer)
    while layer:
        found: dict[int, tuple[bytes, int]] = {}
        for node_id in layer:
            for evidence_id, other in neighbours.get(node_id, ()):
                if other not in reached and (other not in found or (evidence_id, node_id) < found[other]):
                    found[other] = (evidence_id, node_id)
        heir_of |= found
        reached |= found.keys()
        layer = list(found)
    return heir_of


def write(customers: Mapping[int, int], spans: Mapping[int, Sequence[Span]]) -> dict[int, tuple[Ownership, ...]]:
    """Write down owners by subject: strong ones for all time, weak ones by their spans."""
    owners: dict[int, tuple[Ownership, ...]] = {
        subject: (Ownership(subject_id=subject, from_us=ALWAYS_US, to_us=FOREVER_US, customer_id=customer),)
        for subject, customer in customers.items()
    }
    for subject, parts in spans.items():
        owners[subject] = tuple(
            Ownership(subject_id=subject, from_us=from_us, to_us=to_us, customer_id=customer)
            for from_us, to_us, customer in parts
        )
    return owners


def owner_at(ownerships: Sequence[Ownership], ts_us: int) -> int:
    """Return the customer who owns a subject at an event time.

    Raises:
        LookupError: if the ownerships leave that time uncovered; those of a ``Resolution`` never do.

    """
    for ownership in ownerships:
        if ownership.from_us <= ts_us and (ts_us < ownership.to_us or ownership.to_us == FOREVER_US):
            return ownership.customer_id
    raise LookupError(f"nobody owns the subject at {ts_us}")


def present_owner(ownerships: Sequence[Ownership], now_us: int) -> int:
    """Return the customer to whom an identifier leads now; a login dated in the future does not count yet.

    Raises:
        LookupError: as ``owner_at``.

    """
    return owner_at(ownerships, now_us)


def in_order(refused: Iterable[RefusedEdge]) -> tuple[RefusedEdge, ...]:
    """Sort refused edges by event time, then evidence id."""
    return tuple(sorted(refused, key=lambda item: _moment(item.edge)))


def _moment(edge: Edge) -> tuple[int, bytes]:
    return (edge.ts_us, edge.evidence_id)


def _age(node: Node) -> tuple[int, bytes]:
    return (node.first_us, node.handle)


def _root(parent: dict[int, int], node_id: int) -> int:
    while (above := parent[node_id]) != node_id:
        parent[node_id] = node_id = parent[above]
    return node_id


def _holds(node: Node, rules: Rules) -> dict[IdentifierKind | None, int]:
    """What one identifier counts for: its kind where that has a limit, and itself (None) unless it is external."""
    held: dict[IdentifierKind | None, int] = {node.kind: 1} if node.kind in rules.limits else {}
    if node.kind is not IdentifierKind.EXTERNAL:
        held[None] = 1
    return held


def _too_many(
    left: Mapping[IdentifierKind | None, int], right: Mapping[IdentifierKind | None, int], rules: Rules
) -> LinkRefusal | None:
    """Say why two sides may not be one, or None. A side that holds none of a kind never adds to the other's."""
    for kind, count in right.items():
        if kind is not None and kind in left and left[kind] + count > rules.limits[kind]:
            return LinkRefusal.LIMIT
    if None in left and None in right and left[None] + right[None] > rules.most_links + 1:
        return LinkRefusal.CAP
    return None


def _held_together(
    left: Mapping[IdentifierKind | None, int], right: Mapping[IdentifierKind | None, int]
) -> dict[IdentifierKind | None, int]:
    both = dict(left)
    for kind, count in right.items():
        both[kind] = both.get(kind, 0) + count
    return both


def _component(start: int, neighbours: Mapping[int, Sequence[tuple[bytes, int]]]) -> set[int]:
    reached = {start}
    waiting = [start]
    while waiting:
        for _, other in neighbours.get(waiting.pop(), ()):
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return reached
