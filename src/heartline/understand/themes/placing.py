"""Placing texts by the themes that were found, and knowing themes again when they are found anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heartline.records import NO_THEME

Vectors = NDArray[np.float32]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SAME: Final = 0.85
"""From this likeness of their centres on a theme found anew is one that was there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What texts are placed by: the number of each theme (1…), its centre (themes, width), and its floor."""

    numbers: Ints
    centres: Vectors
    floors: Floats


def place_texts(vectors: Vectors, places: Places) -> tuple[Ints, Floats]:
    """Return the number of the nearest theme of each text (``NO_THEME`` under that theme's floor), and how near it is.

    ``vectors`` of length 1, (texts, width), of the encoder the themes were found by.
    """
    if not len(places.numbers) or not len(vectors):
        return np.full(len(vectors), NO_THEME, dtype=np.int64), np.zeros(len(vectors))
    likeness = (vectors @ places.centres.T).astype(np.float64)
    best = likeness.argmax(axis=1)
    near = likeness[np.arange(len(vectors)), best]
    return np.where(near >= places.floors[best], places.numbers[best], NO_THEME), near


def match_themes(found: Vectors, held: Vectors) -> Ints:
    """Return which theme that was there each one found anew is (−1: none): one to one, the likest pairs first.

    Both are centres of length 1, (themes, width).
    """
    told = np.full(len(found), -1, dtype=np.int64)
    if not len(found) or not len(held):
        return told
    likeness = found @ held.T
    taken: set[int] = set()
    for pair in np.argsort(-likeness, axis=None, kind="stable"):
        one, other = divmod(int(pair), len(held))
        if likeness[one, other] < SAME:
            break
        if told[one] < 0 and other not in taken:
            told[one] = other
            taken.add(other)
    return told
