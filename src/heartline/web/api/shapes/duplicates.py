"""Possible duplicates: pairs of customers that may be one, with the evidence; identifiers that link nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from heartline.records import IdentifierKind
from heartline.web.api.shapes.answers import CustomerNamed, name_customer
from heartline.web.api.shapes.fields import NO_NUL, Handle, Reason
from heartline.web.api.shapes.figures import tell_time
from heartline.web.duplicates import PairCard, RunNote, Side


class PairDecision(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What you say of a pair."""

    decision: Annotated[
        Literal["confirm", "dismiss", "reopen"],
        Meta(description="they are one; they are not; or take back what was decided"),
    ]


class MarkChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What an identifier is marked as from now on."""

    handle: Annotated[Handle, Meta(description="the identifier’s handle")]
    do: Annotated[Literal["free", "block"], Meta(description="let it link again, or say that it stands for nobody")]
    reason: Reason


class ValueBlocked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A value that stands for nobody, whether it was met yet or not."""

    kind: Annotated[IdentifierKind, Meta(description="the kind of identifier")]
    value: Annotated[str, Meta(min_length=1, max_length=400, pattern=NO_NUL, description="the value, however written")]
    reason: Reason


class ClueTold(msgspec.Struct, kw_only=True):
    """What one column says about a pair."""

    column: str
    level: Annotated[str, Meta(description="how well it agrees; empty: one of them does not tell")]
    bits: Annotated[float, Meta(description="its weight: above 0 speaks for the pair")]


class PairSide(msgspec.Struct, kw_only=True):
    """One of a pair."""

    customer: Annotated[CustomerNamed | None, Meta(description="null: they are no longer here")]
    told: Annotated[dict[str, str], Meta(description="what was compared")]


class PairListed(msgspec.Struct, kw_only=True):
    """A pair of customers that may be one."""

    id: int
    status: Annotated[str, Meta(description="open, confirmed or dismissed")]
    probability: float
    start_bits: Annotated[float, Meta(description="the weight before any clue: how rare a true pair is")]
    clues: list[ClueTold]
    over_limit: Annotated[bool, Meta(description="whether they hold more of a kind than one customer may")]
    found: datetime | None
    decided: datetime | None
    decided_by: str
    left: PairSide
    right: PairSide
    joined: Annotated[bool, Meta(description="whether they are one customer by now")]


class RunTold(msgspec.Struct, kw_only=True):
    """The latest comparison of all customers."""

    time: datetime | None
    seconds: float
    customers: int
    compared: int
    found: int
    left_out: Annotated[dict[str, int], Meta(description="likely pairs that are not listed, by reason")]


class PairPage(msgspec.Struct, kw_only=True):
    """A page of pairs, the surest first; of decided ones the latest first."""

    open: int
    accounts: Annotated[int, Meta(description="open pairs that hold two accounts")]
    decided: int
    items: list[PairListed]
    next: Annotated[str | None, Meta(description="give it back as “after”; null: this was the last page")]
    run: Annotated[RunTold | None, Meta(description="null: nothing was compared yet")]
    under_way: Annotated[bool, Meta(description="whether a comparison runs now")]


def tell_pair(card: PairCard) -> PairListed:
    """Return a pair."""
    pair = card.suggestion
    return PairListed(
        id=pair.suggestion_id,
        status=pair.status.value,
        probability=pair.probability,
        start_bits=pair.start_bits,
        clues=[ClueTold(column=clue.column, level=clue.level, bits=clue.bits) for clue in pair.clues],
        over_limit=pair.over_limit,
        found=tell_time(pair.found_us),
        decided=tell_time(pair.decided_us),
        decided_by=pair.decided_by,
        left=_tell_side(card.left),
        right=_tell_side(card.right),
        joined=card.joined,
    )


def _tell_side(side: Side) -> PairSide:
    return PairSide(customer=name_customer(side.profile), told=dict(side.told))


def tell_run(run: RunNote | None) -> RunTold | None:
    """Return the latest comparison."""
    if run is None:
        return None
    return RunTold(
        time=tell_time(run.at_us),
        seconds=run.seconds,
        customers=run.customers,
        compared=run.compared,
        found=run.found,
        left_out=run.left_out,
    )
