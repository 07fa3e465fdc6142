"""Three voices of a time: one unhappy, one pleased, one that asks; the same three whoever picks them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from heartline.records import Reading
from heartline.store import Entry

SHORTEST, LONGEST = 15, 280
"""What is shorter says little, what is longer nobody reads in a letter."""
UNHAPPY, PLEASED, ASKS, SAYS = "unhappy", "pleased", "asks", "says"
WANTED: Final = 3
_EDGE: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A comment that was picked, its words as they may be shown, and why it was: ``UNHAPPY``, ``PLEASED``, ``ASKS``, or
    ``SAYS``: to make up the number.
    """

    entry: Entry
    text: str
    sounds: str


def pick_voices(
    entries: Sequence[Entry], valence: Mapping[int, float], readings: Mapping[int, Reading]
) -> tuple[Voice, ...]:
    """Pick of comments the unhappiest, the most pleased and the newest that asks, and the least happy of the others in
    place of one that is not there; none twice.

    ``valence`` is each score on −1…+1 (NaN: none); without one the reading's feeling counts.
    """

    def feel(entry: Entry) -> float:
        score = valence.get(entry.seq, math.nan)
        reading = readings.get(entry.seq)
        return score if not math.isnan(score) else (reading.valence if reading else 0.0)

    fit = [one for one in entries if one.text and SHORTEST <= len(one.text) <= LONGEST]
    ways: tuple[tuple[str, Callable[[Entry], bool], Callable[[Entry], float]], ...] = (
        (UNHAPPY, lambda one: feel(one) < -_EDGE, feel),
        (PLEASED, lambda one: feel(one) > _EDGE, lambda one: -feel(one)),
        (ASKS, lambda one: asks(one, readings.get(one.seq)), lambda one: -one.ts_us),
        *((SAYS, lambda _one: True, feel),) * WANTED,
    )
    picked: dict[int, Voice] = {}
    for sounds, means, key in ways:
        if len(picked) == WANTED:
            break
        best = _first((one for one in fit if one.seq not in picked and means(one)), key)
        if best is not None:
            picked[best.seq] = Voice(entry=best, text=best.text or "", sounds=sounds)
    return tuple(picked.values())


def asks(entry: Entry, reading: Reading | None) -> bool:
    """Whether a comment asks something."""
    return reading.question if reading else (entry.text or "").rstrip().endswith(("?", "？", "؟"))


def _first(found: Iterable[Entry], key: Callable[[Entry], float]) -> Entry | None:
    return min(found, key=lambda one: (key(one), -one.ts_us, one.seq), default=None)
