"""Sessions as a pass: touches of a customer with no long silence between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial as bind

import numpy as np

from heartline.records import Metric
from heartline.understand.intervals import report_metrics
from heartline.understand.log import Ints, PackedLog
from heartline.understand.passes.shape import Pass, count_by_blocks, share_names
from heartline.understand.passes.sums import (
    Part,
    Sums,
    Values,
    add_sums,
    count_keys,
    find_quantiles,
    join_values,
    report_shares,
    sample_shares,
)
from heartline.understand.quantiles import Z95, widen_t
from heartline.understand.samples import Scale
from heartline.understand.waits import Wait

HALF_HOUR_US = 30 * 60 * 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """All sessions. ``touches`` and ``duration_us`` are (median, 90th percentile) over sessions, ``per_customer`` over
    customers; ``duration`` has the median's interval, ``length`` the mean of touches with its own, both clustered by
    customer; ``bounced`` is the share with a single touch. ``first`` and ``last`` count sessions by the touchpoint they
    began and ended with, most frequent first.
    """

    gap_us: int
    count: int
    customers: int
    touches: tuple[float, float]
    mean_touches: float
    duration_us: tuple[float, float]
    per_customer: tuple[float, float]
    duration: Wait
    length: Metric
    bounced: Metric
    first: tuple[tuple[str, int], ...]
    last: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPartial:
    """Sessions by number of touches (``lengths``) and customers by number of sessions (``visits``); ``durations`` of
    those with two touches and more (the others last 0), in the order of their customers; ``bounces`` as sums of shares,
    ``touches`` among sessions likewise; per customer its number, ``sessions`` and ``single`` ones; codes of first and
    last touches.
    """

    names: tuple[str, ...]
    lengths: Sums
    visits: Sums
    durations: Values
    bounces: Sums
    touches: Sums
    customer: Ints
    sessions: Ints
    single: Ints
    first: Ints
    last: Ints


def plan_sessions(*, gap_us: int = HALF_HOUR_US) -> Pass[PackedLog, SessionPartial, Sessions]:
    """Return the pass that cuts sessions where more than ``gap_us`` passed between two touches."""
    return Pass(
        partial=bind(count_sessions, gap_us=gap_us),
        merge=merge_sessions,
        finish=bind(finish_sessions, gap_us=gap_us),
    )


def cut_sessions(log: PackedLog, *, gap_us: int = HALF_HOUR_US) -> Sessions:
    """Cut customers' histories into sessions."""
    return plan_sessions(gap_us=gap_us).run(log)


def count_sessions(log: PackedLog, *, gap_us: int) -> SessionPartial:
    """Cut a part. Most sessions of most logs are single touches: those are counted, never looked at."""
    return count_by_blocks(log, bind(_count_block, gap_us=gap_us), merge_sessions)


def _count_block(log: PackedLog, *, gap_us: int) -> SessionPartial:
    codes, width = log.codes["touchpoint"], len(log.names["touchpoint"])
    begins = np.ones(len(log), dtype=np.bool_)
    begins[1:] = np.diff(log.ts_us) > gap_us
    begins[log.offsets[:-1]] = True
    starts = np.flatnonzero(begins)
    stops = np.append(starts[1:], len(log))[: len(starts)] - 1
    lengths = stops - starts + 1
    alone = lengths == 1
    tally = np.bincount(lengths)
    present = np.flatnonzero(tally)
    bounds = np.searchsorted(starts, log.offsets)
    trials, hits = np.diff(bounds), np.diff(np.concatenate(([0], np.cumsum(alone)))[bounds])
    each = np.diff(log.offsets)
    longer = np.flatnonzero(~alone)
    durations = log.ts_us[stops[longer]] - log.ts_us[starts[longer]]
    return SessionPartial(
        names=log.names["touchpoint"],
        lengths=Sums(keys=present, table=tally[present, None]),
        visits=count_keys(trials, size=int(trials.max(initial=0)) + 1),
        durations=Values(keys=np.zeros(1, dtype=np.int64), counts=np.array([len(durations)]), values=durations),
        bounces=_sum_pairs(trials, hits),
        touches=_sum_pairs(trials, each),
        customer=log.customers,
        sessions=trials,
        single=hits,
        first=np.bincount(codes[starts], minlength=width),
        last=np.bincount(codes[stops], minlength=width),
    )


def merge_sessions(parts: Sequence[SessionPartial]) -> SessionPartial:
    """Add parts up."""
    return SessionPartial(
        names=share_names(parts),
        lengths=add_sums([part.lengths for part in parts]),
        visits=add_sums([part.visits for part in parts]),
        durations=join_values([part.durations for part in parts]),
        bounces=add_sums([part.bounces for part in parts]),
        touches=add_sums([part.touches for part in parts]),
        customer=np.concatenate([part.customer for part in parts]),
        sessions=np.concatenate([part.sessions for part in parts]),
        single=np.concatenate([part.single for part in parts]),
        first=np.sum([part.first for part in parts], axis=0),
        last=np.sum([part.last for part in parts], axis=0),
    )


def finish_sessions(partial: SessionPartial, *, gap_us: int) -> Sessions:
    """Report the sessions."""
    lengths, counts = partial.lengths.keys, partial.lengths.table[:, 0]
    total = int(counts.sum())
    touches = int((lengths * counts).sum())
    single = partial.bounces.table[:, Part.HITS]
    durations = partial.durations
    if not len(durations.keys):
        durations = Values(keys=np.zeros(1, dtype=np.int64), counts=np.zeros(1, dtype=np.int64), values=lengths[:0])
    median, p90 = find_quantiles(durations, zeros=single)
    return Sessions(
        gap_us=gap_us,
        count=total,
        customers=int(partial.bounces.table[0, Part.PEOPLE]),
        touches=read_counts(lengths, counts),
        mean_touches=touches / total if total else float("nan"),
        duration_us=(float(median[0]), float(p90[0])),
        per_customer=read_counts(partial.visits.keys, partial.visits.table[:, 0]),
        duration=_report_duration(partial, durations.values, float(median[0]), float(p90[0])),
        length=report_metrics(replace(sample_shares(partial.touches.table), scale=Scale.MEAN), "touches a session")[0],
        bounced=report_shares(partial.bounces.table, "bounced")[0],
        first=rank_names(partial.names, partial.first),
        last=rank_names(partial.names, partial.last),
    )


def _report_duration(partial: SessionPartial, values: Ints, median: float, p90: float) -> Wait:
    """Give the median duration its interval (Woodruff 1952, as ``find_quantile_interval``), single touches as zeros."""
    total, people = int(partial.sessions.sum()), len(partial.customer)
    if not total:
        return Wait(median_us=None, low_us=None, high_us=None, p90_us=None, n=0, customers=0)
    # The sessions of two touches and more lie by customer: their sums are differences of one running sum.
    bounds = np.cumsum(np.concatenate(([0], partial.sessions - partial.single)))
    running = np.concatenate(([0], np.cumsum(values <= median, dtype=np.int64)))
    below = _sum_pairs(partial.sessions, partial.single + np.diff(running[bounds]))
    half = float(widen_t(Z95, np.array([people - 1.0]))[0] * np.sqrt(0.25 / sample_shares(below.table).effective[0]))
    if not np.isfinite(half):
        half = 1.0
    ends = np.clip(np.round([(0.5 - half) * total, (0.5 + half) * total + 1]), 1, total).astype(np.int64) - 1
    places = ends - int(partial.single.sum())
    inside = np.maximum(places, 0)
    ranked = np.partition(values, np.unique(inside)) if len(values) else np.zeros(1, dtype=np.int64)
    low, high = np.where(places >= 0, ranked[inside], 0).tolist()
    return Wait(
        median_us=median, low_us=min(low, median), high_us=max(high, median), p90_us=p90, n=total, customers=people
    )


def _sum_pairs(trials: Ints, hits: Ints) -> Sums:
    """Sum up one pair a customer as ``sum_shares`` does."""
    parts = (trials, hits, trials > 0, hits > 0, hits * hits, hits * trials, trials * trials)
    table = np.array([[int(part.sum()) for part in parts]], dtype=np.int64)
    return Sums(keys=np.zeros(1, dtype=np.int64), table=table)


def read_counts(values: Ints, counts: Ints) -> tuple[float, float]:
    """Return the median and 90th percentile of values (ascending) that occur so many times; NaN of nothing."""
    total = int(counts.sum())
    if not total:
        return float("nan"), float("nan")
    bounds = np.cumsum(counts)
    ninth = 0.9 * (total - 1)
    floor = int(ninth)
    places = np.array([(total - 1) // 2, total // 2, floor, min(floor + 1, total - 1)])
    low, high, left, right = values[np.searchsorted(bounds, places, side="right")].tolist()
    return (low + high) / 2, left + (ninth - floor) * (right - left)


def rank_names(names: tuple[str, ...], counts: Ints) -> tuple[tuple[str, int], ...]:
    """Return the names that were counted, most frequent first, ties by code."""
    order = np.argsort(-counts, kind="stable")[: int((counts > 0).sum())]
    return tuple((names[code], int(counts[code])) for code in order)
