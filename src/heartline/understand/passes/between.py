"""The time between two touchpoints as a pass: from the first of one to the next of the other, the censored counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial as bind

import numpy as np

from heartline.records import Metric
from heartline.understand.log import Floats, Ints, Mask
from heartline.understand.passes.shape import Ground, Pass, find_first, mask_codes, walk
from heartline.understand.passes.sums import report_shares, sum_shares
from heartline.understand.quantiles import Z95
from heartline.understand.runs import PackedRuns, RunState
from heartline.understand.waits import Wait, measure_wait

_NEVER = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """``people`` began (customers, or runs), ``censored`` of them have not arrived yet. ``arrived`` is the share that
    did, ``wait`` how long those took.

    ``median_us`` is when half of all who began have arrived, with its 95 % interval: Kaplan & Meier 1958 with the
    log-log interval (Brookmeyer & Crowley 1982). None where half has not arrived by then; no interval where one
    customer began more than once.
    """

    people: int
    censored: int
    arrived: Metric
    wait: Wait
    median_us: float | None
    low_us: float | None
    high_us: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BetweenPartial:
    """Everyone who began: the customer's number, when, when they arrived (−1: not), and until when they were watched
    (−1: until now).
    """

    latest_us: int
    customer: Ints
    start_us: Ints
    end_us: Ints
    until_us: Ints


def plan_between(
    start: Sequence[str], end: Sequence[str], *, now_us: int | None = None
) -> Pass[Ground, BetweenPartial, Between]:
    """Return the pass that measures from the first touch of ``start`` to the next of ``end``."""
    return Pass(
        partial=bind(list_between, start=tuple(start), end=tuple(end)),
        merge=merge_between,
        finish=bind(finish_between, now_us=now_us),
    )


def measure_between(ground: Ground, start: Sequence[str], end: Sequence[str], *, now_us: int | None = None) -> Between:
    """Measure how long it took from one touchpoint to another; ``now_us`` defaults to the last touch."""
    return plan_between(start, end, now_us=now_us).run(ground)


def list_between(ground: Ground, *, start: tuple[str, ...], end: tuple[str, ...]) -> BetweenPartial:
    """List who began in a part."""
    passages = walk(ground)
    at, passage = find_first(passages, mask_codes(passages.names, start))
    arrivals = np.flatnonzero(mask_codes(passages.names, end)[passages.codes])
    following = np.append(arrivals, -1)[np.searchsorted(arrivals, at, side="right")]
    inside = (following >= 0) & (following < passages.offsets[passage + 1])
    arrived = np.full(len(at), _NEVER, dtype=np.int64)
    arrived[inside] = passages.ts_us[following[inside]]
    until = np.full(len(at), _NEVER, dtype=np.int64)
    if isinstance(ground, PackedRuns):
        over = ground.state[passage] != RunState.OPEN
        until[over] = passages.ts_us[passages.lasts[passage[over]]]
    return BetweenPartial(
        latest_us=_find_latest(ground),
        customer=passages.log.customers[passages.customer[passage]],
        start_us=passages.ts_us[at],
        end_us=arrived,
        until_us=until,
    )


def _find_latest(ground: Ground) -> int:
    if isinstance(ground, PackedRuns):
        return ground.now_us
    return int(ground.ts_us.max()) if len(ground) else 0


def merge_between(parts: Sequence[BetweenPartial]) -> BetweenPartial:
    """Lay all by customer."""
    if len(parts) == 1:
        return parts[0]
    customer = np.concatenate([part.customer for part in parts])
    order = np.argsort(customer, kind="stable")
    return BetweenPartial(
        latest_us=max(part.latest_us for part in parts),
        customer=customer[order],
        start_us=np.concatenate([part.start_us for part in parts])[order],
        end_us=np.concatenate([part.end_us for part in parts])[order],
        until_us=np.concatenate([part.until_us for part in parts])[order],
    )


def finish_between(partial: BetweenPartial, *, now_us: int | None) -> Between:
    """Report how long it took."""
    now_us = partial.latest_us if now_us is None else now_us
    arrived = (partial.end_us != _NEVER) & (partial.end_us <= now_us)
    until = np.where(partial.until_us == _NEVER, now_us, partial.until_us)
    lasted = np.maximum(np.where(arrived, partial.end_us, until) - partial.start_us, 0)
    share = sum_shares(arrived, partial.customer).at(np.zeros(1, dtype=np.int64))
    median, low, high = find_survival_median(lasted, arrived)
    if len(np.unique(partial.customer)) < len(partial.customer):
        low = high = None
    return Between(
        people=len(arrived),
        censored=int((~arrived).sum()),
        arrived=report_shares(share, "arrived")[0],
        wait=measure_wait(lasted[arrived].astype(np.float64), partial.customer[arrived]),
        median_us=median,
        low_us=low,
        high_us=high,
    )


def find_survival_median(lasted: Ints, arrived: Mask) -> tuple[float | None, float | None, float | None]:
    """Return the Kaplan–Meier median and its interval; who left at a moment was still there at it."""
    times, place = np.unique(lasted, return_inverse=True)
    events = np.bincount(place[arrived], minlength=len(times)).astype(np.float64)
    left = np.bincount(place, minlength=len(times))
    at_risk = (len(lasted) - np.concatenate(([0], np.cumsum(left)[:-1]))).astype(np.float64)
    happened = events > 0
    times, events, at_risk = times[happened], events[happened], at_risk[happened]
    none: Floats = np.zeros(len(times))
    with np.errstate(divide="ignore", invalid="ignore"):
        going: Floats = np.cumprod(1 - events / at_risk).astype(np.float64)
        spread = np.sqrt(np.cumsum(events / (at_risk * (at_risk - events)))) / np.abs(np.log(going))
        lower, upper = going ** np.exp(Z95 * spread), going ** np.exp(-Z95 * spread)
    # Once nobody is left the estimate is 0 for certain, and both bounds with it.
    lower, upper = np.where(going > 0, lower, none), np.where(going > 0, upper, none)

    def cross(curve: Floats) -> float | None:
        under = np.flatnonzero(curve <= 0.5)
        return float(times[under[0]]) if len(under) else None

    return cross(going), cross(lower), cross(upper)
