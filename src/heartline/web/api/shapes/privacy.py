"""Privacy: what customers agreed to, erasures with their certificates, and how long each class of data is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from heartline.records import ConsentState, ConsentWord, Erasure
from heartline.web.api.shapes.fields import NO_NUL, Reason
from heartline.web.api.shapes.figures import tell_time
from heartline.web.privacy_desk import CustomerPrivacy
from heartline.web.privacy_retention import CLASSES, LONGEST_DAYS, Due

_Topic = Annotated[str, Meta(min_length=1, max_length=100, pattern=NO_NUL)]
_Short = Annotated[str, Meta(max_length=100, pattern=NO_NUL)]
_Days = Annotated[int, Meta(ge=1, le=LONGEST_DAYS)] | None


class ConsentSaid(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A customer's word on one purpose by one channel."""

    purpose: Annotated[_Topic, Meta(description="what for; * stands for everything")]
    channel: Annotated[_Topic, Meta(description="by which way; * stands for all")]
    state: Annotated[ConsentState, Meta(description="given, withdrawn, or pending a second word")]
    wording: Annotated[str, Meta(max_length=10_000, pattern=NO_NUL, description="exactly what they were shown")] = ""
    version: Annotated[_Short, Meta(description="the name of that wording")] = ""
    how: Annotated[_Short, Meta(description="how they said it")] = ""


class ErasureAsked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An erasure. It cannot be taken back."""

    reason: Annotated[Reason, Meta(description="who asked for it and when, without naming them")]
    sure: Annotated[Literal[True], Meta(description="true: you know that it cannot be taken back")]
    suppress: Annotated[bool, Meta(description="whether what names them is refused from now on")] = True


class LiftAsked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A suppression to be lifted."""

    reason: Annotated[Reason, Meta(description="why they may come back")]


class RetentionChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """For how many days each class of data is kept; null, or left out: for ever."""

    anonymous: Annotated[_Days, Meta(description=CLASSES["anonymous"])] = None
    identified: Annotated[_Days, Meta(description=CLASSES["identified"])] = None
    refused: Annotated[_Days, Meta(description=CLASSES["refused"])] = None
    audit: Annotated[_Days, Meta(description=CLASSES["audit"])] = None
    sessions: Annotated[_Days, Meta(description=CLASSES["sessions"])] = None
    letters: Annotated[_Days, Meta(description=CLASSES["letters"])] = None
    surveys: Annotated[_Days, Meta(description=CLASSES["surveys"])] = None


class ConsentTold(msgspec.Struct, kw_only=True):
    """One word on one purpose by one channel."""

    purpose: str
    channel: str
    state: str
    time: datetime | None
    wording: str
    version: str
    how: str
    by: Annotated[str, Meta(description="who of us wrote it down; empty: a source said it")]
    source: int


class ConsentsTold(msgspec.Struct, kw_only=True):
    """What a customer agreed to."""

    in_force: Annotated[list[ConsentTold], Meta(description="the latest word on each purpose by each channel")]
    words: Annotated[list[ConsentTold], Meta(description="all there ever were, the latest first")]


class ErasureTold(msgspec.Struct, kw_only=True):
    """An erasure, as its certificate shows it. Nothing in it is personal."""

    certificate: str
    customer: Annotated[str, Meta(description="the id they had")]
    by: str
    reason: str
    asked: datetime | None
    done: Annotated[datetime | None, Meta(description="null: under way")]
    step: str
    suppressed: Annotated[int, Meta(description="how many of their identifiers are refused now")]
    counts: Annotated[dict[str, int], Meta(description="what went, by store")]


class ErasurePage(msgspec.Struct, kw_only=True):
    """A page of erasures, the latest first."""

    items: list[ErasureTold]
    next: Annotated[str | None, Meta(description="give it back as “after”; null: this was the last page")]


class DueTold(msgspec.Struct, kw_only=True):
    """What of a class would go today."""

    data_class: str
    days: int
    before: datetime | None
    count: int


class RetentionTold(msgspec.Struct, kw_only=True):
    """How long data is kept, and what would go today. Nothing goes by asking."""

    schedule: Annotated[dict[str, int | None], Meta(description="days by class; null: for ever")]
    due: list[DueTold]


def tell_consents(found: CustomerPrivacy) -> ConsentsTold:
    """Return what a customer agreed to."""
    return ConsentsTold(
        in_force=[_tell_word(word) for word in found.in_force], words=[_tell_word(word) for word in found.words]
    )


def _tell_word(word: ConsentWord) -> ConsentTold:
    return ConsentTold(
        purpose=word.purpose,
        channel=word.channel,
        state=word.state.value,
        time=tell_time(word.at_us),
        wording=word.wording,
        version=word.version,
        how=word.how,
        by=word.by,
        source=word.source_id,
    )


def tell_erasure(one: Erasure, *, suppressed: int) -> ErasureTold:
    """Return an erasure."""
    return ErasureTold(
        certificate=one.certificate,
        customer=one.ref,
        by=one.by,
        reason=one.reason,
        asked=tell_time(one.asked_us),
        done=tell_time(one.done_us or None),
        step=one.step.value,
        suppressed=suppressed,
        counts=dict(one.counts),
    )


def tell_retention(schedule: Mapping[str, int], due: list[Due]) -> RetentionTold:
    """Return how long data is kept, and what would go today."""
    told = [
        DueTold(data_class=one.data_class, days=one.days, before=tell_time(one.before_us), count=one.count)
        for one in due
    ]
    return RetentionTold(schedule={name: schedule.get(name) for name in CLASSES}, due=told)
