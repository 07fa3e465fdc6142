"""Tiles and scores: figures with their change, their weeks, and what they are split by; and the sentence of Home."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from heartline.understand import Finding, write_sentence
from heartline.web.api.shapes.answers import AnswerGiven, tell_line
from heartline.web.api.shapes.figures import Asked, Change, Figure, tell_asked, tell_change, tell_metric, tell_time
from heartline.web.charts.trend import Week
from heartline.web.opening import Opening
from heartline.web.scoring import ScoreReading, ScoreTable
from heartline.web.tiles import ScoreTile
from heartline.web.visit import Visit


class WeekScored(msgspec.Struct, kw_only=True):
    """A figure of one week, or of some together where the time is long."""

    begins: Annotated[str, Meta(description="the day it begins, in words")]
    value: float | None
    low: float | None
    high: float | None
    customers: int
    version: Annotated[int, Meta(description="of the metric's definition; do not join weeks of two versions")]


class Tile(msgspec.Struct, kw_only=True):
    """A figure as Home shows it."""

    label: str
    question: Asked
    figure: Figure
    change: Annotated[Change | None, Meta(description="against as long a time before; null where there is none")]
    top: Annotated[int | None, Meta(description="the end of the scale of a mean")]
    weeks: list[WeekScored]


class Sentence(msgspec.Struct, kw_only=True):
    """The sentence that opens Home: a reliable change, and what stands behind it."""

    headline: str
    figures: str
    contrast: Annotated[str, Meta(description="who did not move, and what went with it")]
    caveat: Annotated[str, Meta(description="what this is no proof of")]
    touchpoints: list[str]
    stage: str
    journey: str
    field: str
    value: str
    since: datetime | None
    people: int
    change: Change | None
    question: Asked


class Home(msgspec.Struct, kw_only=True):
    """What Home shows."""

    sentence: Annotated[Sentence | None, Meta(description="null where nothing can be said; “quiet” says why")]
    quiet: str
    ready: Annotated[bool, Meta(description="whether the sentence has been worked out; if not, ask again later")]
    tiles: list[Tile]
    open_cases: int
    overdue_cases: int
    cases_closed_this_week: int
    comments: int
    voices: list[AnswerGiven]


class ScoreOf(msgspec.Struct, kw_only=True):
    """A score of one value of a field."""

    name: str
    question: Asked
    figure: Figure
    shrunken: Annotated[float | None, Meta(description="what a ranked table is ranked by")]
    against_others: Annotated[Change | None, Meta(description="“before” are all the others together")]


class ScoresBy(msgspec.Struct, kw_only=True):
    """A score split by one thing."""

    title: str
    ranked: bool
    items: list[ScoreOf]


class Scores(msgspec.Struct, kw_only=True):
    """All that the page of scores shows of one measure."""

    measure: str
    measures: Annotated[list[str], Meta(description="those that somebody answered")]
    question: Asked
    figure: Figure
    change: Change | None
    top: int | None
    weeks: list[WeekScored]
    by: list[ScoresBy]
    trait: str
    traits: list[str]


def tell_tile(visit: Visit, tile: ScoreTile) -> Tile:
    """Return a tile."""
    return Tile(
        label=tile.label,
        question=tell_asked(tile.drill.ask(visit.selection)),
        figure=tell_metric(tile.metric),
        change=tell_change(tile.change),
        top=tile.top,
        weeks=[_tell_week(week) for week in tile.weeks],
    )


def _tell_week(week: Week) -> WeekScored:
    return WeekScored(
        begins=week.label,
        value=week.value,
        low=week.low,
        high=week.high,
        customers=week.n,
        version=week.version,
    )


def tell_home(visit: Visit, opening: Opening) -> Home:
    """Return Home."""
    found = opening.findings
    return Home(
        sentence=_tell_finding(opening.finding) if opening.finding is not None else None,
        quiet=found.quiet if found is not None else "",
        ready=found is not None,
        tiles=[tell_tile(visit, tile) for tile in opening.tiles],
        open_cases=opening.loops.total,
        overdue_cases=opening.loops.overdue,
        cases_closed_this_week=opening.loops.closed_this_week,
        comments=opening.voices.total,
        voices=[tell_line(line) for line in opening.voices.lines],
    )


def _tell_finding(finding: Finding) -> Sentence:
    said = write_sentence(finding)
    return Sentence(
        headline=said.headline,
        figures=said.figures,
        contrast=said.contrast,
        caveat=said.caveat,
        touchpoints=list(finding.touchpoints),
        stage=finding.stage,
        journey=finding.journey_id,
        field=finding.field,
        value=finding.value,
        since=tell_time(finding.since_us),
        people=finding.people,
        change=tell_change(finding.claimed),
        question=tell_asked(finding.now),
    )


def tell_scores(visit: Visit, reading: ScoreReading) -> Scores:
    """Return the page of scores."""
    return Scores(
        measure=reading.measure.value,
        measures=[measure.value for measure in reading.asked],
        question=tell_asked(reading.drill.ask(visit.selection)),
        figure=tell_metric(reading.metric),
        change=tell_change(reading.change),
        top=reading.top,
        weeks=[_tell_week(week) for week in reading.trend.main.weeks] if reading.trend else [],
        by=[_tell_table(visit, table) for table in reading.tables],
        trait=reading.trait,
        traits=list(reading.traits),
    )


def _tell_table(visit: Visit, table: ScoreTable) -> ScoresBy:
    return ScoresBy(
        title=table.title,
        ranked=table.ranked,
        items=[
            ScoreOf(
                name=line.name,
                question=tell_asked(line.drill.ask(visit.selection)),
                figure=tell_metric(line.metric),
                shrunken=line.shrunken,
                against_others=tell_change(line.against),
            )
            for line in table.lines
        ],
    )
