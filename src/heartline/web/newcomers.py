"""Newcomers as pages announce them, and the one step that classes one: into a stage, or as looked at."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Final

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Journey
from heartline.understand import NEW_DAYS, Newcomer, find_newcomers
from heartline.web.journey_drafts import save_journey
from heartline.web.mapping import list_journeys
from heartline.web.recall import recall_of
from heartline.web.visit import Visit

_SETTING: Final = "newcomers.seen"
_DAY_US: Final = 86_400_000_000
_HOUR_US: Final = 3_600_000_000
SEEN: Final = "seen"
"""What is chosen instead of a stage by whoever only looked at a newcomer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewcomerLine:
    """A newcomer and the source that brought it first."""

    newcomer: Newcomer
    source: str


def read_newcomers(visit: Visit) -> tuple[NewcomerLine, ...]:
    """Read what is new and nobody has classed yet: seen first within the last days by a source that is older, in no
    stage of a journey, and not marked as looked at. Nothing for readers who are bound to places.
    """
    if visit.bounds.narrow:
        # What is new at one place may be old at another.
        return ()
    heartline, log = visit.heartline, visit.whole_log
    key = ("newcomers", visit.now_us // _HOUR_US)
    found = recall_of(heartline).of(log, key, lambda: find_newcomers(log, now_us=visit.now_us), patience_s=60)
    if not found:
        return ()
    placed = {name for journey in list_journeys(heartline, log) for name in journey.touchpoints}
    seen = _read_seen(visit)
    left = [one for one in found if f"{one.field}:{one.name}" not in seen]
    left = [one for one in left if one.field != "touchpoint" or one.name not in placed]
    sources = {
        entry.seq: entry.source_id for entry in heartline.stores.history.entries([one.first_seq for one in left])
    }
    starts = recall_of(heartline).of(log, "source starts", heartline.stores.history.source_starts, patience_s=60)
    names = {source.source_id: source.name for source in heartline.stores.kept.sources()}
    since_us = visit.now_us - NEW_DAYS * _DAY_US
    return tuple(
        NewcomerLine(newcomer=one, source=names.get(sources[one.first_seq], ""))
        for one in left
        if one.first_seq in sources and starts.get(sources[one.first_seq], since_us) < since_us
    )


def offer_stages(visit: Visit) -> tuple[Journey, ...]:
    """Return the journeys into whose stages a touchpoint may be put."""
    return list_journeys(visit.heartline, visit.whole_log)


def class_newcomer(visit: Visit, *, field: str, name: str, into: str) -> str:
    """Put a newcomer where somebody says: ``into`` is ``seen``, or a journey's id, a slash and a stage's place. Return
    what was done, in words.

    Raises:
        Invalid: there is no such newcomer or stage any more.
    """
    if all((one.newcomer.field, one.newcomer.name) != (field, name) for one in read_newcomers(visit)):
        raise Invalid("no_newcomer", _("This is classed already, or no longer new."), _("Look at the list again."))
    if into == SEEN:
        kept = sorted({*_read_seen(visit), f"{field}:{name}"})
        visit.heartline.stores.kept.set_setting(_SETTING, json.dumps(kept, ensure_ascii=False))
        visit.note("newcomer.seen", f"{field}: {name}"[:200])
        return _("Looked at.")
    journey_id, _slash, place = into.rpartition("/")
    journey = next((one for one in offer_stages(visit) if one.journey_id == journey_id), None)
    if field != "touchpoint" or journey is None or not _is_place(place, len(journey.stages)):
        raise Invalid("no_stage", _("There is no such stage any more."), _("Look at the list again."))
    stages = list(journey.stages)
    stage = stages[int(place)]
    stages[int(place)] = replace(stage, touchpoints=(*stage.touchpoints, name))
    save_journey(visit, replace(journey, stages=tuple(stages)), what="journey.change")
    return _("{touchpoint} is part of {journey} now.").format(touchpoint=name, journey=journey.name)


def _is_place(text: str, stages: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 4 and int(text) < stages


def _read_seen(visit: Visit) -> frozenset[str]:
    return frozenset(json.loads(visit.heartline.stores.kept.setting(_SETTING) or "[]"))
