"""Replies: whether two channels answer one question alike.

Answers are compared by what they say, whatever their wording (``find_fact``), a customer once a channel. Whether two
channels differ is asked of shuffled answers, which holds where few asked; where both say mostly the same, or one says
now this and now that, nothing is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from heartline.understand.differences import compare
from heartline.understand.log import Ints, Mask, PackedLog
from heartline.understand.pains.nouns import Answered, Inconsistency
from heartline.understand.pains.signs import Field
from heartline.understand.samples import Scale, gather
from heartline.understand.sayings import find_said

FEWEST_TOLD = 8
"""A channel must have answered so many customers."""
_MAIN = 0.5
_SHUFFLES = 1_999


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question on two channels, tested. ``found`` is None where both say the same, or one of them nothing sure."""

    p: float
    found: Inconsistency | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """The answers to one question: the first of each customer at each channel. ``rows`` are of the log, ascending."""

    rows: Ints
    channel: Ints
    fact: Ints

    def at(self, channel: int) -> Ints:
        """Return the places of one channel's answers."""
        return np.flatnonzero(self.channel == channel)

    def owner(self, log: PackedLog, place: Ints) -> Ints:
        """Return whose the answers at some places are."""
        return log.row[self.rows[place]].astype(np.int64)


def list_inconsistencies(ground: Field) -> Iterator[Asked]:
    """Yield every question that two channels answered to enough customers."""
    log, replies = ground.log, ground.sayings.replies
    rows, place = find_said(log, replies.seq)
    near = (log.ts_us[rows] >= ground.from_us) & (log.codes["channel"][rows] > 0) if len(rows) else rows > 0
    rows, place = rows[near], place[near]
    asked = replies.question[place]
    for question in np.unique(asked):
        mine = asked == question
        answers = _take_first(log, rows[mine], replies.fact[place[mine]])
        counts = np.bincount(answers.channel)
        for pair in combinations(np.flatnonzero(counts >= FEWEST_TOLD).tolist(), 2):
            yield _test(ground, int(question), answers, pair, every=rows[mine])


def _take_first(log: PackedLog, rows: Ints, fact: Ints) -> _Answers:
    channel = log.codes["channel"][rows].astype(np.int64)
    order = np.lexsort((np.arange(len(rows)), channel, log.row[rows]))
    first = np.ones(len(rows), dtype=np.bool_)
    owner, sorted_channel = log.row[rows][order], channel[order]
    first[1:] = (owner[1:] != owner[:-1]) | (sorted_channel[1:] != sorted_channel[:-1])
    kept = np.sort(order[first])
    return _Answers(rows=rows[kept], channel=channel[kept], fact=fact[kept])


def _test(ground: Field, question: int, answers: _Answers, pair: tuple[int, int], *, every: Ints) -> Asked:
    here, there = (answers.at(channel) for channel in pair)
    both = np.concatenate((here, there))
    facts, code = np.unique(answers.fact[both], return_inverse=True)
    side = np.arange(len(both)) >= len(here)
    p = _shuffle(code, side, width=len(facts))
    counts = [np.bincount(code[one], minlength=len(facts)) for one in (~side, side)]
    main = [int(count.argmax()) for count in counts]
    sure = all(count[best] > _MAIN * count.sum() for count, best in zip(counts, main, strict=True))
    if main[0] == main[1] or not sure:
        return Asked(p=p, found=None)
    sides = tuple(
        _describe(ground, pair[number], int(facts[main[number]]), float(counts[number][main[number]]), place)
        for number, place in enumerate((here, there))
    )
    return Asked(p=p, found=_tell(ground, question, answers, pair, (sides[0], sides[1]), p=p, every=every))


def _shuffle(code: Ints, side: Mask, *, width: int) -> float:
    """Return how often chance sets the channels as far apart: the distance of their answers, sides drawn anew."""
    total, size = np.bincount(code, minlength=width), int(side.sum())
    drawn = np.random.default_rng(0).multivariate_hypergeometric(total, size, size=_SHUFFLES, method="marginals")
    count = np.vstack((np.bincount(code[side], minlength=width), drawn))
    apart = np.abs(count / size - (total - count) / (len(code) - size)).sum(axis=1)
    return float((apart >= apart[0] - 1e-12).mean())


def _describe(ground: Field, channel: int, fact: int, count: float, place: Ints) -> Answered:
    replies = ground.sayings.replies
    return Answered(
        channel=ground.log.names["channel"][channel],
        fact=replies.facts[fact],
        quote=replies.quotes[fact],
        share=count / len(place),
        n=len(place),
    )


def _tell(  # one card is all this
    ground: Field,
    question: int,
    answers: _Answers,
    pair: tuple[int, int],
    sides: tuple[Answered, Answered],
    *,
    p: float,
    every: Ints,
) -> Inconsistency:
    log, replies = ground.log, ground.sayings.replies
    own = replies.facts.index(sides[0].fact)
    here, there = (answers.at(channel) for channel in pair)
    samples = [
        gather(
            (answers.fact[place] == own).astype(np.float64),
            log.row[answers.rows[place]].astype(np.int64),
            scale=Scale.SHARE,
        )
        for place in (there, here)
    ]
    told = [
        log.row[answers.rows[place]][answers.fact[place] == replies.facts.index(one.fact)]
        for place, one in zip((here, there), sides, strict=True)
    ]
    rows = every[np.isin(log.codes["channel"][every], pair)]
    customers = np.unique(log.row[rows])
    return Inconsistency(
        key=f"answers-{question}-{pair[0]}-{pair[1]}",
        question=replies.questions[question],
        sides=sides,
        difference=compare(samples[0], samples[1], "answered"),
        people=len(customers),
        both=len(np.intersect1d(*told)),
        shrunken=0.0,
        p=p,
        customers=log.customers[customers],
        seqs=log.seq[rows],
    )
