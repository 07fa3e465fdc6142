"""Figures: a metric with all one needs to trust it, and the question it answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from heartline.records import Difference, Metric
from heartline.understand import BOXES, OF_RUNS, Measure, Question
from heartline.web.api.asking import EPOCH, Wanted
from heartline.web.definitions import VersionLine

_US: Final = timedelta(microseconds=1)

MEASURES: Final = {
    Measure.NPS: ("Would recommend us: promoters minus detractors", "−100 to +100"),
    Measure.CSAT: (
        "Satisfied: the share of the best answers, by the definition in force",
        "0 to 1",
    ),
    Measure.CES: ("Found it easy: the mean answer", "1 to the scale's top"),
    Measure.STARS: ("Stars: the mean", "1 to 5"),
    Measure.VALENCE: ("How they feel: every score on one scale, the mean", "−1 to +1"),
    Measure.TOUCHES: ("How many touches", "count"),
    Measure.PEOPLE: ("How many customers", "count"),
    Measure.COMMENTS: ("How many comments", "count"),
    Measure.REACHED: ("The share of a journey's runs that reached a stage", "0 to 1"),
    Measure.LOST: ("The share of runs that met a stage (or began) and were lost there", "0 to 1"),
    Measure.OPEN: ("How many runs are under way (at a stage)", "count"),
    Measure.FINISHED: ("The share of runs that came to their end", "0 to 1"),
    Measure.WAIT: ("The median time from a stage to the next", "days"),
}


class Figure(msgspec.Struct, kw_only=True):
    """A metric. No number without n and an interval."""

    measure: str
    value: Annotated[float | None, Meta(description="null where nothing was measured")]
    low: Annotated[float | None, Meta(description="the lower end of the 95 % interval")]
    high: Annotated[float | None, Meta(description="the upper end of the 95 % interval")]
    n: Annotated[int, Meta(description="how many answers, touches or runs were counted")]
    customers: Annotated[int, Meta(description="how many customers stand behind them")]
    few: Annotated[bool, Meta(description="whether these are too few (under 30) to say anything")]
    method: Annotated[str, Meta(description="how the interval was reached")]
    version: Annotated[int, Meta(description="of the definition (GET /definitions); both sides of a change have one")]


class Change(msgspec.Struct, kw_only=True):
    """A difference between two figures, and what may be said of it."""

    before: Figure
    now: Figure
    value: float | None
    low: float | None
    high: float | None
    p: float | None
    verdict: Annotated[str, Meta(description="higher, lower, no_reliable_change or too_few")]


class Pair(msgspec.Struct, kw_only=True):
    """A field and its value."""

    field: str
    value: str


class Asked(msgspec.Struct, kw_only=True):
    """The question behind a figure, with everything that narrows it."""

    measure: str
    meaning: str
    scale: str
    since: Annotated[datetime | None, Meta(description="from this time on; null: from the beginning")]
    until: Annotated[datetime | None, Meta(description="before this time; null: up to now")]
    where: Annotated[list[Pair], Meta(description="what else must hold; the same field twice means either value")]
    touchpoints: Annotated[list[str], Meta(description="only at these touchpoints; empty: at any")]
    journey: str
    stage: str


class Answered(msgspec.Struct, kw_only=True):
    """A question and its answer."""

    question: Asked
    figure: Figure


class MeasureMeant(msgspec.Struct, kw_only=True):
    """Something that can be asked for."""

    measure: str
    meaning: str
    scale: str
    of_runs: Annotated[bool, Meta(description="whether it is asked of a journey's runs")]


class DefinitionTold(msgspec.Struct, kw_only=True):
    """A version of what a measure counts. A figure’s ``version`` names it."""

    measure: str
    version: int
    counts: Annotated[str, Meta(description="what of a scale is called satisfied, in words")]
    boxes: Annotated[int, Meta(description="how many of the best answers, never more than half of the scale")]
    since: Annotated[datetime | None, Meta(description="the first moment of its first day; null: from the beginning")]
    until: Annotated[datetime | None, Meta(description="when another took over, or will; null: none does")]
    state: Annotated[str, Meta(description="in force, to come, past, or outdone by a later decision before it began")]


def tell_time(ts_us: int | None) -> datetime | None:
    """Return a time of ours as the API writes it."""
    return None if ts_us is None else EPOCH + ts_us * _US


def tell_metric(metric: Metric) -> Figure:
    """Return a metric as a figure."""
    return Figure(
        measure=metric.name,
        value=metric.value,
        low=metric.low,
        high=metric.high,
        n=metric.n,
        customers=metric.customers,
        few=metric.few,
        method=metric.method,
        version=metric.version,
    )


def tell_change(gap: Difference | None) -> Change | None:
    """Return a difference as a change."""
    if gap is None:
        return None
    return Change(
        before=tell_metric(gap.before),
        now=tell_metric(gap.now),
        value=gap.value,
        low=gap.low,
        high=gap.high,
        p=gap.p,
        verdict=gap.verdict.value,
    )


def tell_asked(question: Question, *, stage: str = "", journey: str = "") -> Asked:
    """Return a question as it is told beside its figure."""
    meaning, scale = MEASURES[question.measure]
    return Asked(
        measure=question.measure.value,
        meaning=meaning,
        scale=scale,
        since=tell_time(question.selection.from_us),
        until=tell_time(question.selection.to_us),
        where=[Pair(field=field, value=value) for field, value in question.selection.where],
        touchpoints=list(question.touchpoints),
        journey=question.journey.journey_id if question.journey else journey,
        stage=question.stage or stage,
    )


def tell_wanted(wanted: Wanted) -> Asked:
    """Return what a call wanted. A question of runs is asked of a log that range and filter have narrowed already."""
    if wanted.drill is None:
        return tell_asked(replace(wanted.question, selection=wanted.selection))
    journey, stage = wanted.drill.stage or ("", "")
    return tell_asked(wanted.question, journey=journey, stage=stage)


def tell_version(line: VersionLine) -> DefinitionTold:
    """Return a version of a definition. Who made it and why is on the page of settings."""
    one = line.definition
    return DefinitionTold(
        measure=one.metric,
        version=one.version,
        counts=BOXES[one.boxes],
        boxes=one.boxes,
        since=tell_time(one.from_us) if one.made_us else None,
        until=tell_time(line.ends_us),
        state=line.state,
    )


def list_measures() -> list[MeasureMeant]:
    """Return all that can be asked for."""
    return [
        MeasureMeant(measure=measure.value, meaning=meaning, scale=scale, of_runs=measure in OF_RUNS)
        for measure, (meaning, scale) in MEASURES.items()
    ]
