"""What people wrote on a journey's map: lanes, notes and beliefs of its stages, comments, snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from heartline.records import MapComment, MapDocument, MapLane, Snapshot, StageNote
from heartline.understand import BeliefGap
from heartline.web.api.shapes.figures import Figure, tell_metric, tell_time
from heartline.web.map_lanes import name_lane


class StageText(msgspec.Struct, kw_only=True):
    """What an added lane says of a stage."""

    stage: str
    text: str


class LaneArranged(msgspec.Struct, kw_only=True):
    """A lane of the map, in its place."""

    key: Annotated[str, Meta(description="“own-” begins those that people added")]
    name: str
    hidden: bool
    texts: list[StageText]


class StageWritten(msgspec.Struct, kw_only=True):
    """What people wrote of a stage; everything here is assumed."""

    stage: str
    department: str
    believed: Annotated[float | None, Meta(description="how they believe it feels, −1 to +1")]
    to_be: str
    target: str
    backstage: Annotated[str, Meta(description="what is done behind it, and by whom")]


class BeliefWeighed(msgspec.Struct, kw_only=True):
    """A belief against what was measured in the range and filter."""

    stage: str
    believed: float
    felt: Figure
    value: Annotated[float, Meta(description="felt − believed")]
    low: float
    high: float
    verdict: Annotated[str, Meta(description="higher, lower, no_reliable_change or too_few")]


class CommentMade(msgspec.Struct, kw_only=True):
    """A comment on a stage."""

    number: int
    stage: str
    author: str
    at: datetime | None
    text: str
    resolved_by: str
    resolved: datetime | None


class StageFrozen(msgspec.Struct, kw_only=True):
    """A stage's figures as they were."""

    stage: str
    customers: int
    feeling: Figure
    wait: Annotated[Figure, Meta(description="the median time to the next stage, in seconds")]
    lost: Figure


class SnapshotKept(msgspec.Struct, kw_only=True):
    """A map's figures frozen."""

    number: int
    name: str
    by: str
    at: datetime | None
    asked: Annotated[str, Meta(description="time range and filter, in words")]
    stages: list[StageFrozen]


class MapWritten(msgspec.Struct, kw_only=True):
    """The map of a journey as a document."""

    journey: str
    edition: Annotated[int, Meta(description="counts the changes of lanes and notes")]
    edited_by: str
    edited: datetime | None
    lanes: list[LaneArranged]
    stages: list[StageWritten]
    beliefs: list[BeliefWeighed]
    comments: list[CommentMade]
    snapshots: list[SnapshotKept]


def tell_document(document: MapDocument, stages: Sequence[str], gaps: Sequence[BeliefGap]) -> MapWritten:
    """Return a document as the API tells it, with a note for each of the journey's ``stages``."""
    return MapWritten(
        journey=document.journey_id,
        edition=document.edition,
        edited_by=document.edited_by,
        edited=tell_time(document.edited_us or None),
        lanes=[_tell_lane(lane) for lane in document.arranged],
        stages=[_tell_note(document.note(stage)) for stage in stages],
        beliefs=[_tell_gap(gap) for gap in gaps],
        comments=[_tell_comment(comment) for comment in document.comments],
        snapshots=[_tell_snapshot(snapshot) for snapshot in document.snapshots],
    )


def _tell_lane(lane: MapLane) -> LaneArranged:
    texts = [StageText(stage=stage, text=text) for stage, text in lane.texts]
    return LaneArranged(key=lane.key, name=name_lane(lane), hidden=lane.hidden, texts=texts)


def _tell_note(note: StageNote) -> StageWritten:
    return StageWritten(
        stage=note.stage,
        department=note.department,
        believed=note.believed,
        to_be=note.to_be,
        target=note.target,
        backstage=note.backstage,
    )


def _tell_gap(gap: BeliefGap) -> BeliefWeighed:
    return BeliefWeighed(
        stage=gap.stage,
        believed=gap.believed,
        felt=tell_metric(gap.felt),
        value=gap.value,
        low=gap.low,
        high=gap.high,
        verdict=gap.verdict.value,
    )


def _tell_comment(comment: MapComment) -> CommentMade:
    return CommentMade(
        number=comment.number,
        stage=comment.stage,
        author=comment.author,
        at=tell_time(comment.at_us),
        text=comment.text,
        resolved_by=comment.resolved_by,
        resolved=tell_time(comment.resolved_us),
    )


def _tell_snapshot(snapshot: Snapshot) -> SnapshotKept:
    return SnapshotKept(
        number=snapshot.number,
        name=snapshot.name,
        by=snapshot.by,
        at=tell_time(snapshot.at_us),
        asked=snapshot.asked,
        stages=[
            StageFrozen(
                stage=one.stage,
                customers=one.customers,
                feeling=tell_metric(one.feeling),
                wait=tell_metric(one.wait),
                lost=tell_metric(one.lost),
            )
            for one in snapshot.figures
        ],
    )
