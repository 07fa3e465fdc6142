"""Journeys by call: a body read as the form reads what was posted, and kept as a new version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from heartline.errors import Conflict
from heartline.records import Journey
from heartline.web.api.asking import check_fields
from heartline.web.api.shapes.journey_changes import JourneyChange, JourneyOpening, StageSaid
from heartline.web.itinerary import find_journey
from heartline.web.journey_drafts import begin_journey, save_journey
from heartline.web.journey_form import read_form
from heartline.web.visit import Visit


def begin_asked(visit: Visit, opening: JourneyOpening) -> Journey:
    """Begin a journey.

    Raises:
        Invalid: it has no name, its segment's field is none, or nobody is in it.
    """
    segment = opening.segment
    check_fields(visit, [] if segment is None else [segment.field])
    return begin_journey(
        visit, name=opening.name, segment="" if segment is None else f"{segment.field}={segment.value}"
    )


def change_asked(visit: Visit, journey_id: str, change: JourneyChange) -> Journey:
    """Keep a changed journey as its next version, and return it.

    Raises:
        Missing: there is none with this id.
        Conflict: somebody changed it in the meantime.
        Invalid: as ``read_form`` refuses, or it is of a field that is none.
    """
    before = find_journey(visit, journey_id)
    if change.was is not None and change.was != before.version:
        hint = "Nothing was changed: look how it is now, then ask again."
        raise Conflict("journey_moved", "Somebody changed this journey in the meantime.", hint)
    check_fields(visit, [one.field for one in change.where or ()])
    draft = read_form(_fill_form(before, change), before)
    if change.where is not None:
        draft = replace(draft, where=tuple((one.field, one.value) for one in change.where))
    save_journey(visit, replace(draft, proposed=False), what="journey.change")
    return find_journey(visit, journey_id)


def _fill_form(before: Journey, change: JourneyChange) -> dict[str, Sequence[str]]:
    stages = change.stages
    if stages is None:
        stages = [
            StageSaid(name=one.name, touchpoints=list(one.touchpoints), owner=one.owner, locked=one.locked)
            for one in before.stages
        ]
    touches = [(name, str(place)) for place, one in enumerate(stages) for name in one.touchpoints]
    return {
        "name": [before.name if change.name is None else change.name],
        "gap_days": [str(before.gap_days if change.gap_days is None else change.gap_days)],
        "stage": [one.name for one in stages],
        "owner": [one.owner for one in stages],
        "locked": [str(place) for place, one in enumerate(stages) if one.locked],
        "touch": [name for name, _ in touches],
        "in": [place for _, place in touches],
        "starts": before.starts if change.starts is None else change.starts,
        "ends": before.ends if change.ends is None else change.ends,
    }
