"""What metrics count: the versions so far, what today's figure would be by each choice, and the form for the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from heartline.app import Heartline
from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Definition, Metric
from heartline.understand import (
    BOXES,
    DEFINED,
    Ints,
    Measure,
    PackedLog,
    Question,
    ScoreMeasure,
    Selection,
    built_in,
    definition_at,
    find_definition,
    list_changes,
    score_metric,
)
from heartline.web.charts.trend import Break
from heartline.web.parts.words import day

FIELD_OF: Final = {"bad_boxes": "boxes", "bad_day": "from_day", "no_why": "why", "same_definition": "boxes"}
"""The field of the form that a refusal speaks of."""

_LONGEST_WHY: Final = 500
_FARTHEST: Final = timedelta(days=366)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """A version with what became of it. ``ends_us`` is when another took over (None: none did), ``state`` one of “in
    force”, “to come”, “past” and “outdone”: a later decision began before it did.
    """

    definition: Definition
    state: str
    ends_us: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The page: every version, newest first, and by each choice what the figure of ``asked`` would be."""

    lines: tuple[VersionLine, ...]
    figures: tuple[tuple[int, Metric], ...]
    in_force: Definition
    asked: str
    today: date


def read_sheet(heartline: Heartline, log: PackedLog, selection: Selection, *, asked: str, now_us: int) -> Sheet:
    """Read the page; ``asked`` names the time of ``selection`` in words."""
    in_force = definition_at(log, DEFINED, now_us + 1)
    figures = tuple((boxes, count_as(log, selection, boxes)) for boxes in BOXES)
    zone = ZoneInfo(heartline.workspace.timezone)
    return Sheet(
        lines=list_versions(heartline, now_us=now_us),
        figures=figures,
        in_force=in_force,
        asked=asked,
        today=datetime.fromtimestamp(now_us / 1e6, zone).date(),
    )


def list_versions(heartline: Heartline, *, now_us: int) -> tuple[VersionLine, ...]:
    """Return all versions of what counts as satisfied, newest first."""
    made = heartline.stores.kept.definitions()
    return tell_versions([one for one in made if one.metric == DEFINED], now_us=now_us)


def count_as(log: PackedLog, selection: Selection, boxes: int) -> Metric:
    """Return what the share of the satisfied would be if ``boxes`` were counted."""
    tried = Definition(metric=DEFINED, version=0, boxes=boxes, from_us=0)
    return score_metric(log, ScoreMeasure.CSAT, selection, definition=tried)


def tell_versions(made: Sequence[Definition], *, now_us: int) -> tuple[VersionLine, ...]:
    """Return all versions, the one built in too, newest first, each with its state."""
    versions = [built_in(DEFINED), *sorted(made, key=lambda one: one.version)]
    lines = []
    for place, one in enumerate(versions):
        # Whatever was decided later and begins no later was never given way to.
        later = [other.from_us for other in versions[place + 1 :]]
        ends = min(later, default=None)
        if ends is not None and ends <= one.from_us:
            state = "outdone"
        elif one.from_us > now_us:
            state = _("to come")
        else:
            state = _("past") if ends is not None and ends <= now_us else _("in force")
        lines.append(VersionLine(definition=one, state=state, ends_us=None if state == "outdone" else ends))
    return tuple(reversed(lines))


def parse_definition(said: Mapping[str, str], heartline: Heartline, *, now_us: int) -> tuple[int, int, str]:
    """Read the form: how many boxes, from when (a day's first moment in the workspace's zone, µs UTC), and why.

    Raises:
        Invalid: a field cannot be used; ``FIELD_OF`` names it.
    """
    boxes = next((number for number in BOXES if str(number) == said.get("boxes", "")), 0)
    if not boxes:
        raise Invalid("bad_boxes", _("That is nothing that may be called satisfied."), _("Choose one of the list."))
    from_us = _read_day(said.get("from_day", ""), zone=heartline.workspace.timezone, now_us=now_us)
    why = " ".join(said.get("why", "").split())[:_LONGEST_WHY]
    if not why:
        raise Invalid("no_why", _("A definition is not changed without a reason."), _("Say in a sentence why."))
    made = [one for one in heartline.stores.kept.definitions() if one.metric == DEFINED]
    begun = [built_in(DEFINED), *(one for one in made if one.from_us <= from_us)]
    after = [one for one in made if one.from_us > from_us]
    if begun[-1].boxes == boxes and not after:
        told = _("On that day {boxes} is what counts already.").format(boxes=_(BOXES[boxes]))
        raise Invalid("same_definition", told, _("Choose something else, or leave it."))
    return boxes, from_us, why


def find_made(log: PackedLog, question: Question) -> Definition | None:
    """Return the version that a question is counted by; None where nobody ever changed what its measure counts."""
    made = any(one.metric == question.measure.value for one in log.definitions)
    return find_definition(log, question) if made else None


def tell_counted(log: PackedLog, *questions: Question, zone: str, now_us: int) -> str:
    """Return what the answer to a question counts, or a comparison of some, where people changed it: “the top box
    (definition 2, from 3 Mar)”; else nothing.
    """
    by = find_definition(log, *questions)
    if by == built_in(by.metric):
        return ""
    when = day(by.from_us, zone, now_us=now_us)
    return _("{boxes} (definition {version}, from {day})").format(
        boxes=_(BOXES[by.boxes]), version=by.version, day=when
    )


def find_breaks(log: PackedLog, measure: Measure, edges_us: Ints, *, zone: str, now_us: int) -> tuple[Break, ...]:
    """Return where in a trend's weeks another definition begins to count: the first week that starts under it."""
    changes: dict[int, list[Definition]] = {}
    for one in list_changes(log, measure.value):
        if edges_us[0] < one.from_us < edges_us[-1]:
            changes.setdefault(int(np.searchsorted(edges_us[:-1], one.from_us)), []).append(one)
    return tuple(Break(week=week, words=_say(some, zone=zone, now_us=now_us)) for week, some in changes.items())


def _say(some: Sequence[Definition], *, zone: str, now_us: int) -> str:
    """“definition 2 from 3 March: the top box”; of several in one week the last is told with those it came after."""
    last = some[-1]
    when, counts = day(last.from_us, zone, now_us=now_us), _(BOXES[last.boxes])
    if len(some) == 1:
        said = _("definition {version} from {day}: {counts}")
    else:
        said = _("definition {version} from {day}: {counts}, after {earlier}")
    earlier = ", ".join(str(one.version) for one in some[:-1])
    return said.format(version=last.version, day=when, counts=counts, earlier=earlier)


def _read_day(text: str, *, zone: str, now_us: int) -> int:
    today = datetime.fromtimestamp(now_us / 1e6, ZoneInfo(zone)).date()
    try:
        chosen = date.fromisoformat(text)
        begins = datetime.combine(chosen, time(), ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(
            "bad_day", _("“{text}” is no day.").format(text=text[:40]), _("Choose one, or write 2026-03-01.")
        ) from None
    if chosen > today + _FARTHEST or begins < _EPOCH:
        raise Invalid(
            "bad_day", _("{text} is too far away.").format(text=text[:40]), _("Choose a day up to a year ahead.")
        )
    return (begins - _EPOCH) // timedelta(microseconds=1)
