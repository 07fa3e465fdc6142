"""Refused events put right: what is given, and what came of it."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from heartline.web.amending import Mended

MOST: int = 500
EventNumber = Annotated[
    int, Meta(ge=0, le=2**63 - 1, description="the number of a refused event, as GET /refused says")
]


class EventGiven(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A refused event as it should have come."""

    event: EventNumber
    json: Annotated[dict[str, Any], Meta(description="the whole event; the same again tries it once more")]


class EventsGiven(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Refused events as they should have come."""

    events: Annotated[list[EventGiven], Meta(min_length=1, max_length=MOST, description="at most 500 at once")]


class RowGiven(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A refused row of an import as it should have been."""

    event: EventNumber
    cells: Annotated[dict[str, str], Meta(description="each column's cell, as text, as the file would hold it")]


class RowsGiven(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Refused rows of an import as they should have been."""

    rows: Annotated[list[RowGiven], Meta(min_length=1, max_length=MOST, description="at most 500 at once")]


class MendedTold(msgspec.Struct, kw_only=True):
    """What came of mending, in events."""

    given: int
    mended: Annotated[int, Meta(description="how many are refused no more")]
    unknown: Annotated[int, Meta(description="how many were not among the refused that were asked for")]
    refused: Annotated[dict[str, int], Meta(description="how many are refused still, by reason")]
    examples: Annotated[list[str], Meta(description="why, for the first of them")]


def tell_mended(outcome: Mended) -> MendedTold:
    """Return what came of mending."""
    return MendedTold(
        given=outcome.given,
        mended=outcome.gone,
        unknown=outcome.unknown,
        refused=dict(outcome.still),
        examples=[why for _, why in outcome.examples],
    )
