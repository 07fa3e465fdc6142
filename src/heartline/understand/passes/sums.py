"""What partials are made of: integers by key, and values gathered by key. Adding them up loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from heartline.records import Metric
from heartline.understand.intervals import report_metrics
from heartline.understand.log import Codes, Floats, Ints, Mask, narrow, order_by
from heartline.understand.samples import Sample, Scale

_DENSE = 1 << 22
_FEW = 4
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Integers by key: ``keys`` ascending, ``table`` one row a key."""

    keys: Ints
    table: Ints

    def at(self, keys: Ints) -> Ints:
        """Return the rows of some keys, zeros where there is none."""
        found = np.zeros((len(keys), self.table.shape[1]), dtype=np.int64)
        if len(self.keys):
            place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
            known = self.keys[place] == keys
            found[known] = self.table[place[known]]
        return found


class Part(IntEnum):
    """The columns of sums of shares: trials, hits, the customers with either, and their squares and products."""

    TRIALS = 0
    HITS = 1
    PEOPLE = 2
    HIT_PEOPLE = 3
    HITS_SQUARED = 4
    CROSSED = 5
    TRIALS_SQUARED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Values gathered by key: those of ``keys[i]`` follow those of ``keys[i - 1]``, ``counts[i]`` of them."""

    keys: Ints
    counts: Ints
    values: Ints

    @property
    def labels(self) -> Ints:
        """The key of each value."""
        return np.repeat(self.keys, self.counts)

    def without(self, last: int) -> Values:
        """Leave out what was gathered by a key, the greatest of all."""
        if not len(self.keys) or self.keys[-1] != last:
            return self
        return Values(keys=self.keys[:-1], counts=self.counts[:-1], values=self.values[: -int(self.counts[-1])])


def count_keys(keys: Codes, *, size: int) -> Sums:
    """Count each key of 0…size − 1 that occurs."""
    if size <= _DENSE:
        counts = np.bincount(keys, minlength=size)
        present = np.flatnonzero(counts)
        return Sums(keys=present, table=counts[present, None])
    present, counts = np.unique(keys, return_counts=True)
    return Sums(keys=present.astype(np.int64), table=counts[:, None])


def sum_rows(keys: Ints, table: Ints) -> Sums:
    """Add up the rows of a table by key."""
    if not len(keys):
        return Sums(keys=keys, table=table)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = np.concatenate(([0], np.flatnonzero(np.diff(keys)) + 1))
    return Sums(keys=keys[starts], table=np.add.reduceat(table[order], starts, axis=0))


def sum_values(gathered: Values) -> Ints:
    """Return the sum of each key's values."""
    bounds = np.concatenate(([0], np.cumsum(gathered.values)))
    ends = np.cumsum(gathered.counts)
    totals: Ints = bounds[ends] - bounds[ends - gathered.counts]
    return totals


def add_sums(parts: Sequence[Sums]) -> Sums:
    """Add up the sums of parts."""
    if len(parts) == 1:
        return parts[0]
    return sum_rows(np.concatenate([part.keys for part in parts]), np.concatenate([part.table for part in parts]))


def sum_shares(hits: Mask | Ints, customer: Codes, *, trials: Ints | None = None, key: Codes | None = None) -> Sums:
    """Sum hits among trials (1 each, where not given) by key, as an interval clustered by customer wants them.

    ``customer`` is any integer per entry; ``key`` any integer, 0 where not given. The columns are ``Part``'s.
    """
    count = len(customer)
    if key is None and trials is None and hits.dtype == np.bool_ and count and bool((np.diff(customer) > 0).all()):
        hit = int(hits.sum())
        return Sums(keys=np.zeros(1, dtype=np.int64), table=np.array([[count, hit, count, hit, hit, hit, count]]))
    if not count:
        return Sums(keys=np.zeros(0, dtype=np.int64), table=np.zeros((0, len(Part)), dtype=np.int64))
    keys: Codes = np.zeros(count, dtype=np.uint8) if key is None else key
    order = _order(keys, customer)
    if order is not None:
        keys, customer, hits = keys[order], customer[order], hits[order]
        trials = trials if trials is None else trials[order]
    starts = _mark_starts(keys, customer)
    x = np.add.reduceat(hits, starts, dtype=np.int64)
    n = np.diff(np.append(starts, count)) if trials is None else np.add.reduceat(trials, starts)
    keys = keys[starts]
    heads = _mark_starts(keys)
    parts = (n, x, n > 0, x > 0, x * x, x * n, n * n)
    table = np.stack([np.add.reduceat(part, heads, dtype=np.int64) for part in parts], axis=1)
    return Sums(keys=keys[heads].astype(np.int64), table=table)


def _mark_starts(*columns: Codes) -> Ints:
    """Return where any of some columns changes, the first place among them."""
    apart = np.ones(len(columns[0]), dtype=np.bool_)
    apart[1:] = columns[0][1:] != columns[0][:-1]
    for column in columns[1:]:
        apart[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(apart)


def _order(keys: Codes, customer: Codes) -> Ints | None:
    """Return the order by key and customer, None where they lie so. Passages lie by customer: one sort mostly does."""
    risen = customer[1:] >= customer[:-1]
    same = keys[1:] == keys[:-1]
    if bool(((keys[1:] > keys[:-1]) | (same & risen)).all()):
        return None
    if bool(same.all()):
        return order_by(customer)
    return order_by(keys) if bool(risen.all()) else np.lexsort((customer, keys))


def sample_shares(table: Ints) -> Sample:
    """Turn rows of ``sum_shares`` into cells: the linearised variance Σ(x − p·n)², opened up (as ``gather`` has it)."""
    part = table.astype(np.float64).T
    n, people = part[Part.TRIALS], part[Part.PEOPLE]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = part[Part.HITS] / n
        spread = part[Part.HITS_SQUARED] - 2 * share * part[Part.CROSSED] + share**2 * part[Part.TRIALS_SQUARED]
        variance = np.maximum(spread, 0) / n**2 * people / (people - 1)
    variance[people < 2] = np.nan
    return Sample(scale=Scale.SHARE, n=n, customers=people, mean=share, square=share, variance=variance)


def report_shares(table: Ints, name: str) -> tuple[Metric, ...]:
    """Return each row of ``sum_shares`` as a share with its Wilson interval, clustered by customer."""
    return report_metrics(sample_shares(table), name)


def gather_values(keys: Codes, values: Ints, *, size: int) -> Values:
    """Gather values by key of 0…size − 1, by a counting sort."""
    rank: Codes = keys
    if size > _DENSE:
        present, rank = np.unique(keys, return_inverse=True)
        counts = np.bincount(rank, minlength=len(present))
    else:
        counts = np.bincount(keys, minlength=size)
        present = np.flatnonzero(counts)
        counts = counts[present]
    if _DENSE >= size > 1 << 16:
        place = np.zeros(size, dtype=np.int64)
        place[present] = np.arange(len(present))
        rank = place[keys]
    size = len(present) if size > 1 << 16 else size
    order = np.argsort(narrow(rank, size), kind="stable")
    return Values(keys=present.astype(np.int64), counts=counts, values=values[order])


def gather_blocks(keys: NDArray[np.uint16], read: Callable[[int, int], Ints], *, size: int) -> Values:
    """Gather as ``gather_values`` values that ``read`` makes for keys ``start`` to ``end``, a block at a time.

    What is made on the way stays in the processor's cache, and no more memory is taken than the values need: on many
    machines the first touch of new memory costs more than what is done with it.
    """
    counts = count_codes(keys, size)
    values, free = np.empty(len(keys), dtype=np.int64), _count_ahead(counts)
    for start in range(0, len(keys), _BLOCK):
        part = keys[start : start + _BLOCK]
        here = np.bincount(part, minlength=size)
        at = np.arange(len(part))
        at += np.repeat(free - _count_ahead(here), here)
        values[at] = read(start, start + len(part))[np.argsort(part, kind="stable")]
        free += here
    present = np.flatnonzero(counts)
    return Values(keys=present, counts=counts[present], values=values)


def count_codes(codes: Codes, size: int) -> Ints:
    """Count the codes of 0…size − 1 (``bincount``, which makes all of them eight bytes wide at once)."""
    counts = np.zeros(size, dtype=np.int64)
    for start in range(0, len(codes), _BLOCK):
        counts += np.bincount(codes[start : start + _BLOCK], minlength=size)
    return counts


def join_values(parts: Sequence[Values]) -> Values:
    """Join what parts gathered. Nothing is sorted again: each part's values go behind those of the parts before."""
    if len(parts) == 1:
        return parts[0]
    keys = np.unique(np.concatenate([part.keys for part in parts]))
    places = [np.searchsorted(keys, part.keys) for part in parts]
    counts = np.zeros(len(keys), dtype=np.int64)
    for part, place in zip(parts, places, strict=True):
        counts[place] += part.counts
    values = np.empty(int(counts.sum()), dtype=parts[0].values.dtype)
    free = _count_ahead(counts)
    for part, place in zip(parts, places, strict=True):
        at = np.arange(len(part.values))
        at += np.repeat(free[place] - _count_ahead(part.counts), part.counts)
        values[at] = part.values
        free[place] += part.counts
    return Values(keys=keys, counts=counts, values=values)


def regroup_values(labels: Ints, values: Ints) -> Values:
    """Gather values by any integer keys."""
    if len(labels) and labels.min() >= 0 and labels.max() < _DENSE:
        return gather_values(labels, values, size=int(labels.max()) + 1)
    present, rank = np.unique(labels, return_inverse=True)
    found = gather_values(rank, values, size=len(present))
    return Values(keys=present.astype(np.int64), counts=found.counts, values=found.values)


def find_quantiles(gathered: Values, zeros: Ints | None = None, *, spend: bool = False) -> tuple[Floats, Floats]:
    """Return the exact median and 90th percentile of each key's values.

    ``zeros``: so many zeros more per key, below all other values. Large groups are sorted one by one, small ones
    together. With ``spend`` that is done in place: each key's values are then in another order.
    """
    counts = gathered.counts
    zeros = np.zeros(len(counts), dtype=np.int64) if zeros is None else zeros
    bounds = np.concatenate(([0], np.cumsum(counts)))
    small, large = (counts > 1) & (counts <= _FEW), counts > _FEW
    values = gathered.values if spend and gathered.values.flags.writeable else gathered.values.copy()
    if bool(small.any()):
        part = np.repeat(np.arange(int(small.sum())), counts[small])
        chosen = np.arange(len(part)) + np.repeat(bounds[:-1][small] - _count_ahead(counts[small]), counts[small])
        mine = values[chosen]
        values[chosen] = mine[np.lexsort((mine, part))]
    for index in np.flatnonzero(large).tolist():
        # NumPy sorts integers by vector instructions, in a third of the time that partitioning at four places takes.
        values[bounds[index] : bounds[index + 1]].sort()
    return _read_sorted(values, bounds[:-1], counts, zeros)


def _count_ahead(counts: Ints) -> Ints:
    ahead: Ints = np.cumsum(counts) - counts
    return ahead


def _read_sorted(values: Ints, start: Ints, count: Ints, zeros: Ints) -> tuple[Floats, Floats]:
    """Read both quantiles of sorted slices (or of slices in which the places asked for are right)."""
    total = count + zeros

    def read(place: Ints) -> Floats:
        inside = place - zeros
        known = (inside >= 0) & (count > 0)
        found = np.zeros(len(place))
        found[known] = values[(start + inside)[known]]
        return found

    ninth = 0.9 * (total - 1)
    floor = np.maximum(ninth, 0).astype(np.int64)
    low, high = read(floor), read(np.minimum(floor + 1, total - 1))
    median = (read((total - 1) // 2) + read(total // 2)) / 2
    empty = total == 0
    return np.where(empty, np.nan, median), np.where(empty, np.nan, low + (ninth - floor) * (high - low))
