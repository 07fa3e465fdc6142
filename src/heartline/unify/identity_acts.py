"""What staff decide about who is who: split, link, block, rules and traits, as changes of rules and evidence.

``plan_change`` says what an act alters without altering it: the handlers below carry that out, and a preview puts it to
the graph as it stands. What has to be decided anew follows the head of ``neighbourhood``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from heartline.records import (
    Block,
    Edge,
    IdentifierKind,
    Link,
    Node,
    SetIdentityRules,
    SetTraits,
    Split,
    Unblock,
    Unlink,
    Unsplit,
)
from heartline.store import HandlePair, Mark, StaffLink, TraitSet
from heartline.unify.crowds import judge_crowds
from heartline.unify.ownership import FOREVER_US, Rules
from heartline.unify.removal import Acting
from heartline.unify.standing import name_link, order_pair, rules_from, tie_link

STAFF_US: Final = FOREVER_US - 1
"""When staff's word on a trait counts as said: after whatever a source says, ever."""

Change = Split | Unsplit | Link | Unlink | Block | Unblock
"""The acts that can be foreseen: they name identifiers, and concern what evidence ties to these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an act alters: the rules after it, evidence added and taken away, and what these touch."""

    rules: Rules
    added: tuple[Edge, ...] = ()
    dropped: frozenset[bytes] = frozenset()
    touched: frozenset[int] = field(default_factory=frozenset)
    reclassified: frozenset[int] = field(default_factory=frozenset)


def handles_of(act: Change | SetTraits) -> tuple[bytes, ...]:
    """Return the handles an act names; what is no handle is left out."""
    match act:
        case Split() | Unsplit():
            return tuple(handle for pair in read_pairs(act.pairs) for handle in pair)
        case Link() | Unlink():
            return tuple(handle for pair in read_pairs([(act.left, act.right)]) for handle in pair)
        case _:
            found = _read_handle(act.handle)
            return () if found is None else (found,)


def read_pairs(pairs: Collection[tuple[str, str]]) -> list[HandlePair]:
    """Return pairs of handles from hex, each the smaller first; what is no pair of two handles is left out."""
    found = ((_read_handle(left), _read_handle(right)) for left, right in pairs)
    return [
        order_pair(left, right) for left, right in found if left is not None and right is not None and left != right
    ]


def plan_change(act: Change, rules: Rules, nodes: Mapping[bytes, Node]) -> Plan:
    """Say what an act alters. ``nodes`` are the identifiers of ``handles_of``, as far as State knows them."""
    ends = frozenset(node.node_id for node in nodes.values())
    match act:
        case Split():
            pairs = rules.vetoed_pairs | {frozenset(pair) for pair in read_pairs(act.pairs)}
            return Plan(rules=replace(rules, vetoed_pairs=pairs), touched=ends)
        case Unsplit():
            pairs = rules.vetoed_pairs - {frozenset(pair) for pair in read_pairs(act.pairs)}
            return Plan(rules=replace(rules, vetoed_pairs=pairs), touched=ends)
        case Link():
            return _plan_link(act, rules, nodes)
        case Unlink():
            gone = frozenset(name_link(pair) for pair in read_pairs([(act.left, act.right)]))
            return Plan(rules=replace(rules, exempt=rules.exempt - gone), dropped=gone, touched=ends)
        case Block():
            quarantined = rules.quarantined.union(handles_of(act))
            return Plan(rules=replace(rules, quarantined=quarantined), touched=ends, reclassified=ends)
        case Unblock():
            quarantined = rules.quarantined.difference(handles_of(act))
            return Plan(rules=replace(rules, quarantined=quarantined), touched=ends, reclassified=ends)


def _plan_link(act: Link, rules: Rules, nodes: Mapping[bytes, Node]) -> Plan:
    pairs = read_pairs([(act.left, act.right)])
    if not pairs or len(nodes) < 2:
        return Plan(rules=rules)
    left, right = (nodes[handle] for handle in pairs[0])
    edge = tie_link(left, right, at_us=act.at_us)
    exempt = rules.exempt | {edge.evidence_id} if act.over_limit else rules.exempt - {edge.evidence_id}
    ends = frozenset((edge.left, edge.right))
    return Plan(
        rules=replace(rules, exempt=exempt), added=(edge,), dropped=frozenset((edge.evidence_id,)), touched=ends
    )


def change_identity(acting: Acting, act: Change) -> None:
    """Carry out what can be foreseen: write it down, and name what it touches."""
    batch = acting.batch
    nodes = batch.nodes_of(handles_of(act))
    plan = plan_change(act, acting.rules, nodes)
    _write(acting, act, plan)
    acting.batch.note_act(acting.seq, msgspec.json.encode(act), handles=handles_of(act))
    acting.rules = rules_from(batch.identity_facts())
    acting.touched |= plan.touched
    acting.reclassified |= plan.reclassified


def _write(acting: Acting, act: Change, plan: Plan) -> None:
    batch = acting.batch
    match act:
        case Split():
            batch.veto(read_pairs(act.pairs))
        case Unsplit():
            batch.lift_vetoes(read_pairs(act.pairs))
        case Link():
            for edge in plan.added:
                left, right = read_pairs([(act.left, act.right)])[0]
                batch.keep_link(StaffLink(left=left, right=right, over_limit=act.over_limit, at_us=act.at_us))
                batch.tie_staff(edge)
        case Unlink():
            for pair in read_pairs([(act.left, act.right)]):
                batch.drop_link(pair)
            if len(plan.touched) == 2:
                left_id, right_id = plan.touched
                batch.untie_staff((left_id, right_id))
        case Block():
            batch.mark(dict.fromkeys(handles_of(act), Mark.BLOCKED))
        case Unblock():
            batch.mark(dict.fromkeys(handles_of(act), Mark.CLEARED))


def set_identity_rules(acting: Acting, act: SetIdentityRules) -> None:
    """Change limits and quarantine. Kinds that are not named keep the default; what is no kind or no limit is skipped.

    A limit that falls concerns the customers that hold more than it allows, one that rises what limits keep apart;
    where nothing was kept apart and nobody holds too much, the pass would say again what it said.
    """
    batch = acting.batch
    kinds = {kind.value: kind for kind in IdentifierKind}
    limits = {kinds[name]: most for name, most in act.limits.items() if name in kinds and (most is None or most > 0)}
    batch.set_identity_rules(limits, quarantine_over=max(0, act.quarantine_over))
    acting.rules = rules_from(batch.identity_facts())
    acting.touched |= {end for kept in batch.violations() for end in (kept.left_id, kept.right_id)}
    for kind, most in acting.rules.limits.items():
        customers = [customer for customer, _ in batch.crowded_customers(kind, over=most)]
        acting.touched |= batch.subjects_of(customers)
    acting.rules, changed = judge_crowds(batch, None, acting.rules)
    acting.touched |= changed
    acting.reclassified |= changed
    batch.note_act(acting.seq, msgspec.json.encode(act), handles=(b"",))


def set_traits(acting: Acting, act: SetTraits) -> None:
    """Keep staff's word on traits: it wins over sources whatever their times, and the later act over the earlier."""
    handles = handles_of(act)
    said = [
        TraitSet(
            subject_id=node.node_id,
            ts_us=STAFF_US,
            message_key=acting.seq.to_bytes(8) + node.handle[:8],
            source_id=0,
            traits=act.traits,
        )
        for node in acting.batch.nodes_of(handles).values()
    ]
    acting.customers |= acting.batch.add_traits(said)
    # The history of the handle says which traits, not what they say: that is erased with the traits.
    noted = msgspec.structs.replace(act, traits=dict.fromkeys(act.traits))
    acting.batch.note_act(acting.seq, msgspec.json.encode(noted), handles=handles)


def inverse_of(act: Change, *, by: str, at_us: int, reason: str) -> Change:
    """Return the act that takes an act back; of that the inverse does it again."""
    match act:
        case Split():
            return Unsplit(pairs=act.pairs, by=by, at_us=at_us, reason=reason)
        case Unsplit():
            return Split(pairs=act.pairs, by=by, at_us=at_us, reason=reason)
        case Link():
            over = act.over_limit
            return Unlink(left=act.left, right=act.right, over_limit=over, by=by, at_us=at_us, reason=reason)
        case Unlink():
            over = act.over_limit
            return Link(left=act.left, right=act.right, over_limit=over, by=by, at_us=at_us, reason=reason)
        case Block():
            return Unblock(handle=act.handle, by=by, at_us=at_us, reason=reason)
        case Unblock():
            return Block(handle=act.handle, by=by, at_us=at_us, reason=reason)


def _read_handle(text: str) -> bytes | None:
    try:
        handle = bytes.fromhex(text)
    except ValueError:
        return None
    return handle if len(handle) == 16 else None
