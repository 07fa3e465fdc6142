"""Finding all that is of a customer: in State by ownership, in History by spans, in the journal by one reading for all.

What a search found is kept with the erasure until nothing is left to be found, so that an erasure cut off anywhere
goes on with it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import Struct

from heartline.app import Heartline
from heartline.collect import find_events, pass_gate
from heartline.records import (
    INDEX_BITS,
    STAFF_SOURCE,
    Act,
    Block,
    Body,
    Consent,
    Erase,
    Interaction,
    KnownIdentifier,
    Link,
    Mend,
    Profile,
    SetTraits,
    Split,
    Unblock,
    Unlink,
    Unsplit,
    read_act,
)
from heartline.store import Mark, SeqRange, Span
from heartline.unify import ALWAYS_US, FOREVER_US, Sieve, Sought, is_of, words_of

ERASED_TEXT: Final = "[erased]"
"""What stands in a text in place of the words that named somebody."""
_READ_EVENTS: Final = 5_000
_BREATH: Final = 0.25
"""How long a search rests after a part of the journal beside a server, as a share of what the part took."""


class _Reasoned(Struct, frozen=True):
    """What is read of any act."""

    reason: str = ""


_read_reasoned: Final = msgspec.json.Decoder(_Reasoned).decode


class Plan(Struct, frozen=True, kw_only=True):
    """What an erasure looks for and where it is. Personal: it is emptied when nothing is left.

    ``handles`` are of identifiers that nobody else's events name, ``shared`` of the others; ``keys`` are both by value.
    ``ranges`` are seqs of events, ``acts`` those of staff acts. ``scanned`` is the journal seq looked at last.
    """

    handles: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()
    ranges: tuple[SeqRange, ...] = ()
    acts: tuple[int, ...] = ()
    scanned: int = 0
    counts: dict[str, int] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer as State and History have them: what they own, and when."""

    customer_id: int
    profile: Profile
    identifiers: Sequence[KnownIdentifier]
    spans: Sequence[Span]


def find_person(heartline: Heartline, ref: str) -> Person | None:
    """Return who a public id stands for now, with all they own at any time."""
    derived = heartline.stores.derived
    customer_id = derived.customer_of_handle(ref)
    if customer_id is None:
        return None
    owned = derived.owned_by(customer_id)
    return Person(
        customer_id=customer_id,
        profile=derived.profiles([customer_id])[customer_id],
        identifiers=derived.identifiers({o.subject_id for o in owned}),
        spans=[Span(o.subject_id, o.from_us, o.to_us) for o in owned],
    )


def plan_erasure(
    heartline: Heartline, refs: Sequence[str], *, known: frozenset[str] = frozenset()
) -> tuple[Plan, Sought]:
    """Say what is of some customers, who count as one, in State and History. The journal is yet to be searched.

    ``known`` are the handles an earlier erasure is known to have covered, when it is done again on an older State: then
    a customer who owns a verified identifier beyond these is somebody else as well, and only what names one of
    ``refs`` itself goes.
    """
    derived, history = heartline.stores.derived, heartline.stores.history
    entries: dict[int, tuple[int, str]] = {}
    ids: dict[int, KnownIdentifier] = {}
    words: set[str] = set()
    always: set[int] = set()
    for person in _people(heartline, refs):
        whole = not known or all(i.handle in known for i in person.identifiers if i.identifier.strong)
        mine = [i for i in person.identifiers if whole or i.handle in refs]
        numbers = {i.identifier_id for i in mine}
        spans = [span for span in person.spans if span.subject_id in numbers]
        entries |= {e.seq: (e.source_id, e.message_id) for e in history.timeline(spans, limit=2**31)}
        ids |= {i.identifier_id: i for i in mine}
        always |= {s.subject_id for s in spans if s.from_us == ALWAYS_US and s.to_us == FOREVER_US}
        names = [i.identifier for i in mine]
        refs_now = [i.handle for i in mine if i.identifier_id in always]
        words.update(words_of(names, person.profile.traits if whole else {}, refs_now))
    own = always if not set(history.mentions(always)) - entries.keys() else _unshared(heartline, always, set(entries))
    plan = Plan(
        handles=tuple(sorted(ids[n].handle for n in own)),
        shared=tuple(sorted(i.handle for n, i in ids.items() if n not in own)),
        pins=_crowded_beside(heartline, set(ids)),
        keys=tuple(sorted({i.identifier.key for i in ids.values()})),
        words=tuple(sorted(words - _shared_words(ids, own))),
        ranges=tuple((seq, seq) for seq in sorted(entries)),
        counts={"history": len(entries), "identifiers": len(own)},
    )
    messages = frozenset(derived.message_key(source, name) for source, name in entries.values() if name)
    return plan, Sought(keys=frozenset(plan.keys), messages=messages, seqs=frozenset(entries))


def _unshared(heartline: Heartline, ids: set[int], seqs: set[int]) -> set[int]:
    """Return those identifiers that no event beyond these names."""
    return {number for number in ids if not set(heartline.stores.history.mentions([number])) - seqs}


def _people(heartline: Heartline, refs: Sequence[str]) -> list[Person]:
    found = (find_person(heartline, ref) for ref in refs)
    return list({person.customer_id: person for person in found if person is not None}.values())


def _shared_words(ids: Mapping[int, KnownIdentifier], own: set[int]) -> set[str]:
    """Return the values that others' events name: kept texts about these others may name them too."""
    return {i.identifier.value for n, i in ids.items() if n not in own}


def _crowded_beside(heartline: Heartline, ids: set[int]) -> tuple[str, ...]:
    """Return the quarantined identifiers that this customer's evidence touches. With their evidence gone the crowd is
    smaller, and strangers would be joined by what is left of it: so they are blocked before.
    """
    derived = heartline.stores.derived
    marks = derived.identity_facts().marks
    if not marks:
        return ()
    said = derived.testimony(ids, limit=100_000)
    ends = {end for each in said for end in (each.edge.left, each.edge.right)} - ids
    return tuple(
        known.handle
        for known in derived.identifiers(ends)
        if marks.get(bytes.fromhex(known.handle)) is Mark.QUARANTINED
    )


def search_journal(heartline: Heartline, sought: Sequence[tuple[Plan, Sought]]) -> list[Plan]:
    """Read the journal on from where the plans left it, and add what is of each: copies, refused events, staff acts."""
    journal = heartline.stores.journal
    sieve = Sieve(one for _, one in sought)
    found: list[set[int]] = [set() for _ in sought]
    acts: list[set[int]] = [set() for _ in sought]
    at = min((plan.scanned for plan, _ in sought), default=0)
    while bodies := journal.read(at, events=_READ_EVENTS):
        began = time.monotonic()
        for body in bodies:
            if body.source_id == STAFF_SOURCE:
                _search_act(body, sought, acts)
            elif sieve.passes(body.payload):
                _search_body(heartline, body, sought, found)
        at = bodies[-1].seq
        if heartline.running:
            time.sleep(_BREATH * (time.monotonic() - began))
    plans = []
    for (plan, _), seqs, act_seqs in zip(sought, found, acts, strict=True):
        had = {first for first, _ in plan.ranges}
        counts = {**plan.counts, "journal": plan.counts.get("journal", len(had)) + len(seqs - had)}
        ranges = tuple((seq, seq) for seq in sorted(had | seqs))
        plans.append(
            msgspec.structs.replace(
                plan, ranges=ranges, acts=tuple(sorted({*plan.acts, *act_seqs})), scanned=at, counts=counts
            )
        )
    return plans


def _search_body(
    heartline: Heartline, body: Body, sought: Sequence[tuple[Plan, Sought]], found: Sequence[set[int]]
) -> None:
    derived, rules = heartline.stores.derived, heartline.gate_rules()
    outcomes = pass_gate(body, heartline.sources.by_id()[body.source_id], rules)
    raw = find_events([body], {outcome.seq for outcome in outcomes})
    for outcome in outcomes:
        key = derived.message_key(body.source_id, outcome.message_id) if outcome.message_id else b""
        if isinstance(outcome, Interaction) and not outcome.message_id:
            key = b""
        bytes_of = raw.get(outcome.seq, b"")
        for (_, one), seqs in zip(sought, found, strict=True):
            if is_of(outcome, one, message_key=key, raw=bytes_of, region=rules.phone_region):
                seqs.add(outcome.seq)


def _search_act(body: Body, sought: Sequence[tuple[Plan, Sought]], acts: Sequence[set[int]]) -> None:
    act = read_act(body)
    for (plan, one), seqs in zip(sought, acts, strict=True):
        if isinstance(act, (SetTraits, Consent)) and act.handle in plan.handles:
            seqs.add(body.seq)
        elif isinstance(act, Mend) and act.events and one.keys:
            # Which of its events are theirs is known once the ranges are.
            seqs.add(body.seq)
        elif act.reason and (_is_about(act, plan) or any(word.lower() in act.reason.lower() for word in plan.words)):
            seqs.add(body.seq)


def _is_about(act: Act, plan: Plan) -> bool:
    """Whether an act names one of the handles that go."""
    match act:
        case Split() | Unsplit():
            return any(handle in plan.handles for pair in act.pairs for handle in pair)
        case Link() | Unlink():
            return act.left in plan.handles or act.right in plan.handles
        case Block() | Unblock() | SetTraits() | Consent():
            return act.handle in plan.handles
        case _:
            return False


def _blank_reason(act: Act, plan: Plan) -> Act:
    """Return an act without what its reason says of somebody: all of it where the act is about them."""
    if not act.reason:
        return act
    if _is_about(act, plan):
        return msgspec.structs.replace(act, reason="")
    either = "|".join(re.escape(word) for word in sorted(plan.words, key=len, reverse=True))
    reason = re.sub(rf"(?<!\w)(?:{either})(?!\w)", ERASED_TEXT, act.reason, flags=re.IGNORECASE)
    return act if not plan.words or reason == act.reason else msgspec.structs.replace(act, reason=reason)


def erased_by(heartline: Heartline, certificate: str, *, after: int) -> list[SeqRange]:
    """Return all that the acts of an erasure removed, also what came after its search; ``after`` is a journal seq."""
    acts: list[int] = []
    while bodies := heartline.stores.journal.read(after, events=_READ_EVENTS):
        after = bodies[-1].seq
        for body in bodies:
            act = read_act(body) if body.source_id == STAFF_SOURCE else None
            if isinstance(act, Erase) and act.certificate == certificate:
                acts.append(body.seq)
    return heartline.stores.derived.removed_by(acts)


def blank_act(body: Body, plan: Plan) -> bytes:
    """Return a staff act's payload without what it says of somebody."""
    had = read_act(body)
    act = _blank_reason(had, plan)
    gone = {first for first, _ in plan.ranges}
    match act:
        case SetTraits() if act.handle in plan.handles:
            return msgspec.json.encode(msgspec.structs.replace(act, traits={}))
        case Consent() if act.handle in plan.handles:
            return msgspec.json.encode(msgspec.structs.replace(act, wording="", version="", how=""))
        case Mend():
            return msgspec.json.encode(
                msgspec.structs.replace(act, events=tuple(e for e in act.events if e[0] not in gone))
            )
        case _:
            return body.payload if act is had else msgspec.json.encode(act)


def read_reason(payload: bytes) -> str:
    """Return the reason that a staff act's payload gives."""
    return _read_reasoned(payload).reason


def places_by_body(ranges: Sequence[SeqRange]) -> dict[int, list[int]]:
    """Return the places of events in their bodies, by journal seq."""
    found: dict[int, list[int]] = {}
    mask = (1 << INDEX_BITS) - 1
    for first, last in ranges:
        for seq in range(first, last + 1):
            found.setdefault(seq >> INDEX_BITS, []).append(seq & mask)
    return found
