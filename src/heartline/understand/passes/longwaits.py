"""Waits over a threshold as passes: which steps, or which stages, keep people longer than they should."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial as bind

import numpy as np

from heartline.records import Metric
from heartline.understand.log import Codes, Ints, Mask, PackedLog
from heartline.understand.passes.paths import pair_steps
from heartline.understand.passes.shape import Ground, Pass, cut_log, share_names, walk
from heartline.understand.passes.sums import Part, Sums, add_sums, count_keys, report_shares, sum_rows, sum_shares
from heartline.understand.runs import PackedRuns, RunState
from heartline.understand.waits import find_onward

_PIECE = 1 << 19


@dataclass(frozen=True, slots=True, kw_only=True)
class LongWait:
    """The waits from a touchpoint to the next one, or from a stage on (``target`` is then ""): ``share`` of them over
    the threshold (``count``), by ``customers``; ``excess_us`` is all time beyond it. ``still`` counts open runs that
    stand at the stage for longer already; they are not in the share.
    """

    source: str
    target: str
    count: int
    customers: int
    share: Metric
    excess_us: int
    still: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitPartial:
    """Sums of shares and the excess (µs) by key: source × len(names) + target, or a stage; ``still`` by stage."""

    names: tuple[str, ...]
    shares: Sums
    excess: Sums
    still: Sums


def plan_long_waits(threshold_us: int) -> Pass[Ground, WaitPartial, tuple[LongWait, ...]]:
    """Return the pass that finds the steps that take more than ``threshold_us``."""
    return Pass(partial=bind(count_waits, threshold_us=threshold_us), merge=merge_waits, finish=finish_waits)


def find_long_waits(ground: Ground, threshold_us: int) -> tuple[LongWait, ...]:
    """Find the steps with waits over a threshold, most time lost first."""
    return plan_long_waits(threshold_us).run(ground)


def plan_long_stages(threshold_us: int) -> Pass[PackedRuns, WaitPartial, tuple[LongWait, ...]]:
    """Return the pass that finds the stages after which it takes more than ``threshold_us`` to get on."""
    return Pass(partial=bind(count_stages, threshold_us=threshold_us), merge=merge_waits, finish=finish_stages)


def find_long_stages(runs: PackedRuns, threshold_us: int) -> tuple[LongWait, ...]:
    """Find the stages with waits over a threshold, in the journey's order."""
    return plan_long_stages(threshold_us).run(runs)


def count_waits(ground: Ground, *, threshold_us: int) -> WaitPartial:
    """Count the steps of a part, a large one piece by piece: what is made on the way takes many times its room."""
    if isinstance(ground, PackedLog) and len(ground) > 2 * _PIECE:
        return merge_waits([_count(piece, threshold_us) for piece in cut_log(ground, _PIECE)])
    return _count(ground, threshold_us)


def _count(ground: Ground, threshold_us: int) -> WaitPartial:
    passages = walk(ground)
    pair, gaps = pair_steps(passages)
    owner = np.delete(passages.customer[passages.passage()], passages.firsts)
    return _sum(passages.names, pair, gaps, owner, threshold_us)


def count_stages(runs: PackedRuns, *, threshold_us: int) -> WaitPartial:
    """Count the stages of a part."""
    stages = len(runs.journey.stages)
    found = [find_onward(runs, stage) for stage in range(stages)]
    since = runs.now_us - runs.entered_us[np.arange(len(runs)), runs.current]
    standing = (runs.state == RunState.OPEN) & (since > threshold_us)
    counted = _sum(
        tuple(stage.name for stage in runs.journey.stages),
        np.concatenate([np.full(len(waits), stage, dtype=np.int64) for stage, (waits, _, _) in enumerate(found)]),
        np.concatenate([waits.astype(np.int64) for waits, _, _ in found]),
        np.concatenate([customer for _, customer, _ in found]),
        threshold_us,
    )
    still = count_keys(runs.current[standing].astype(np.int64), size=stages)
    return WaitPartial(names=counted.names, shares=counted.shares, excess=counted.excess, still=still)


def _sum(names: tuple[str, ...], keys: Codes, waits: Ints, owner: Ints, threshold_us: int) -> WaitPartial:
    over: Mask = waits > threshold_us
    nothing = np.zeros(0, dtype=np.int64)
    return WaitPartial(
        names=names,
        shares=sum_shares(over, owner, key=keys),
        excess=sum_rows(keys[over].astype(np.int64), (waits[over] - threshold_us)[:, None]),
        still=Sums(keys=nothing, table=nothing[:, None]),
    )


def merge_waits(parts: Sequence[WaitPartial]) -> WaitPartial:
    """Add parts up."""
    return WaitPartial(
        names=share_names(parts),
        shares=add_sums([part.shares for part in parts]),
        excess=add_sums([part.excess for part in parts]),
        still=add_sums([part.still for part in parts]),
    )


def finish_waits(partial: WaitPartial) -> tuple[LongWait, ...]:
    """Report the steps with a long wait, most time beyond the threshold first."""
    width = len(partial.names)
    keys = partial.excess.keys[np.argsort(-partial.excess.table[:, 0], kind="stable")]
    return _report(partial, keys, [(partial.names[key // width], partial.names[key % width]) for key in keys.tolist()])


def finish_stages(partial: WaitPartial) -> tuple[LongWait, ...]:
    """Report every stage."""
    return _report(partial, np.arange(len(partial.names)), [(name, "") for name in partial.names])


def _report(partial: WaitPartial, keys: Ints, titles: Sequence[tuple[str, str]]) -> tuple[LongWait, ...]:
    table = partial.shares.at(keys)
    excess, still = partial.excess.at(keys)[:, 0], partial.still.at(keys)[:, 0]
    shares = report_shares(table, "long")
    return tuple(
        LongWait(
            source=source,
            target=target,
            count=int(table[index, Part.HITS]),
            customers=int(table[index, Part.HIT_PEOPLE]),
            share=shares[index],
            excess_us=int(excess[index]),
            still=int(still[index]),
        )
        for index, (source, target) in enumerate(titles)
    )
