"""What the journey map is given. A page fills these from metrics and journeys; the chart knows nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from heartline.records import Metric

Evidence = Literal["measured", "reported", "assumed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A touchpoint: its feeling on −1…+1 (``None``: nobody is asked here; ``value`` ``None`` with ``n`` above 0: under
    the privacy floor, nothing is drawn), what was believed of it, and where its people are. ``seen`` is the day of its
    newest touch, ``felt`` of its newest answer.
    """

    name: str
    channel: str = ""
    feeling: Metric | None = None
    believed: float | None = None
    href: str = ""
    seen: str = ""
    felt: str = ""


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
    how people think it feels, −1…+1; ``seen`` is the day of its newest touch. An ``href`` leads to those behind.
    """

    name: str
    touches: tuple[Touch, ...]
    people: int | None = None
    lost: float | None = None
    detour: bool = False
    here_now: int | None = None
    here_href: str = ""
    does: str = ""
    does_href: str = ""
    voice: Voice | None = None
    wait: Wait | None = None
    wait_href: str = ""
    owner: str = ""
    seen: str = ""
    evidence: Evidence = "measured"
    believed: float | None = None
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellLine:
    """One line of a cell: words that lead somewhere, what is said under them, how it is known, and the day of its last
    evidence. ``waits`` says that it stands for what is still being worked out.
    """

    words: str
    href: str = ""
    note: str = ""
    level: Evidence = "assumed"
    seen: str = ""
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneGiven:
    """A lane to draw. ``label`` empty is its usual name. A lane whose key is none of ``DRAWN`` says lines, some a
    stage. ``again`` is where it is asked for once more while it is still being worked out.
    """

    key: str
    label: str = ""
    cells: tuple[tuple[CellLine, ...], ...] = ()
    again: str = ""

    def lines(self, place: int) -> tuple[CellLine, ...]:
        """What it says of a stage by its place; empty where it says nothing."""
        return self.cells[place] if place < len(self.cells) else ()

    @property
    def written(self) -> bool:
        """Whether people wrote anything of it."""
        return any(line.level == "assumed" for cell in self.cells for line in cell)

    def at(self, place: int) -> str:
        """The same in one text."""
        return "; ".join(", ".join(part for part in (line.words, line.note) if part) for line in self.lines(place))


DRAWN: Final = ("people", "touchpoint", "does", "voice", "feeling", "wait", "now", "owner")
"""The lanes the chart knows how to fill, in their usual order."""


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
        """The lanes of lines that say anything."""
        return tuple(lane for lane in self.lanes if lane.key not in DRAWN and any(lane.cells))

    @property
    def touches(self) -> tuple[Touch, ...]:
        """All touchpoints in order."""
        return tuple(touch for stage in self.stages for touch in stage.touches)
