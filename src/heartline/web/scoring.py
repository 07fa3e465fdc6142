"""Scores, read for their page: one measure by time, stage, channel, place, product and one trait, judged under one
budget; of everything, or of one touchpoint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from heartline.app import Heartline
from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Difference, Journey, Metric
from heartline.understand import (
    TRAIT,
    Ints,
    Measure,
    Moves,
    PackedLog,
    Question,
    ScoreMeasure,
    Selection,
    answer,
    mask_question,
    narrow_where,
    say_journey,
    say_stage,
    score_by_field,
    score_by_time,
    shrink_family,
)
from heartline.web.charts.bars import Split
from heartline.web.charts.trend import Change, Series, TrendGiven
from heartline.web.definitions import find_breaks, tell_counted
from heartline.web.drilldown import Drill
from heartline.web.lenses import name_field
from heartline.web.mapping import list_journeys
from heartline.web.moves import watch_score
from heartline.web.parts.sentences import begin_small
from heartline.web.parts.words import day, number, say_metric
from heartline.web.recall import recall_of
from heartline.web.tiles import KINDS, TILE_WORDS, before, judge_together, take_scored, widest_top
from heartline.web.weeks import cut_range, fill_weeks, last_midnight

MEASURES: Final = (*KINDS, Measure.VALENCE)
_MOST_VALUES: Final = 24
_FEWEST_RANKED: Final = 3
QUIET: Final = Moves(moves=(), odd=(), p=1.0, n=0, days=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLine:
    """One value of a field. ``shrunken`` is what it is ranked by where the table is ranked; ``against`` compares it
    with all the others together.
    """

    name: str
    drill: Drill
    metric: Metric
    shrunken: float | None
    against: Difference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTable:
    """A score split by one thing, which ``head`` names. ``ranked`` says that its order is by the shrunken value."""

    title: str
    head: str
    lines: tuple[ScoreLine, ...]
    ranked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreReading:
    """All the page shows. ``asked`` are the measures somebody answered; ``traits`` those there are to split by;
    ``counted`` is what the figures count where people changed it.
    """

    measure: Measure
    asked: tuple[Measure, ...]
    drill: Drill
    metric: Metric
    change: Difference | None
    top: int | None
    trend: TrendGiven | None
    split: Split | None
    tables: tuple[ScoreTable, ...]
    trait: str
    traits: tuple[str, ...]
    counted: str = ""
    moves: Moves = QUIET


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    title: str
    head: str
    ranked: bool
    drills: tuple[tuple[str, Drill], ...]


def read_scores(
    heartline: Heartline, log: PackedLog, query: Mapping[str, str], selection: Selection, *, now_us: int
) -> ScoreReading:
    """Read what the URL asks: ``measure`` (default: the first that somebody answered), ``trait``, and ``touchpoint``
    where the scores of one alone are wanted.

    Raises:
        Invalid: there is no such measure.
    """
    wanted = query.get("measure", "")
    if wanted not in {"", *(measure.value for measure in MEASURES)}:
        raise Invalid(
            "bad_measure",
            _("“{wanted}” is no score.").format(wanted=wanted[:40]),
            _("Choose one on the page of scores."),
        )
    traits = tuple(name for name, (_rest, names) in log.traits.items() if 2 <= len(names) - 1 <= _MOST_VALUES)
    trait = query.get("trait", "") if query.get("trait", "") in traits else (traits[0] if traits else "")
    zone, journeys = heartline.workspace.timezone, list_journeys(heartline, log)
    at = (query["touchpoint"],) if query.get("touchpoint") else ()
    return recall_of(heartline).of(
        log,
        ("scores", wanted, trait, at, selection, journeys),
        lambda: _read(
            take_scored(log), wanted, selection, journeys, at=at, trait=trait, traits=traits, zone=zone, now_us=now_us
        ),
        patience_s=10,
    )


def _read(  # noqa: PLR0913  # a page is all this
    log: PackedLog,
    wanted: str,
    selection: Selection,
    journeys: Sequence[Journey],
    *,
    at: tuple[str, ...],
    trait: str,
    traits: tuple[str, ...],
    zone: str,
    now_us: int,
) -> ScoreReading:
    asked = tuple(m for m in MEASURES if mask_question(log, Drill(measure=m, touchpoints=at).ask(selection)).any())
    measure = Measure(wanted) if wanted else (asked[0] if asked else Measure.NPS)
    drill = Drill(measure=measure, touchpoints=at)
    question = drill.ask(selection)
    parts = _list_parts(log, drill, selection, () if at else journeys, trait=trait)
    tables, change = _judge(log, selection, question, parts)
    last_us = min(now_us, int(log.ts_us.max())) if len(log) else now_us
    where = Selection(where=selection.where)
    moves = watch_score(log, measure, where, until_us=last_midnight(last_us, zone), touchpoints=at)
    return ScoreReading(
        measure=measure,
        asked=asked,
        drill=drill,
        metric=answer(log, question),
        change=change,
        top=widest_top(log, question),
        trend=_trend(log, question, selection, moves, zone=zone, now_us=now_us),
        moves=moves,
        split=_split(log, question) if measure is Measure.NPS else None,
        tables=tables,
        trait=trait,
        traits=traits,
        counted=tell_counted(log, question, zone=zone, now_us=now_us),
    )


def _list_parts(
    log: PackedLog, asked: Drill, selection: Selection, journeys: Sequence[Journey], *, trait: str
) -> list[_Part]:
    parts, measure = [], asked.measure
    if journeys:
        journey = journeys[0]
        stages = tuple(
            (
                say_stage(stage.name),
                Drill(measure=measure, stage=(journey.journey_id, stage.name), touchpoints=stage.touchpoints),
            )
            for stage in journey.stages
            if stage.touchpoints
        )
        title = _("By stage of {name}").format(name=say_journey(journey.name))
        parts.append(_Part(title=title, head=_("Stage"), ranked=False, drills=stages))
    fields = [("channel", True), ("place", True), ("product", True)]
    if trait:
        fields.append((TRAIT + trait, False))
    for field, ranked in fields:
        found = score_by_field(log, ScoreMeasure(measure.value), field, selection, touchpoints=asked.touchpoints)
        drills = tuple((one.value, replace(asked, where=((field, one.value),))) for one in found[:_MOST_VALUES])
        head = name_field(field)
        title = _("By {field}").format(field=begin_small(head))
        parts.append(_Part(title=title, head=head, ranked=ranked, drills=drills))
    return parts


def _judge(
    log: PackedLog, selection: Selection, question: Question, parts: Sequence[_Part]
) -> tuple[tuple[ScoreTable, ...], Difference | None]:
    """Answer every line, and judge them and the change over time under one budget."""
    pairs: list[tuple[Question, Question | None]] = [(question, before(question))]
    for part in parts:
        pairs += [(drill.ask(selection), _rest(part, drill, selection)) for _part, drill in part.drills]
    verdicts = judge_together(log, pairs)
    tables, place = [], 1
    for part in parts:
        lines = []
        for name, drill in part.drills:
            metric = answer(log, pairs[place][0])
            if metric.n:
                gap = verdicts[place]
                against = gap if gap is not None and gap.before.n else None
                lines.append(ScoreLine(name=name, drill=drill, metric=metric, shrunken=None, against=against))
            place += 1
        ranked = part.ranked and len(lines) >= _FEWEST_RANKED
        tables.append(
            ScoreTable(title=part.title, head=part.head, lines=_rank(lines) if ranked else tuple(lines), ranked=ranked)
        )
    return tuple(table for table in tables if table.lines), verdicts[0]


def _rest(part: _Part, drill: Drill, selection: Selection) -> Question | None:
    """The same question of all the others of a part."""
    others = [other for _rest, other in part.drills if other is not drill]
    if not others:
        return None
    own = drill.ask(selection)
    if drill.stage:
        touchpoints = tuple(dict.fromkeys(name for other in others for name in other.touchpoints))
        return replace(own, touchpoints=touchpoints)
    where = narrow_where(selection.where, [pair for other in others for pair in other.where])
    return replace(own, selection=replace(own.selection, where=where))


def _rank(lines: Sequence[ScoreLine]) -> tuple[ScoreLine, ...]:
    """The worst first, by the shrunken value; those with too few to say stand last, unranked."""
    sure = [line for line in lines if not line.metric.few and line.metric.value is not None and line.metric.margin]
    rest = [line for line in lines if line not in sure]
    if len(sure) < _FEWEST_RANKED:
        return tuple(lines)
    values = np.array([line.metric.value for line in sure], dtype=np.float64)
    errors = np.array([(line.metric.margin or 1.0) / 1.96 for line in sure])
    shrunken = shrink_family(values, errors)
    told = [replace(line, shrunken=float(value)) for line, value in zip(sure, shrunken, strict=True)]
    return (*sorted(told, key=lambda line: line.shrunken or 0.0), *rest)


def _trend(
    log: PackedLog, question: Question, selection: Selection, moves: Moves, *, zone: str, now_us: int
) -> TrendGiven | None:
    edges = cut_range(log, selection, zone=zone, now_us=now_us)
    if len(edges) < 3:
        return None
    measure = ScoreMeasure(question.measure.value)
    weekly = score_by_time(log, measure, edges, selection, touchpoints=question.touchpoints)
    if not any(metric.n for metric in weekly):
        return None
    said = say_metric(answer(log, question))
    step = round(float(edges[1] - edges[0]) / (7 * 86_400e6))
    return TrendGiven(
        title=_(TILE_WORDS[question.measure]),
        about=_("by week, 95 % interval") if step <= 1 else _("by {n} weeks, 95 % interval").format(n=number(step)),
        main=Series(
            name=_("All"),
            weeks=fill_weeks(weekly, edges, zone=zone, now_us=now_us),
            end=said.value,
            summary=f"{said.spread}, {said.n}",
        ),
        change=_mark_move(moves, edges, zone=zone, now_us=now_us),
        breaks=find_breaks(log, question.measure, edges, zone=zone, now_us=now_us),
        signed=question.measure in {Measure.NPS, Measure.VALENCE},
        percent=question.measure is Measure.CSAT,
    )


def _mark_move(moves: Moves, edges: Ints, *, zone: str, now_us: int) -> Change | None:
    """The last move within the weeks shown, at the week that holds it."""
    seen = [one for one in moves.moves if edges[0] < one.since_us < edges[-1]]
    if not seen:
        return None
    place = int(np.searchsorted(edges, seen[-1].since_us, side="right")) - 1
    return Change(week=place, words=_("{date}: it moves").format(date=day(seen[-1].since_us, zone, now_us=now_us)))


def _split(log: PackedLog, question: Question) -> Split | None:
    score = log.score[mask_question(log, question)]
    if not len(score):
        return None
    promoters, detractors = int((score >= 9).sum()), int((score <= 6).sum())
    return Split(
        name=_("All answers"),
        promoters=promoters,
        passives=len(score) - promoters - detractors,
        detractors=detractors,
    )
