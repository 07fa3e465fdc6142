"""Customers: who they are, why they are one person, what happened, where they stand."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from heartline.records import KnownIdentifier, Profile
from heartline.store import Entry
from heartline.unify import ALWAYS_US, FOREVER_US
from heartline.web.api.shapes.answers import (
    AnswerGiven,
    CustomerNamed,
    ScoreGiven,
    name_customer,
    tell_line,
    tell_score,
)
from heartline.web.api.shapes.figures import tell_time
from heartline.web.kinship import KeptApart, Kinship, Owned
from heartline.web.lives import Station, score_of
from heartline.web.people import PersonLine


class IdentifierKnown(msgspec.Struct, kw_only=True):
    """A handle by which a customer is known."""

    kind: str
    value: str
    verified: bool
    first: datetime | None


class CustomerListed(msgspec.Struct, kw_only=True):
    """A customer in a list."""

    ref: str
    name: str
    email: str
    phone: str
    touches: int
    last: datetime | None
    feelings: Annotated[list[float], Meta(description="their last scores on −1 to +1, in order")]
    open_cases: list[int]
    matched: Annotated[list[IdentifierKnown], Meta(description="what answers the search")]
    because: Annotated[AnswerGiven | None, Meta(description="the low score that put them on this list")]


class CustomerPage(msgspec.Struct, kw_only=True):
    """A page of customers."""

    total: int
    more: Annotated[bool, Meta(description="whether the search found more than it lists")]
    everyone: Annotated[int, Meta(description="how many customers there are at all")]
    items: list[CustomerListed]
    next: Annotated[str | None, Meta(description="give it back as “after”; null: this was the last page")]


class Span(msgspec.Struct, kw_only=True):
    """A time in which an identifier was theirs; null means no end."""

    since: datetime | None
    until: datetime | None


class IdentifierOwned(msgspec.Struct, kw_only=True):
    """An identifier of a customer, and the evidence that ties it to the one they are chiefly known by."""

    identifier: IdentifierKnown
    present: Annotated[bool, Meta(description="whether it is theirs now")]
    spans: list[Span]
    beside: Annotated[IdentifierKnown | None, Meta(description="what it is tied to; null: it is the chief one")]
    said_by: Annotated[str, Meta(description="the source that said so")]
    said_at: datetime | None
    times: Annotated[int, Meta(description="how often it was said")]


class KeptApartFrom(msgspec.Struct, kw_only=True):
    """Evidence that touches the customer and joins nobody."""

    identifier: IdentifierKnown
    other: IdentifierKnown
    customer: CustomerNamed | None
    reason: Annotated[str, Meta(description="why it does not join; empty: two customers used it in turn")]
    said_by: str
    said_at: datetime | None
    times: int


class StoodAt(msgspec.Struct, kw_only=True):
    """Where a customer is in a journey."""

    journey: str
    name: str
    stage: str
    since: datetime | None
    state: Annotated[str, Meta(description="open, finished or lapsed")]
    runs: int


class CustomerKnown(msgspec.Struct, kw_only=True):
    """One customer."""

    ref: Annotated[str, Meta(description="their id now; whatever earlier id was asked for")]
    name: str
    email: str
    phone: str
    traits: dict[str, Any]
    first: datetime | None
    identifiers: list[IdentifierOwned]
    kept_apart: list[KeptApartFrom]
    refused_links: int
    stations: list[StoodAt]
    open_cases: list[int]
    closed_cases: list[int]


class Happened(msgspec.Struct, kw_only=True):
    """Something that happened to a customer."""

    interaction: int
    time: datetime | None
    received: datetime | None
    kind: str
    touch: Annotated[bool, Meta(description="whether it is a step of a journey")]
    touchpoint: str
    channel: str
    area: str
    place: str
    partner: str
    employee: str
    product: str
    action: str
    score: ScoreGiven | None
    comment: str
    amount_minor: int | None
    currency: str | None
    order: str | None
    source: int


class Timeline(msgspec.Struct, kw_only=True):
    """A page of what happened, newest first, of the newest 2,000."""

    total: Annotated[int, Meta(description="how many there are of what was asked for")]
    more: Annotated[bool, Meta(description="whether there is more than the newest 2,000")]
    items: list[Happened]
    next: Annotated[str | None, Meta(description="give it back as “after”; null: this was the last page")]


def tell_identifier(known: KnownIdentifier) -> IdentifierKnown:
    """Return an identifier."""
    own = known.identifier
    return IdentifierKnown(kind=own.kind.value, value=own.value, verified=own.strong, first=tell_time(known.first_us))


def tell_listed(line: PersonLine) -> CustomerListed:
    """Return a customer of a list."""
    profile = line.profile
    return CustomerListed(
        ref=profile.ref,
        name=profile.title,
        email=profile.email,
        phone=profile.phone,
        touches=line.touches,
        last=tell_time(line.last.ts_us) if line.last else None,
        feelings=list(line.feelings),
        open_cases=[case.case_id for case in line.open_cases],
        matched=[tell_identifier(known) for known in line.matched],
        because=tell_line(line.reason) if line.reason else None,
    )


def tell_customer(
    profile: Profile, kinship: Kinship, stations: tuple[Station, ...], *, open_cases: list[int], closed: list[int]
) -> CustomerKnown:
    """Return a customer."""
    return CustomerKnown(
        ref=profile.ref,
        name=profile.title,
        email=profile.email,
        phone=profile.phone,
        traits=dict(profile.traits),
        first=tell_time(profile.first_us or None),
        identifiers=[_tell_owned(owned) for owned in kinship.owned],
        kept_apart=[_tell_apart(apart) for apart in kinship.apart],
        refused_links=kinship.refused,
        stations=[_tell_station(station) for station in stations],
        open_cases=open_cases,
        closed_cases=closed,
    )


def _tell_owned(owned: Owned) -> IdentifierOwned:
    return IdentifierOwned(
        identifier=tell_identifier(owned.known),
        present=owned.present,
        spans=[
            Span(
                since=tell_time(None if span.from_us == ALWAYS_US else span.from_us),
                until=tell_time(None if span.to_us == FOREVER_US else span.to_us),
            )
            for span in owned.spans
        ],
        beside=tell_identifier(owned.beside) if owned.beside else None,
        said_by=owned.source,
        said_at=tell_time(owned.link.ts_us) if owned.link else None,
        times=owned.times,
    )


def _tell_apart(apart: KeptApart) -> KeptApartFrom:
    return KeptApartFrom(
        identifier=tell_identifier(apart.ours),
        other=tell_identifier(apart.other),
        customer=name_customer(apart.customer),
        reason=apart.reason.value if apart.reason else "",
        said_by=apart.source,
        said_at=tell_time(apart.ts_us),
        times=apart.times,
    )


def _tell_station(station: Station) -> StoodAt:
    return StoodAt(
        journey=station.journey.journey_id,
        name=station.journey.name,
        stage=station.stage,
        since=tell_time(station.since_us),
        state=station.state.name.lower(),
        runs=station.runs,
    )


def tell_happened(entry: Entry) -> Happened:
    """Return something that happened."""
    return Happened(
        interaction=entry.seq,
        time=tell_time(entry.ts_us),
        received=tell_time(entry.received_us),
        kind=entry.kind,
        touch=entry.touch,
        touchpoint=entry.touchpoint,
        channel=entry.channel,
        area=entry.area,
        place=entry.place,
        partner=entry.partner,
        employee=entry.employee,
        product=entry.product,
        action=entry.action,
        score=tell_score(score_of(entry)),
        comment=entry.text or "",
        amount_minor=entry.amount_minor,
        currency=entry.currency,
        order=entry.order,
        source=entry.source_id,
    )
