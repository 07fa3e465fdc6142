"""The survey calendar: who was asked when, what comes next, how evenly people are asked, and signs that they are not.

An address is kept of nobody who answers by a public link, so answers that come too thick are told by their times alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from heartline.act import (
    Burst,
    GroupAsked,
    compare_felt,
    estimate_s,
    find_burst,
    rate_groups,
    share_too_fast,
    shown,
)
from heartline.records import Difference, Invitation, Metric, Response, Survey
from heartline.understand import Floats, Ints, Mask, PackedLog, Scale, gather, report_metrics
from heartline.web.inviting import Order
from heartline.web.standing import read_standing
from heartline.web.visit import Visit
from heartline.web.weeks import DAY_US, WEEK_US, last_midnight

WEEKS: Final = 12
MOST_SURVEYS: Final = 5
_FELT_US: Final = 180 * DAY_US


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekAsked:
    """How many were asked in a week that begins at ``from_us``, by survey in the calendar's order."""

    from_us: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A survey that asks by itself: at most ``met`` people who met its touchpoint lately are asked next."""

    survey: Survey
    order: Order
    met: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evenness:
    """Of the customers who met what people were asked about while they were, the share that was asked; by place and by
    agent; and how those had felt before, less the others.
    """

    touchpoints: tuple[str, ...]
    rate: Metric
    places: Sequence[GroupAsked]
    agents: Sequence[GroupAsked]
    felt: Difference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveySigns:
    """What the times of a survey's answers say: where they come thickest by the public link, and the share too fast."""

    survey: Survey
    burst: Burst
    too_fast: Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyCalendar:
    """The page. ``evenness`` None: nobody was asked about a touch."""

    surveys: Sequence[Survey]
    weeks: Sequence[WeekAsked]
    coming: Sequence[Coming]
    evenness: Evenness | None
    signs: Sequence[SurveySigns]


def read_calendar(visit: Visit) -> SurveyCalendar:
    """Read the page: the last weeks, the surveys that asked or were answered in them."""
    kept, log = visit.heartline.stores.kept, visit.whole_log
    ends_us = last_midnight(visit.now_us, visit.zone) + DAY_US
    since_us = ends_us - WEEKS * WEEK_US
    published = [survey for survey in kept.surveys() if survey.published_us]
    asked = {
        survey.survey_id: [one for one in kept.invitations(survey.survey_id) if one.asked_us >= since_us]
        for survey in published
    }
    busy = [survey for survey in published if asked[survey.survey_id]][:MOST_SURVEYS]
    return SurveyCalendar(
        surveys=busy,
        weeks=_count_weeks([asked[survey.survey_id] for survey in busy], ends_us),
        coming=[one for one in (_read_coming(visit, log, survey) for survey in published) if one is not None],
        evenness=_weigh(log, [one for found in asked.values() for one in found]),
        signs=[_read_signs(survey, kept.responses(survey.survey_id)) for survey in published[:MOST_SURVEYS]],
    )


def _count_weeks(asked: Sequence[Sequence[Invitation]], ends_us: int) -> list[WeekAsked]:
    """The weeks up to today in which anybody was asked, the latest first."""
    counts = [Counter((ends_us - 1 - one.asked_us) // WEEK_US for one in found) for found in asked]
    return [
        WeekAsked(from_us=ends_us - (week + 1) * WEEK_US, counts=tuple(count[week] for count in counts))
        for week in range(WEEKS)
        if any(count[week] for count in counts)
    ]


def _read_coming(visit: Visit, log: PackedLog, survey: Survey) -> Coming | None:
    order = read_standing(visit.heartline, survey.survey_id) if survey.is_open else None
    if order is None:
        return None
    names = log.names.get("touchpoint", ())
    if order.touchpoint not in names:
        return Coming(survey=survey, order=order, met=0)
    met = (log.codes["touchpoint"] == names.index(order.touchpoint)) & (log.ts_us >= order.since_us)
    return Coming(survey=survey, order=order, met=len(np.unique(log.row[met])))


def _weigh(log: PackedLog, invitations: Iterable[Invitation]) -> Evenness | None:
    causes = np.array(sorted({one.cause_seq for one in invitations if one.cause_seq}), dtype=np.int64)
    about = np.flatnonzero(np.isin(log.seq, causes)) if len(causes) else causes
    if not len(about):
        return None
    met = _find_met(log, about)
    people, first = np.unique(log.row[met].astype(np.int64), return_index=True)
    was_asked = np.isin(people, log.row[about]).astype(np.float64)
    names = log.names["touchpoint"]
    return Evenness(
        touchpoints=tuple(sorted({names[code] for code in np.unique(log.codes["touchpoint"][about])})),
        rate=report_metrics(gather(was_asked, people, scale=Scale.SHARE), "invitation_rate")[0],
        places=_rate_by(log, "place", met, about),
        agents=_rate_by(log, "employee", met, about),
        felt=compare_felt(_felt_before(log, people, log.ts_us[met][first]), people, was_asked),
    )


def _find_met(log: PackedLog, about: Ints) -> Ints:
    """The touches like those that people were asked about, of the while in which they were: answers are none."""
    found: Mask = np.zeros(len(log), dtype=np.bool_)
    touchpoint, channels = log.codes["touchpoint"], log.names.get("channel", ())
    for code in np.unique(touchpoint[about]):
        times = log.ts_us[about[touchpoint[about] == code]]
        found |= (touchpoint == code) & (log.ts_us >= times.min()) & (log.ts_us <= times.max())
    if "survey" in channels:
        found &= log.codes["channel"] != channels.index("survey")
    found[about] = True
    return np.flatnonzero(found)


def _rate_by(log: PackedLog, field: str, met: Ints, about: Ints) -> list[GroupAsked]:
    """The share asked in each group of a field, a customer once in each they met."""
    if field not in log.codes:
        return []
    size = len(log.names[field])
    pairs = np.unique(log.row[met].astype(np.int64) * size + log.codes[field][met])
    asked = np.isin(pairs, log.row[about].astype(np.int64) * size + log.codes[field][about])
    return rate_groups(log.names[field], pairs % size, pairs // size, asked.astype(np.float64))


def _felt_before(log: PackedLog, people: Ints, first_us: Ints) -> Floats:
    """How each of some customers had felt in the half year before a time; NaN where they had said nothing."""
    before = np.full(len(log.customers), -1, dtype=np.int64)
    before[people] = first_us
    at = before[log.row]
    rows = np.flatnonzero((log.ts_us < at) & (log.ts_us >= at - _FELT_US) & np.isfinite(log.valence))
    n = np.bincount(log.row[rows], minlength=len(before))[people]
    total = np.bincount(log.row[rows], weights=log.valence[rows].astype(np.float64), minlength=len(before))[people]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(total / n, dtype=np.float64)


def _read_signs(survey: Survey, responses: Sequence[Response]) -> SurveySigns:
    public = np.array([one.started_us for one in responses if not one.invitation_id], dtype=np.int64)
    whole = [one for one in responses if one.whole]
    took = np.array([(one.done_us - one.started_us) / 1e6 for one in whole], dtype=np.float64)
    said = np.array([estimate_s(shown(survey.text, one.answers)) for one in whole], dtype=np.float64)
    return SurveySigns(survey=survey, burst=find_burst(public), too_fast=share_too_fast(took, said))
