"""Chains: from each start, the touches that take a funnel's steps; one chain a passage, the one that counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from heartline.understand.log import Codes, Ints, Mask
from heartline.understand.passes.shape import Passages

_ENDLESS = np.iinfo(np.int64).max
_BLOCK = 1 << 17
_MOST_BITS = 64
"""So many touches are looked at together: what is made of them on the way stays in the processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How chains are followed: within ``window_us``, ``strict`` (the very next touch), ``ordered`` (not: in any order),
    from the ``first`` start of a passage alone or from each.
    """

    window_us: int | None
    strict: bool
    ordered: bool
    first: bool

    @property
    def limit_us(self) -> int:
        """The window, or longer than any time."""
        return _ENDLESS if self.window_us is None else self.window_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Chains:
    """One chain for each passage that starts at all: the passage, the place of its start among the passages' touches,
    and when after the start each step was taken (µs, −1 where it was not; shape (chains, steps)).
    """

    passage: Ints
    start: Ints
    after_us: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Some whole passages: ``passage`` and ``ts_us`` have one entry more than ``codes``, of nobody.

    ``steps`` has a bit for each step that a touch can take, None where there are too many steps.
    """

    codes: Codes
    steps: Codes | None
    passage: NDArray[np.integer]
    ts_us: Ints
    members: Mask

    def find(self, step: int) -> tuple[Mask, Ints, NDArray[np.int32]]:
        """Return which touches are of a step, where they lie (and a last place, of nobody), and how many lie up to each
        touch: ``places[upto[i]]`` is the first after touch i.
        """
        mask = self.mark(step)
        return mask, np.append(np.flatnonzero(mask), len(mask)), np.cumsum(mask, dtype=np.int32)

    def mark(self, step: int) -> Mask:
        """Tell which touches are of a step."""
        marked: Mask
        if self.steps is None:
            marked = self.members[step][self.codes]
        else:
            marked = (self.steps & self.steps.dtype.type(1 << step)) != 0
        return marked

    def measure(self, starts: Ints, at: Ints, limit_us: int) -> tuple[Ints, Mask]:
        """Return how long after its start each touch came, and whether it is of the same passage and in time."""
        since = self.ts_us[at] - self.ts_us[starts]
        return since, (self.passage[at] == self.passage[starts]) & (since <= limit_us)


def follow_chains(passages: Passages, members: Mask, rule: Rule) -> Chains:
    """Follow the steps (``members``: steps × codes) through every passage.

    From one start the earliest touch of each next step takes it furthest, so the greatest depth over all starts is the
    greatest over these chains. Among starts that get as far the earliest counts. Without a window no later start gets
    further.
    """
    starts, owners, after = [], [], []
    for ahead, block in _cut_blocks(passages, members):
        found, times = _follow(block, rule)
        starts.append(found + ahead)
        owners.append(block.passage[found])
        after.append(times)
    if not starts:
        nothing = np.zeros(0, dtype=np.int64)
        return Chains(passage=nothing, start=nothing, after_us=np.zeros((0, len(members)), dtype=np.int64))
    return Chains(
        passage=np.concatenate(owners).astype(np.int64), start=np.concatenate(starts), after_us=np.concatenate(after)
    )


def _cut_blocks(passages: Passages, members: Mask) -> Iterator[tuple[int, _Block]]:
    offsets, passage = passages.offsets, passages.passage()
    # Looked up once a touch, not once a step.
    bits = _lay_bits(members)
    cuts = np.searchsorted(offsets, np.arange(0, len(passages.codes), _BLOCK))
    for start, end in pairwise(np.unique(np.append(offsets[cuts], offsets[-1])).tolist()):
        yield (
            start,
            _Block(
                codes=passages.codes[start:end],
                steps=None if bits is None else bits[passages.codes[start:end]],
                passage=np.append(passage[start:end], passage.dtype.type(-1)),
                ts_us=np.append(passages.ts_us[start:end], 0),
                members=members,
            ),
        )


def _lay_bits(members: Mask) -> Codes | None:
    """Return for each code the steps it is of, as bits of the smallest type that has room for them."""
    if len(members) > _MOST_BITS:
        return None
    kind = np.dtype(f"u{next(size for size in (1, 2, 4, 8) if 8 * size >= len(members))}")
    bits = np.zeros(members.shape[1], dtype=kind)
    for step, marked in enumerate(members):
        bits[marked] |= kind.type(1 << step)
    return bits


def _follow(block: _Block, rule: Rule) -> tuple[Ints, Ints]:
    """Return the starts that count, and when after them each step was taken."""
    marks: Mask = block.mark(0) if rule.ordered else np.logical_or.reduce(block.members)[block.codes]
    starts = np.flatnonzero(marks)
    if rule.first or (rule.window_us is None and not rule.strict):
        starts = starts[_mark_firsts(block.passage[starts])]
    after = _walk(block, starts, rule) if rule.ordered else _reach(block, starts, rule)
    chosen = _choose((after >= 0).sum(axis=0), block.passage[starts])
    return starts[chosen], np.ascontiguousarray(after[:, chosen].T)


def _walk(block: _Block, starts: Ints, rule: Rule) -> Ints:
    """Return when after each start each step was taken, in order: (steps, starts)."""
    after = np.full((len(block.members), len(starts)), -1, dtype=np.int64)
    after[0] = 0
    alive, at = np.arange(len(starts)), starts
    for step in range(1, len(block.members)):
        if rule.strict:
            at = at + 1
        else:
            _, places, upto = block.find(step)
            at = places[upto[at]]
        since, good = block.measure(starts[alive], at, rule.limit_us)
        if rule.strict:
            good &= np.append(block.mark(step), np.False_)[at]
        alive, at = alive[good], at[good]
        after[step, alive] = since[good]
    return after


def _reach(block: _Block, starts: Ints, rule: Rule) -> Ints:
    """Return when after each start the first, second … of the steps was taken, in whatever order: (steps, starts)."""
    after = np.full((len(block.members), len(starts)), _ENDLESS, dtype=np.int64)
    for step in range(len(block.members)):
        mask, places, upto = block.find(step)
        since, good = block.measure(starts, places[upto[starts] - mask[starts]], rule.limit_us)
        after[step, good] = since[good]
    after.sort(axis=0)
    return np.where(after == _ENDLESS, -1, after)


def _mark_firsts(passage: NDArray[np.integer]) -> Mask:
    firsts = np.ones(len(passage), dtype=np.bool_)
    firsts[1:] = passage[1:] != passage[:-1]
    return firsts


def _choose(depth: Ints, passage: NDArray[np.integer]) -> Ints:
    """Return the earliest of the deepest starts of each passage."""
    if not len(depth):
        return np.zeros(0, dtype=np.int64)
    firsts = np.flatnonzero(_mark_firsts(passage))
    best = np.maximum.reduceat(depth, firsts)
    sizes = np.diff(np.append(firsts, len(depth)))
    deepest = np.flatnonzero(depth == np.repeat(best, sizes))
    chosen: Ints = deepest[_mark_firsts(passage[deepest])]
    return chosen
