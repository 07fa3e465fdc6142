"""The funnel as a pass: how far people get through steps, within a window, from a stated anchor.

The rules (order, window, anchor, ties) stand in docs/explanation/journey-passes.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial as bind

import numpy as np
from numpy.typing import NDArray

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Metric
from heartline.understand.log import Codes, Ints, Mask
from heartline.understand.passes.chains import Chains, Rule, follow_chains
from heartline.understand.passes.shape import Ground, Pass, Passages, mask_codes, walk
from heartline.understand.passes.sums import report_shares, sum_shares
from heartline.understand.samples import count_people
from heartline.understand.selection import TRAIT
from heartline.understand.waits import Wait, measure_wait


class StepOrder(StrEnum):
    """``ORDERED``: other touches may lie between; ``STRICT``: the very next touch; ``ANY``: whatever order."""

    ORDERED = "ordered"
    STRICT = "strict"
    ANY = "any"


class Anchor(StrEnum):
    """``EACH``: every touch of step 1 may start, the furthest counts; ``FIRST``: only a person's first one starts."""

    EACH = "each"
    FIRST = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelStep:
    """A step: any of some touchpoints."""

    name: str
    touchpoints: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """A funnel's definition. ``window_us`` holds from the start to the last step; ``by`` is a field at the start or
    "trait:<name>", "" for no breakdown.
    """

    steps: tuple[FunnelStep, ...]
    window_us: int | None = None
    order: StepOrder = StepOrder.ORDERED
    anchor: Anchor = Anchor.EACH
    by: str = ""

    def __post_init__(self) -> None:
        """Refuse what has no meaning.

        Raises:
            Invalid: no steps, or steps of an ``ANY`` funnel that share touchpoints.
        """
        if not self.steps:
            raise Invalid("no_steps", _("A funnel needs a step."), _("Name at least one."))
        named = [name for step in self.steps for name in set(step.touchpoints)]
        if self.order is StepOrder.ANY and len(set(named)) < len(named):
            raise Invalid(
                "shared_touchpoint", _("In any order, a touchpoint can be of one step."), _("Take it out of one.")
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCount:
    """Who reached a step. ``people`` counts passages: customers, or runs. ``of_start`` and ``of_before`` are shares of
    those who started and of those at the step before; the times are those of the start that counted.
    """

    name: str
    people: int
    of_start: Metric
    of_before: Metric
    since_before: Wait
    since_start: Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelLine:
    """The steps of those with one value of the breakdown ("" for all)."""

    value: str
    steps: tuple[StepCount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelCount:
    """A funnel counted. ``people`` were looked at, ``customers`` of them different; ``lines`` sum to ``all``."""

    funnel: Funnel
    people: int
    customers: int
    all: FunnelLine
    lines: tuple[FunnelLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelPartial:
    """Every passage that started: its customer's number, how many steps it took, when after the start it took each
    (µs, −1 where it did not; shape (started, steps)), and its value of the breakdown (a code of ``values``).
    """

    values: tuple[str, ...]
    people: int
    customers: int
    customer: Ints
    depth: Ints
    after_us: Ints
    value: Ints


def plan_funnel(funnel: Funnel) -> Pass[Ground, FunnelPartial, FunnelCount]:
    """Return the pass that counts a funnel."""
    return Pass(
        partial=bind(count_funnel, funnel=funnel), merge=merge_funnels, finish=bind(finish_funnel, funnel=funnel)
    )


def measure_funnel(ground: Ground, funnel: Funnel) -> FunnelCount:
    """Count a funnel over customers, or over the runs of a journey."""
    return plan_funnel(funnel).run(ground)


def list_reached(partial: FunnelPartial, step: int, *, dropped: bool = False, value: str | None = None) -> Ints:
    """Return the numbers of the customers who reached a step (1…), or with ``dropped`` got no further than it; with a
    ``value`` those of that line of the breakdown.
    """
    mask = partial.depth == step if dropped else partial.depth >= step
    if value is not None:
        mask = mask & mask_codes(partial.values, (value,))[partial.value]
    return np.unique(partial.customer[mask])


def count_funnel(ground: Ground, *, funnel: Funnel) -> FunnelPartial:
    """Follow every passage of a part.

    Raises:
        Invalid: the log has no such field to break down by.
    """
    passages = walk(ground)
    members = np.stack([mask_codes(passages.names, step.touchpoints) for step in funnel.steps])
    rule = Rule(
        window_us=funnel.window_us,
        strict=funnel.order is StepOrder.STRICT,
        ordered=funnel.order is not StepOrder.ANY,
        first=funnel.anchor is Anchor.FIRST,
    )
    chains = follow_chains(passages, members, rule)
    value, values = _value_starts(passages, chains, funnel.by)
    return FunnelPartial(
        values=values,
        people=len(passages),
        customers=count_people(passages.customer),
        customer=passages.log.customers[passages.customer[chains.passage]],
        depth=(chains.after_us >= 0).sum(axis=1),
        after_us=chains.after_us,
        value=value.astype(np.int64),
    )


def merge_funnels(parts: Sequence[FunnelPartial]) -> FunnelPartial:
    """Lay the passages of all parts by customer; their breakdowns are told apart by name."""
    if len(parts) == 1:
        return parts[0]
    place: dict[str, int] = {}
    values = []
    for part in parts:
        code = np.array([place.setdefault(name, len(place)) for name in part.values], dtype=np.int64)
        values.append(code[part.value])
    customer = np.concatenate([part.customer for part in parts])
    order = np.argsort(customer, kind="stable")
    return FunnelPartial(
        values=tuple(place),
        people=sum(part.people for part in parts),
        customers=sum(part.customers for part in parts),
        customer=customer[order],
        depth=np.concatenate([part.depth for part in parts])[order],
        after_us=np.concatenate([part.after_us for part in parts])[order],
        value=np.concatenate(values)[order],
    )


def finish_funnel(partial: FunnelPartial, *, funnel: Funnel) -> FunnelCount:
    """Report the steps of all, and of each value of the breakdown, most people first (ties by name)."""
    lines: list[FunnelLine] = []
    if funnel.by:
        counts = np.bincount(partial.value, minlength=len(partial.values))
        ranked = sorted(np.flatnonzero(counts).tolist(), key=lambda code: (-counts[code], partial.values[code]))
        lines = [
            _report(partial, funnel, np.flatnonzero(partial.value == code), partial.values[code]) for code in ranked
        ]
    return FunnelCount(
        funnel=funnel,
        people=partial.people,
        customers=partial.customers,
        all=_report(partial, funnel, slice(None), ""),
        lines=tuple(lines),
    )


def _value_starts(passages: Passages, chains: Chains, by: str) -> tuple[Codes, tuple[str, ...]]:
    log = passages.log
    if not by:
        return np.zeros(len(chains.start), dtype=np.int64), ("",)
    if by.startswith(TRAIT) and by.removeprefix(TRAIT) in log.traits:
        codes, names = log.traits[by.removeprefix(TRAIT)]
        return codes[passages.customer[chains.passage]], names
    if by not in log.codes:
        raise Invalid(
            "unknown_field",
            _("There is no field “{field}”.").format(field=by),
            _("Break down by a field of touches, or a trait."),
        )
    rows = chains.start if passages.rows is None else passages.rows[chains.start]
    return log.codes[by][rows], log.names[by]


def _report(partial: FunnelPartial, funnel: Funnel, chosen: Ints | slice, value: str) -> FunnelLine:
    depth, customer, after = partial.depth[chosen], partial.customer[chosen], partial.after_us[chosen]
    steps = []
    for index, step in enumerate(funnel.steps):
        here = depth > index
        before = depth >= max(index, 1)
        came = np.flatnonzero(here)
        since = after[came, index]
        whole = _wait(since, customer[came], known=index > 0)
        own = whole if index < 2 else _wait(since - after[came, index - 1], customer[came], known=True)
        steps.append(
            StepCount(
                name=step.name,
                people=len(came),
                of_start=_share(here, customer),
                of_before=_share(here[before], customer[before]),
                since_before=own,
                since_start=whole,
            )
        )
    return FunnelLine(value=value, steps=tuple(steps))


def _share(hits: Mask, customer: Ints) -> Metric:
    return report_shares(sum_shares(hits, customer).at(np.zeros(1, dtype=np.int64)), "conversion")[0]


def _wait(values: NDArray[np.int64], customer: Ints, *, known: bool) -> Wait:
    values = values if known else values[:0]
    return measure_wait(values.astype(np.float64), customer[: len(values)])
