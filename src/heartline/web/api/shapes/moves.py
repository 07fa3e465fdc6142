"""Moves: every measure that is watched, its steps and its odd days."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from heartline.understand import ALARM_RATE, Move, OddDay
from heartline.web.api.shapes.figures import Change, tell_change, tell_time
from heartline.web.moves import MoveLine, MoveReading


class MoveTold(msgspec.Struct, kw_only=True):
    """A step of a measure."""

    since: datetime | None
    since_first: datetime | None
    since_last: Annotated[datetime | None, Meta(description="any day from since_first to here is about as likely")]
    change: Change | None
    p: float


class OddDayTold(msgspec.Struct, kw_only=True):
    """A day far from what is usual."""

    day: datetime | None
    value: float
    low: Annotated[float, Meta(description="from here to high 95 of a hundred such days come")]
    high: float
    n: int
    p: float


class Watched(msgspec.Struct, kw_only=True):
    """A measure that is watched."""

    measure: Annotated[
        str,
        Meta(description="a score, touches or comments (a day), wait (days, medians), lost or promise (shares 0…1)"),
    ]
    where: Annotated[str, Meta(description="the touchpoint or stage; empty: everywhere")]
    n: int
    days: int
    p: Annotated[float, Meta(description="how often pure chance makes as large a first step")]
    moved: Annotated[bool, Meta(description="whether it holds beside all others")]
    moves: list[MoveTold]
    odd_days: list[OddDayTold]


class MovesTold(msgspec.Struct, kw_only=True):
    """All measures over 52 weeks, whatever the range."""

    until: datetime | None
    alarm_rate: Annotated[float, Meta(description="the share of quiet measures that show a move; as many an odd day")]
    measures: list[Watched]


def tell_moves(found: MoveReading) -> MovesTold:
    """Return all measures."""
    return MovesTold(
        until=tell_time(found.until_us),
        alarm_rate=ALARM_RATE,
        measures=[_tell_line(line) for line in found.lines],
    )


def _tell_line(line: MoveLine) -> Watched:
    return Watched(
        measure=line.measure.value,
        where=line.spot,
        n=line.moves.n,
        days=line.moves.days,
        p=line.moves.p,
        moved=line.passed and bool(line.moves.moves),
        moves=[_tell_move(one) for one in line.moves.moves] if line.passed else [],
        odd_days=[_tell_odd(one) for one in line.moves.odd],
    )


def _tell_move(one: Move) -> MoveTold:
    return MoveTold(
        since=tell_time(one.since_us),
        since_first=tell_time(one.first_us),
        since_last=tell_time(one.last_us),
        change=tell_change(one.difference),
        p=one.p,
    )


def _tell_odd(one: OddDay) -> OddDayTold:
    return OddDayTold(day=tell_time(one.day_us), value=one.value, low=one.low, high=one.high, n=one.n, p=one.p)
