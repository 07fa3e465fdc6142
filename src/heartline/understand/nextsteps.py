"""Next steps: what people who stood at a touchpoint did next in runs that are over (mission row H10).

The past of all, not of the one customer: how long they have been silent already is not counted in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from heartline.records import Metric
from heartline.understand.intervals import report_metrics
from heartline.understand.log import Ints, Mask, order_by
from heartline.understand.paths import OTHER
from heartline.understand.runs import PackedRuns, RunState
from heartline.understand.samples import Scale, gather

NOTHING = ""
"""The step of those who did nothing more: their run ended here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """A step and its share 0…1 of all steps out of the touchpoint: ``NOTHING``, a touchpoint, or ``OTHER``."""

    touchpoint: str
    share: Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class NextSteps:
    """What followed a touchpoint, likeliest first; shares sum to 1 where ``n`` (steps taken) is above 0."""

    at: str
    steps: tuple[NextStep, ...]
    n: int
    customers: int

    @property
    def few(self) -> bool:
        """Whether too few customers stand behind it to say anything."""
        return self.customers < 30


def share_steps(
    touchpoints: Iterable[str],
    following: Ints,
    code: Ints,
    customer: Ints,
    names: tuple[str, ...],
    *,
    most: int | None,
) -> dict[str, NextSteps]:
    """Share what followed each of these touchpoints, given by touch: the next code (−1: nothing), its own, whose."""
    order = order_by(code)
    bounds = np.concatenate(([0], np.cumsum(np.bincount(code, minlength=len(names)))))
    found = {}
    for name in dict.fromkeys(touchpoints):
        place = names.index(name) if name in names else -1
        at = order[bounds[place] : bounds[place + 1]] if place >= 0 else order[:0]
        found[name] = _share_steps(name, following[at], customer[at], names, most=most)
    return found


def pair_next(runs: PackedRuns) -> tuple[Ints, Ints, Ints]:
    """Return for each touch of a run that is over: the next touchpoint's code (−1: nothing), its own, the customer."""
    code = runs.log.codes["touchpoint"][runs.rows].astype(np.int64)
    following = np.full(len(code), -1, dtype=np.int64)
    following[:-1] = code[1:]
    if len(runs):
        following[runs.offsets[1:] - 1] = -1
    over = (runs.state != RunState.OPEN)[runs.run]
    return following[over], code[over], runs.customer[runs.run[over]]


def _share_steps(name: str, following: Ints, customer: Ints, names: tuple[str, ...], *, most: int | None) -> NextSteps:
    counts = np.bincount(following + 1, minlength=len(names) + 1)
    ranked = [int(place) for place in np.argsort(-counts, kind="stable") if counts[place]]
    shown = ranked if most is None or len(ranked) <= most else ranked[:most]
    steps = [
        NextStep(
            touchpoint=names[place - 1] if place else NOTHING,
            share=_share(following + 1 == place, customer),
        )
        for place in shown
    ]
    if len(shown) < len(ranked):
        steps.append(NextStep(touchpoint=OTHER, share=_share(~np.isin(following + 1, shown), customer)))
    return NextSteps(at=name, steps=tuple(steps), n=len(following), customers=len(np.unique(customer)))


def _share(hits: Mask, customer: Ints) -> Metric:
    return report_metrics(gather(hits.astype(np.float64), customer, scale=Scale.SHARE), "next")[0]
