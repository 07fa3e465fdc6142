"""Journeys changed: begun, and kept as a new version."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from heartline.web.api.shapes.fields import NO_NUL, Line, Named

_Touchpoints = list[Annotated[str, Meta(min_length=1, max_length=200, pattern=NO_NUL)]]


class Condition(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A field and its value: GET /filters lists them."""

    field: Annotated[str, Meta(min_length=1, max_length=100, pattern=NO_NUL, description="as “by” takes it")]
    value: Annotated[Line, Meta(description="as “is” takes it")]


class JourneyOpening(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A journey to be begun, with stages proposed from what its customers do."""

    name: Annotated[Named, Meta(description="who goes where")]
    segment: Annotated[Condition | None, Meta(description="whose journey it is; without it everyone’s")] = None


class StageSaid(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A stage as it is to be."""

    name: Annotated[str, Meta(min_length=1, max_length=80, pattern=NO_NUL, description="what it is called")]
    touchpoints: Annotated[_Touchpoints, Meta(max_length=500, description="in the order they are met")]
    owner: Annotated[str, Meta(max_length=120, pattern=NO_NUL, description="who answers for it")] = ""
    locked: Annotated[bool, Meta(description="whether a new proposal leaves it as it is")] = False


class JourneyChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is to change of a journey; what is not said stays. An empty change accepts what was proposed."""

    name: Annotated[Named | None, Meta(description="who goes where")] = None
    stages: Annotated[
        Annotated[list[StageSaid], Meta(max_length=20)] | None,
        Meta(description="all of them, in order; a touchpoint is in the first that names it"),
    ] = None
    starts: Annotated[_Touchpoints | None, Meta(description="touchpoints that begin a run; none: any")] = None
    ends: Annotated[_Touchpoints | None, Meta(description="touchpoints that end one; none: only silence does")] = None
    gap_days: Annotated[
        Annotated[int, Meta(ge=1, le=3_650)] | None, Meta(description="so many days of silence end a run")
    ] = None
    where: Annotated[
        Annotated[list[Condition], Meta(max_length=20)] | None,
        Meta(description="whose journey it is; none: all"),
    ] = None
    was: Annotated[
        Annotated[int, Meta(ge=0, le=2**31)] | None,
        Meta(description="refuse with 409 where its version is another"),
    ] = None
