"""Tries: short passages that may end in an order (choose, pay, placed), cut by half an hour of silence.

A touchpoint lies on the way to an order when, of the tries that meet it, a fair share ends in that order; a try of that
order is a sitting that meets any of the way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heartline.understand.log import Codes, Ints, Mask, PackedLog

SITTING_US = 30 * 60_000_000
_LEADS = 0.3
_FEWEST = 200
_LEAST_MISSED = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """All tries to reach one order, in the log's order. ``first`` is each one's first row on the way; ``met`` of shape
    (tries, way) says which touchpoints it met, ``turns`` how often it went back to one it had left.
    """

    goal: str
    way: tuple[str, ...]
    first: Ints
    customer: Ints
    at_us: Ints
    placed: Mask
    amount: Ints
    met: Mask
    turns: Ints

    def __len__(self) -> int:
        return len(self.first)


def list_tries(log: PackedLog) -> tuple[Tries, ...]:
    """Cut the tries of every order that has a way of at least two touchpoints and is missed now and then."""
    names = log.names["touchpoint"]
    codes = log.codes["touchpoint"].astype(np.int64)
    sitting, begins = _cut_sittings(log)
    found = []
    for goal in np.unique(codes[log.amount_minor > 0]):
        if not goal or (codes == goal).sum() < _FEWEST:
            continue
        way = _find_way(log, codes, sitting, begins, int(goal))
        if len(way) >= 2:
            tries = _cut_tries(log, codes, sitting, int(goal), way, names)
            if len(tries) >= _FEWEST and (~tries.placed).mean() >= _LEAST_MISSED:
                found.append(tries)
    return tuple(found)


def _cut_sittings(log: PackedLog) -> tuple[Ints, Ints]:
    """Return each row's sitting and each sitting's first row."""
    new = np.ones(len(log), dtype=np.bool_)
    new[1:] = (log.row[1:] != log.row[:-1]) | (np.diff(log.ts_us) > SITTING_US)
    return np.cumsum(new) - 1, np.flatnonzero(new)


def _find_way(log: PackedLog, codes: Ints, sitting: Ints, begins: Ints, goal: int) -> list[int]:
    """Find the touchpoints of which at least a third of the sittings reach the goal after them."""
    reached = np.full(len(begins), -1, dtype=np.int64)
    rows = np.flatnonzero((codes == goal) & (log.amount_minor > 0))
    reached[sitting[rows]] = rows
    way = []
    for code in np.unique(codes[np.isin(sitting, sitting[rows])]):
        if code in {0, goal}:
            continue
        at = np.flatnonzero(codes == code)
        first = np.unique(sitting[at], return_index=True)
        leads = reached[first[0]] > at[first[1]]
        # A touch that scores something came after; the way to an order is not asked about on the way.
        if len(first[0]) >= _FEWEST // 2 and leads.mean() >= _LEADS:
            way.append(int(code))
    return way


def _cut_tries(log: PackedLog, codes: Ints, sitting: Ints, goal: int, way: list[int], names: tuple[str, ...]) -> Tries:
    """A try ends with its order: what follows in the same sitting is another."""
    rows = np.flatnonzero(np.isin(codes, [*way, goal]))
    paid = (codes[rows] == goal) & (log.amount_minor[rows] > 0)
    new = np.ones(len(rows), dtype=np.bool_)
    new[1:] = (sitting[rows[1:]] != sitting[rows[:-1]]) | paid[:-1]
    number = np.cumsum(new) - 1
    count = int(number[-1]) + 1 if len(number) else 0
    met = np.zeros((count, len(way)), dtype=np.bool_)
    for place, code in enumerate(way):
        met[number[codes[rows] == code], place] = True
    started = met.any(axis=1)
    amount = np.bincount(number, weights=np.where(paid, log.amount_minor[rows], 0), minlength=count)
    first = rows[new]
    placed = np.bincount(number, weights=paid, minlength=count) > 0
    kept = np.flatnonzero(started)
    return Tries(
        goal=names[goal],
        way=tuple(names[code] for code in way),
        first=first[kept],
        customer=log.row[first[kept]].astype(np.int64),
        at_us=log.ts_us[first[kept]],
        placed=placed[kept],
        amount=amount[kept].astype(np.int64),
        met=met[kept],
        turns=_count_turns(codes[rows], number, count)[kept],
    )


def _count_turns(step: Codes, number: Ints, count: int) -> Ints:
    """Count per try how often a touchpoint came again after another one: a loop, not a second look."""
    moved = np.ones(len(step), dtype=np.bool_)
    moved[1:] = (number[1:] != number[:-1]) | (step[1:] != step[:-1])
    walk = np.flatnonzero(moved)
    key = number[walk] * (int(step.max(initial=0)) + 1) + step[walk]
    visits = np.bincount(number[walk], minlength=count)
    different = np.bincount(np.unique(key) // (int(step.max(initial=0)) + 1), minlength=count)
    return visits - different
