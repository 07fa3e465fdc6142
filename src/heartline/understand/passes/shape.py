"""The shape of every pass: count a part, add parts up, make the figures; and the passages that passes walk along.

A part holds all touches of its customers. Partials are exact (integers, or the values themselves), so any split by
customer gives the same answer (docs/explanation/journey-passes.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from heartline.errors import Invalid
from heartline.language import _
from heartline.understand.log import Codes, Ints, Mask, PackedLog
from heartline.understand.runs import PackedRuns

Ground = PackedLog | PackedRuns
"""What a pass walks over: whole histories of customers, or the runs of a journey."""

GroundT_contra = TypeVar("GroundT_contra", bound=Ground, contravariant=True)
PartialT = TypeVar("PartialT")
BLOCK = 1 << 17
"""So many touches are counted together: what is made of them on the way stays in the processor's cache."""
ResultT_co = TypeVar("ResultT_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass(Generic[GroundT_contra, PartialT, ResultT_co]):
    """One analysis in three functions; ``merge`` takes at least one partial, in any order."""

    partial: Callable[[GroundT_contra], PartialT]
    merge: Callable[[Sequence[PartialT]], PartialT]
    finish: Callable[[PartialT], ResultT_co]

    def run(self, *grounds: GroundT_contra) -> ResultT_co:
        """Return the figures of some parts, which share no customer."""
        return self.finish(self.merge([self.partial(ground) for ground in grounds]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Passages:
    """Touches laid end to end: passage i is ``offsets[i]:offsets[i + 1]`` of ``codes`` and ``ts_us``, never empty.

    ``customer`` is, per passage, an index of ``log.customers``; ``rows`` are the log's rows, None where they are all.
    """

    log: PackedLog
    rows: Ints | None
    codes: Codes
    ts_us: Ints
    offsets: Ints
    customer: Ints

    def __len__(self) -> int:
        return len(self.customer)

    @property
    def names(self) -> tuple[str, ...]:
        """The touchpoints' names by code."""
        return self.log.names["touchpoint"]

    @property
    def firsts(self) -> Ints:
        """Where each passage begins."""
        return self.offsets[:-1]

    @property
    def lasts(self) -> Ints:
        """Where each passage's last touch lies."""
        return self.offsets[1:] - 1

    def take(self, column: Codes) -> Codes:
        """Return a column of the log's, per touch of the passages."""
        return column if self.rows is None else column[self.rows]

    def begins(self) -> Mask:
        """Tell which touches begin a passage."""
        begins = np.zeros(len(self.codes), dtype=np.bool_)
        begins[self.firsts] = True
        return begins

    def passage(self) -> NDArray[np.integer]:
        """Return the passage of each touch."""
        if self.rows is None:
            return self.log.row
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.offsets))


def walk(ground: Ground) -> Passages:
    """Lay out the passages of a log (one a customer) or of a journey's runs."""
    if isinstance(ground, PackedRuns):
        log = ground.log
        return Passages(
            log=log,
            rows=ground.rows,
            codes=log.codes["touchpoint"][ground.rows],
            ts_us=log.ts_us[ground.rows],
            offsets=ground.offsets,
            customer=ground.customer,
        )
    return Passages(
        log=ground,
        rows=None,
        codes=ground.codes["touchpoint"],
        ts_us=ground.ts_us,
        offsets=ground.offsets,
        customer=np.arange(len(ground.customers), dtype=np.int64),
    )


def cut_log(log: PackedLog, most: int) -> Iterator[PackedLog]:
    """Cut a log into parts of whole customers with about so many touches each: views, not copies."""
    starts = np.searchsorted(log.offsets, np.arange(0, max(len(log), 1), most))
    for start, end in pairwise(np.unique(np.append(starts, len(log.customers))).tolist()):
        rows = slice(int(log.offsets[start]), int(log.offsets[end]))
        columns = ("ts_us", "seq", "score_kind", "score", "score_top", "valence", "amount_minor", "has_text")
        yield replace(
            log,
            customers=log.customers[start:end],
            offsets=log.offsets[start : end + 1] - log.offsets[start],
            row=log.row[rows] - np.int32(start),
            codes={field: codes[rows] for field, codes in log.codes.items()},
            traits={name: (codes[start:end], values) for name, (codes, values) in log.traits.items()},
            **{name: getattr(log, name)[rows] for name in columns},
        )


def count_by_blocks(
    ground: GroundT_contra, count: Callable[..., PartialT], merge: Callable[[Sequence[PartialT]], PartialT]
) -> PartialT:
    """Count a log some whole customers at a time, which gives what counting all at once gives; runs all at once."""
    if not isinstance(ground, PackedLog) or len(ground) <= BLOCK:
        return count(ground)
    return merge([count(part) for part in cut_log(ground, BLOCK)])


def mask_codes(names: tuple[str, ...], chosen: Sequence[str]) -> Mask:
    """Tell which codes of a vocabulary are among some names."""
    wanted = frozenset(chosen)
    return np.fromiter((name in wanted for name in names), dtype=np.bool_, count=len(names))


def share_names(parts: Sequence[Any]) -> tuple[str, ...]:
    """Return the one vocabulary of some partials (their ``names``).

    Raises:
        Invalid: they have not one and the same, so their codes cannot be added up.
    """
    names: tuple[str, ...] = parts[0].names
    if any(part.names != names for part in parts[1:]):
        raise Invalid(
            "other_vocabulary", _("The parts name things differently."), _("Split one log, or pack by one History.")
        )
    return names


def find_first(passages: Passages, marked: Mask, *, last: bool = False) -> tuple[Ints, Ints]:
    """Return the first (or last) touch of each passage whose code is marked, and the passage; those without are left
    out.
    """
    places = np.flatnonzero(marked[passages.codes])
    passage = passages.passage()[places]
    apart = np.ones(len(places), dtype=np.bool_)
    if last:
        apart[:-1] = passage[1:] != passage[:-1]
    else:
        apart[1:] = passage[1:] != passage[:-1]
    return places[apart], passage[apart].astype(np.int64)


def mark_changes(codes: Codes, offsets: Ints) -> tuple[Mask, Ints]:
    """Mark the touches of passages that are not the same as the one before; returns the mask and the offsets without
    the others.
    """
    kept = np.ones(len(codes), dtype=np.bool_)
    kept[1:] = codes[1:] != codes[:-1]
    kept[offsets[:-1]] = True
    before = np.concatenate(([0], np.cumsum(kept)))
    return kept, before[offsets].astype(np.int64)
