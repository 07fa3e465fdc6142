"""The lanes of a map as people arranged them, filled with what they wrote, and how each stage is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from heartline.language import _, mark
from heartline.records import MapDocument, MapLane
from heartline.understand import JourneyMap, MapStage
from heartline.web.charts.heartline import CellLine, LaneGiven, MapGiven, StageColumn
from heartline.web.parts import View
from heartline.web.parts.words import day

LANE_NAMES: Final = {
    "people": mark("People, to scale"),
    "touchpoint": mark("Touchpoint"),
    "does": mark("What they do"),
    "voice": mark("What they say"),
    "sounds": mark("How it sounds"),
    "feeling": mark("How they feel"),
    "wait": mark("How long they wait"),
    "now": mark("Here now"),
    "pains": mark("Where it hurts"),
    "opportunities": mark("What we could do"),
    "evidence": mark("How we know"),
    "owner": mark("Owner"),
    "kpis": mark("Key figures"),
    "backstage": mark("Backstage"),
    "to_be": mark("How it should be"),
    "target": mark("Target"),
}
"""The usual names of the standard lanes."""
WRITTEN: Final = ("backstage", "to_be", "target")
"""The lanes of what people write of each stage."""


def name_lane(lane: MapLane) -> str:
    """Return a lane's name: as people call it, or as usual."""
    return lane.label or (_(LANE_NAMES[lane.key]) if lane.key in LANE_NAMES else lane.key)


Cells = tuple[tuple[CellLine, ...], ...]


def dress_map(
    view: View,
    given: MapGiven,
    document: MapDocument,
    measured: JourneyMap,
    *,
    live: Mapping[str, Cells] = MappingProxyType({}),
    now_us: int,
) -> MapGiven:
    """Return a map with its lanes as people arranged them, and with what they wrote and believe. ``live`` holds the
    lanes that are found elsewhere, by their keys.
    """
    shown = [lane for lane in document.arranged if not lane.hidden]
    pairs = list(zip(given.stages, measured.stages, strict=True))
    by = document.edited_by
    if by and document.edited_us:
        by = f"{by}, {day(document.edited_us, view.timezone, now_us=now_us)}"
    return replace(
        given,
        believed_by=by,
        stages=tuple(_dress_stage(column, stage, document) for column, stage in pairs),
        lanes=tuple(_fill_lane(view, lane, document, measured, live=live, now_us=now_us) for lane in shown),
    )


def _dress_stage(column: StageColumn, stage: MapStage, document: MapDocument) -> StageColumn:
    note = document.note(stage.name)
    return replace(
        column,
        believed=note.believed,
        owner=" · ".join(dict.fromkeys(name for name in (note.department, column.owner) if name)),
        evidence="measured" if is_measured(stage) else "assumed",
    )


def is_measured(stage: MapStage) -> bool:
    """Whether anything was ever seen of a stage in the time and filter chosen."""
    return stage.last_us > 0


def _fill_lane(
    view: View,
    lane: MapLane,
    document: MapDocument,
    measured: JourneyMap,
    *,
    live: Mapping[str, Cells],
    now_us: int,
) -> LaneGiven:
    stages, journey_id = measured.stages, measured.journey.journey_id
    if lane.key == "evidence":
        cells: Cells = tuple((_say_evidence(view, journey_id, stage, now_us=now_us),) for stage in stages)
    elif lane.key in live:
        cells = live[lane.key]
    elif lane.key in WRITTEN:
        cells = _cite(journey_id, [getattr(document.note(stage.name), lane.key) for stage in stages])
    elif lane.own:
        cells = _cite(journey_id, [lane.words(stage.name) for stage in stages])
    else:
        return LaneGiven(key=lane.key, label=lane.label)
    waits = any(line.waits for cell in cells for line in cell)
    return LaneGiven(key=lane.key, label=name_lane(lane), cells=cells, again=view.here() if waits else "")


def _cite(journey_id: str, texts: Sequence[str]) -> Cells:
    """What people wrote of each stage, each leading to where it is written."""
    path = f"/journeys/{journey_id}/document"
    return tuple(
        (CellLine(words=text, href=f"{path}#stage-{place}", level="assumed"),) if text else ()
        for place, text in enumerate(texts)
    )


def _say_evidence(view: View, journey_id: str, stage: MapStage, *, now_us: int) -> CellLine:
    if not is_measured(stage):
        return CellLine(words=_("Assumed: nothing measured"))
    told = _("Measured, last {day}").format(day=day(stage.last_us, view.timezone, now_us=now_us))
    return CellLine(words=told, href=view.url(f"/journeys/{journey_id}/cell", stage=stage.name), level="measured")
