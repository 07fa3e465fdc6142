"""Answers: the touches behind a figure, with their words and who made them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from heartline.records import Profile, Score
from heartline.web.api.shapes.figures import Asked, Figure, tell_time
from heartline.web.listing import AnswerLine


class ScoreGiven(msgspec.Struct, kw_only=True):
    """A score on its own scale."""

    kind: str
    value: float
    top: Annotated[int, Meta(description="the end of the scale")]
    feeling: Annotated[float, Meta(description="the same on −1 to +1")]


class CustomerNamed(msgspec.Struct, kw_only=True):
    """A customer, as a list names one."""

    ref: Annotated[str, Meta(description="the customer's id; earlier ids lead to the same customer")]
    name: str


class AnswerGiven(msgspec.Struct, kw_only=True):
    """One touch."""

    interaction: Annotated[int, Meta(description="the touch's number")]
    time: datetime | None
    touchpoint: str
    channel: str
    place: str
    action: str
    score: ScoreGiven | None
    comment: str
    customer: CustomerNamed | None
    wait_seconds: Annotated[float | None, Meta(description="how long they waited, where the list is of waits")]
    promised_day: Annotated[str | None, Meta(description="by which day something was promised; null where it was not")]
    late: Annotated[bool | None, Meta(description="whether that was broken; null where nobody knows")]


class AnswerPage(msgspec.Struct, kw_only=True):
    """What stands behind a figure: exactly the rows it counted, a page of them."""

    question: Asked
    figure: Figure
    total: int
    customers: int
    items: list[AnswerGiven]
    next: Annotated[str | None, Meta(description="give it back as “after”; null: this was the last page")]


def tell_score(score: Score | None) -> ScoreGiven | None:
    """Return a score."""
    if score is None:
        return None
    return ScoreGiven(kind=score.kind.value, value=score.value, top=score.top, feeling=score.valence)


def name_customer(profile: Profile | None) -> CustomerNamed | None:
    """Return a customer as a list names one."""
    return None if profile is None else CustomerNamed(ref=profile.ref, name=profile.title)


def tell_line(line: AnswerLine) -> AnswerGiven:
    """Return a touch."""
    return AnswerGiven(
        interaction=line.seq,
        time=tell_time(line.ts_us),
        touchpoint=line.touchpoint,
        channel=line.channel,
        place=line.place,
        action=line.action,
        score=tell_score(line.score),
        comment=line.text,
        customer=name_customer(line.customer),
        wait_seconds=None if line.wait_us is None else line.wait_us / 1e6,
        promised_day=line.promise.due.isoformat() if line.promise and line.promise.due else None,
        late=line.missed or (line.promise.late if line.promise else None),
    )
