"""The marks of experiments: which arm a customer was drawn into, said on a touch that both arms have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NOTICE_HELD, NOTICE_TOLD = 1, 2
NOTE_WITHOUT, NOTE_WITH = 3, 4


def mark(experiment: str, arm: str) -> Mapping[str, str]:
    """Name an experiment and an arm the way every touch of one does."""
    return {"experiment": experiment, "arm": arm}


TRIALS: Final[tuple[Mapping[str, str], ...]] = (
    {},
    mark("late notice", "held out"),
    mark("late notice", "told"),
    mark("handwritten note", "held out"),
    mark("handwritten note", "note"),
)
"""By the mark of a box; 0 takes part in none."""
