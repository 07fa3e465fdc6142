"""Splices: a packed log brought up to date by what changed, without sorting again what did not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heartline.errors import Invalid
from heartline.language import _
from heartline.understand.log import Codes, Ints, Mask, PackedLog, drop_unborne, narrow

_BLOCK = 1 << 16
"""So many rows are laid together, so that where they come from is read once for all columns."""
_PLAIN = ("ts_us", "seq", "score_kind", "score", "score_top", "valence", "amount_minor", "has_text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repacked:
    """The log brought up to date, and where each of its rows comes from: ``origin`` counts the rows of the log before,
    then those added, so that a column kept beside the log can go along.
    """

    log: PackedLog
    origin: Ints


def repack(log: PackedLog, added: PackedLog, *, leaving: Mask | None = None) -> Repacked:
    """Take the rows marked out of a log and merge packed rows in; equals packing all of them anew.

    New and late events are added rows; whose owner changed (merge, split, late identify) leave and are added under the
    new one; what was erased or undone leaves. ``added`` may hold customers the log has already: their rows are merged.
    Its traits are all that is known of its customers; all others keep theirs. Vocabularies only ever grow, so codes
    stay; a trait's may come out in another order than packing anew would give it.

    Linear, and cheap: each column is copied once.

    Raises:
        Invalid: the vocabulary of ``added`` does not go on where that of the log ends.
    """
    _check_names(log, added)
    origin = _find_origin(log, added, leaving)
    customers, offsets, before, after = _place_customers(log, added, leaving)

    names = {field: max(log.names[field], added.names[field], key=len) for field in log.names}
    pairs = {name: (getattr(log, name), getattr(added, name)) for name in _PLAIN}
    codes = {field: _widen(log.codes[field], added.codes[field], len(names[field])) for field in log.codes}
    laid = _lay([*pairs.values(), *codes.values()], origin, len(log))
    return Repacked(
        origin=origin,
        log=PackedLog(
            customers=customers,
            offsets=offsets,
            row=np.repeat(np.arange(len(customers), dtype=np.int32), np.diff(offsets)),
            codes=dict(zip(codes, laid[len(pairs) :], strict=True)),
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
        new = np.array([number.setdefault(str(value), len(number)) for value in values], dtype=np.int64)
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


def _find_origin(log: PackedLog, added: PackedLog, leaving: Mask | None) -> Ints:
    """Return the rows, those of the log and then those added, in the order of customer, time and seq."""
    ahead = _count_before(log, added)
    count, kept = len(added), len(log)
    stay = None if leaving is None else np.flatnonzero(~leaving)
    if leaving is not None and stay is not None:
        ahead, kept = np.concatenate(([0], np.cumsum(~leaving)))[ahead], len(stay)
    # Between two added rows nothing moves but by as many as were added so far.
    gaps = np.diff(ahead, prepend=0, append=kept)
    gaps[1:] += 1
    origin = np.arange(kept + count, dtype=np.int64)
    origin -= np.repeat(np.arange(count + 1), gaps)
    if stay is not None:
        origin = stay[np.minimum(np.maximum(origin, 0), max(kept - 1, 0))] if kept else origin
    origin[ahead + np.arange(count)] = len(log) + np.arange(count)
    return origin


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


def _place_customers(log: PackedLog, added: PackedLog, leaving: Mask | None) -> tuple[Ints, Ints, Ints, Ints]:
    """Return the customers with rows, their offsets, and each one's place in the log before and in the added (−1)."""
    counts = np.diff(log.offsets)
    if leaving is not None:
        counts = counts - np.bincount(log.row[leaving], minlength=len(counts))
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


def _lay(columns: Sequence[tuple[NDArray[Any], NDArray[Any]]], origin: Ints, before: int) -> list[NDArray[Any]]:
    """Lay columns in the order of ``origin``; each is that of the log, of ``before`` rows, and that of the added."""
    laid = [np.empty(len(origin), dtype=old.dtype) for old, _rest in columns]
    if before:
        for start in range(0, len(origin), _BLOCK):
            rows = origin[start : start + _BLOCK]
            for (old, _rest), out in zip(columns, laid, strict=True):
                np.take(old, rows, out=out[start : start + _BLOCK], mode="clip")
    places = np.flatnonzero(origin >= before)
    for (_rest, new), out in zip(columns, laid, strict=True):
        out[places] = new[origin[places] - before]
    return laid


def _merge_traits(
    log: PackedLog, added: PackedLog, before: Ints, after: Ints
) -> dict[str, tuple[Codes, tuple[str, ...]]]:
    merged = {}
    for name in dict.fromkeys((*log.traits, *added.traits)):
        nobody = (np.zeros(0, dtype=np.uint8), ("",))
        codes, values = log.traits.get(name, nobody)
        new, new_values = added.traits.get(name, nobody)
        place = {value: code for code, value in enumerate(values)}
        renamed = np.array([place.setdefault(value, len(place)) for value in new_values], dtype=np.int64)
        found = np.zeros(len(before), dtype=np.int64)
        stays = (before >= 0) & (after < 0)
        if name in log.traits:
            found[stays] = codes[before[stays]]
        if name in added.traits:
            came = after >= 0
            found[came] = renamed[new[after[came]]]
        merged[name] = (narrow(found, len(place)), tuple(place))
    return merged
