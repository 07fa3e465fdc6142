"""Which scored comments teach, and what each of them says of how it sounds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heartline.records import ReaderVersion
from heartline.understand.log import SCORE_KINDS, Ints, Mask, PackedLog

NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2


def mask_told(log: PackedLog) -> Mask:
    """Tell which rows carry a text and a score: each is a label."""
    told: Mask = log.has_text & ~np.isnan(log.valence)
    return told


def mask_blind(log: PackedLog, reader: ReaderVersion | None) -> Mask:
    """Tell which rows' texts were read by a head that no score of their customer taught. Without a reader all were.

    A reading of somebody whose scores taught the reader agrees with these scores by hearsay, the more as people repeat
    themselves.
    """
    if reader is None:
        return np.ones(len(log), dtype=np.bool_)
    known = log.seq <= reader.blind_until
    taught = np.zeros(len(log.customers), dtype=np.bool_)
    taught[log.row[mask_told(log) & (known if reader.blind_until >= 0 else True)]] = True
    blind: Mask = known | ~taught[log.row]
    return blind


def sounds_of(log: PackedLog, rows: Ints) -> NDArray[np.int64]:
    """Return how the texts of some rows sound by their scores: places in ``SOUNDS``, −1 where there is no score.

    NPS by its groups (0–6, 7–8, 9–10); other scales by their middle: of five stars 1–2, 3 and 4–5.
    """
    score, valence = log.score[rows], log.valence[rows]
    nps = log.score_kind[rows] == SCORE_KINDS.index("nps")
    low = np.where(nps, score <= 6, valence < -0.01)
    high = np.where(nps, score >= 9, valence > 0.01)
    sounds = np.full(len(rows), NEUTRAL, dtype=np.int64)
    sounds[low], sounds[high] = NEGATIVE, POSITIVE
    sounds[np.isnan(valence)] = -1
    return sounds
