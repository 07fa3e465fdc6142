"""Variants as a pass: whole sequences counted exactly, of customers or of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial as bind

import numpy as np

from heartline.understand.log import Codes, Ints, Mask, PackedLog
from heartline.understand.passes.shape import Ground, Pass, mark_changes, share_names, walk
from heartline.understand.passes.sums import Part, find_quantiles, gather_values, report_shares, sum_shares
from heartline.understand.runs import PackedRuns, RunState
from heartline.understand.variants import Level, Variant, Variants, group_sequences, mask_goal


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantPartial:
    """Each different sequence once, and every passage, by customer.

    Sequence i is ``codes[offsets[i]:offsets[i + 1]]``, of ``names``. Per passage: ``group`` (its sequence),
    ``customer`` (number), ``lasted_us``, ``goal`` (reached it), ``going`` (still open). ``judged``: there is a goal.
    """

    level: Level
    names: tuple[str, ...]
    judged: bool
    codes: Codes
    offsets: Ints
    group: Ints
    customer: Ints
    lasted_us: Ints
    goal: Mask
    going: Mask


def plan_variants(
    level: Level = Level.TOUCHPOINTS, *, repeats: bool = True, most: int | None = 20
) -> Pass[Ground, VariantPartial, Variants]:
    """Return the pass that counts sequences; stages are those of runs alone.

    Without ``repeats`` what follows itself is one step: ten page views in a row are one.
    """
    return Pass(
        partial=bind(list_variants, level=level, repeats=repeats),
        merge=merge_variants,
        finish=bind(finish_variants, most=most),
    )


def find_variants(
    runs: PackedRuns, level: Level = Level.STAGES, *, repeats: bool = False, most: int | None = 20
) -> Variants:
    """Count the sequences of stages or touchpoints exactly; most frequent first, ties by their first run."""
    return plan_variants(level, repeats=repeats, most=most).run(runs)


def find_sequences(log: PackedLog, *, repeats: bool = True, most: int | None = 20) -> Variants:
    """Count customers' whole histories exactly, as sequences of touchpoints; ties by their first customer."""
    return plan_variants(repeats=repeats, most=most).run(log)


def list_variants(ground: Ground, *, level: Level, repeats: bool) -> VariantPartial:
    """Find the different sequences of a part."""
    passages = walk(ground)
    codes, offsets, names = passages.codes, passages.offsets, passages.names
    runs = ground if isinstance(ground, PackedRuns) else None
    if runs is not None and level is Level.STAGES:
        codes, names = runs.stage, tuple(stage.name for stage in runs.journey.stages)
    if not repeats:
        kept, offsets = mark_changes(codes, offsets)
        codes = codes[kept]
    group, firsts = group_sequences(codes, offsets)
    sequences, bounds = _take_sequences(codes, offsets, firsts)
    nobody = np.zeros(len(passages), dtype=np.bool_)
    return VariantPartial(
        level=level,
        names=names,
        judged=runs is not None,
        codes=sequences,
        offsets=bounds,
        group=group,
        customer=passages.log.customers[passages.customer],
        lasted_us=passages.ts_us[passages.lasts] - passages.ts_us[passages.firsts],
        goal=nobody if runs is None else mask_goal(runs),
        going=nobody if runs is None else runs.state == RunState.OPEN,
    )


def merge_variants(parts: Sequence[VariantPartial]) -> VariantPartial:
    """Group the sequences of all parts anew, and lay their passages by customer."""
    if len(parts) == 1:
        return parts[0]
    names = share_names(parts)
    codes = np.concatenate([part.codes for part in parts])
    offsets = np.concatenate(([0], np.cumsum(np.concatenate([np.diff(part.offsets) for part in parts]))))
    again, firsts = group_sequences(codes, offsets.astype(np.int64))
    sequences, bounds = _take_sequences(codes, offsets, firsts)
    ahead = np.cumsum([0, *(len(part.offsets) - 1 for part in parts)])
    group = np.concatenate([again[part.group + first] for part, first in zip(parts, ahead[:-1], strict=True)])
    customer = np.concatenate([part.customer for part in parts])
    order = np.argsort(customer, kind="stable")
    return VariantPartial(
        level=parts[0].level,
        names=names,
        judged=parts[0].judged,
        codes=sequences,
        offsets=bounds,
        group=group[order],
        customer=customer[order],
        lasted_us=np.concatenate([part.lasted_us for part in parts])[order],
        goal=np.concatenate([part.goal for part in parts])[order],
        going=np.concatenate([part.going for part in parts])[order],
    )


def finish_variants(partial: VariantPartial, *, most: int | None = 20) -> Variants:
    """Rank the sequences; beyond ``most`` they are one."""
    distinct = len(partial.offsets) - 1
    kept = _rank(partial, most=most)
    place = np.full(distinct, len(kept), dtype=np.int64)
    place[kept] = np.arange(len(kept))
    counted = _count_cells(partial, place[partial.group], len(kept) + 1)
    bounds, codes = partial.offsets, partial.codes
    among = partial.customer if partial.judged else partial.customer[:0]
    reached = sum_shares(partial.goal[: len(among)], among).at(np.zeros(1, dtype=np.int64))
    return Variants(
        level=partial.level,
        runs=len(partial.group),
        distinct=distinct,
        reached=report_shares(reached, "reached")[0],
        shown=tuple(
            replace(
                counted[index],
                steps=tuple(partial.names[code] for code in codes[bounds[one] : bounds[one + 1]].tolist()),
            )
            for index, one in enumerate(kept)
        ),
        other=counted[-1] if len(kept) < distinct else None,
    )


def _take_sequences(codes: Codes, offsets: Ints, firsts: Ints) -> tuple[Codes, Ints]:
    lengths = np.diff(offsets)
    kept = np.zeros(len(lengths), dtype=np.bool_)
    kept[firsts] = True
    return codes[np.repeat(kept, lengths)], np.concatenate(([0], np.cumsum(lengths[kept]))).astype(np.int64)


def _rank(partial: VariantPartial, *, most: int | None) -> Ints:
    """Return the most frequent sequences, ties by the first passage."""
    distinct = len(partial.offsets) - 1
    counts = np.bincount(partial.group, minlength=distinct)
    firsts = np.zeros(distinct, dtype=np.int64)
    firsts[partial.group[::-1]] = np.arange(len(partial.group))[::-1]
    if most is None or most >= distinct:
        return np.lexsort((firsts, -counts))
    # So many sequences were taken at least so often; most were taken once, which sorting and partitioning dwell upon.
    at_least = np.cumsum(np.bincount(counts)[::-1])[::-1]
    likely = np.flatnonzero(counts >= int((at_least >= max(most, 1)).sum()) - (1 if most else 0))
    return likely[np.lexsort((firsts[likely], -counts[likely]))][:most]


def _count_cells(partial: VariantPartial, cell: Ints, cells: int) -> list[Variant]:
    """Count the passages of each cell (a cell per passage), all in one pass, still without their steps."""
    gathered = gather_values(cell, partial.lasted_us, size=cells)
    medians = np.full(cells, np.nan)
    medians[gathered.keys] = find_quantiles(gathered)[0]
    reached = np.bincount(cell[partial.goal], minlength=cells)
    going = np.bincount(cell[partial.going], minlength=cells)
    table = _share_cells(partial.customer, cell, cells)
    shares = report_shares(table, "share")
    return [
        Variant(
            steps=(),
            runs=int(table[index, Part.HITS]),
            customers=int(table[index, Part.HIT_PEOPLE]),
            share=shares[index],
            reached=int(reached[index]),
            open_runs=int(going[index]),
            median_us=float(medians[index]),
        )
        for index in range(cells)
    ]


def _share_cells(customer: Ints, cell: Ints, cells: int) -> Ints:
    """Return each cell's share of all passages as rows of ``sum_shares``: only pairs that exist are summed."""
    table = np.zeros((cells, len(Part)), dtype=np.int64)
    if not len(customer):
        return table
    person = np.cumsum(np.concatenate(([0], np.diff(customer) != 0)))
    each = np.bincount(person)
    trials = each[person]
    own = sum_shares(np.ones(len(cell), dtype=np.int64), person, key=cell)
    crossed = np.zeros(cells, dtype=np.int64)
    np.add.at(crossed, cell, trials)
    table[:, Part.TRIALS], table[:, Part.PEOPLE] = len(cell), len(each)
    table[:, Part.TRIALS_SQUARED] = int((each**2).sum())
    table[:, Part.CROSSED] = crossed
    for part in (Part.HITS, Part.HIT_PEOPLE, Part.HITS_SQUARED):
        table[own.keys, part] = own.table[:, part]
    return table
