"""Feelings: whether those who met something late scored lower afterwards than those it spared.

Orders tell what hurts where people order again. Many shops see most customers once: there what they answer is all there
is, and only there feelings are claimed of what was late; what hurts by its orders already is not told a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from heartline.records import Difference
from heartline.understand.definitions import definition_at
from heartline.understand.intervals import FACTOR
from heartline.understand.log import Floats, Ints, Mask, PackedLog
from heartline.understand.pains.claims import FEWEST_CUSTOMERS, measure
from heartline.understand.pains.nouns import SignKind, SignSeries, Worth
from heartline.understand.pains.signs import SCALES, Field
from heartline.understand.questions import Measure
from heartline.understand.scores import ScoreMeasure, mask_answers, value_answers

ANSWERED_US = 28 * 86_400_000_000
"""An answer is about the touch before it, within four weeks; where there is none, about the next one within four weeks:
who waits for a parcel that is late says so before it comes.
"""
_RARELY = 0.05
_FELT = frozenset({SignKind.WAIT, SignKind.PROMISE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeling:
    """A claim that those who met ``sign`` answered lower. ``answers`` is the score as a sign of its own: the answers
    within four weeks of one of the sign's touches; ``met`` marks those of whoever met it, ``at`` is the place of the
    touch among the sign's rows. ``difference`` is met − spared, on the metric's own scale.
    """

    sign: SignSeries
    answers: SignSeries
    difference: Difference
    met: Mask = field(repr=False)
    at: Ints = field(repr=False)

    @property
    def p(self) -> float:
        """The chance of such a difference without any."""
        return 1.0 if self.difference.p is None else self.difference.p

    @property
    def gap(self) -> float:
        """How much lower they answer, on the values' own scale: positive is worse."""
        return -(self.difference.value or 0.0) / FACTOR[self.answers.scale]

    def without(self, taken: Mask) -> Feeling | None:
        """Return the same claim without the sign's rows that heavier pains have; None where too few are left."""
        left = ~taken[self.sign.rows][self.at]
        return _weigh(self.sign, _choose(self.answers, left), self.met[left], self.at[left])


def list_feelings(ground: Field, signs: Sequence[SignSeries], worths: Mapping[int, Worth | None]) -> Iterator[Feeling]:
    """Yield for everything that can be late, and the score most answer after it, whether the late answered lower.

    ``worths`` are what the orders tell of a sign, by its place: nothing where under one of twenty orders again.
    """
    scored = {one: np.flatnonzero(mask_answers(ground.log, ScoreMeasure(one.value))) for one in SCALES}
    for place, sign in enumerate(signs):
        worth = worths.get(place)
        if sign.kind not in _FELT or not len(sign.rows) or (worth is not None and worth.baseline >= _RARELY):
            continue
        follows = {one: _follow(ground.log, sign, rows) for one, rows in scored.items()}
        chosen = max(follows, key=lambda one: len(follows[one][0]))
        rows, at = follows[chosen]
        if not len(rows):
            continue
        found = _weigh(sign, _answers(ground, chosen, rows), sign.values[at] > 0, at)
        if found is not None:
            yield found


def _follow(log: PackedLog, sign: SignSeries, scored: Ints) -> tuple[Ints, Ints]:
    """Return the answers that are about one of a sign's touches, and the place of that touch among them."""
    touches = sign.rows
    known_us = log.ts_us[touches] if sign.known_us is None else sign.known_us
    after = np.searchsorted(touches, scored, side="right")
    before = np.maximum(after - 1, 0)
    after = np.minimum(after, len(touches) - 1)
    told, waiting = (
        (log.row[touches[place]] == log.row[scored]) & (np.abs(log.ts_us[scored] - known_us[place]) <= ANSWERED_US)
        for place in (before, after)
    )
    place = np.where(told, before, after)
    return scored[told | waiting], place[told | waiting].astype(np.int64)


def _answers(ground: Field, asked: Measure, rows: Ints) -> SignSeries:
    log = ground.log
    by = definition_at(log, asked.value, ground.now_us)
    values: Floats = value_answers(log, ScoreMeasure(asked.value), rows, boxes=by.boxes)
    codes = log.codes["touchpoint"][rows].astype(np.int64)
    spot = log.names["touchpoint"][int(np.bincount(codes).argmax())]
    return SignSeries(
        kind=SignKind.SCORE,
        name=spot,
        stage="",
        touchpoints=(spot,),
        journey_id="",
        owner="",
        scale=SCALES[asked],
        worse=-1,
        rows=rows,
        customers=log.row[rows].astype(np.int64),
        values=values,
        until_us=ground.now_us,
        measure=asked,
    )


def _choose(answers: SignSeries, left: Mask) -> SignSeries:
    return replace(answers, rows=answers.rows[left], customers=answers.customers[left], values=answers.values[left])


def _weigh(sign: SignSeries, answers: SignSeries, met: Mask, at: Ints) -> Feeling | None:
    if min(len(np.unique(answers.customers[side])) for side in (met, ~met)) < FEWEST_CUSTOMERS:
        return None
    difference, _sides = measure(answers, met, ~met)
    return Feeling(sign=sign, answers=answers, difference=difference, met=met, at=at)
