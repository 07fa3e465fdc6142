"""The path graph as a pass: which touchpoint follows which, how often, after how long (exact medians)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial as bind

import numpy as np

from heartline.understand.log import Codes, Ints, PackedLog
from heartline.understand.passes.shape import Ground, Pass, Passages, share_names, walk
from heartline.understand.passes.sums import (
    Values,
    count_codes,
    find_quantiles,
    gather_blocks,
    gather_values,
    join_values,
    regroup_values,
)
from heartline.understand.paths import OTHER, PathGraph
from heartline.understand.runs import PackedRuns


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPartial:
    """Visits, first and last touches by touchpoint's code; the gaps of every edge by source × len(names) + target."""

    names: tuple[str, ...]
    visits: Ints
    starts: Ints
    ends: Ints
    gaps: Values


def plan_paths(*, top: int | None = None) -> Pass[Ground, PathPartial, PathGraph]:
    """Return the pass that draws the path graph; touchpoints beyond the ``top`` most visited are "other"."""
    return Pass(partial=count_paths, merge=merge_paths, finish=bind(finish_paths, top=top))


def draw_paths(log: PackedLog, *, top: int | None = None) -> PathGraph:
    """Draw the graph of all touches, a passage being a customer's whole history; beyond ``top`` names, "other"."""
    return plan_paths(top=top).run(log)


def draw_run_paths(runs: PackedRuns, *, top: int | None = None) -> PathGraph:
    """Draw the graph within the runs of a journey."""
    return plan_paths(top=top).run(runs)


def count_paths(ground: Ground) -> PathPartial:
    """Gather the gaps of every edge of a part."""
    passages = walk(ground)
    width = len(passages.names)
    return PathPartial(
        names=passages.names,
        visits=count_codes(passages.codes, width),
        starts=np.bincount(passages.codes[passages.firsts], minlength=width),
        ends=np.bincount(passages.codes[passages.lasts], minlength=width),
        gaps=_gather_gaps(passages),
    )


def _gather_gaps(passages: Passages) -> Values:
    width, steps = len(passages.names), max(len(passages.codes) - 1, 0)
    if width >= 1 << 8:
        return gather_values(*pair_steps(passages), size=width * width)
    # From one passage to the next there is no step: such a pair gets a key of its own, the last, and is left out.
    pairs = np.empty(steps, dtype=np.uint16)
    np.multiply(passages.codes[:-1], np.uint16(width), out=pairs)
    pairs += passages.codes[1:]
    pairs[passages.firsts[1:] - 1] = width * width

    def read(start: int, end: int) -> Ints:
        return np.diff(passages.ts_us[start : end + 1])

    return gather_blocks(pairs, read, size=width * width + 1).without(width * width)


def pair_steps(passages: Passages) -> tuple[Codes, Ints]:
    """Return every step within a passage, in order: its edge (source × width + target) and the gap in µs."""
    width = len(passages.names)
    kind: type[np.integer] = np.uint16 if width <= 1 << 8 else np.int64
    codes = passages.codes.astype(kind, copy=False)
    pair = codes[:-1] * kind(width) + codes[1:]
    gaps = np.diff(passages.ts_us)
    if len(passages) > 1:
        inside = np.ones(len(pair), dtype=np.bool_)
        inside[passages.firsts[1:] - 1] = False
        pair, gaps = pair[inside], gaps[inside]
    return pair, gaps


def merge_paths(parts: Sequence[PathPartial]) -> PathPartial:
    """Add parts up."""
    return PathPartial(
        names=share_names(parts),
        visits=np.sum([part.visits for part in parts], axis=0),
        starts=np.sum([part.starts for part in parts], axis=0),
        ends=np.sum([part.ends for part in parts], axis=0),
        gaps=join_values([part.gaps for part in parts]),
    )


def finish_paths(partial: PathPartial, *, top: int | None = None) -> PathGraph:
    """Rank touchpoints and edges, most frequent first (ties by code), and take the quantiles."""
    place, names = _rank(partial, top=top)
    width, old = len(names), max(len(partial.names), 1)
    keys = place[partial.gaps.keys // old] * width + place[partial.gaps.keys % old]
    if len(np.unique(keys)) < len(keys):
        gaps = regroup_values(np.repeat(keys, partial.gaps.counts), partial.gaps.values)
        keys = gaps.keys
    else:
        gaps = partial.gaps
    median, p90 = find_quantiles(gaps, spend=True)
    order = np.lexsort((keys, -gaps.counts))
    edge = keys[order]
    return PathGraph(
        names=names,
        visits=_fold(partial.visits, place, width),
        starts=_fold(partial.starts, place, width),
        ends=_fold(partial.ends, place, width),
        source=edge // max(width, 1),
        target=edge % max(width, 1),
        count=gaps.counts[order],
        median_us=median[order],
        p90_us=p90[order],
    )


def _rank(partial: PathPartial, *, top: int | None) -> tuple[Ints, tuple[str, ...]]:
    """Renumber the touchpoints in use, most visited first, folding what lies beyond ``top`` into one."""
    order = np.argsort(-partial.visits, kind="stable")[: int((partial.visits > 0).sum())]
    kept = len(order) if top is None or len(order) <= top else top
    place = np.full(len(partial.names), -1, dtype=np.int64)
    place[order] = np.minimum(np.arange(len(order)), kept)
    shown = tuple(partial.names[code] for code in order[:kept])
    return place, (*shown, OTHER) if kept < len(order) else shown


def _fold(counts: Ints, place: Ints, width: int) -> Ints:
    folded = np.zeros(width, dtype=np.int64)
    used = place >= 0
    np.add.at(folded, place[used], counts[used])
    return folded
