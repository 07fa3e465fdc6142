"""Finding room for words in a drawing: candidates are tried in order, none may lie on what is already there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether the two overlap (touching edges do not)."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def within(self, frame: Box) -> bool:
        """Whether it lies wholly inside ``frame``."""
        return (
            frame.left <= self.left
            and self.right <= frame.right
            and frame.top <= self.top
            and self.bottom <= frame.bottom
        )


def place(candidates: Iterable[Box], taken: Sequence[Box], frame: Box) -> Box | None:
    """The first candidate inside ``frame`` that meets nothing taken."""
    return next((box for box in candidates if box.within(frame) and not any(box.meets(other) for other in taken)), None)


def spread(wanted: Sequence[float], height: float, *, low: float, high: float) -> tuple[float, ...]:
    """Centres for labels of ``height`` as near as may be to where each is wanted, in the same order from top to bottom,
    none overlapping, all between ``low`` and ``high`` where there is room for them.
    """
    order = sorted(range(len(wanted)), key=lambda place_: (wanted[place_], place_))
    centres: list[float] = []
    for index in order:
        floor = centres[-1] + height if centres else low + height / 2
        centres.append(max(wanted[index], floor))
    limit = high - height / 2
    for position in range(len(centres) - 1, -1, -1):
        centres[position] = min(centres[position], limit)
        limit = centres[position] - height
    result = [0.0] * len(wanted)
    for index, centre in zip(order, centres, strict=True):
        result[index] = centre
    return tuple(result)
