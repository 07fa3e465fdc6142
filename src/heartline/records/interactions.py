"""Interactions: one touch between a company and a customer, and the scores that come with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from heartline.records.identifiers import Identifier

INDEX_BITS: Final = 20
"""An interaction's ``seq`` is its body's journal seq shifted by this, plus its place in the body."""
NOBODY: Final = 0
"""The subject's number of what names nobody: what is said of a rival. No identifier has it."""
RIVAL: Final = "rival"
"""The property of such an interaction that says which rival it is about."""


class Area(StrEnum):
    """The five areas in which a company meets its customers (mission row A6)."""

    MARKETING = "marketing"
    SALES = "sales"
    SERVICE = "service"
    PRODUCT = "product"
    PLACE = "place"


class ScoreKind(StrEnum):
    """What was asked. The scale is fixed by the kind except for CSAT and CES, whose top the score carries."""

    NPS = "nps"
    CSAT = "csat"
    CES = "ces"
    STARS = "stars"


@dataclass(frozen=True, slots=True)
class Score:
    """A score on its own scale: NPS 0–10, stars 1–5, CSAT and CES 1–``top`` (higher is better, always)."""

    kind: ScoreKind
    value: float
    top: int

    @property
    def valence(self) -> float:
        """The score on −1…+1, by which all kinds share one heartline."""
        bottom = 0 if self.kind is ScoreKind.NPS else 1
        return 2 * (self.value - bottom) / (self.top - bottom) - 1


class Interaction(msgspec.Struct, frozen=True, kw_only=True):
    """One accepted event after the gate, before its customer is known.

    A struct, because one is made for every event (docs/decisions/0007).

    Times are microseconds UTC. ``identifiers`` are unique and sorted by priority, the first is the subject.
    ``linked`` says that this event is evidence that its identifiers are one customer (rule 6 and trap 9).
    ``touch`` is False for identify, group and alias calls: they are stored and counted but are no step of a journey.
    ``rival`` names who it speaks of where that is not us: it then has no identifier, and is no touch.
    """

    seq: int
    source_id: int
    message_id: str
    kind: str
    ts_us: int
    received_us: int
    sent_us: int | None = None
    original_us: int | None = None
    skewed: bool = False
    identifiers: tuple[Identifier, ...]
    linked: bool = False
    touch: bool = True
    traits: Mapping[str, object] = msgspec.field(default_factory=dict)
    action: str = ""
    channel: str = ""
    touchpoint: str = ""
    area: str = ""
    place: str = ""
    text: str | None = None
    score: Score | None = None
    amount_minor: int | None = None
    currency: str | None = None
    employee: str | None = None
    partner: str | None = None
    order: str | None = None
    product: str | None = None
    properties: bytes = b"{}"
    rival: str = ""

    @property
    def subject(self) -> Identifier:
        """The identifier under which History keeps this event for ever."""
        return self.identifiers[0]


class RefusalReason(StrEnum):
    """Why the gate did not keep an event. Each is a counter on the account and a line in the docs."""

    NOT_AN_OBJECT = "not_an_object"
    UNKNOWN_TYPE = "unknown_type"
    NO_IDENTITY = "no_identity"
    JUNK_IDENTITY = "junk_identity"
    NO_EVENT_NAME = "no_event_name"
    BAD_TIME = "bad_time"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    CHANGED = "changed"
    UNREADABLE_ROW = "unreadable_row"
    BOT = "bot"
    INTERNAL = "internal"
    NOT_WANTED = "not_wanted"
    SUPPRESSED = "suppressed"
    ERASED = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An event that was not kept, with its reason and its bytes: kept aside, to be mended and replayed.

    ``message_id`` is the sender's where one could be read: a refused event that comes again is counted as a copy.
    """

    seq: int
    source_id: int
    reason: RefusalReason
    detail: str
    raw: bytes
    message_id: str = ""
