"""Looked at, and let go: what looks worst in the raw figures and is within chance, and what came everywhere.

A list that names only what holds invites the question after the rest; so the worst-looking place of each score, and
every newcomer that came at the same day to those who did not move, stay on the page with their reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from heartline.understand.differences import FEWEST, measure_gap
from heartline.understand.intervals import FACTOR
from heartline.understand.log import Ints
from heartline.understand.pains.claims import segment
from heartline.understand.pains.nouns import LetGo, Pain, SignKind, SignSeries
from heartline.understand.pains.signs import Field
from heartline.understand.questions import Measure
from heartline.understand.samples import gather
from heartline.understand.shrinkage import shrink_family

MOST = 6
WITHIN_CHANCE = "within_chance"
CAME_EVERYWHERE = "came_everywhere"
_FIELDS = ("place", "partner")


def list_let_go(ground: Field, signs: Sequence[SignSeries], pains: Sequence[Pain]) -> tuple[LetGo, ...]:
    """List what was looked at and let go: newcomers that came everywhere first, then places within chance."""
    found = {one.name: one for one in (*_list_decoys(pains), *_list_places(ground, signs, pains))}
    return tuple(found.values())[:MOST]


def _list_decoys(pains: Sequence[Pain]) -> Iterator[LetGo]:
    for pain in pains:
        for one in pain.coincidences:
            if one.alone or one.elsewhere_now is None or one.elsewhere_before is None or not pain.still:
                continue
            came = one.now > one.before
            if came:
                yield LetGo(
                    name=one.value,
                    reason=CAME_EVERYWHERE,
                    value=one.now - one.before,
                    low=one.elsewhere_before,
                    high=one.elsewhere_now,
                    shrunken=None,
                    n=0,
                    measure=None,
                )


def _list_places(ground: Field, signs: Sequence[SignSeries], pains: Sequence[Pain]) -> Iterator[LetGo]:
    blamed = {pain.value for pain in pains}
    for sign in signs:
        if sign.kind is not SignKind.SCORE or sign.measure is None:
            continue
        for name in _FIELDS:
            worst = _find_worst(ground, sign, name, sign.measure)
            if worst is not None and worst.name not in blamed:
                yield worst


def _find_worst(ground: Field, sign: SignSeries, field: str, measure: Measure) -> LetGo | None:
    """Return the worst of a family of places, unless it is reliably apart from the rest."""
    log = ground.log
    codes, names = segment(log, field, sign.rows)
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    heard: Ints = np.flatnonzero(counts >= 10)
    if len(heard) < 3:
        return None
    known = np.isin(codes, heard)
    sample = gather(
        sign.values[known],
        sign.customers[known],
        scale=sign.scale,
        cell=np.searchsorted(heard, codes[known]),
        cells=len(heard),
    )
    error = np.sqrt(np.maximum(np.nan_to_num(sample.variance, nan=1.0), 1e-6))
    shrunken = shrink_family(sample.mean, error)
    at = int((sample.mean * sign.worse).argmax())
    inside = codes == heard[at]
    sides = [gather(sign.values[side], sign.customers[side], scale=sign.scale) for side in (inside, known & ~inside)]
    _, low, high = measure_gap(sides[0], sides[1])
    if (sign.worse > 0 and low[0] > 0) or (sign.worse < 0 and high[0] < 0) or counts[heard[at]] < FEWEST // 2:
        return None
    factor = FACTOR[sign.scale]
    spread = 1.96 * float(error[at]) * factor
    value = float(sample.mean[at]) * factor
    return LetGo(
        name=names[heard[at]],
        reason=WITHIN_CHANCE,
        value=value,
        low=value - spread,
        high=value + spread,
        shrunken=float(shrunken[at]) * factor,
        n=int(counts[heard[at]]),
        measure=measure,
    )
