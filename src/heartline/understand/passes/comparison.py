"""Two groups or two periods compared as a pass: which steps and touchpoints are more frequent, tested by customer.

Customers are permuted, never touches. Where no customer is on both sides, their labels are; where some are, each
customer's contribution to the difference keeps or changes its sign (the sums are then right for sides of unequal
volume, which a swap of the two halves would not be).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial as bind

import numpy as np

from heartline.records import Difference
from heartline.understand.differences import FEWEST, Budget, judge, measure_gap, spend_budget
from heartline.understand.intervals import number, report_metrics
from heartline.understand.log import Floats, Ints, PackedLog
from heartline.understand.passes.paths import pair_steps
from heartline.understand.passes.shape import Pass, share_names, walk
from heartline.understand.passes.sums import Part, sample_shares
from heartline.understand.paths import OTHER
from heartline.understand.quantiles import Z95, find_z
from heartline.understand.selection import Selection, select

_BLOCK = 1 << 23
"""So many numbers are drawn together."""
_CLOSE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonPlan:
    """What is held against what: two selections. ``most`` steps and touchpoints are tested, the most frequent on both
    sides together; ``rounds`` permutations are drawn from ``seed``; ``q`` is the false discovery rate of all verdicts.
    """

    now: Selection
    before: Selection
    most: int = 20
    rounds: int = 1_999
    seed: int = 1
    q: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A touchpoint's share of all touches, or (with a ``target``) a step's share of all steps, on the two sides.

    ``difference`` has the shares with n and interval, the p of the permutations, and the verdict the page's budget
    allows; its interval is at the budget's level where the verdict says that something moved.
    """

    source: str
    target: str
    difference: Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class PathComparison:
    """``distance`` is the total variation between the two distributions of steps (0 the same, 1 nothing in common),
    ``expected`` what it would be on average if there were no difference, ``p`` how often as far by chance.
    """

    plan: ComparisonPlan
    distance: float
    expected: float
    p: float
    shifts: tuple[Shift, ...]

    def adjust(self) -> tuple[float, ...]:
        """Return the q of each shift: the least false discovery rate at which it would pass (Benjamini & Hochberg)."""
        p = np.array([shift.difference.p or 0.0 for shift in self.shifts])
        ranked = p * len(p) / np.arange(1, len(p) + 1)
        return tuple(np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1.0).tolist())


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonPartial:
    """How often each customer took each step on each side: columns of one length, by customer. ``cell`` is source ×
    width + target, or width² + code for a touch, where width is len(names).
    """

    names: tuple[str, ...]
    customer: Ints
    side: Ints
    cell: Ints
    count: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    """Counts by side, customer and column, (2, customers, columns); and which columns share a total: ``block`` 0 are
    steps, 1 touches.
    """

    counts: Floats
    block: Ints
    titles: tuple[tuple[str, str], ...]


def plan_comparison(plan: ComparisonPlan) -> Pass[PackedLog, ComparisonPartial, PathComparison]:
    """Return the pass that compares two selections."""
    return Pass(partial=bind(count_sides, plan=plan), merge=merge_sides, finish=bind(finish_comparison, plan=plan))


def compare_paths(log: PackedLog, plan: ComparisonPlan) -> PathComparison:
    """Compare the paths of two groups, or of two periods."""
    return plan_comparison(plan).run(log)


def count_sides(log: PackedLog, *, plan: ComparisonPlan) -> ComparisonPartial:
    """Count both sides of a part, customer by customer."""
    sides = [_count_side(select(log, selection), side) for side, selection in enumerate((plan.now, plan.before))]
    return _lay(log.names["touchpoint"], sides)


def _count_side(log: PackedLog, side: int) -> tuple[Ints, Ints, Ints, Ints]:
    passages = walk(log)
    width = len(passages.names)
    pair, _ = pair_steps(passages)
    size = width * (width + 1)
    row = passages.passage().astype(np.int64)
    key = np.concatenate((
        np.delete(row, passages.firsts) * size + pair,
        row * size + width * width + passages.codes,
    ))  # fmt: skip
    found, count = np.unique(key, return_counts=True)
    owner = log.customers[found // max(size, 1)]
    return owner, np.full(len(found), side, dtype=np.int64), found % max(size, 1), count.astype(np.int64)


def _lay(names: tuple[str, ...], parts: Sequence[tuple[Ints, Ints, Ints, Ints]]) -> ComparisonPartial:
    customer, side, cell, count = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((cell, side, customer))
    return ComparisonPartial(
        names=names, customer=customer[order], side=side[order], cell=cell[order], count=count[order]
    )


def merge_sides(parts: Sequence[ComparisonPartial]) -> ComparisonPartial:
    """Lay the customers of all parts in their order."""
    return _lay(share_names(parts), [(part.customer, part.side, part.cell, part.count) for part in parts])


def finish_comparison(partial: ComparisonPartial, *, plan: ComparisonPlan) -> PathComparison:
    """Test every step and touchpoint, and the whole."""
    grid = _lay_grid(partial, plan.most)
    seen = _share(grid.counts.sum(axis=1), grid.block)
    gaps = seen[0] - seen[1]
    drawn = _draw(grid, plan)
    steps = grid.block == 0
    distance, by_chance = np.abs(gaps[steps]).sum() / 2, np.abs(drawn[:, steps]).sum(axis=1) / 2
    p = _count_extreme(np.abs(drawn), np.abs(gaps))
    tested = np.array([index for index, (source, _) in enumerate(grid.titles) if source != OTHER], dtype=np.int64)
    budget = spend_budget(p[tested], q=plan.q)
    found = _report(grid, p, tested, budget)
    shifts = [
        Shift(source=grid.titles[index][0], target=grid.titles[index][1], difference=difference)
        for index, difference in zip(tested.tolist(), found, strict=True)
    ]
    shifts.sort(key=lambda shift: (shift.difference.p or 0, -abs(shift.difference.value or 0)))
    return PathComparison(
        plan=plan,
        distance=float(distance),
        expected=float(by_chance.mean()) if len(by_chance) else float("nan"),
        p=float(_count_extreme(by_chance[:, None], np.array([distance]))[0]),
        shifts=tuple(shifts),
    )


def _lay_grid(partial: ComparisonPartial, most: int) -> _Grid:
    """Count by column: the most frequent steps, the other steps as one, and the same of touchpoints."""
    width = len(partial.names)
    touch = partial.cell >= width * width
    people, row = np.unique(partial.customer, return_inverse=True)
    column = np.zeros(len(partial.cell), dtype=np.int64)
    block: list[int] = []
    titles: list[tuple[str, str]] = []
    for kind, mine in enumerate((~touch, touch)):
        cells, place = np.unique(partial.cell[mine], return_inverse=True)
        totals = np.zeros(len(cells), dtype=np.int64)
        np.add.at(totals, place, partial.count[mine])
        kept = np.argsort(-totals, kind="stable")[:most]
        where = np.full(len(cells), len(titles) + len(kept), dtype=np.int64)
        where[kept] = len(titles) + np.arange(len(kept))
        column[mine] = where[place]
        for cell in cells[kept].tolist():
            source, target = (cell - width * width, -1) if kind else divmod(cell, width)
            titles.append((partial.names[source], partial.names[target] if target >= 0 else ""))
        titles.append((OTHER, ""))
        block += [kind] * (len(kept) + 1)
    counts = np.zeros((2, len(people), len(titles)))
    np.add.at(counts, (partial.side, row, column), partial.count)
    return _Grid(counts=counts, block=np.array(block), titles=tuple(titles))


def _share(sums: Floats, block: Ints) -> Floats:
    """Turn sums of columns (…, columns) into shares of their block; 0 of nothing."""
    shares = np.zeros(sums.shape)
    for kind in (0, 1):
        mine = block == kind
        total = sums[..., mine].sum(axis=-1, keepdims=True)
        shares[..., mine] = np.divide(sums[..., mine], total, out=np.zeros(sums[..., mine].shape), where=total > 0)
    return shares


def _draw(grid: _Grid, plan: ComparisonPlan) -> Floats:
    """Return the differences of all columns in every round: (rounds, columns)."""
    rng = np.random.default_rng(plan.seed)
    here = grid.counts.sum(axis=2) > 0
    both = bool((here[0] & here[1]).any())
    people = grid.counts.shape[1]
    whole = grid.counts.sum(axis=0)
    parts = _contribute(grid) if both else whole
    drawn = np.zeros((plan.rounds, len(grid.titles)))
    together = max(1, _BLOCK // max(people, 1))
    for start in range(0, plan.rounds, together):
        rounds = min(together, plan.rounds - start)
        if both:
            bits = np.unpackbits(rng.integers(0, 256, (rounds, people // 8 + 1), dtype=np.uint8), axis=1)[:, :people]
            drawn[start : start + rounds] = (bits * 2.0 - 1) @ parts
            continue
        chosen = np.zeros((rounds, people))
        size = int(here[0].sum())
        for index in range(rounds):
            chosen[index, rng.permutation(people)[:size]] = 1
        one = chosen @ parts
        drawn[start : start + rounds] = _share(one, grid.block) - _share(whole.sum(axis=0) - one, grid.block)
    return drawn


def _contribute(grid: _Grid) -> Floats:
    """Return what each customer adds to each difference, (customers, columns): these sum to the differences seen.

    The linearised share x/N − p·n/N, with the share p of both sides together.
    """
    pooled = _share(grid.counts.sum(axis=(0, 1)), grid.block)
    added = np.zeros(grid.counts.shape[1:])
    for kind in (0, 1):
        mine = grid.block == kind
        counts = grid.counts[:, :, mine]
        each = counts.sum(axis=2, keepdims=True)
        total = np.maximum(each.sum(axis=1, keepdims=True), 1)
        sides = (counts - pooled[mine] * each) / total
        added[:, mine] = sides[0] - sides[1]
    return added


def _count_extreme(drawn: Floats, seen: Floats) -> Floats:
    """Return the p-values: the draw that was seen counts among them."""
    extreme: Floats = (1 + (drawn >= seen - _CLOSE).sum(axis=0)) / (1 + len(drawn))
    return extreme


def _report(grid: _Grid, p: Floats, columns: Ints, budget: Budget) -> list[Difference]:
    """Compare the shares of columns; a verdict only where the budget let it pass and its interval excludes zero."""
    hits = grid.counts[:, :, columns]
    trials = np.stack([grid.counts[:, :, grid.block == kind].sum(axis=2) for kind in (0, 1)])
    trials = np.moveaxis(trials[grid.block[columns]], 0, 2)
    parts = (trials, hits, trials > 0, hits > 0, hits**2, hits * trials, trials**2)
    table = np.stack([part.sum(axis=1) for part in parts], axis=2).astype(np.int64)
    now, before = sample_shares(table[0]), sample_shares(table[1])
    rest = hits - np.nan_to_num(np.stack((now.mean, before.mean)))[:, None, :] * trials
    scale = np.sqrt((rest[0] ** 2).sum(axis=0) * (rest[1] ** 2).sum(axis=0))
    crossed = (rest[0] * rest[1]).sum(axis=0)
    rho = np.divide(crossed, scale, out=np.zeros(len(columns)), where=scale > 0)
    z = np.where(budget.passed, find_z(budget.level), Z95)
    gap, low, high = measure_gap(now, before, z=z, rho=rho)
    shares = zip(report_metrics(now, "share"), report_metrics(before, "share"), strict=True)
    enough = table[:, :, Part.PEOPLE].min(axis=0, initial=1 << 62) >= FEWEST
    return [
        Difference(
            before=was,
            now=share,
            value=number(gap[index]),
            low=number(low[index]),
            high=number(high[index]),
            p=float(p[columns[index]]),
            verdict=judge(*((low[index], high[index]) if budget.passed[index] else (-1.0, 1.0)), enough=enough[index]),
        )
        for index, (share, was) in enumerate(shares)
    ]
