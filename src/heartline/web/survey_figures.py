"""What came of a survey: who answered of those who were asked, how long it took, and each question with its interval.

Scores are counted by the very functions that count them everywhere else, over the fillings-in of this survey.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode, urlsplit

import numpy as np

from heartline.act import SCORED
from heartline.records import Invitation, LetterState, Metric, Question, QuestionKind, Response, Survey
from heartline.understand import (
    SCORE_KINDS,
    Floats,
    Margin,
    PackedLog,
    Scale,
    ScoreMeasure,
    definition_at,
    find_quantile_interval,
    gather,
    pack,
    rake,
    report_metrics,
    score_metric,
    value_answers,
)
from heartline.web.inviting import Order
from heartline.web.standing import read_standing
from heartline.web.surveys import public_link
from heartline.web.visit import Visit

_SHOWN: Final = 200
FEWEST_RAKED: Final = 10
"""Fewer answers than this are not adjusted: a few would stand for many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """A score of all who were invited, from those of them who answered, raked by place. ``effective`` is what the n are
    worth; ``unreached`` the share of those invited at places of which nobody answered.
    """

    metric: Metric
    effective: float
    unreached: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionFigures:
    """One question. ``n`` were asked it and said something; ``counts`` are by answer, with each one's share as a metric
    for choices; ``metric`` is the score's. A matrix has its figures in ``rows``, each a question.
    """

    question: Question
    n: int
    counts: Mapping[str, int]
    metric: Metric | None = None
    shares: Mapping[str, Metric] | None = None
    adjusted: Adjusted | None = None
    rows: Sequence[QuestionFigures] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyReport:
    """A survey's page. ``rate`` is the share of those invited who came to the end; times are seconds."""

    survey: Survey
    link: str
    invited: int
    began: int
    ended: int
    left: int
    under_way: int
    rate: Metric
    seconds: Metric
    questions: Sequence[QuestionFigures]
    invitations: Sequence[tuple[Invitation, LetterState | None, str]]
    reasons: Mapping[str, int]
    standing: Order | None = None

    @property
    def path(self) -> str:
        """The public link within this installation."""
        return urlsplit(self.link).path

    @property
    def stands_at(self) -> str:
        """The touchpoints at which its answers may stand, as a drill-down's address names them."""
        text = self.survey.text
        about = [one.touchpoint for one, *_rest in self.invitations]
        names = [text.touchpoint] if text.touchpoint else [text.title, *about]
        return urlencode([("t", name) for name in dict.fromkeys(names) if name])


def read_report(visit: Visit, survey_id: int) -> SurveyReport:
    """Read a survey's page."""
    kept = visit.heartline.stores.kept
    survey, responses = kept.survey(survey_id), kept.responses(survey_id)
    invitations = kept.invitations(survey_id)
    ended = [one for one in responses if one.whole]
    by_invitation = {one.invitation_id: one for one in responses if one.invitation_id}
    came = {one.invitation_id for one in ended}
    answered = np.array([one.invitation_id in came for one in invitations], dtype=np.float64)
    return SurveyReport(
        survey=survey,
        link=public_link(visit, survey),
        invited=len(invitations),
        began=len(responses),
        ended=len(ended),
        left=sum(one.done_us > 0 and not one.whole for one in responses),
        under_way=sum(not one.done_us for one in responses),
        rate=_share(answered, "response_rate"),
        seconds=_time(ended),
        questions=[_count(visit.whole_log, one, responses, invitations) for one in survey.text.questions],
        invitations=[_follow(visit, one, by_invitation) for one in invitations[:_SHOWN]],
        reasons=read_reasons(visit, survey_id),
        standing=read_standing(visit.heartline, survey_id),
    )


def read_reasons(visit: Visit, survey_id: int) -> Mapping[str, int]:
    """Return why people were left out of invitations to a survey so far, and how many."""
    told = visit.heartline.stores.kept.setting(f"survey_left_out_{survey_id}")
    return dict(json.loads(told)) if told else {}


def _follow(
    visit: Visit, one: Invitation, responses: Mapping[int, Response]
) -> tuple[Invitation, LetterState | None, str]:
    response = responses.get(one.invitation_id)
    how = "" if response is None else "answered" if response.whole else "left" if response.done_us else "began"
    letter = visit.heartline.stores.kept.letter_of_key(one.key)
    return one, None if letter is None else letter.state, how


def _share(values: Floats, name: str) -> Metric:
    return report_metrics(gather(values, np.arange(len(values)), scale=Scale.SHARE), name)[0]


def _time(ended: Sequence[Response]) -> Metric:
    seconds = np.array([(one.done_us - one.started_us) / 1e6 for one in ended])
    middle, low, high = find_quantile_interval(seconds, np.arange(len(seconds)))
    known = len(seconds) > 0
    return Metric(
        name="seconds",
        value=float(middle) if known else None,
        low=float(low) if known else None,
        high=float(high) if known else None,
        n=len(seconds),
        customers=len(seconds),
        method="Woodruff",
    )


def _count(
    log: PackedLog, question: Question, responses: Sequence[Response], invitations: Sequence[Invitation]
) -> QuestionFigures:
    if question.kind is QuestionKind.MATRIX:
        rows = [_count(log, row, responses, invitations) for row in question.parts]
        keys = [row.key for row in question.parts]
        n = sum(one.done_us > 0 and any(one.answers.get(key) for key in keys) for one in responses)
        return QuestionFigures(question=question, n=n, counts={}, rows=rows)
    said = [one for one in responses if one.done_us and one.answers.get(question.key)]
    counts: dict[str, int] = {}
    if question.kind in SCORED:
        low = 0 if question.kind is QuestionKind.NPS else 1
        counts = dict.fromkeys((str(value) for value in range(low, question.top + 1)), 0)
    elif question.kind is QuestionKind.CHOICE:
        counts = dict.fromkeys(question.choices, 0)
    for one in said:
        for answer in one.answers[question.key] if question.kind is not QuestionKind.TEXT else ():
            counts[answer] = counts.get(answer, 0) + 1
    figures = QuestionFigures(question=question, n=len(said), counts=counts)
    if question.kind in SCORED:
        own, measure = _pack(log, question, said), ScoreMeasure(question.kind.value)
        return replace(figures, metric=score_metric(own, measure), adjusted=_adjust(own, measure, said, invitations))
    if question.kind is QuestionKind.CHOICE and said:
        taken = {
            name: np.array([name in one.answers[question.key] for one in said], dtype=np.float64) for name in counts
        }
        return replace(figures, shares={name: _share(values, "share") for name, values in taken.items()})
    return figures


def _pack(log: PackedLog, question: Question, said: Sequence[Response]) -> PackedLog:
    """A log of these answers alone, ``seq`` being their place; who answered twice is one person, as everywhere."""
    people: dict[str, int] = {}
    owner = [people.setdefault(one.handle or f"{one.response_id}", len(people)) for one in said]
    n = len(said)
    own = pack(
        customer_id=np.array(owner, dtype=np.int64),
        ts_us=np.array([one.done_us for one in said], dtype=np.int64),
        seq=np.arange(n),
        codes={},
        names={},
        score_kind=np.full(n, SCORE_KINDS.index(question.kind.value), dtype=np.uint8),
        score=np.array([float(one.answers[question.key][0]) for one in said], dtype=np.float32),
        score_top=np.full(n, question.top, dtype=np.uint8),
        amount_minor=np.zeros(n, dtype=np.int64),
        has_text=np.zeros(n, dtype=np.bool_),
    )
    return replace(own, definitions=log.definitions)


def _adjust(
    own: PackedLog, measure: ScoreMeasure, said: Sequence[Response], invitations: Sequence[Invitation]
) -> Adjusted | None:
    """The score raked to the places of all who were invited; none where they were of one place, or too few answered."""
    place_of = {one.invitation_id: one.place for one in invitations}
    names = sorted(set(place_of.values()))
    number_of = {name: number for number, name in enumerate(names)}
    rows = np.array([row for row in range(len(own)) if said[own.seq[row]].invitation_id in place_of], dtype=np.int64)
    if len(names) < 2 or len(rows) < FEWEST_RAKED:
        return None
    code = np.array([number_of[place_of[said[own.seq[row]].invitation_id]] for row in rows], dtype=np.int64)
    everyone = np.bincount([number_of[place] for place in place_of.values()], minlength=len(names))
    boxes = definition_at(own, measure.value, None).boxes
    factor = 100.0 if measure is ScoreMeasure.NPS else 1.0
    values = value_answers(own, measure, rows, boxes=boxes) * factor
    raked = rake(values, [Margin(name="place", code=code, shares=everyone / everyone.sum())])
    known = bool(np.isfinite(raked.low))
    metric = Metric(
        name=measure.value,
        value=raked.value,
        low=raked.low if known else None,
        high=raked.high if known else None,
        n=raked.n,
        customers=raked.n,
        method="raked",
    )
    return Adjusted(metric=metric, effective=raked.effective, unreached=raked.unreached)
