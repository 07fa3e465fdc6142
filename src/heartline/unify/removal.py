"""Taking events back: what a removal leaves of State is what State would hold if they had never come.

Evidence keeps only the earliest claim of a day, an identifier only its earliest time, so what the removed events
brought cannot simply be subtracted. The identifiers they name are learned anew instead, from every other event that
names one of them (History knows which), and the owners of what that can reach are decided again.

One thing is not given back: a copy of a removed event that came meanwhile stays a copy. Sending it again stores it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from heartline.records import (
    INDEX_BITS,
    Act,
    Body,
    Identifier,
    Interaction,
    Node,
    Refusal,
    RefusalReason,
)
from heartline.store import Batch, Claim, DerivedState, History, Journal, Key, SeqRange
from heartline.unify.crowds import judge_crowds
from heartline.unify.neighbourhood import refresh
from heartline.unify.ownership import FOREVER_US, Rules
from heartline.unify.standing import list_violations
from heartline.unify.traits import fold

_ERASED = RefusalReason.ERASED
Judge = Callable[[Sequence[Body]], tuple[list[Interaction], list[Refusal]]]


@dataclass(slots=True, kw_only=True)
class Acting:
    """A staff act on its way: what it may use, and what it has found out. One micro-batch of its own.

    ``touched`` and ``reclassified`` are as ``refresh`` takes them; ``customers`` need their profiles folded again;
    ``ranges`` are to be removed from History when State has committed.
    """

    seq: int
    act: Act
    batch: Batch
    derived: DerivedState
    history: History
    journal: Journal
    judge: Judge
    rules: Rules
    counts: Counter[tuple[int, str]] = field(default_factory=Counter)
    ranges: list[SeqRange] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    reclassified: set[int] = field(default_factory=set)
    customers: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Removed:
    """The events of some ranges as the gate reads them: those stored, the names of those set aside, all by source."""

    stored: Sequence[tuple[Interaction, bytes]]
    aside: Sequence[tuple[int, int, str]]
    by_source: Mapping[int, int]


def remove_events(acting: Acting, ranges: Iterable[SeqRange], *, counted_as: str) -> None:
    """Take back the events of some ranges of seqs; the account counts them as ``counted_as`` from now on.

    Ranges removed before are skipped, so that doing it twice does it once.
    """
    fresh = subtract(ranges, acting.batch.removed())
    if not fresh:
        return
    removed = _find(acting, fresh)
    keys = {key for _, key in removed.stored}
    acting.batch.drop_messages(keys | _aside_keys(acting, removed))
    acting.batch.drop_consents(fresh)
    _move_counts(acting, removed, acting.batch.drop_refused(fresh), counted_as)
    acting.ranges.extend(fresh)
    acting.batch.add_removal(acting.seq, fresh)
    claims = claim_all(interaction for interaction, _ in removed.stored)
    nodes = acting.batch.known_nodes([identifier for identifier, _ in claims.values()])
    acting.batch.drop_traits([node.node_id for node in nodes.values()], keys)
    _learn_anew(acting, nodes, removed, fresh)


def subtract(ranges: Iterable[SeqRange], gone: Iterable[SeqRange]) -> list[SeqRange]:
    """Return the parts of ``ranges`` that ``gone`` does not cover, merged and in order."""
    holes = merge(gone)
    ends = [end for _, end in holes]
    left: list[SeqRange] = []
    for first, last in merge(ranges):
        at = first
        for start, end in holes[bisect_left(ends, first) :]:
            if start > last:
                break
            if start > at:
                left.append((at, start - 1))
            at = end + 1
        if at <= last:
            left.append((at, last))
    return left


def merge(ranges: Iterable[SeqRange]) -> list[SeqRange]:
    """Return the same seqs as ranges that neither overlap nor touch, in order."""
    merged: list[SeqRange] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def within(seq: int, ranges: Sequence[SeqRange]) -> bool:
    """Whether a seq lies in one of the ranges, which are merged and in order."""
    place = bisect_right(ranges, (seq, FOREVER_US)) - 1
    return place >= 0 and seq <= ranges[place][1]


def claim_all(interactions: Iterable[Interaction]) -> dict[Key, tuple[Identifier, int]]:
    """Return each identifier named, verified if any names it so, with the earliest time it was named."""
    return place_all(interactions)[0]


def place_all(interactions: Iterable[Interaction]) -> tuple[dict[Key, tuple[Identifier, int]], list[list[int]]]:
    """Return what ``claim_all`` does, and of each interaction the places of its identifiers among those."""
    at: dict[Key, int] = {}
    said: list[Identifier] = []
    first_us: list[int] = []
    places: list[list[int]] = []
    for interaction in interactions:
        ts_us = interaction.ts_us
        here = []
        for identifier in interaction.identifiers:
            place = at.setdefault((identifier.kind, identifier.value), len(said))
            if place == len(said):
                said.append(identifier)
                first_us.append(ts_us)
            else:
                first_us[place] = min(first_us[place], ts_us)
                if identifier.strong and not said[place].strong:
                    said[place] = identifier
            here.append(place)
        places.append(here)
    return dict(zip(at, zip(said, first_us, strict=True), strict=True)), places


def tie_all(told: Iterable[tuple[Interaction, bytes]], nodes: Mapping[Key, Node]) -> list[Claim]:
    """Return the evidence that events give: one that may link its identifiers ties each to its subject.

    ``told`` holds each event with its message key; identifiers that are not in ``nodes`` are left out.
    """
    claims: list[Claim] = []
    for interaction, message_key in told:
        if not interaction.linked:
            continue
        subject, *others = interaction.identifiers
        here = nodes.get(subject.key)
        if here is None:
            continue
        for other in others:
            there = nodes.get(other.key)
            if there is None:
                continue
            pair = min(here.handle, there.handle) + max(here.handle, there.handle)
            claims.append(
                Claim(
                    left_id=here.node_id,
                    right_id=there.node_id,
                    strong=subject.strong and other.strong,
                    ts_us=interaction.ts_us,
                    evidence_id=blake2b(message_key + pair, digest_size=16).digest(),
                    source_id=interaction.source_id,
                )
            )
    return claims


def refused_name(reason: RefusalReason, message_id: str) -> str:
    """Return the name under which a refused message is known, so that one that comes again is a copy."""
    return f"refused\0{reason}\0{message_id}"


def decide(acting: Acting) -> None:
    """Find the owners again of all that was touched, and fold the profiles again that this can change."""
    batch = acting.batch
    if acting.touched:
        acting.rules, changed = judge_crowds(batch, acting.touched, acting.rules)
        acting.touched |= changed
        acting.reclassified |= changed
        found = refresh(acting.touched, batch, acting.rules, reclassified=acting.reclassified)
        batch.write_violations(found.owners.keys(), list_violations(found.refused))
        acting.customers |= batch.own(found.owners, new=())
        acting.customers |= batch.owners_ever(acting.touched)
    if acting.customers:
        said = batch.trait_sets(acting.customers)
        batch.write_profiles({c: fold((s.ts_us, s.message_key, s.traits) for s in sets) for c, sets in said.items()})


def _find(acting: Acting, ranges: Sequence[SeqRange]) -> Removed:
    seqs = {seq for first, last in ranges for seq in range(first >> INDEX_BITS, (last >> INDEX_BITS) + 1)}
    passed, refusals = acting.judge(acting.journal.at(seqs))
    passed = [interaction for interaction in passed if within(interaction.seq, ranges)]
    # What was erased or suppressed is nowhere any more, and is counted as that for ever.
    gone = acting.batch.suppressed_events(ranges)
    passed = [interaction for interaction in passed if interaction.seq not in gone]
    refused = [r for r in refusals if within(r.seq, ranges) and r.seq not in gone and r.reason is not _ERASED]
    keys = {i.seq: acting.derived.message_key(i.source_id, i.message_id) for i in passed}
    known = acting.batch.known_messages(set(keys.values()))
    stored = [(i, keys[i.seq]) for i in passed if known.get(keys[i.seq], (-1, b""))[0] == i.seq]
    # What was stored under another seq is a copy, or changed: then it was set aside under a name of its own.
    kept = {interaction.seq for interaction, _ in stored}
    aside = [(r.seq, r.source_id, refused_name(r.reason, r.message_id)) for r in refused if r.message_id]
    changed = RefusalReason.CHANGED
    aside += [(i.seq, i.source_id, refused_name(changed, i.message_id)) for i in passed if i.seq not in kept]
    by_source = Counter([i.source_id for i in passed] + [r.source_id for r in refused])
    return Removed(stored, aside, by_source)


def _aside_keys(acting: Acting, removed: Removed) -> set[bytes]:
    named = {seq: acting.derived.message_key(source_id, name) for seq, source_id, name in removed.aside}
    known = acting.batch.known_messages(set(named.values()))
    return {key for seq, key in named.items() if known.get(key, (-1, b""))[0] == seq}


def _move_counts(acting: Acting, removed: Removed, aside: Mapping[int, int], counted_as: str) -> None:
    stored = Counter(interaction.source_id for interaction, _ in removed.stored)
    for source_id, n in removed.by_source.items():
        refused = aside.get(source_id, 0)
        acting.counts[source_id, "stored"] -= stored[source_id]
        acting.counts[source_id, "refused"] -= refused
        acting.counts[source_id, "duplicate"] -= n - stored[source_id] - refused
        acting.counts[source_id, counted_as] += n


def _learn_anew(acting: Acting, nodes: Mapping[Key, Node], removed: Removed, ranges: Sequence[SeqRange]) -> None:
    """State anew what the identifiers of removed events are, from all other events that name them."""
    batch = acting.batch
    by_number = {node.node_id: node for node in nodes.values()}
    staying = {seq for seq in acting.history.mentions(list(by_number)) if not within(seq, ranges)}
    passed, _ = acting.judge(acting.journal.at({seq >> INDEX_BITS for seq in staying}))
    told = [(i, acting.derived.message_key(i.source_id, i.message_id)) for i in passed if i.seq in staying]
    claims = {key: claim for key, claim in claim_all(i for i, _ in told).items() if key in nodes}
    pairs = {(claim.left_id, claim.right_id) for claim in tie_all(removed.stored, nodes)}
    batch.drop_evidence(pairs)
    both = {frozenset(pair) for pair in pairs}
    batch.add_evidence([c for c in tie_all(told, nodes) if frozenset((c.left_id, c.right_id)) in both])
    # What a member of staff tied stays known even where no event names it any more.
    held = {end for edge in batch.edges_of(list(by_number)) for end in (edge.left, edge.right)}
    gone = {node.node_id for key, node in nodes.items() if key not in claims and node.node_id not in held}
    batch.restate({nodes[key].node_id: (claim[0].strong, claim[1]) for key, claim in claims.items()})
    batch.write_violations(gone, ())
    released = {node.handle for node in nodes.values() if node.node_id in gone} - acting.rules.blocked
    batch.mark(dict.fromkeys(released & acting.rules.quarantined))
    acting.rules = replace(acting.rules, quarantined=acting.rules.quarantined - released)
    acting.customers |= batch.drop_identifiers(gone)
    acting.customers |= batch.owners_ever(by_number.keys() - gone)
    acting.touched |= by_number.keys() - gone
    acting.reclassified |= acting.touched


def ranges_of_bodies(bodies: Collection[SeqRange]) -> list[SeqRange]:
    """Return the seqs of all events of some bodies, given as ranges of journal seqs."""
    return [(first << INDEX_BITS, ((last + 1) << INDEX_BITS) - 1) for first, last in bodies]
