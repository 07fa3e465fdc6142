"""What the journey map is given. A page fills these from metrics and journeys; the chart knows nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from heartline.records import Metric

Evidence = Literal["measured", "reported", "assumed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A touchpoint: its feeling on −1…+1 (``None``: nobody is asked here; ``value`` ``None`` with ``n`` above 0: under
    the privacy floor, nothing is drawn), what was believed of it, and where its people are.
    """

    name: str
    channel: str = ""
    feeling: Metric | None = None
    believed: float | None = None
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """How long people wait for a stage, in seconds: median, 90th percentile, and the promise if one was made."""

    median_s: float
    p90_s: float
    promise_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One quote that stands for a stage; ``by`` says where and when."""

    text: str
    by: str
    language: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageColumn:
    """A stage. ``people`` reached it; ``lost`` is the share of the previous stage that did not (0…1); ``detour`` says
    that only some pass it, so that it branches off the line; ``here_now`` are the open customers in it; ``believed`` is
    how people think it feels, −1…+1.
    """

    name: str
    touches: tuple[Touch, ...]
    people: int | None = None
    lost: float | None = None
    detour: bool = False
    here_now: int | None = None
    here_href: str = ""
    does: str = ""
    voice: Voice | None = None
    wait: Wait | None = None
    owner: str = ""
    last_evidence: str = ""
    evidence: Evidence = "measured"
    believed: float | None = None
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneGiven:
    """A lane to draw. ``label`` empty is its usual name. A lane whose key is none of ``DRAWN`` says ``words``, one text
    a stage, written by people and so assumed (``MEASURED`` alone is ours).
    """

    key: str
    label: str = ""
    words: tuple[str, ...] = ()

    def at(self, place: int) -> str:
        """What it says of a stage by its place; empty where it says nothing."""
        return self.words[place] if place < len(self.words) else ""


DRAWN: Final = ("people", "touchpoint", "does", "voice", "feeling", "wait", "now", "owner")
"""The lanes the chart knows how to fill, in their usual order."""
MEASURED: Final = "evidence"
"""The lane of words that says how each stage is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The one sentence on the picture, in two lines, the facts below it, and the touchpoint it is about (its place
    among all touchpoints of the map).
    """

    second: str
    first: str = ""
    facts: tuple[str, ...] = ()
    touch: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MapGiven:
    """A journey map. ``believed_by`` names and dates the workshop behind the believed line; ``lanes`` are the shown."""

    name: str
    stages: tuple[StageColumn, ...]
    story: Story | None = None
    believed_by: str = ""
    lanes: tuple[LaneGiven, ...] = tuple(LaneGiven(key=key) for key in DRAWN)

    def shows(self, key: str) -> bool:
        """Whether a lane is among those shown."""
        return any(lane.key == key for lane in self.lanes)

    @property
    def told(self) -> tuple[LaneGiven, ...]:
        """The lanes of words that say anything."""
        return tuple(lane for lane in self.lanes if lane.key not in DRAWN and any(lane.words))

    @property
    def touches(self) -> tuple[Touch, ...]:
        """All touchpoints in order."""
        return tuple(touch for stage in self.stages for touch in stage.touches)
