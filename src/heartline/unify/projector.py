"""The projector: reads the journal from a stored offset and makes State and History of it, a micro-batch at a time.

State commits first, History second, each with its own offset (design rule 2). A crash between the two leaves History
behind; the next step makes History's half again from what State already knows, so nothing is lost or doubled (rule 3).
"""

from __future__ import annotations

import gc
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import takewhile
from time import thread_time
from typing import Final

import msgspec

from heartline.collect import GateRules, find_events, pass_gate
from heartline.log import get_logger
from heartline.records import (
    INDEX_BITS,
    NOBODY,
    PRIORITY,
    STAFF_SOURCE,
    Body,
    Interaction,
    Mend,
    Node,
    Ownership,
    Refusal,
    RefusalReason,
    Source,
    read_act,
)
from heartline.store import Batch, DerivedState, History, Journal, Numbered, TraitSet
from heartline.unify.acts import perform
from heartline.unify.consent import hear_consents
from heartline.unify.crowds import judge_crowds
from heartline.unify.erasure import NOT_KEPT, suppressed
from heartline.unify.mending import mend_bodies
from heartline.unify.neighbourhood import refresh, touched_by
from heartline.unify.ownership import ALWAYS_US, FOREVER_US, Rules
from heartline.unify.removal import Acting, place_all, refused_name, tie_all
from heartline.unify.standing import list_violations, rules_from
from heartline.unify.traits import fold

_logger: Final = get_logger("unify")
_pack: Final = msgspec.msgpack.Encoder().encode

BATCH_EVENTS: Final = 5_000
"""The most events of a micro-batch. What waits is taken at once: only a projector that is behind has so many."""


@dataclass(slots=True)
class Work:
    """One micro-batch on its way through ``STEPS``."""

    bodies: Sequence[Body]
    batch: Batch
    rules: Rules
    passed: list[Interaction] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    kept: list[tuple[Interaction, bytes]] = field(default_factory=list)
    counts: Counter[tuple[int, str]] = field(default_factory=Counter)
    judged: bool = False
    """Whether the gate has judged the events already, and ``passed`` holds only those that are asked for."""
    numbers: Numbered = field(default_factory=lambda: Numbered(nodes={}))
    places: list[list[int]] = field(default_factory=list)
    """Of each that is kept the places of its identifiers among the numbered ones, its subject's first."""
    touched: set[int] = field(default_factory=set)
    met: Counter[int] = field(default_factory=Counter)
    """How many pieces of evidence of this batch tie an identifier to one of higher kind."""
    veiled: set[int] = field(default_factory=set)
    """What went into quarantine."""
    customers: set[int] = field(default_factory=set)


class Projector:
    """Moves journal records into State and History. One at a time; call ``step`` from one thread only."""

    def __init__(  # noqa: PLR0913  # the composition root names each port
        self,
        *,
        journal: Journal,
        derived: DerivedState,
        history: History,
        sources: Callable[[], Mapping[int, Source]],
        gate_rules: Callable[[], GateRules],
        refused_quota_bytes: int,
        reach: Callable[[str], None] = lambda _name: None,
        batch_events: int = BATCH_EVENTS,
    ) -> None:
        self._journal = journal
        self._derived = derived
        self._history = history
        self._sources = sources
        self._gate_rules = gate_rules
        self._quota = refused_quota_bytes
        self._reach = reach
        self._batch_events = batch_events
        # What the rules are is read again after each act, and whenever a batch has failed.
        self._rules: Rules | None = None
        self._position: tuple[int, int] | None = None
        # CPU seconds by step, for bench/through.py and the doctor.
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def step(self) -> int:
        """Project one micro-batch; return how many events it held (a staff act counts one), 0 at the journal's end."""
        state_at, history_at = self._position or (self._derived.offset(), self._history.offset())
        self._position = None
        if history_at < state_at:
            return self._catch_up(history_at, state_at)
        bodies = self._journal.read(state_at, events=self._batch_events)
        if not bodies:
            self._position = (state_at, history_at)
            return 0
        if bodies[0].source_id == STAFF_SOURCE:
            with _uncollected():
                self._act(bodies[0])
            return 1
        # An act has a micro-batch of its own: what came before it is all that it sees.
        bodies = list(takewhile(lambda body: body.source_id != STAFF_SOURCE, bodies))
        with _uncollected():
            self._project(bodies)
        return sum(body.events for body in bodies)

    def _act(self, body: Body) -> None:
        """Let a staff act do what it does: to State with the offset, then to History with its own."""
        act, rules = read_act(body), self._take_rules()
        with self._derived.batch(body.seq) as batch:
            acting = Acting(
                seq=body.seq,
                act=act,
                batch=batch,
                derived=self._derived,
                history=self._history,
                journal=self._journal,
                judge=lambda bodies: self._judge_again(bodies, batch.mended_of),
                rules=rules,
            )
            perform(acting)
            work = self._mend(act, batch, acting.rules) if isinstance(act, Mend) else Work([], batch, acting.rules)
        self._reach("between_commits")
        if work.kept:
            self._record([i for i, _ in work.kept], work.numbers.nodes.values(), work.places, offset=body.seq)
        else:
            self._history.remove(acting.ranges, offset=body.seq)
        self._position = (body.seq, body.seq)

    def _mend(self, act: Mend, batch: Batch, rules: Rules) -> Work:
        """Judge mended events in place of those that were refused; what was not refused, or is no more, stays."""
        refused = batch.refused_among([seq for seq, _ in act.events])
        mended = {seq: event for seq, event in act.events if seq in refused}
        bodies = mend_bodies(self._journal.at({seq >> INDEX_BITS for seq in mended}), mended)
        batch.add_mended(mended)
        passed, refusals = self._judge(bodies)
        work = Work(bodies, batch, rules, judged=True)
        work.passed = [interaction for interaction in passed if interaction.seq in refused]
        work.refusals = [refusal for refusal in refusals if refusal.seq in refused]
        for source_id, n in batch.drop_refused([(seq, seq) for seq in refused]).items():
            work.counts[source_id, "refused"] -= n
        for _, step in STEPS:
            step(self, work)
        return work

    def _project(self, bodies: Sequence[Body]) -> None:
        offset, rules = bodies[-1].seq, self._take_rules()
        with self._derived.batch(offset) as batch:
            work = Work(bodies, batch, rules)
            for name, step in STEPS:
                began = thread_time()
                step(self, work)
                self.seconds[name] += thread_time() - began
            began = thread_time()
        self._rules = work.rules
        self.seconds["commit state"] += thread_time() - began
        self._reach("between_commits")
        began = thread_time()
        self._record([i for i, _ in work.kept], work.numbers.nodes.values(), work.places, offset=offset)
        self.seconds["append history"] += thread_time() - began
        self._position = (offset, offset)

    def _take_rules(self) -> Rules:
        """Return the rules in force. They are put back when the batch has committed."""
        rules, self._rules = self._rules, None
        return rules or rules_from(self._derived.identity_facts())

    def drain(self) -> int:
        """Project all that the journal holds; return how many events that was."""
        total = 0
        while done := self.step():
            total += done
        return total

    def _catch_up(self, history_at: int, state_at: int) -> int:
        """Give History what State committed before a crash: what State keeps under its own seq, and no other."""
        bodies = [b for b in self._journal.read(history_at, events=self._batch_events) if b.seq <= state_at]
        mends = [act for act in (read_act(b) for b in bodies if b.source_id == STAFF_SOURCE) if isinstance(act, Mend)]
        earlier = {seq >> INDEX_BITS for act in mends for seq, _ in act.events if seq >> INDEX_BITS <= history_at}
        again = {seq for act in mends for seq, _ in act.events}
        passed, _ = self._judge_again(bodies, self._derived.mended_of)
        late, _ = self._judge_again(self._journal.at(earlier), self._derived.mended_of)
        passed += [interaction for interaction in late if interaction.seq in again]
        keys = {self._derived.message_key(i.source_id, i.message_id): i for i in reversed(passed)}
        known = self._derived.known_messages(list(keys))
        own = [
            i for i in passed if known.get(self._derived.message_key(i.source_id, i.message_id), (-1, b""))[0] == i.seq
        ]
        claims, places = place_all(own)
        nodes = self._derived.known_nodes([identifier for identifier, _ in claims.values()])
        self._record(own, [nodes[key] for key in claims], places, offset=bodies[-1].seq)
        if any(body.source_id == STAFF_SOURCE for body in bodies):
            # Whatever acts removed is gone from State already, so it was not appended above.
            self._history.remove(self._derived.removals(after=history_at), offset=bodies[-1].seq)
        return max(1, sum(body.events for body in bodies))

    def _judge(self, bodies: Sequence[Body]) -> tuple[list[Interaction], list[Refusal]]:
        sources = self._sources()
        rules = self._gate_rules()
        passed: list[Interaction] = []
        refusals: list[Refusal] = []
        for body in bodies:
            if body.source_id == STAFF_SOURCE:
                continue
            for outcome in pass_gate(body, sources[body.source_id], rules):
                if isinstance(outcome, Refusal):
                    refusals.append(outcome)
                else:
                    passed.append(outcome)
        return passed, refusals

    def _judge_again(
        self, bodies: Sequence[Body], mended_of: Callable[[Collection[int]], Mapping[int, str]]
    ) -> tuple[list[Interaction], list[Refusal]]:
        """Judge bodies that were judged before, with what was mended since in place of what was refused."""
        passed, refusals = self._judge(bodies)
        mended = mended_of([body.seq for body in bodies])
        if mended:
            well, ill = self._judge(mend_bodies(bodies, mended))
            passed = [i for i in passed if i.seq not in mended] + [i for i in well if i.seq in mended]
            refusals = [r for r in refusals if r.seq not in mended] + [r for r in ill if r.seq in mended]
        return passed, refusals

    def gate(self, work: Work) -> None:
        """Let the gate judge each event; refusals are values."""
        if not work.judged:
            work.passed, work.refusals = self._judge(work.bodies)

    def suppress(self, work: Work) -> None:
        """Leave out what names somebody who was erased and is not to come back."""
        if not work.batch.suppresses():
            return
        named = {identifier.key: identifier for i in work.passed for identifier in i.identifiers}
        handles = {key: self._derived.handle(identifier) for key, identifier in named.items()}
        gone = work.batch.suppressed_among(set(handles.values()))
        if not gone:
            return
        passed, work.passed = work.passed, []
        for interaction in passed:
            if any(handles[identifier.key] in gone for identifier in interaction.identifiers):
                work.refusals.append(suppressed(interaction))
            else:
                work.passed.append(interaction)

    def dedupe(self, work: Work) -> None:
        """Keep what is new. A message is a copy only if another seq came first; other content is listed as changed."""
        keyed = [(self._derived.message_key(i.source_id, i.message_id), digest_of(i), i) for i in work.passed]
        met: dict[bytes, tuple[int, bytes]] = {}
        for key, digest, interaction in keyed:
            met.setdefault(key, (interaction.seq, digest))
        known = work.batch.add_messages(met)
        if known is met and len(met) == len(keyed):
            # As nearly always: each is new, and comes once.
            work.kept = [(interaction, key) for key, _, interaction in keyed]
            self._set_aside_once(work)
            return
        changed: list[Interaction] = []
        for key, digest, interaction in keyed:
            first_seq, first_digest = known[key]
            if first_seq == interaction.seq:
                work.kept.append((interaction, key))
            elif first_digest == digest:
                work.counts[interaction.source_id, "duplicate"] += 1
            else:
                changed.append(interaction)
        if changed:
            raw = find_events(work.bodies, {interaction.seq for interaction in changed})
            work.refusals.extend(_changed(interaction, raw[interaction.seq]) for interaction in changed)
        self._set_aside_once(work)

    def _set_aside_once(self, work: Work) -> None:
        """Count a refused message that comes again as a copy, so that importing a dirty file twice changes nothing."""
        keys = {
            refusal.seq: self._derived.message_key(refusal.source_id, refused_name(refusal.reason, refusal.message_id))
            for refusal in work.refusals
            if refusal.message_id
        }
        known = dict(work.batch.known_messages(set(keys.values()))) if keys else {}
        fresh: dict[bytes, tuple[int, bytes]] = {}
        aside: list[Refusal] = []
        for refusal in work.refusals:
            digest = blake2b(refusal.raw, digest_size=8).digest()
            key = keys.get(refusal.seq)
            if key is not None and key not in known:
                known[key] = fresh[key] = (refusal.seq, digest)
            if key is None or known[key][0] == refusal.seq or known[key][1] != digest:
                aside.append(refusal)
            else:
                work.counts[refusal.source_id, "duplicate"] += 1
        work.refusals = aside
        work.batch.add_messages(fresh)

    def number(self, work: Work) -> None:
        """Number all identifiers, each with the earliest time it was met."""
        claims, work.places = place_all(interaction for interaction, _ in work.kept)
        work.numbers = work.batch.number(claims)

    def tie(self, work: Work) -> None:
        """Keep the evidence: an event that may link its identifiers ties each to its subject."""
        nodes = work.numbers.nodes
        claims = tie_all(work.kept, nodes)
        by_number = {node.node_id: node for node in nodes.values()}
        for claim in claims:
            left, right = by_number[claim.left_id], by_number[claim.right_id]
            if left.kind is not right.kind:
                work.met[left.node_id if PRIORITY[left.kind] > PRIORITY[right.kind] else right.node_id] += 1
        quarantined = work.rules.quarantined
        for edge in work.batch.add_evidence(claims):
            left, right = by_number[edge.left], by_number[edge.right]
            if quarantined and (left.handle in quarantined or right.handle in quarantined):
                continue
            work.touched.update(touched_by(edge, left, right))
            # A customer met with its first login has no owner in State yet: it is decided in the same pass.
            work.touched.update(work.numbers.new.intersection((edge.left, edge.right)))

    def crowd(self, work: Work) -> None:
        """Put into quarantine what met too many others in a day; what it met already is decided again."""
        over, new = work.rules.quarantine_over, work.numbers.new
        asked = [number for number, times in work.met.items() if number not in new or times > over]
        if asked and over:
            work.rules, work.veiled = judge_crowds(work.batch, asked, work.rules)
            work.touched |= work.veiled
        if work.veiled:
            _logger.warning("identity.quarantined", identifiers=len(work.veiled))

    def resolve(self, work: Work) -> None:
        """Find the owners again of all that the new evidence can reach; the untied own themselves."""
        new, turned = work.numbers.new, work.numbers.turned
        tied = work.touched | turned | work.numbers.earlier
        alone = new - tied
        owners: dict[int, Sequence[Ownership]] = {
            number: (Ownership(subject_id=number, from_us=ALWAYS_US, to_us=FOREVER_US, customer_id=number),)
            for number in alone
        }
        if tied:
            reclassified = (new & tied) | turned | work.veiled
            found = refresh(tied, work.batch, work.rules, reclassified=reclassified)
            owners.update(found.owners)
            work.batch.write_violations(found.owners.keys(), list_violations(found.refused))
        work.customers = work.batch.own(owners, new=new) - alone

    def remember(self, work: Work) -> None:
        """Keep what identify calls said, and fold the profiles again that it can change."""
        sets = [
            TraitSet(
                subject_id=work.numbers.nodes[interaction.subject.key].node_id,
                ts_us=interaction.ts_us,
                message_key=key,
                source_id=interaction.source_id,
                traits=interaction.traits,
            )
            for interaction, key in work.kept
            if interaction.traits
        ]
        work.customers |= work.batch.add_traits(sets)
        words = hear_consents((i for i, _ in work.kept), self._sources(), handle=self._derived.handle)
        if words:
            work.batch.add_consents(words)
        if work.customers:
            found = work.batch.trait_sets(work.customers)
            work.batch.write_profiles(
                {c: fold((s.ts_us, s.message_key, s.traits) for s in said) for c, said in found.items()}
            )

    def count(self, work: Work) -> None:
        """Keep the refused with their reasons, and the account's counters."""
        for refusal in work.refusals:
            what = "erased" if refusal.reason is RefusalReason.ERASED else "refused"
            work.counts[refusal.source_id, what] += 1
        for interaction, _ in work.kept:
            work.counts[interaction.source_id, "stored"] += 1
        work.batch.refuse([r for r in work.refusals if r.reason not in NOT_KEPT], quota_bytes=self._quota)
        work.batch.note_suppressed([r.seq for r in work.refusals if r.reason is RefusalReason.SUPPRESSED])
        work.batch.count(work.counts)

    def _record(
        self, kept: Sequence[Interaction], nodes: Iterable[Node], places: Sequence[Sequence[int]], *, offset: int
    ) -> None:
        """Give History what was kept, under the numbers that State gave its identifiers."""
        numbers = [node.node_id for node in nodes]
        self._history.record(
            kept,
            [numbers[here[0]] if here else NOBODY for here in places],
            [
                (interaction.seq, numbers[place])
                for interaction, here in zip(kept, places, strict=True)
                if len(here) > 1
                for place in here[1:]
            ],
            offset=offset,
        )


STEPS: Final[tuple[tuple[str, Callable[[Projector, Work], None]], ...]] = (
    ("gate", Projector.gate),
    ("suppress", Projector.suppress),
    ("dedupe", Projector.dedupe),
    ("number", Projector.number),
    ("tie", Projector.tie),
    ("crowd", Projector.crowd),
    ("resolve", Projector.resolve),
    ("remember", Projector.remember),
    ("count", Projector.count),
)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Hold the search for reference cycles back: a micro-batch makes none, and it took 22 of 110 µs an event."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def digest_of(i: Interaction) -> bytes:
    """Return a hash of what a message says. Times that a retry changes (sent, received) are left out."""
    said = (i.kind, i.action, i.touchpoint, i.original_us, i.text, i.score, i.amount_minor, i.properties, i.traits)
    try:
        packed = _pack(said)
    except (TypeError, ValueError, OverflowError):
        # What JSON holds and MessagePack does not: lone surrogates, integers beyond 64 bits.
        packed = repr(said).encode("utf-8", "surrogatepass")
    return blake2b(packed, digest_size=8).digest()


def _changed(i: Interaction, raw: bytes) -> Refusal:
    return Refusal(
        seq=i.seq,
        source_id=i.source_id,
        reason=RefusalReason.CHANGED,
        detail=f"Message {i.message_id} came before with other content; the first one stays.",
        raw=raw,
        message_id=i.message_id,
    )
