"""Pains: the list with every figure of its page, contradictions, and the touches behind a figure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from heartline.understand import ChannelGap, Contradiction, Evidence, Inconsistency, LetGo, Pain, PainList, Worth
from heartline.web.api.shapes.answers import AnswerGiven
from heartline.web.api.shapes.figures import Change, tell_change, tell_time


class SignTold(msgspec.Struct, kw_only=True):
    """A sign of a pain: how it was seen."""

    kind: Annotated[str, Meta(description="score, wait, give_up, loop, again, switch, promise or comment")]
    claim: Annotated[str, Meta(description="grew (since a date), worse_here (than elsewhere) or met (against spared)")]
    name: str
    change: Annotated[Change | None, Meta(description="now against before, here against elsewhere, met against spared")]
    over_seconds: Annotated[float | None, Meta(description="above which a wait counts as long")]
    touches: Annotated[int, Meta(description="how many touches stand behind it: /touches?of= its place, from 0")]


class WorthTold(msgspec.Struct, kw_only=True):
    """What a pain costs a quarter if it is the cause, in minor units. Never to be added up: pains overlap."""

    low: int
    middle: int
    high: int
    ranked: Annotated[int, Meta(description="the shrunken middle, by which the list is ranked")]
    units: Annotated[int, Meta(description="customers (or tries) touched in the last 91 days")]
    of_tries: bool
    outcomes_known: int
    spared: int
    orders_lost: Annotated[float, Meta(description="of one order of comparable untouched ones, how much is lost")]
    orders_lost_low: float
    orders_lost_high: float
    order: Annotated[int, Meta(description="what one order is worth")]
    order_with_those_that_follow: int
    adjusted_for: list[str]
    robustness: Annotated[
        float,
        Meta(description="the share of the rest of touch and outcome a hidden cause must explain (Cinelli & Hazlett)"),
    ]


class PainTold(msgspec.Struct, kw_only=True):
    """One pain point."""

    key: str
    rank: int
    kind: str
    claim: str
    spot: str
    stage: str
    touchpoints: list[str]
    field: str
    value: str
    owner: str
    partner: str
    channel: str
    place: str
    since: datetime | None
    since_first: datetime | None
    since_last: datetime | None
    customers: int
    share: float
    share_low: float
    share_high: float
    passed: Annotated[int, Meta(description="customers who came by in the last 91 days")]
    missed: Annotated[int, Meta(description="touches whose promised day has passed while nothing came")]
    signs: list[SignTold]
    worth: WorthTold | None
    unpriced: Annotated[str, Meta(description="why no money is known; empty where it is")]
    at_stake: Annotated[int | None, Meta(description="where it is not: the orders it happened to, in minor units")]


class OverlapTold(msgspec.Struct, kw_only=True):
    """How many customers met two pains."""

    left: str
    right: str
    customers: int


class ContradictionTold(msgspec.Struct, kw_only=True):
    """Two figures of the same people that do not go together."""

    key: str
    names: list[str]
    good: Change | None
    bad: Change | None
    customers: int
    within_days: int
    orders_apart: Annotated[float | None, Meta(description="how many times as far apart orders come as before")]


class AnsweredTold(msgspec.Struct, kw_only=True):
    """What one channel answers to a question."""

    channel: str
    fact: Annotated[str, Meta(description="what most of its answers say: numbers, yes or no, or a short answer")]
    quote: Annotated[str, Meta(description="one such answer")]
    share: Annotated[float, Meta(description="of its answers that say so")]
    n: int


class InconsistencyTold(msgspec.Struct, kw_only=True):
    """A question that two channels answer differently."""

    key: str
    question: str
    answers: list[AnsweredTold]
    change: Annotated[Change | None, Meta(description="who are told what the first says: at the second − at the first")]
    customers: int
    told_both: Annotated[int, Meta(description="customers who were told one thing here and another there")]
    shrunken: float
    p: float


class ChannelGapTold(msgspec.Struct, kw_only=True):
    """A place outside from which a segment comes, and where the company is not."""

    key: str
    host: str
    field: str
    value: str
    change: Annotated[Change | None, Meta(description="the share of the segment that came from there − of the rest")]
    shrunken: float
    customers: int
    p: float


class LetGoTold(msgspec.Struct, kw_only=True):
    """What was looked at and let go."""

    name: str
    reason: str
    value: float
    low: float
    high: float
    shrunken: float | None
    n: int


class Pains(msgspec.Struct, kw_only=True):
    """The list. ``ready`` is false while it is still being worked out: ask again."""

    ready: bool
    currency: str
    tested: Annotated[int, Meta(description="how many claims shared one false-discovery budget")]
    pains: list[PainTold]
    overlaps: list[OverlapTold]
    contradictions: list[ContradictionTold]
    inconsistencies: list[InconsistencyTold]
    channel_gaps: list[ChannelGapTold]
    let_go: list[LetGoTold]


class PainTouches(msgspec.Struct, kw_only=True):
    """The touches behind a figure, a page of them."""

    total: int
    customers: int
    items: list[AnswerGiven]
    next: Annotated[str | None, Meta(description="give it back as “after”; null: this was the last page")]


def tell_pains(found: PainList | None, *, currency: str) -> Pains:
    """Return the list."""
    if found is None:
        return Pains(
            ready=False, currency=currency, tested=0, pains=[], overlaps=[], contradictions=[], inconsistencies=[],
            channel_gaps=[], let_go=[],
        )  # fmt: skip
    return Pains(
        ready=True,
        currency=currency,
        tested=found.tested,
        pains=[tell_pain(pain, place) for place, pain in enumerate(found.pains, start=1)],
        overlaps=[
            OverlapTold(left=found.pains[one.left].key, right=found.pains[one.right].key, customers=one.people)
            for one in found.overlaps
        ],
        contradictions=[_tell_contradiction(one) for one in found.contradictions],
        inconsistencies=[_tell_inconsistency(one) for one in found.inconsistencies],
        channel_gaps=[_tell_channel_gap(one) for one in found.channel_gaps],
        let_go=[_tell_let_go(one) for one in found.let_go],
    )


def tell_pain(pain: Pain, rank: int) -> PainTold:
    """Return one pain."""
    share, low, high = pain.share
    return PainTold(
        key=pain.key,
        rank=rank,
        kind=pain.kind.value,
        claim=pain.claim.value,
        spot=pain.spot,
        stage=pain.stage,
        touchpoints=list(pain.touchpoints),
        field=pain.field,
        value=pain.value,
        owner=pain.owner,
        partner=pain.partner,
        channel=pain.channel,
        place=pain.place,
        since=tell_time(pain.since_us),
        since_first=tell_time(pain.first_us),
        since_last=tell_time(pain.last_us),
        customers=pain.people,
        share=share,
        share_low=low,
        share_high=high,
        passed=pain.passed,
        missed=pain.missed,
        signs=[_tell_sign(one) for one in pain.evidence],
        worth=None if pain.worth is None else _tell_worth(pain.worth),
        unpriced=pain.unpriced,
        at_stake=None if pain.at_stake is None else round(pain.at_stake),
    )


def _tell_sign(one: Evidence) -> SignTold:
    return SignTold(
        kind=one.kind.value,
        claim=one.claim.value,
        name=one.name,
        change=tell_change(one.difference),
        over_seconds=one.limit_us / 1e6 if one.limit_us else None,
        touches=len(one.seqs),
    )


def _tell_worth(worth: Worth) -> WorthTold:
    return WorthTold(
        low=round(worth.low),
        middle=round(worth.middle),
        high=round(worth.high),
        ranked=round(worth.ranked),
        units=worth.units,
        of_tries=worth.of_tries,
        outcomes_known=worth.known,
        spared=worth.spared,
        orders_lost=worth.lost,
        orders_lost_low=worth.lost_low,
        orders_lost_high=worth.lost_high,
        order=round(worth.order_minor),
        order_with_those_that_follow=round(worth.each_minor),
        adjusted_for=list(worth.adjusted_for),
        robustness=worth.robustness,
    )


def _tell_contradiction(one: Contradiction) -> ContradictionTold:
    return ContradictionTold(
        key=one.key,
        names=list(one.names),
        good=tell_change(one.good),
        bad=tell_change(one.bad),
        customers=one.people,
        within_days=one.days,
        orders_apart=one.stretch,
    )


def _tell_inconsistency(one: Inconsistency) -> InconsistencyTold:
    return InconsistencyTold(
        key=one.key,
        question=one.question,
        answers=[
            AnsweredTold(channel=side.channel, fact=side.fact, quote=side.quote, share=side.share, n=side.n)
            for side in one.sides
        ],
        change=tell_change(one.difference),
        customers=one.people,
        told_both=one.both,
        shrunken=one.shrunken,
        p=one.p,
    )


def _tell_channel_gap(one: ChannelGap) -> ChannelGapTold:
    return ChannelGapTold(
        key=one.key,
        host=one.host,
        field=one.field,
        value=one.value,
        change=tell_change(one.difference),
        shrunken=one.shrunken,
        customers=one.people,
        p=one.p,
    )


def _tell_let_go(one: LetGo) -> LetGoTold:
    return LetGoTold(
        name=one.name, reason=one.reason, value=one.value, low=one.low, high=one.high, shrunken=one.shrunken, n=one.n
    )
