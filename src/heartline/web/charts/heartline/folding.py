"""A map too full to be drawn whole says less in each cell: first one line a cell, then one touchpoint a stage, then no
added lanes. The table and the files keep everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from heartline.language import _, ngettext
from heartline.records import OWN_LANE
from heartline.web.charts.heartline.given import CellLine, LaneGiven, MapGiven, StageColumn, Touch
from heartline.web.charts.heartline.layout import lay_out
from heartline.web.charts.heartline.matrix import draw_matrix
from heartline.web.charts.heartline.tall import draw_tall, lay_out_tall
from heartline.web.parts.words import number

MOST_DRAWN: Final = 3_000
"""Elements that a page draws of one map, both of its forms together."""
_BASE, _A_STAGE, _A_TOUCH, _A_LANE, _A_CELL, _A_LINE = 90, 70, 26, 2, 5, 5
"""At most so many elements are drawn for each (held by a test)."""
_TAG: Final = re.compile("<[a-zA-Z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A map that can be drawn, and how much of it is told elsewhere: lines of cells, touchpoints, and whole lanes."""

    given: MapGiven
    lines: int = 0
    touches: tuple[str, ...] = ()
    lanes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is told elsewhere."""
        return bool(self.lines or self.touches or self.lanes)


def count_most(given: MapGiven) -> int:
    """At most so many elements are drawn of a map."""
    told = given.told
    cells = sum(bool(cell) for lane in told for cell in lane.cells)
    lines = sum(len(cell) for lane in told for cell in lane.cells)
    columns = len(told) * len(given.stages)
    return (
        _BASE
        + _A_STAGE * len(given.stages)
        + _A_TOUCH * len(given.touches)
        + _A_LANE * len(told)
        + columns
        + _A_CELL * cells
        + _A_LINE * lines
    )


def count_drawn(given: MapGiven) -> int:
    """Count the elements of both forms of a map, by drawing them: only done for one that may be too full."""
    layout = lay_out(given)
    return sum(len(_TAG.findall(str(drawn))) for drawn in (draw_matrix(layout), draw_tall(lay_out_tall(layout))))


def fold_map(given: MapGiven, *, most: int = MOST_DRAWN) -> Folded:
    """Fold a map, step by step, until it can be drawn with ``most`` elements or nothing is left to fold."""
    folded = Folded(given=given)
    steps: tuple[Callable[[Folded], Folded], ...] = (_fold_lines, _fold_touches, _fold_lanes)
    for step in steps:
        if count_most(folded.given) <= most or count_drawn(folded.given) <= most:
            break
        folded = step(folded)
    return folded


def _fold_lines(folded: Folded) -> Folded:
    """One line a cell, which says how many more there are."""
    lanes = tuple(
        replace(lane, cells=tuple(_condense(cell) for cell in lane.cells)) if lane.cells else lane
        for lane in folded.given.lanes
    )
    gone = sum(max(0, len(cell) - 1) for lane in folded.given.told for cell in lane.cells)
    return replace(folded, given=replace(folded.given, lanes=lanes), lines=gone)


def _condense(cell: tuple[CellLine, ...]) -> tuple[CellLine, ...]:
    if len(cell) < 2:
        return cell
    more = len(cell) - 1
    told = ngettext("{n} more in the table", "{n} more in the table", more).format(n=number(more))
    return (replace(cell[0], note=" · ".join(part for part in (cell[0].note, told) if part)),)


def _fold_touches(folded: Folded) -> Folded:
    """One touchpoint a stage: the story's, or the one with the most answers."""
    story = folded.given.story
    hot = folded.given.touches[story.touch] if story is not None and story.touch is not None else None
    gone: list[str] = []
    stages: list[StageColumn] = []
    for stage in folded.given.stages:
        kept = max(stage.touches, key=lambda touch: (touch is hot, _answers(touch)), default=None)
        gone += [touch.name for touch in stage.touches if touch is not kept]
        stages.append(replace(stage, touches=() if kept is None else (kept,)))
    given = replace(folded.given, stages=tuple(stages))
    if story is not None and hot is not None:
        place = next((place for place, touch in enumerate(given.touches) if touch is hot), None)
        given = replace(given, story=replace(story, touch=place))
    return replace(folded, given=given, touches=tuple(gone))


def _answers(touch: Touch) -> int:
    return touch.feeling.n if touch.feeling is not None else 0


def _fold_lanes(folded: Folded) -> Folded:
    def goes(lane: LaneGiven) -> bool:
        return lane.key.startswith(OWN_LANE)

    gone = tuple(lane.label for lane in folded.given.told if goes(lane))
    kept = tuple(lane for lane in folded.given.lanes if not goes(lane))
    return replace(folded, given=replace(folded.given, lanes=kept), lanes=gone)


def say_folded(folded: Folded) -> str:
    """What a folded map leaves to its table, in words; nothing where it is drawn whole."""
    said = []
    if folded.lines:
        told = ngettext("{n} line of its cells", "{n} lines of its cells", folded.lines)
        said.append(told.format(n=number(folded.lines)))
    if folded.touches:
        told = ngettext("{n} touchpoint", "{n} touchpoints", len(folded.touches))
        said.append(told.format(n=number(len(folded.touches))))
    if folded.lanes:
        told = ngettext("{n} added lane", "{n} added lanes", len(folded.lanes))
        said.append(told.format(n=number(len(folded.lanes))))
    if not said:
        return ""
    return _("Too full to be drawn whole: {what} stand in the table.").format(what=", ".join(said))


__all__ = ["MOST_DRAWN", "Folded", "count_drawn", "count_most", "fold_map", "say_folded"]
