"""What staff decided about identity, as the rules of the pass; and what the pass kept apart, as State keeps it."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from heartline.records import Edge, IdentifierKind, Node
from heartline.store import HandlePair, IdentityFacts, Mark, Violation
from heartline.unify.ownership import QUARANTINE_OVER, LinkRefusal, RefusedEdge, Rules


def rules_from(facts: IdentityFacts) -> Rules:
    """Return the rules in force."""
    limits: dict[IdentifierKind, int | None] = {**Rules().limits, **(facts.limits or {})}
    blocked = frozenset(handle for handle, mark in facts.marks.items() if mark is Mark.BLOCKED)
    over = facts.quarantine_over
    return Rules(
        limits={kind: most for kind, most in limits.items() if most is not None},
        vetoed_pairs=frozenset(frozenset(pair) for pair in facts.vetoed_pairs),
        quarantined=blocked | {handle for handle, mark in facts.marks.items() if mark is Mark.QUARANTINED},
        exempt=frozenset(name_link((link.left, link.right)) for link in facts.links if link.over_limit),
        blocked=blocked,
        cleared=frozenset(handle for handle, mark in facts.marks.items() if mark is Mark.CLEARED),
        quarantine_over=QUARANTINE_OVER if over is None else over,
    )


def order_pair(left: bytes, right: bytes) -> HandlePair:
    """Return two handles, the smaller first."""
    return (left, right) if left < right else (right, left)


def name_link(pair: HandlePair) -> bytes:
    """Return the evidence id of what staff said of a pair: the same whenever they say it."""
    return blake2b(b"staff\0" + pair[0] + pair[1], digest_size=16).digest()


def tie_link(left: Node, right: Node, *, at_us: int) -> Edge:
    """Return staff's word as evidence. It counts as verified: it joins verified ends, and is a login otherwise."""
    name = name_link(order_pair(left.handle, right.handle))
    return Edge(name, min(left.node_id, right.node_id), max(left.node_id, right.node_id), at_us, strong=True)


def list_violations(refused: Iterable[RefusedEdge]) -> list[Violation]:
    """Return the pairs that a limit or a cap keeps apart, each with the earliest piece of evidence refused.

    Which piece that is does not depend on later evidence: two sides that a limit keeps apart only grow.
    """
    found: dict[tuple[int, int], Violation] = {}
    for item in refused:
        if item.reason not in {LinkRefusal.LIMIT, LinkRefusal.CAP}:
            continue
        left, right = sorted((item.edge.left, item.edge.right))
        said = Violation(left_id=left, right_id=right, reason=item.reason.value, ts_us=item.edge.ts_us)
        found.setdefault((left, right), said)
    return list(found.values())
