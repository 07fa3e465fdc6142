"""What people write on a journey's map: its lanes, what they believe of each stage, comments and snapshots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from heartline.records.journeys import Stage
from heartline.records.metrics import Metric

STANDARD_LANES: Final = (
    *("people", "touchpoint", "does", "voice", "sounds", "feeling", "wait", "now", "pains", "opportunities"),
    *("evidence", "owner", "kpis", "backstage", "to_be", "target"),
)
"""The lanes that every map has, in their usual order."""
ALWAYS_SHOWN: Final = "feeling"
"""The lane that a map is drawn around: it is moved and renamed, never hidden."""
OWN_LANE: Final = "own-"
"""How the keys of added lanes begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapLane:
    """A lane as people want it: ``label`` empty is its usual name; ``texts`` are (stage, words) of an added lane."""

    key: str
    label: str = ""
    hidden: bool = False
    texts: tuple[tuple[str, str], ...] = ()

    @property
    def own(self) -> bool:
        """Whether people added it."""
        return self.key.startswith(OWN_LANE)

    def words(self, stage: str) -> str:
        """Return what an added lane says of a stage."""
        return dict(self.texts).get(stage, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class StageNote:
    """What people say of a stage: who owns it, how they believe it feels (−1…+1), how it should be, what to reach, and
    ``backstage``, what is done behind it and by whom.
    """

    stage: str
    department: str = ""
    believed: float | None = None
    to_be: str = ""
    target: str = ""
    backstage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapComment:
    """A comment on a stage. ``mentions`` are the ids of users; ``resolved_us`` None: it is open."""

    number: int
    stage: str
    author: str
    at_us: int
    text: str
    mentions: tuple[int, ...] = ()
    resolved_by: str = ""
    resolved_us: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFigures:
    """A stage's figures as they were: people who reached it, how they felt (−1…+1), the median time to the next stage
    in seconds, the share lost (0…1).
    """

    stage: str
    customers: int
    feeling: Metric
    wait: Metric
    lost: Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A map's figures frozen with the definition they were counted by. ``asked`` says time range and filter in words.

    ``stages`` are the definition's; ``figures`` stand in their order.
    """

    number: int
    name: str
    by: str
    at_us: int
    asked: str
    stages: tuple[Stage, ...]
    figures: tuple[StageFigures, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapDocument:
    """All that people wrote on one journey's map. ``version`` counts every write, ``edition`` those of lanes and notes:
    a comment takes nothing from under whoever has the form open.
    """

    journey_id: str
    version: int = 0
    edition: int = 0
    edited_by: str = ""
    edited_us: int = 0
    lanes: tuple[MapLane, ...] = ()
    notes: tuple[StageNote, ...] = ()
    comments: tuple[MapComment, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()

    @property
    def arranged(self) -> tuple[MapLane, ...]:
        """Every lane once, in order: as people set them, then the standard ones that they never touched."""
        found = {lane.key: lane for lane in self.lanes if lane.own or lane.key in STANDARD_LANES}
        for key in STANDARD_LANES:
            found.setdefault(key, MapLane(key=key))
        return tuple(found.values())

    def note(self, stage: str) -> StageNote:
        """Return what is said of a stage."""
        return next((note for note in self.notes if note.stage == stage), StageNote(stage=stage))


def replace_words(document: MapDocument, change: Callable[[str], str]) -> MapDocument:
    """Return a document with every free text changed: what people wrote, never a stage's name or who wrote it."""
    return replace(
        document,
        lanes=tuple(
            replace(
                lane,
                label=change(lane.label),
                texts=tuple((stage, change(words)) for stage, words in lane.texts),
            )
            for lane in document.lanes
        ),
        notes=tuple(
            replace(
                note,
                department=change(note.department),
                to_be=change(note.to_be),
                target=change(note.target),
                backstage=change(note.backstage),
            )
            for note in document.notes
        ),
        comments=tuple(replace(comment, text=change(comment.text)) for comment in document.comments),
        snapshots=tuple(replace(snapshot, name=change(snapshot.name)) for snapshot in document.snapshots),
    )
