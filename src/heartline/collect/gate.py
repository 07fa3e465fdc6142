"""The gate: a pure, versioned function from a journaled body to its interactions and refusals.

The projector calls it, live and in every rebuild, so it must judge a body today as it will in ten years: it reads no
clock, no setting beyond its rules, and raises on nothing that a client can send. A change of judgement is a new gate
version beside the old one; a change of the body's shape is a new body version with an upgrader (design rule 10).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from msgspec import Raw

from heartline.collect.blanks import read_blanks
from heartline.collect.claims import Claims, hear_public, hear_trusted
from heartline.collect.dialects import DIALECTS
from heartline.collect.events import (
    EMPTY_CONTEXT,
    Context,
    Envelope,
    Event,
    open_envelope,
    read_context,
    read_event,
    read_object_leniently,
)
from heartline.collect.lenience import DEEPEST, nests_too_deep, write_safely
from heartline.collect.mapping import Reading, Scene, find_order, name_event, read_touch
from heartline.collect.notes import Note, read_note
from heartline.collect.rivals import hear_rival, speaks_of_rival, tell_facts
from heartline.collect.sifting import sift_call, sift_people, sift_traffic
from heartline.collect.telling import Telling
from heartline.collect.times import Moment, correct_time, read_time
from heartline.collect.traits import clean_traits, name_message, write_message_id
from heartline.collect.wording import clean_text
from heartline.errors import Invalid
from heartline.language import _, mark
from heartline.records import (
    BODY_VERSION,
    INDEX_BITS,
    Body,
    Interaction,
    Refusal,
    RefusalReason,
    Source,
    Trust,
)

MOST_EVENTS: Final = 1 << INDEX_BITS
CALLS: Final = frozenset({"identify", "track", "page", "screen", "group", "alias"})
TOUCHING_CALLS: Final = frozenset({"track", "page", "screen"})

_REASONS: Final = {reason.value: reason for reason in RefusalReason}
_LONGEST_DETAIL: Final = 500
_NO_TOUCH: Final = Reading(action="", channel="", touchpoint="", area="")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRules:
    """What of the workspace and the settings the gate needs.

    ``currency`` stands in where an amount names none; ``phone_region`` is the country code for local phone numbers;
    ``event_cap_bytes`` is the hard cap of one event (the soft one of 32 KiB is the sender's to heed: C5).
    """

    currency: str = "EUR"
    phone_region: str | None = None
    event_cap_bytes: int = 1024 * 1024


Refused = tuple[RefusalReason, str]


class Passage:
    """One event on its way through the steps; each step fills in what it finds out."""

    __slots__ = (
        *("body", "call", "claims", "context", "envelope", "event", "inherited", "moment", "note"),
        *("order", "properties", "raw", "reading", "rival", "rules", "sent_us", "seq", "source", "traits"),
    )

    def __init__(self, opened: _Opened, raw: Raw, seq: int) -> None:
        self.body = opened.body
        self.source = opened.source
        self.rules = opened.rules
        self.envelope = opened.envelope
        self.inherited = opened.inherited
        self.note = opened.note
        self.sent_us = opened.sent_us
        self.raw = raw
        self.seq = seq
        self.call: str = ""
        self.traits: Mapping[str, Any] = {}
        self.context: Context = EMPTY_CONTEXT
        self.event: Event
        self.order: str = ""
        self.rival: str = ""
        self.properties: dict[str, Any]
        self.claims: Claims
        self.moment: Moment
        self.reading: Reading | None = None


@dataclass(frozen=True, slots=True)
class _Opened:
    """A body whose envelope was read, and what its events share."""

    body: Body
    source: Source
    rules: GateRules
    envelope: Envelope
    inherited: Context
    note: Note
    sent_us: int | None


def weigh(passage: Passage) -> Refused | None:
    """Refuse what is over the hard cap, or nests so deep that no reader downstream should meet it."""
    raw = bytes(passage.raw)
    size = len(raw)
    if size > passage.rules.event_cap_bytes:
        return RefusalReason.TOO_LARGE, f"{size} bytes; the most is {passage.rules.event_cap_bytes}"
    if size > DEEPEST and nests_too_deep(raw):
        return RefusalReason.TOO_LARGE, f"nested deeper than {DEEPEST}"
    return None


def read_shape(passage: Passage) -> Refused | None:
    """Read the event; anything but an object is refused."""
    read = read_event(passage.raw)
    if read is None:
        return RefusalReason.NOT_AN_OBJECT, mark("an event is a JSON object")
    passage.event, passage.properties = read
    return None


def translate(passage: Passage) -> Refused | None:
    """Read the event as ``read_shape`` does, saying it in the gate's own words first where it came in a dialect."""
    say = DIALECTS.get(passage.note.dialect)
    if say is None:
        return read_shape(passage)
    given = read_object_leniently(passage.raw)
    if not given:
        return RefusalReason.NOT_AN_OBJECT, mark("an event is a JSON object")
    telling = Telling(passage.body.received_us, passage.envelope.posthog_sent_at)
    read = read_event(Raw(write_safely(say(given, telling))))
    if read is None:
        return RefusalReason.NOT_AN_OBJECT, mark("an event is a JSON object")
    passage.event, passage.properties = read
    return None


def tell_type(passage: Passage) -> Refused | None:
    """Tell which call it is: by its own type, else by the path it came by."""
    given = passage.event.type
    if type(given) is str and given in CALLS:
        passage.call = given
        return None
    if given is None:
        given = passage.envelope.type
    call = given.strip().lower() if isinstance(given, str) else ""
    if call not in CALLS:
        return RefusalReason.UNKNOWN_TYPE, f"type is {given!r:.80}; it is one of {', '.join(sorted(CALLS))}"
    passage.call = call
    return None


def merge_context(passage: Passage) -> Refused | None:
    """Let the event inherit what the batch's context says and its own does not."""
    own, inherited = passage.event.context, passage.inherited
    if own is None:
        passage.context = inherited
    elif inherited is EMPTY_CONTEXT:
        passage.context = own
    else:
        passage.context = Context(
            library=own.library or inherited.library,
            os=own.os or inherited.os,
            device=own.device or inherited.device,
            page=own.page or inherited.page,
            traits=own.traits or inherited.traits,
            external_ids=inherited.external_ids if own.external_ids is None else own.external_ids,
            heartline=own.heartline or inherited.heartline,
            user_agent=inherited.user_agent if own.user_agent is None else own.user_agent,
        )
    return None


def sift_request(passage: Passage) -> Refused | None:
    """Leave out robots and what came from within."""
    return sift_traffic(passage.note, passage.context)


def sift_wanted(passage: Passage) -> Refused | None:
    """Leave out what its source was told not to send."""
    name = passage.event.name if passage.call in {"page", "screen"} else name_event(passage.event, passage.context)
    return sift_call(passage.note, passage.call, name if isinstance(name, str) else "")


def sift_claims(passage: Passage) -> Refused | None:
    """Leave out one's own people."""
    return sift_people(passage.note, passage.claims.identifiers, passage.traits)


def heed_refusal(passage: Passage) -> Refused | None:
    """Refuse what a trusted source itself could not read: an import sends such a row on with its reason and cells."""
    block = passage.context.heartline
    if block is None or block.refuse is None or passage.source.trust is not Trust.TRUSTED:
        return None
    said = block.refuse if isinstance(block.refuse, dict) else {}
    reason = said.get("reason")
    known = _REASONS.get(reason) if isinstance(reason, str) else None
    detail = clean_text(said.get("detail")) or mark("its sender could not read it")
    return known or RefusalReason.UNREADABLE_ROW, detail[:_LONGEST_DETAIL]


def read_traits(passage: Passage) -> Refused | None:
    """Take the traits of an identify call; of a trusted source also those that a touch brings along, as imports do.

    RudderStack's libraries put them into the context, of every call, where only identify means them to be kept. The
    traits of a group call describe the group and nobody else.
    """
    if passage.call == "identify":
        own = read_object_leniently(passage.event.traits)
        passage.traits = clean_traits({**read_object_leniently(passage.context.traits), **own})
    elif passage.event.traits and passage.call in TOUCHING_CALLS and passage.source.trust is Trust.TRUSTED:
        passage.traits = clean_traits(read_object_leniently(passage.event.traits))
    return None


def hear_claims(passage: Passage) -> Refused | None:
    """Hear who it is about, as far as its source is believed; an order it names is a weak identifier."""
    passage.order = find_order(passage.context, passage.properties)
    rival = passage.context.heartline.rival if passage.context.heartline is not None else None
    # Of a rival's review all is heard that could name somebody, whoever sent it: it is refused for it.
    if passage.source.trust is Trust.TRUSTED or speaks_of_rival(rival):
        passage.claims = hear_trusted(
            passage.event,
            passage.call,
            passage.envelope.anonymous_id,
            context=passage.context,
            traits=passage.traits,
            order=passage.order,
            region=passage.rules.phone_region,
        )
    else:
        passage.claims = hear_public(passage.event, passage.call, passage.envelope.anonymous_id)
    if speaks_of_rival(rival):
        passage.rival, refused = hear_rival(rival, passage.call, passage.claims, traits=bool(passage.event.traits))
        return refused
    if passage.claims.identifiers:
        return None
    if passage.claims.junk:
        return RefusalReason.JUNK_IDENTITY, mark("the ids given stand for nobody in particular")
    return RefusalReason.NO_IDENTITY, mark("neither userId nor anonymousId is given")


def correct_clock(passage: Passage) -> Refused | None:
    """Derive when it happened from the sender's clock and ours."""
    event = passage.event
    moment = correct_time(
        received_us=passage.body.received_us,
        sent_us=passage.sent_us if event.sent_at is None else read_time(event.sent_at),
        original=event.original_timestamp,
        stated=event.timestamp,
    )
    if moment is None:
        return RefusalReason.BAD_TIME, f"timestamp is {event.original_timestamp or event.timestamp!r:.80}"
    passage.moment = moment
    return None


def read_meaning(passage: Passage) -> Refused | None:
    """Read channel, touchpoint, score and the rest; identify, group and alias are no touch and mean nothing here."""
    if passage.call not in TOUCHING_CALLS:
        return None
    name = name_event(passage.event, passage.context) if passage.call == "track" else ""
    if passage.call == "track" and not name:
        return RefusalReason.NO_EVENT_NAME, mark("a track call needs an event name")
    scene = Scene(
        passage.call, name, passage.event, passage.properties, passage.context, passage.order, passage.rules.currency
    )
    passage.reading = read_touch(scene)
    return None


Step = Callable[[Passage], Refused | None]

STEPS_1: Final[tuple[Step, ...]] = (
    weigh,
    read_shape,
    tell_type,
    merge_context,
    heed_refusal,
    read_traits,
    hear_claims,
    correct_clock,
    read_meaning,
)
STEPS_2: Final[tuple[Step, ...]] = (
    weigh,
    translate,
    tell_type,
    merge_context,
    heed_refusal,
    sift_request,
    sift_wanted,
    read_traits,
    hear_claims,
    sift_claims,
    correct_clock,
    read_meaning,
)
GATES: Final[dict[int, tuple[Step, ...]]] = {1: STEPS_1, 2: STEPS_2}
UPGRADERS: Final[dict[int, Callable[[bytes], bytes]]] = {1: lambda payload: payload}
"""By body version: from its payload to the next version's. Version 2 only allows more than version 1 held."""


def pass_gate(body: Body, source: Source, rules: GateRules) -> list[Interaction | Refusal]:
    """Judge each event of a body, in order: as many outcomes as the door counted events.

    Raises:
        Invalid: the body carries a body or gate version that this heartline does not know.
    """
    if body.gate_version not in GATES:
        raise Invalid(
            "unknown_gate",
            _("The journal holds a body of gate version {gate_version}.").format(gate_version=body.gate_version),
            _("Upgrade."),
        )
    blank, payload = read_blanks(body.payload)
    envelope = open_envelope(_upgrade(body, payload))
    if envelope is None:
        return _refuse_whole(body)
    note = read_note(envelope.note)
    opened = _Opened(body, source, rules, envelope, read_context(envelope.context), note, read_time(envelope.sent_at))
    steps = _choose_steps(
        body.gate_version,
        dialect=bool(note.dialect),
        trusted=source.trust is Trust.TRUSTED,
        wanting=bool(note.only) or not note.identify,
        staffed=bool(note.staff),
    )
    first = body.seq << INDEX_BITS
    return [
        _refuse_blank(body, first + i, blank[i]) if i in blank else _pass_one(Passage(opened, raw, first + i), steps)
        for i, raw in enumerate(envelope.batch[:MOST_EVENTS])
    ]


@lru_cache(maxsize=64)
def _choose_steps(version: int, *, dialect: bool, trusted: bool, wanting: bool, staffed: bool) -> tuple[Step, ...]:
    """Return the steps of a gate without those that let every event of such a body pass, or do nothing to it."""
    idle: set[Step] = set()
    if not trusted:
        idle.add(heed_refusal)
    if not wanting:
        idle.add(sift_wanted)
    if not staffed:
        idle.add(sift_claims)
    steps = (step for step in GATES[version] if step not in idle)
    return tuple(read_shape if step is translate and not dialect else step for step in steps)


def find_events(bodies: Iterable[Body], seqs: Collection[int]) -> dict[int, bytes]:
    """Return the raw bytes of some events by their seqs, from the bodies they came in."""
    found: dict[int, bytes] = {}
    wanted = {seq >> INDEX_BITS for seq in seqs}
    for body in bodies:
        envelope = open_envelope(_upgrade(body, read_blanks(body.payload)[1])) if body.seq in wanted else None
        if envelope is not None:
            first = body.seq << INDEX_BITS
            found.update((first + i, bytes(raw)) for i, raw in enumerate(envelope.batch) if first + i in seqs)
    return found


def _upgrade(body: Body, payload: bytes) -> bytes:
    for version in range(body.body_version, BODY_VERSION):
        payload = UPGRADERS[version](payload)
    if body.body_version > BODY_VERSION:
        raise Invalid(
            "unknown_body",
            _("The journal holds a body of version {body_version}.").format(body_version=body.body_version),
            _("Upgrade."),
        )
    return payload


def _refuse_blank(body: Body, seq: int, why: str) -> Refusal:
    reason = _REASONS.get(why, RefusalReason.ERASED)
    return Refusal(seq=seq, source_id=body.source_id, reason=reason, detail="", raw=b"")


def _refuse_whole(body: Body) -> list[Interaction | Refusal]:
    """Refuse each event of a body that can no longer be read, so that the account still adds up."""
    return [
        Refusal(
            seq=(body.seq << INDEX_BITS) + index,
            source_id=body.source_id,
            reason=RefusalReason.NOT_AN_OBJECT,
            detail=mark("the body is no batch"),
            raw=body.payload if index == 0 else b"",
        )
        for index in range(max(1, body.events))
    ]


def _pass_one(passage: Passage, steps: tuple[Step, ...]) -> Interaction | Refusal:
    for step in steps:
        refused = step(passage)
        if refused is not None:
            return Refusal(
                seq=passage.seq,
                source_id=passage.body.source_id,
                reason=refused[0],
                detail=refused[1],
                raw=bytes(passage.raw),
                message_id=_read_message_id(passage),
            )
    return _interact(passage)


def _read_message_id(passage: Passage) -> str:
    event: Event | None = getattr(passage, "event", None)
    return "" if event is None else write_message_id(event.message_id)


def _interact_with_rival(passage: Passage) -> Interaction:
    """Return what is said of a rival: its words and facts, and nothing by which a figure of ours could count it."""
    moment, block = passage.moment, passage.context.heartline
    return Interaction(
        seq=passage.seq,
        source_id=passage.body.source_id,
        message_id=name_message(passage.event.message_id, passage.seq),
        kind=passage.call,
        ts_us=moment.ts_us,
        received_us=passage.body.received_us,
        sent_us=moment.sent_us,
        original_us=moment.original_us,
        skewed=moment.skewed,
        identifiers=(),
        touch=False,
        text=passage.reading.text if passage.reading else None,
        properties=tell_facts(passage.rival, passage.properties, block.score if block else None),
        rival=passage.rival,
    )


def _interact(passage: Passage) -> Interaction:
    if passage.rival:
        return _interact_with_rival(passage)
    moment, claims, reading = passage.moment, passage.claims, passage.reading or _NO_TOUCH
    return Interaction(
        seq=passage.seq,
        source_id=passage.body.source_id,
        message_id=name_message(passage.event.message_id, passage.seq),
        kind=passage.call,
        ts_us=moment.ts_us,
        received_us=passage.body.received_us,
        sent_us=moment.sent_us,
        original_us=moment.original_us,
        skewed=moment.skewed,
        identifiers=claims.identifiers,
        linked=claims.linked,
        touch=passage.reading is not None,
        traits=passage.traits,
        action=reading.action or passage.call,
        channel=reading.channel,
        touchpoint=reading.touchpoint,
        area=reading.area,
        place=reading.place,
        text=reading.text,
        score=reading.score,
        amount_minor=reading.amount_minor,
        currency=reading.currency,
        employee=reading.employee,
        partner=reading.partner,
        order=reading.order,
        product=reading.product,
        properties=bytes(passage.event.properties) if passage.properties else b"{}",
    )
