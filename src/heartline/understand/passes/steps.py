"""The step matrix and the flows between steps, from one pass: where people are at their p-th touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial as bind

import numpy as np

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Metric
from heartline.understand.intervals import report_metrics
from heartline.understand.log import Codes, Ints
from heartline.understand.passes.shape import (
    Ground,
    Pass,
    Passages,
    find_first,
    mark_changes,
    mask_codes,
    share_names,
    walk,
)
from heartline.understand.passes.sums import Sums, add_sums, count_keys
from heartline.understand.paths import OTHER
from heartline.understand.samples import Sample, Scale, count_people

GONE = "gone"
"""The column of passages that ended before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPlan:
    """What is tabulated: so many positions, from the first touch of ``start`` on, or back from the last of ``end``
    (neither: from the passage's first touch); with ``fold`` what follows itself is one.
    """

    positions: int = 10
    start: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    fold: bool = False

    def __post_init__(self) -> None:
        """Refuse what has no meaning.

        Raises:
            Invalid: no position, or both ends fixed.
        """
        if self.positions < 1 or (self.start and self.end):
            raise Invalid("bad_steps", _("Fix the start or the end, and show a position."), _("Leave one of them out."))


@dataclass(frozen=True, slots=True, kw_only=True)
class StepMatrix:
    """``counts[p, i]`` passages are at ``names[i]`` at position p; ``flows[p, i, j]`` go from i at p to j at p + 1.

    ``names`` are the most frequent touchpoints, "other" (where any is left) and "gone"; each row of ``counts`` sums to
    ``passages``. ``without`` passages have no such start or end. Backwards from an end, "gone" means not begun yet.
    """

    plan: StepPlan
    names: tuple[str, ...]
    passages: int
    customers: int
    without: int
    counts: Ints
    flows: Ints

    def share(self, position: int, column: int) -> Metric:
        """Return the share of passages in a cell; several of one customer count as one for its interval."""
        share = np.array([self.counts[position, column] / self.passages if self.passages else np.nan])
        unknown = np.full(1, np.nan)
        n, people = np.array([float(self.passages)]), np.array([float(self.customers)])
        sample = Sample(scale=Scale.SHARE, n=n, customers=people, mean=share, square=share, variance=unknown)
        return report_metrics(sample, "share")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPartial:
    """Passages by (position, code there, code at the next): the key is (p × w + code) × w + next, w = len(names) + 1,
    with the last code for "gone".
    """

    names: tuple[str, ...]
    passages: int
    customers: int
    without: int
    pairs: Sums


def plan_steps(plan: StepPlan | None = None, *, top: int = 8) -> Pass[Ground, StepPartial, StepMatrix]:
    """Return the pass that tabulates steps."""
    plan = StepPlan() if plan is None else plan
    return Pass(partial=bind(count_steps, plan=plan), merge=merge_steps, finish=bind(finish_steps, plan=plan, top=top))


def tabulate_steps(ground: Ground, plan: StepPlan | None = None, *, top: int = 8) -> StepMatrix:
    """Tabulate where passages are at each position, and the flows between."""
    return plan_steps(plan, top=top).run(ground)


def count_steps(ground: Ground, *, plan: StepPlan) -> StepPartial:
    """Count a part, one position after the other."""
    passages = walk(ground)
    width = len(passages.names) + 1
    codes, at, bound, customers = _place_starts(passages, plan)
    step = -1 if plan.end else 1
    here = _look(codes, at, bound, step=step, gone=width - 1)
    counted = []
    for position in range(plan.positions):
        at = at + step
        following = _look(codes, at, bound, step=step, gone=width - 1)
        found = count_keys(here * width + following, size=width * width)
        counted.append(Sums(keys=found.keys + position * width * width, table=found.table))
        here = following
    return StepPartial(
        names=passages.names,
        passages=len(at),
        customers=customers,
        without=len(passages) - len(at),
        pairs=Sums(
            keys=np.concatenate([part.keys for part in counted]),
            table=np.concatenate([part.table for part in counted]),
        ),
    )


def _place_starts(passages: Passages, plan: StepPlan) -> tuple[Codes, Ints, Ints, int]:
    """Return the codes, where each passage's first position lies, the last place it may reach, and the customers."""
    codes, offsets = passages.codes, passages.offsets
    if plan.start or plan.end:
        marked = mask_codes(passages.names, plan.start or plan.end)
        at, passage = find_first(passages, marked, last=bool(plan.end))
    else:
        at, passage = passages.firsts, np.arange(len(passages), dtype=np.int64)
    if plan.fold:
        kept, offsets = mark_changes(codes, offsets)
        at, codes = np.cumsum(kept)[at] - 1, codes[kept]
    customers = count_people(passages.customer[passage])
    return codes, at, offsets[passage] if plan.end else offsets[passage + 1] - 1, customers


def _look(codes: Codes, at: Ints, bound: Ints, *, step: int, gone: int) -> Ints:
    if not len(codes):
        return np.full(len(at), gone, dtype=np.int64)
    inside = at >= bound if step < 0 else at <= bound
    return np.where(inside, codes[np.where(inside, at, 0)], gone).astype(np.int64)


def merge_steps(parts: Sequence[StepPartial]) -> StepPartial:
    """Add parts up."""
    return StepPartial(
        names=share_names(parts),
        passages=sum(part.passages for part in parts),
        customers=sum(part.customers for part in parts),
        without=sum(part.without for part in parts),
        pairs=add_sums([part.pairs for part in parts]),
    )


def finish_steps(partial: StepPartial, *, plan: StepPlan, top: int) -> StepMatrix:
    """Keep the touchpoints most frequent within the positions, fold the others, and lay the matrix out."""
    wide = len(partial.names) + 1
    counts = partial.pairs.table[:, 0]
    place, source, target = partial.pairs.keys // wide**2, partial.pairs.keys // wide % wide, partial.pairs.keys % wide
    seen = np.zeros(wide, dtype=np.int64)
    np.add.at(seen, source, counts)
    used = int((seen[:-1] > 0).sum())
    order = np.argsort(-seen[:-1], kind="stable")[:used]
    kept = min(used, top)
    names = (*(partial.names[code] for code in order[:kept]), *((OTHER,) if kept < used else ()), GONE)
    column = np.full(wide, kept, dtype=np.int64)
    column[order[:kept]] = np.arange(kept)
    column[-1] = len(names) - 1
    flows = np.zeros((plan.positions, len(names), len(names)), dtype=np.int64)
    # Beyond the last position a touchpoint may turn up that the positions shown never met; it is not shown either.
    target_column = np.minimum(column[target], len(names) - 1)
    np.add.at(flows, (place, column[source], target_column), counts)
    return StepMatrix(
        plan=plan,
        names=names,
        passages=partial.passages,
        customers=partial.customers,
        without=partial.without,
        counts=flows.sum(axis=2),
        flows=flows[:-1],
    )
