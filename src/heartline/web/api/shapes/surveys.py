"""Surveys: what is asked, who answers of those who were asked, and each question with its interval."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypedDict

import msgspec
from msgspec import Meta

from heartline.act import list_tongues
from heartline.records import QuestionKind
from heartline.web.api.shapes.figures import Figure, tell_metric, tell_time
from heartline.web.survey_figures import QuestionFigures, SurveyReport
from heartline.web.surveys import SurveyLine


class SurveyListed(msgspec.Struct, kw_only=True):
    """One survey."""

    id: int
    title: str
    status: Annotated[str, Meta(description="draft, published or closed")]
    invited: Annotated[int, Meta(description="how many were sent an invitation")]
    began: Annotated[int, Meta(description="how many began to answer, by any way to it")]
    finished: Annotated[int, Meta(description="how many came to the last question")]
    published: datetime | None
    languages: Annotated[list[str], Meta(description="those it may be read in, the one it is written in first")]


class RowTold(msgspec.Struct, kw_only=True):
    """One row of a matrix with what was answered."""

    key: Annotated[str, Meta(description="the question's key, a dot, and which row: q3.1")]
    words: str
    n: Annotated[int, Meta(description="how many answered it")]
    counts: Annotated[dict[str, int], Meta(description="how many gave each answer")]
    score: Annotated[Figure | None, Meta(description="where the rows are scores")]
    adjusted: Annotated[Figure | None, Meta(description="the same, raked to the places of all who were invited")]
    shares: Annotated[dict[str, Figure], Meta(description="where they are choices: the share that took each")]


class QuestionTold(msgspec.Struct, kw_only=True):
    """One question with what was answered."""

    key: str
    kind: Annotated[str, Meta(description="nps, csat, ces, stars, choice, text or matrix")]
    words: str
    n: Annotated[int, Meta(description="how many answered it")]
    counts: Annotated[dict[str, int], Meta(description="how many gave each answer; of words none is told here")]
    score: Annotated[Figure | None, Meta(description="of a question for a score")]
    adjusted: Annotated[Figure | None, Meta(description="the same, raked to the places of all who were invited")]
    shares: Annotated[dict[str, Figure], Meta(description="of a choice: the share that took each")]
    scale: Annotated[str | None, Meta(description="of a matrix: what each row is, csat, ces or choice")]
    rows: Annotated[list[RowTold], Meta(description="of a matrix: what was answered to each row")]


class SurveyKnown(msgspec.Struct, kw_only=True):
    """A survey with what came of it."""

    survey: SurveyListed
    link: Annotated[str, Meta(description="where anybody may answer it")]
    left_off: Annotated[int, Meta(description="how many stopped before the end; what they said is kept")]
    response_rate: Annotated[Figure, Meta(description="those who came to the end, of those invited")]
    seconds: Annotated[Figure, Meta(description="how long it took, the middle one")]
    questions: list[QuestionTold]
    not_asked: Annotated[dict[str, int], Meta(description="how many were left out of invitations, by reason")]


class Scores(TypedDict):
    """What a question and a row of a matrix have alike."""

    score: Figure | None
    adjusted: Figure | None
    shares: dict[str, Figure]


def tell_line(line: SurveyLine) -> SurveyListed:
    """Return a survey of the list."""
    survey = line.survey
    return SurveyListed(
        id=survey.survey_id,
        title=survey.text.title,
        status=survey.status.value,
        invited=line.asked,
        began=line.began,
        finished=line.ended,
        published=tell_time(survey.published_us or None),
        languages=list(list_tongues(survey.text)),
    )


def tell_report(report: SurveyReport) -> SurveyKnown:
    """Return a survey with what came of it."""
    line = SurveyLine(survey=report.survey, asked=report.invited, began=report.began, ended=report.ended)
    return SurveyKnown(
        survey=tell_line(line),
        link=report.link,
        left_off=report.left,
        response_rate=tell_metric(report.rate),
        seconds=tell_metric(report.seconds),
        questions=[_tell_question(one) for one in report.questions],
        not_asked=dict(report.reasons),
    )


def _tell_question(one: QuestionFigures) -> QuestionTold:
    question = one.question
    is_matrix = question.kind is QuestionKind.MATRIX
    return QuestionTold(
        key=question.key,
        kind=question.kind.value,
        words=question.words,
        n=one.n,
        counts=dict(one.counts),
        **_tell_scores(one),
        scale=question.scale.value if is_matrix else None,
        rows=[_tell_row(row) for row in one.rows],
    )


def _tell_row(one: QuestionFigures) -> RowTold:
    row = one.question
    return RowTold(key=row.key, words=row.words, n=one.n, counts=dict(one.counts), **_tell_scores(one))


def _tell_scores(one: QuestionFigures) -> Scores:
    return {
        "score": None if one.metric is None else tell_metric(one.metric),
        "adjusted": None if one.adjusted is None else tell_metric(one.adjusted.metric),
        "shares": {name: tell_metric(metric) for name, metric in (one.shares or {}).items()},
    }
