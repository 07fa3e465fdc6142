"""Variants: the exact sequences that runs took through a journey, counted and ranked (mission row H11)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from heartline.records import Metric
from heartline.understand.log import Codes, Ints, Mask
from heartline.understand.runs import PackedRuns, RunState

_Hashes = NDArray[np.uint64]
_BLOCK = 1 << 19


class Level(StrEnum):
    """What a sequence is made of."""

    STAGES = "stages"
    TOUCHPOINTS = "touchpoints"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A sequence with the runs that took exactly it. ``share`` is of all runs, with its interval; ``reached`` and
    ``open_runs`` count runs; ``median_us`` is the exact median from a run's first touch to its last.
    """

    steps: tuple[str, ...]
    runs: int
    customers: int
    share: Metric
    reached: int
    open_runs: int
    median_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Variants:
    """The most frequent sequences, and the rest as one (``other``, None where nothing is left).

    ``runs`` is the sum over ``shown`` and ``other``, ``distinct`` how many sequences there are; ``reached`` is the
    share of all runs that reached the goal. Of whole histories ``runs`` counts customers, and there is no goal.
    """

    level: Level
    runs: int
    distinct: int
    reached: Metric
    shown: tuple[Variant, ...]
    other: Variant | None


def mask_goal(runs: PackedRuns) -> Mask:
    """Tell which runs reached the goal: the journey's end where it has ends, else its last stage."""
    if runs.journey.ends or not runs.journey.stages:
        ended: Mask = runs.state == RunState.FINISHED
        return ended
    return runs.reached[:, -1]


def group_sequences(codes: Codes, offsets: Ints) -> tuple[Ints, Ints]:
    """Group equal sequences, sequence i being ``codes[offsets[i]:offsets[i + 1]]``, none of them empty.

    Returns the group of each sequence and the first sequence of each group, ascending. Grouped by a hash, then each is
    held against the group's first one code by code: should two sequences share a hash, they are grouped by their bytes.
    """
    if len(offsets) < 2:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    first = _find_twins(_hash(codes, offsets))
    lengths = np.diff(offsets)
    is_first = first == np.arange(len(first))
    later = np.flatnonzero(~is_first)
    same = bool((lengths[first[later]] == lengths[later]).all())
    if same and len(later):
        size = lengths[later]
        place = np.arange(int(size.sum()), dtype=np.int64) - np.repeat(np.cumsum(size) - size, size)
        mine, twin = np.repeat(offsets[later], size) + place, np.repeat(offsets[first[later]], size) + place
        same = bool((codes[mine] == codes[twin]).all())
    if not same:
        return _group_bytes(codes, offsets)
    return (np.cumsum(is_first) - 1)[first], np.flatnonzero(is_first)


def _find_twins(hashes: _Hashes) -> Ints:
    """Return for each hash the place of the first one that equals it, but for the bits that hold a place.

    Hash and place are sorted as one number: sorting numbers alone is several times faster than finding their order. Of
    500,000 sequences 45 bits are left, and two different ones are alike once in 300 such logs.
    """
    n = len(hashes)
    bits = np.uint64(n.bit_length())
    places = (np.uint64(1) << bits) - np.uint64(1)
    both = (hashes & ~places) | np.arange(n, dtype=np.uint64)
    both.sort()
    place, kind = (both & places).astype(np.int64), both >> bits
    starts = np.flatnonzero(np.concatenate(([True], kind[1:] != kind[:-1])))
    first = np.empty(n, dtype=np.int64)
    first[place] = np.repeat(place[starts], np.diff(np.append(starts, n)))
    return first


def _hash(codes: Codes, offsets: Ints) -> _Hashes:
    """Hash every sequence, some hundred thousand touches at a time, so that what is made on the way stays in cache."""
    hashes = np.zeros(len(offsets) - 1, dtype=np.uint64)
    cuts = np.searchsorted(offsets, np.arange(0, int(offsets[-1]) + _BLOCK, _BLOCK))
    for start, end in pairwise(np.unique(np.minimum(np.append(cuts, len(hashes)), len(hashes))).tolist()):
        part = offsets[start : end + 1]
        position = np.arange(part[0], part[-1]) - np.repeat(part[:-1], np.diff(part))
        hashes[start:end] = np.add.reduceat(_mix(codes[part[0] : part[-1]], position), part[:-1] - part[0])
    return hashes


def _mix(codes: Codes, position: Ints) -> _Hashes:
    """Give every (code, position) 64 bits, so that their sum hashes a sequence (multilinear: Carter & Wegman 1979)."""
    of_code = _spread(np.arange(int(codes.max()) + 1, dtype=np.uint64))
    of_place = _spread(np.arange(int(position.max()) + 1, dtype=np.uint64) + np.uint64(1 << 40)) | np.uint64(1)
    mixed = of_code[codes]
    mixed *= of_place[position]
    return mixed


def _spread(numbers: _Hashes) -> _Hashes:
    """Spread numbers over 64 bits (splitmix64's finaliser: Steele, Lea & Flood 2014)."""
    mixed = (numbers + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    spread: _Hashes = mixed ^ (mixed >> np.uint64(31))
    return spread


def _group_bytes(codes: Codes, offsets: Ints) -> tuple[Ints, Ints]:
    data, bounds = codes.astype(np.int64).tobytes(), (offsets * 8).tolist()
    seen: dict[bytes, int] = {}
    firsts: list[int] = []
    group = np.zeros(len(offsets) - 1, dtype=np.int64)
    for run, (start, end) in enumerate(pairwise(bounds)):
        group[run] = seen.setdefault(data[start:end], len(firsts))
        if group[run] == len(firsts):
            firsts.append(run)
    return group, np.array(firsts, dtype=np.int64)
