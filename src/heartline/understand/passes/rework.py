"""Loops, returns, retries, rework and channel switches as a pass: what people did twice, and what it took them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial as bind

import numpy as np

from heartline.records import Metric
from heartline.understand.log import Ints, Mask, PackedLog, order_by
from heartline.understand.passes.shape import Ground, Pass, Passages, cut_log, share_names, walk
from heartline.understand.passes.sums import (
    Part,
    Sums,
    Values,
    add_sums,
    count_keys,
    find_quantiles,
    gather_values,
    join_values,
    report_shares,
    sum_shares,
    sum_values,
)
from heartline.understand.runs import PackedRuns

DAY_US = 86_400_000_000
_PIECE = 1 << 19


class ReworkKind(StrEnum):
    """What was done again; docs/explanation/journey-passes.md says exactly when. ``REWORK`` is known of runs alone."""

    LOOP = "loop"
    RETURN = "return"
    RETRY = "retry"
    REWORK = "rework"
    SWITCH = "switch"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReworkCount:
    """One kind at one touchpoint: ``count`` of its ``rate.n`` touches (of a switch: of the steps away from it whose
    channels are both known), by ``customers``; time lost in all and at the median, in µs.
    """

    kind: ReworkKind
    touchpoint: str
    count: int
    customers: int
    rate: Metric
    lost_us: int
    median_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rework:
    """Every kind at every touchpoint where it happened, most often first within a kind; and the switches by channel:
    (from, to, how often).
    """

    counts: tuple[ReworkCount, ...]
    switches: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReworkPartial:
    """By kind, keyed by touchpoint's code: sums of shares, and the time of each that happened; switches by channel."""

    names: tuple[str, ...]
    channels: tuple[str, ...]
    shares: Mapping[ReworkKind, Sums]
    lost: Mapping[ReworkKind, Values]
    switches: Sums


def plan_rework(*, within_us: int = DAY_US) -> Pass[Ground, ReworkPartial, Rework]:
    """Return the pass that finds what was done again; a retry comes at most ``within_us`` after."""
    return Pass(partial=bind(count_rework, within_us=within_us), merge=merge_rework, finish=finish_rework)


def find_rework(ground: Ground, *, within_us: int = DAY_US) -> Rework:
    """Find what customers, or runs, did again."""
    return plan_rework(within_us=within_us).run(ground)


def count_rework(ground: Ground, *, within_us: int) -> ReworkPartial:
    """Count a part, a large one piece by piece: what is made on the way takes many times its room."""
    if isinstance(ground, PackedLog) and len(ground) > 2 * _PIECE:
        return merge_rework([_count(piece, within_us=within_us) for piece in cut_log(ground, _PIECE)])
    return _count(ground, within_us=within_us)


def _count(ground: Ground, *, within_us: int) -> ReworkPartial:
    passages = walk(ground)
    count, ts = len(passages.codes), passages.ts_us
    again, earlier, order = _find_earlier(passages)
    since = np.zeros(count, dtype=np.int64)
    since[again] = ts[again] - ts[earlier]
    met = np.zeros(count, dtype=np.bool_)
    met[again] = True
    looped = np.zeros(count, dtype=np.bool_)
    looped[again] = again - earlier == 1
    step = np.diff(ts, prepend=ts[:1])
    found: list[tuple[ReworkKind, Mask, Ints]] = [
        (ReworkKind.LOOP, looped, since),
        (ReworkKind.RETURN, met & ~looped, since),
        (ReworkKind.RETRY, met & (since <= within_us), since),
    ]
    if isinstance(ground, PackedRuns):
        found.append((ReworkKind.REWORK, _mark_rework(ground), step))
    codes, width = passages.codes, len(passages.names)
    customer = passages.customer[passages.passage()]
    shares, lost = {}, {}
    for kind, mask, time_us in found:
        shares[kind] = sum_shares(mask[order], customer[order], key=codes[order])
        lost[kind] = gather_values(codes[mask], time_us[mask], size=width)
    rows, switched, channel = _find_switches(passages)
    shares[ReworkKind.SWITCH] = sum_shares(switched, customer[rows], key=codes[rows])
    away = rows[switched]
    lost[ReworkKind.SWITCH] = gather_values(codes[away], step[away + 1], size=width)
    channels = passages.log.names["channel"]
    return ReworkPartial(
        names=passages.names,
        channels=channels,
        shares=shares,
        lost=lost,
        switches=count_keys(channel[away] * len(channels) + channel[away + 1], size=max(len(channels), 1) ** 2),
    )


def _find_earlier(passages: Passages) -> tuple[Ints, Ints, Ints]:
    """Return the touches whose touchpoint the passage has met before, where it met it last, and the order by code."""
    order = order_by(passages.codes)
    code, passage = passages.codes[order], passages.passage()[order]
    same = (code[1:] == code[:-1]) & (passage[1:] == passage[:-1])
    return order[1:][same], order[:-1][same], order


def _mark_rework(runs: PackedRuns) -> Mask:
    """Tell which touches are of a stage below the furthest the run had met before."""
    width = len(runs.journey.stages) + 1
    lifted = runs.stage.astype(np.int64) + runs.run * width
    below: Mask = lifted < np.maximum.accumulate(lifted)
    return below


def _find_switches(passages: Passages) -> tuple[Ints, Mask, Ints]:
    """Return the touches with a next one whose channels are both known, which of them switch, and all channels."""
    channel = passages.take(passages.log.codes["channel"]).astype(np.int64)
    inside = np.ones(max(len(channel) - 1, 0), dtype=np.bool_)
    inside[passages.firsts[1:] - 1] = False
    rows = np.flatnonzero(inside & (channel[:-1] > 0) & (channel[1:] > 0))
    return rows, channel[rows] != channel[rows + 1], channel


def merge_rework(parts: Sequence[ReworkPartial]) -> ReworkPartial:
    """Add parts up."""
    return ReworkPartial(
        names=share_names(parts),
        channels=parts[0].channels,
        shares={kind: add_sums([part.shares[kind] for part in parts]) for kind in parts[0].shares},
        lost={kind: join_values([part.lost[kind] for part in parts]) for kind in parts[0].lost},
        switches=add_sums([part.switches for part in parts]),
    )


def finish_rework(partial: ReworkPartial) -> Rework:
    """Report where something happened."""
    counts: list[ReworkCount] = []
    for kind, sums in partial.shares.items():
        lost = partial.lost[kind]
        table = sums.at(lost.keys)
        totals, (medians, _) = sum_values(lost), find_quantiles(lost)
        rates = report_shares(table, kind.value)
        counts += [
            ReworkCount(
                kind=kind,
                touchpoint=partial.names[lost.keys[index]],
                count=int(lost.counts[index]),
                customers=int(table[index, Part.HIT_PEOPLE]),
                rate=rates[index],
                lost_us=int(totals[index]),
                median_us=float(medians[index]),
            )
            for index in np.argsort(-lost.counts, kind="stable")
        ]
    width = max(len(partial.channels), 1)
    times = partial.switches.table[:, 0]
    return Rework(
        counts=tuple(counts),
        switches=tuple(
            (partial.channels[key // width], partial.channels[key % width], int(times[index]))
            for index, key in enumerate(partial.switches.keys.tolist())
        ),
    )
