"""Journeys: their definition, their map, what is behind its cells, who stands where, the ways people take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from heartline.records import Journey
from heartline.understand import Catalogue, Drop, MapStage, MapTouchpoint, NextSteps, PathGraph, Variant, Variants, Wait
from heartline.web.api.shapes.answers import AnswerGiven, tell_line
from heartline.web.api.shapes.figures import Change, Figure, Pair, tell_change, tell_metric, tell_time
from heartline.web.listing import AnswerLine
from heartline.web.mapping import MapReading
from heartline.web.pages.journey_map import CellGiven, StageNow
from heartline.web.pages.journeys import JourneyLine

_US = 1e6


class StageDefined(msgspec.Struct, kw_only=True):
    """A stage and its touchpoints, in the order most people meet them."""

    name: str
    touchpoints: list[str]
    owner: str
    locked: bool


class JourneyDefined(msgspec.Struct, kw_only=True):
    """A journey's definition."""

    id: str
    name: str
    stages: list[StageDefined]
    starts: Annotated[list[str], Meta(description="touchpoints that begin a run; empty: any of the journey")]
    ends: Annotated[list[str], Meta(description="touchpoints that end one; empty: only silence does")]
    gap_days: Annotated[int, Meta(description="so many days of silence end a run")]
    where: Annotated[list[Pair], Meta(description="whose journey it is")]
    version: int
    proposed: bool


class Gap(msgspec.Struct, kw_only=True):
    """A stage that lacks something."""

    stage: str
    met: Annotated[bool, Meta(description="whether its touchpoints are in the data; then nobody is asked there")]


class JourneySummed(msgspec.Struct, kw_only=True):
    """A journey with its figures."""

    id: str
    name: str
    proposed: bool
    customers: int
    open_runs: int
    feeling: Figure | None
    gaps: list[Gap]


class Waited(msgspec.Struct, kw_only=True):
    """How long something took."""

    median_seconds: float | None
    low_seconds: float | None
    high_seconds: float | None
    p90_seconds: float | None
    n: int
    customers: int


class Counted(msgspec.Struct, kw_only=True):
    """A name and how many touches carry it."""

    name: str
    count: int


class TouchpointMapped(msgspec.Struct, kw_only=True):
    """A touchpoint of a map."""

    name: str
    area: str
    reach: Annotated[int, Meta(description="how many customers met it")]
    share: Annotated[float, Meta(description="of the map's customers")]
    touches: int
    channels: list[Counted]
    actions: list[Counted]
    feeling: Figure
    wait: Annotated[Waited, Meta(description="since the touch before it")]
    open_now: Annotated[int, Meta(description="under way and seen here last")]
    last: datetime | None


class StageMapped(msgspec.Struct, kw_only=True):
    """A stage of a map: the funnel's step, its times, how it felt."""

    name: str
    owner: str
    runs: int
    customers: int
    reached: Annotated[Figure, Meta(description="the share of all runs that met it")]
    lost: Annotated[Figure, Meta(description="the share lost here of those whose fate is known")]
    lost_runs: int
    open_runs: int
    open_customers: Annotated[int, Meta(description="who stands here now, whatever the range")]
    feeling: Figure
    detour: Annotated[bool, Meta(description="whether only some of those who went past it met it")]
    passed: Figure
    inside: Waited
    onward: Waited
    touchpoints: list[TouchpointMapped]
    folded: Annotated[list[str], Meta(description="touchpoints the page has no room for")]
    folded_touches: int
    last: datetime | None


class Fall(msgspec.Struct, kw_only=True):
    """The largest reliable fall between neighbouring touchpoints."""

    before: str
    at: str
    change: Change | None


class JourneyMapped(msgspec.Struct, kw_only=True):
    """A journey's map."""

    journey: JourneyDefined
    runs: int
    customers: int
    open_runs: int
    finished_runs: int
    lapsed_runs: int
    since: datetime | None
    until: datetime | None
    feeling: Figure
    stages: list[StageMapped]
    fall: Fall | None


class CellPage(msgspec.Struct, kw_only=True):
    """The customers and touches behind a cell of a map."""

    stage: str
    touchpoint: str
    lane: str
    lanes: Annotated[dict[str, int], Meta(description="every lane of this cell with its rows")]
    customers: int
    total: int
    feeling: Figure | None
    items: list[AnswerGiven]
    next: Annotated[str | None, Meta(description="give it back as “after”; null: this was the last page")]


class StepAhead(msgspec.Struct, kw_only=True):
    """A step that past runs took next."""

    to: str
    share: Figure


class Standing(msgspec.Struct, kw_only=True):
    """How many stand at a touchpoint, and what past runs did next from there."""

    at: str
    count: int
    n: int
    customers: int
    steps: list[StepAhead]


class StageStood(msgspec.Struct, kw_only=True):
    """Who stands at a stage now, those silent longest first."""

    stage: str
    count: int
    median_silence_seconds: float | None
    longest: list[AnswerGiven]
    standing: list[Standing]


class Step(msgspec.Struct, kw_only=True):
    """One step from touchpoint to touchpoint."""

    at: str
    to: str
    count: int
    median_seconds: float
    p90_seconds: float


class Paths(msgspec.Struct, kw_only=True):
    """Which touchpoint follows which, the most frequent steps first."""

    touchpoints: list[Counted]
    total: int
    steps: list[Step]


class Way(msgspec.Struct, kw_only=True):
    """An exact way with the runs that took it."""

    steps: list[str]
    runs: int
    customers: int
    share: Figure
    reached: int
    open_runs: int
    median_seconds: float


class Ways(msgspec.Struct, kw_only=True):
    """The ways people take, the most frequent first, and the rest as one."""

    of: str
    runs: int
    distinct: int
    reached: Figure
    ways: list[Way]
    other: Way | None


class TouchpointListed(msgspec.Struct, kw_only=True):
    """A touchpoint of the catalogue."""

    name: str
    area: str
    reach: int
    touches: int
    feeling: Figure
    asked: Annotated[bool, Meta(description="whether anybody ever gave a score here")]
    first: datetime | None
    channels: list[Counted]
    stages: Annotated[list[Pair], Meta(description="where it stands: journey (field) and stage (value)")]


class Touchpoints(msgspec.Struct, kw_only=True):
    """All touchpoints met, area by area."""

    customers: int
    touches: int
    items: list[TouchpointListed]


def tell_journey(journey: Journey) -> JourneyDefined:
    """Return a definition."""
    return JourneyDefined(
        id=journey.journey_id,
        name=journey.name,
        stages=[
            StageDefined(name=one.name, touchpoints=list(one.touchpoints), owner=one.owner, locked=one.locked)
            for one in journey.stages
        ],
        starts=list(journey.starts),
        ends=list(journey.ends),
        gap_days=journey.gap_days,
        where=[Pair(field=field, value=value) for field, value in journey.where],
        version=journey.version,
        proposed=journey.proposed,
    )


def tell_summed(line: JourneyLine) -> JourneySummed:
    """Return a line of the list."""
    return JourneySummed(
        id=line.journey.journey_id,
        name=line.journey.name,
        proposed=line.journey.proposed,
        customers=line.customers,
        open_runs=line.open_now,
        feeling=tell_metric(line.feeling) if line.feeling else None,
        gaps=[Gap(stage=gap.stage, met=gap.met) for gap in line.gaps],
    )


def tell_map(reading: MapReading) -> JourneyMapped:
    """Return a map."""
    measured = reading.measured
    return JourneyMapped(
        journey=tell_journey(measured.journey),
        runs=measured.runs,
        customers=measured.customers,
        open_runs=measured.open_runs,
        finished_runs=measured.finished_runs,
        lapsed_runs=measured.lapsed_runs,
        since=tell_time(measured.from_us) if measured.runs else None,
        until=tell_time(measured.to_us) if measured.runs else None,
        feeling=tell_metric(reading.feeling),
        stages=[_tell_stage(stage, here) for stage, here in zip(measured.stages, reading.here_now, strict=True)],
        fall=_tell_fall(measured.story),
    )


def _tell_fall(drop: Drop | None) -> Fall | None:
    return None if drop is None else Fall(before=drop.before, at=drop.at, change=tell_change(drop.difference))


def _tell_stage(stage: MapStage, here: int) -> StageMapped:
    return StageMapped(
        name=stage.name,
        owner=stage.owner,
        runs=stage.flow.runs,
        customers=stage.flow.customers,
        reached=tell_metric(stage.flow.reached),
        lost=tell_metric(stage.flow.lost),
        lost_runs=stage.flow.lost_runs,
        open_runs=stage.flow.open_runs,
        open_customers=here,
        feeling=tell_metric(stage.heart),
        detour=stage.detour,
        passed=tell_metric(stage.passed),
        inside=_tell_wait(stage.time.inside),
        onward=_tell_wait(stage.time.onward),
        touchpoints=[_tell_touchpoint(point) for point in stage.touchpoints],
        folded=list(stage.hidden),
        folded_touches=stage.hidden_touches,
        last=tell_time(stage.last_us or None),
    )


def _tell_touchpoint(point: MapTouchpoint) -> TouchpointMapped:
    return TouchpointMapped(
        name=point.name,
        area=point.area,
        reach=point.reach,
        share=point.share,
        touches=point.touches,
        channels=[Counted(name=one.name, count=one.count) for one in point.channels],
        actions=[Counted(name=one.name, count=one.count) for one in point.actions],
        feeling=tell_metric(point.heart),
        wait=_tell_wait(point.wait),
        open_now=point.open_now,
        last=tell_time(point.last_us or None),
    )


def _tell_wait(wait: Wait) -> Waited:
    return Waited(
        median_seconds=_seconds(wait.median_us),
        low_seconds=_seconds(wait.low_us),
        high_seconds=_seconds(wait.high_us),
        p90_seconds=_seconds(wait.p90_us),
        n=wait.n,
        customers=wait.customers,
    )


def _seconds(us: float | None) -> float | None:
    return None if us is None else us / _US


def tell_cell(given: CellGiven, lines: Sequence[AnswerLine], onward: str | None) -> CellPage:
    """Return a page of what is behind a cell."""
    return CellPage(
        stage=given.stage,
        touchpoint=given.touchpoint,
        lane=given.lane.value,
        lanes={lane.value: count for lane, count in given.counts},
        customers=given.customers,
        total=given.total,
        feeling=tell_metric(given.feeling) if given.feeling else None,
        items=[tell_line(line) for line in lines],
        next=onward,
    )


def tell_stood(stage: StageNow) -> StageStood:
    """Return who stands at a stage."""
    return StageStood(
        stage=stage.name,
        count=stage.count,
        median_silence_seconds=stage.median_s,
        longest=[tell_line(line) for line in stage.lines],
        standing=[_tell_standing(count, steps) for count, steps in stage.standing],
    )


def _tell_standing(count: int, steps: NextSteps) -> Standing:
    ahead = [StepAhead(to=step.touchpoint, share=tell_metric(step.share)) for step in steps.steps]
    return Standing(at=steps.at, count=count, n=steps.n, customers=steps.customers, steps=ahead)


def tell_paths(graph: PathGraph, *, most: int) -> Paths:
    """Return the most frequent steps."""
    visits = [Counted(name=name, count=int(count)) for name, count in zip(graph.names, graph.visits, strict=True)]
    steps = [
        Step(
            at=graph.names[int(graph.source[edge])],
            to=graph.names[int(graph.target[edge])],
            count=int(graph.count[edge]),
            median_seconds=float(graph.median_us[edge]) / _US,
            p90_seconds=float(graph.p90_us[edge]) / _US,
        )
        for edge in range(min(most, len(graph.count)))
    ]
    return Paths(touchpoints=visits, total=len(graph.count), steps=steps)


def tell_ways(found: Variants) -> Ways:
    """Return the ways people take."""
    return Ways(
        of=found.level.value,
        runs=found.runs,
        distinct=found.distinct,
        reached=tell_metric(found.reached),
        ways=[_tell_way(one) for one in found.shown],
        other=_tell_way(found.other) if found.other else None,
    )


def _tell_way(way: Variant) -> Way:
    return Way(
        steps=list(way.steps),
        runs=way.runs,
        customers=way.customers,
        share=tell_metric(way.share),
        reached=way.reached,
        open_runs=way.open_runs,
        median_seconds=way.median_us / _US,
    )


def tell_catalogue(catalogue: Catalogue) -> Touchpoints:
    """Return the catalogue of touchpoints."""
    return Touchpoints(
        customers=catalogue.customers,
        touches=catalogue.touches,
        items=[
            TouchpointListed(
                name=point.name,
                area=point.area,
                reach=point.reach,
                touches=point.touches,
                feeling=tell_metric(point.heart),
                asked=point.asked,
                first=tell_time(point.first_us),
                channels=[Counted(name=one.name, count=one.count) for one in point.channels],
                stages=[Pair(field=spot.journey_id, value=spot.stage) for spot in point.spots],
            )
            for point in catalogue.points
        ],
    )
