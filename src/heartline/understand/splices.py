"""Splices: a packed log brought up to date by what changed, without sorting again what did not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heartline.errors import Invalid
from heartline.language import _
from heartline.understand.log import Codes, Ints, Mask, PackedLog, drop_unborne, narrow

_RUNS_AT_ONCE = 1 << 12
"""So many runs are laid together, so that the marks of where they go are read once for all columns."""
_FEW_RUNS = 4_096
"""Up to so many runs of rows that stay together are copied run by run, which costs what moving their bytes costs."""
_PLAIN = ("ts_us", "seq", "score_kind", "score", "score_top", "valence", "amount_minor", "has_text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repacked:
    """The log brought up to date, and ``beside``: the column kept beside it, brought along."""

    log: PackedLog
    beside: NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Which runs of the log's rows stay together (``starts`` to ``ends``, in the log) and where each is laid (``ats``);
    where the added rows are laid (``places``); how many rows there are then.
    """

    starts: Ints
    ends: Ints
    ats: Ints
    places: Ints
    total: int


def repack(
    log: PackedLog,
    added: PackedLog,
    *,
    leaving: Mask | None = None,
    beside: tuple[NDArray[Any], NDArray[Any]] | None = None,
) -> Repacked:
    """Take the rows marked out of a log and merge packed rows in; equals packing all of them anew.

    New and late events are added rows; whose owner changed (merge, split, late identify) leave and are added under the
    new one; what was erased or undone leaves. ``added`` may hold customers the log has already: their rows are merged.
    Its traits are all that is known of its customers; all others keep theirs. Vocabularies only ever grow, so codes
    stay; a trait's may come out in another order than packing anew would give it. ``beside`` is a column that is no
    part of the log (that of its rows, that of the added): it is laid out with all others.

    Linear, and cheap: each column is copied once.

    Raises:
        Invalid: the vocabulary of ``added`` does not go on where that of the log ends.
    """
    _check_names(log, added)
    gone = np.zeros(0, dtype=np.int64) if leaving is None else np.flatnonzero(leaving)
    customers, offsets, before, after = _place_customers(log, added, gone)

    names = {field: max(log.names[field], added.names[field], key=len) for field in log.names}
    pairs = {name: (getattr(log, name), getattr(added, name)) for name in _PLAIN}
    codes = {field: _widen(log.codes[field], added.codes[field], len(names[field])) for field in log.codes}
    laid = _lay([*pairs.values(), *codes.values(), beside or (log.seq, added.seq)], _plan(log, added, gone))
    return Repacked(
        beside=laid[-1],
        log=PackedLog(
            customers=customers,
            offsets=offsets,
            row=np.repeat(np.arange(len(customers), dtype=np.int32), np.diff(offsets)),
            codes=dict(zip(codes, laid[len(pairs) : -1], strict=True)),
            names=names,
            traits=_merge_traits(log, added, before, after),
            definitions=log.definitions,
            **dict(zip(pairs, laid, strict=False)),
        ),
    )


def retell(log: PackedLog, traits: Mapping[str, tuple[Ints, Sequence[str]]], *, of: Ints | None = None) -> PackedLog:
    """Say anew what traits some customers have (``of``; None: all): all others keep what they have of these traits.

    ``traits`` are as ``pack`` takes them, of these customers alone: what it does not say of one of them is no more.
    Traits it does not name leave the log. Equals packing anew up to the order of a trait's values.
    """
    told = {}
    place = _find_customers(log, of) if of is not None else np.arange(len(log.customers))
    for name, (known, values) in traits.items():
        codes, had = log.traits.get(name, (np.zeros(len(log.customers), dtype=np.uint8), ("",)))
        codes = codes.astype(np.int64)
        codes[place] = 0
        number = {value: code for code, value in enumerate(had)}
        for value in dict.fromkeys(values):
            number.setdefault(value, len(number))
        new = np.fromiter(map(number.__getitem__, values), dtype=np.int64, count=len(values))
        at = np.searchsorted(log.customers, known)
        here = np.append(log.customers, -1)[at] == known
        codes[at[here]] = new[here]
        told[name] = drop_unborne(codes, tuple(number))
    return replace(log, traits=told)


def _find_customers(log: PackedLog, asked: Ints) -> Ints:
    """Return the places of those of the customers who are in the log."""
    at = np.searchsorted(log.customers, asked)
    found: Ints = at[np.append(log.customers, -1)[at] == asked]
    return found


def _check_names(log: PackedLog, added: PackedLog) -> None:
    for field, names in log.names.items():
        more = added.names[field]
        shared = min(len(names), len(more))
        if names[:shared] != more[:shared]:
            raise Invalid("other_vocabulary", _("The rows name things differently."), _("Pack by one History."))


def _plan(log: PackedLog, added: PackedLog, gone: Ints) -> _Plan:
    """Cut the log's rows where added ones come between, and where some are gone."""
    before = _count_before(log, added)
    starts = np.unique(np.concatenate((np.zeros(1, dtype=np.int64), before, gone, gone + 1)))
    starts = starts[starts < len(log)]
    ends = np.append(starts[1:], len(log))
    if len(gone):
        stays = gone[np.minimum(np.searchsorted(gone, starts), len(gone) - 1)] != starts
        starts, ends = starts[stays], ends[stays]
    return _Plan(
        starts=starts,
        ends=ends[: len(starts)],
        ats=starts - np.searchsorted(gone, starts) + np.searchsorted(before, starts, side="right"),
        places=before - np.searchsorted(gone, before) + np.arange(len(before)),
        total=len(log) - len(gone) + len(added),
    )


def _count_before(log: PackedLog, added: PackedLog) -> Ints:
    """Return how many rows of the log lie before each added one: all searches at once, halving by halving."""
    owner = added.customers[added.row]
    place = np.searchsorted(log.customers, owner)
    known = np.append(log.customers, -1)[place] == owner
    bounds = np.append(log.offsets, log.offsets[-1])
    low, high = bounds[place], np.where(known, bounds[place + 1], bounds[place])
    ts, seq = log.ts_us, log.seq
    while bool((low < high).any()):
        middle = np.minimum((low + high) // 2, len(ts) - 1)
        earlier = (ts[middle] < added.ts_us) | ((ts[middle] == added.ts_us) & (seq[middle] < added.seq))
        open_ = low < high
        low = np.where(open_ & earlier, middle + 1, low)
        high = np.where(open_ & ~earlier, middle, high)
    return low


def _place_customers(log: PackedLog, added: PackedLog, gone: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Return the customers with rows, their offsets, and each one's place in the log before and in the added (−1)."""
    counts = np.diff(log.offsets)
    if len(gone):
        counts = counts - np.bincount(log.row[gone], minlength=len(counts))
    place = np.searchsorted(log.customers, added.customers)
    fresh = np.append(log.customers, -1)[place] != added.customers
    everyone = np.insert(log.customers, place[fresh], added.customers[fresh])
    before = np.insert(np.arange(len(counts)), place[fresh], -1)
    after = np.full(len(everyone), -1, dtype=np.int64)
    after[place + np.cumsum(fresh) - fresh] = np.arange(len(fresh))
    total = np.where(before >= 0, np.append(counts, 0)[before], 0)
    total = total + np.where(after >= 0, np.append(np.diff(added.offsets), 0)[after], 0)
    present = total > 0
    offsets = np.concatenate(([0], np.cumsum(total[present]))).astype(np.int64)
    return everyone[present].astype(np.int64), offsets, before[present], after[present]


def _widen(old: Codes, new: Codes, size: int) -> tuple[Codes, Codes]:
    new = narrow(new, size)
    return old.astype(new.dtype, copy=False), new


def _lay(columns: Sequence[tuple[NDArray[Any], NDArray[Any]]], plan: _Plan) -> list[NDArray[Any]]:
    """Lay columns out as planned; each is that of the log and that of the added."""
    laid = [np.empty(plan.total, dtype=old.dtype) for old, _rest in columns]
    if len(plan.starts) <= _FEW_RUNS:
        _lay_runs(columns, plan, laid)
    else:
        _lay_blocks(columns, plan, laid)
    for (_rest, new), out in zip(columns, laid, strict=True):
        out[plan.places] = new
    return laid


def _lay_runs(columns: Sequence[tuple[NDArray[Any], NDArray[Any]]], plan: _Plan, laid: list[NDArray[Any]]) -> None:
    runs = list(zip(plan.starts.tolist(), plan.ends.tolist(), plan.ats.tolist(), strict=True))
    for (old, _rest), out in zip(columns, laid, strict=True):
        for start, end, at in runs:
            out[at : at + end - start] = old[start:end]


def _lay_blocks(columns: Sequence[tuple[NDArray[Any], NDArray[Any]]], plan: _Plan, laid: list[NDArray[Any]]) -> None:
    """Lay many runs at once, a block after the other, by marks of where the log's rows go and which of them stay."""
    kept = np.ones(plan.total, dtype=np.bool_)
    kept[plan.places] = False
    stays = _mark_runs(plan)
    cuts = np.append(np.arange(0, len(plan.starts), _RUNS_AT_ONCE), len(plan.starts))
    for first, last in pairwise(cuts.tolist()):
        begin, end = int(plan.ats[first]), int(plan.ats[last - 1] + plan.ends[last - 1] - plan.starts[last - 1])
        source, target = slice(int(plan.starts[first]), int(plan.ends[last - 1])), kept[begin:end]
        for (old, _rest), out in zip(columns, laid, strict=True):
            out[begin:end][target] = old[source] if stays is None else old[source][stays[source]]


def _mark_runs(plan: _Plan) -> Mask | None:
    """Mark the log's rows that stay; None where all of them do."""
    if plan.total - len(plan.places) == int(plan.ends[-1]):
        return None
    edges = np.zeros(int(plan.ends[-1]) + 1, dtype=np.int8)
    np.add.at(edges, plan.starts, 1)
    np.add.at(edges, plan.ends, -1)
    return np.cumsum(edges[:-1], dtype=np.int8).astype(np.bool_)


def _merge_traits(
    log: PackedLog, added: PackedLog, before: Ints, after: Ints
) -> dict[str, tuple[Codes, tuple[str, ...]]]:
    merged = {}
    for name in dict.fromkeys((*log.traits, *added.traits)):
        nobody = (np.zeros(0, dtype=np.uint8), ("",))
        codes, values = log.traits.get(name, nobody)
        new, new_values = added.traits.get(name, nobody)
        renamed, names = _rename(values, new_values)
        found = np.zeros(len(before), dtype=np.int64)
        stays = (before >= 0) & (after < 0)
        if name in log.traits:
            found[stays] = codes[before[stays]]
        if name in added.traits:
            came = after >= 0
            found[came] = renamed[new[after[came]]]
        merged[name] = (narrow(found, len(names)), names)
    return merged


def _rename(values: tuple[str, ...], more: tuple[str, ...]) -> tuple[Ints, tuple[str, ...]]:
    """Return the code of each of ``more`` among both, and both."""
    if more is values:
        return np.arange(len(values)), values
    place = {value: code for code, value in enumerate(values)}
    renamed = np.array([place.setdefault(value, len(place)) for value in more], dtype=np.int64)
    return renamed, tuple(place)
