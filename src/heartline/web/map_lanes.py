"""The lanes of a map as people arranged them, filled with what they wrote, and how each stage is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from heartline.language import _, mark
from heartline.records import MapDocument, MapLane
from heartline.understand import JourneyMap, MapStage
from heartline.web.charts.heartline import LaneGiven, MapGiven, StageColumn
from heartline.web.parts import View
from heartline.web.parts.words import day

LANE_NAMES: Final = {
    "people": mark("People, to scale"),
    "touchpoint": mark("Touchpoint"),
    "does": mark("What they do"),
    "voice": mark("What they say"),
    "feeling": mark("How they feel"),
    "wait": mark("How long they wait"),
    "now": mark("Here now"),
    "evidence": mark("How we know"),
    "owner": mark("Owner"),
    "to_be": mark("How it should be"),
    "target": mark("Target"),
}
"""The usual names of the standard lanes."""


def name_lane(lane: MapLane) -> str:
    """Return a lane's name: as people call it, or as usual."""
    return lane.label or (_(LANE_NAMES[lane.key]) if lane.key in LANE_NAMES else lane.key)


def dress_map(view: View, given: MapGiven, document: MapDocument, measured: JourneyMap, *, now_us: int) -> MapGiven:
    """Return a map with its lanes as people arranged them, and with what they wrote and believe."""
    shown = [lane for lane in document.arranged if not lane.hidden]
    known = any(lane.key == "evidence" for lane in shown)
    pairs = list(zip(given.stages, measured.stages, strict=True))
    by = document.edited_by
    if by and document.edited_us:
        by = f"{by}, {day(document.edited_us, view.timezone, now_us=now_us)}"
    return replace(
        given,
        believed_by=by,
        stages=tuple(_dress_stage(column, stage, document, known=known) for column, stage in pairs),
        lanes=tuple(_fill_lane(view, lane, document, measured, now_us=now_us) for lane in shown),
    )


def _dress_stage(column: StageColumn, stage: MapStage, document: MapDocument, *, known: bool) -> StageColumn:
    note = document.note(stage.name)
    return replace(
        column,
        believed=note.believed,
        owner=" · ".join(dict.fromkeys(name for name in (note.department, column.owner) if name)),
        # It is told in a lane of its own.
        last_evidence="" if known else column.last_evidence,
        evidence="measured" if is_measured(stage) else "assumed",
    )


def is_measured(stage: MapStage) -> bool:
    """Whether anything was ever seen of a stage in the time and filter chosen."""
    return stage.last_us > 0


def _fill_lane(view: View, lane: MapLane, document: MapDocument, measured: JourneyMap, *, now_us: int) -> LaneGiven:
    if lane.key == "evidence":
        words = tuple(_say_evidence(view, stage, now_us=now_us) for stage in measured.stages)
    elif lane.key in {"to_be", "target"}:
        words = tuple(getattr(document.note(stage.name), lane.key) for stage in measured.stages)
    elif lane.own:
        words = tuple(lane.words(stage.name) for stage in measured.stages)
    else:
        return LaneGiven(key=lane.key, label=lane.label)
    return LaneGiven(key=lane.key, label=name_lane(lane), words=words)


def _say_evidence(view: View, stage: MapStage, *, now_us: int) -> str:
    if not is_measured(stage):
        return _("Assumed: nothing measured")
    return _("Measured, last {day}").format(day=day(stage.last_us, view.timezone, now_us=now_us))
