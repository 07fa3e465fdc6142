"""Rows of a kept log put under whom they belong to now, and new ones merged in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from heartline.keeper.kept import Kept
from heartline.store import Columns, OwnershipTable
from heartline.understand import PackedLog, order_touches, pack, repack
from heartline.unify import assign_customers

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

PLAIN: Final = ("ts_us", "seq", "score_kind", "score", "score_top", "amount_minor", "has_text")


def splice_rows(
    kept: Kept, columns: Columns, names: Mapping[str, tuple[str, ...]], owned: OwnershipTable, moved: Ints
) -> tuple[PackedLog, NDArray[np.integer[Any]], int]:
    """Merge new rows in, and have those of ``moved`` subjects leave and come again under whom they belong to now.

    Returns the log, whose identifier each row bears, and how many rows came or came again.
    """
    log = kept.log
    leaving = among(kept.subject, moved)
    rows = np.flatnonzero(leaving) if len(moved) else moved
    if not len(rows) and not len(columns.seq) and log.names == names:
        return log, kept.subject, 0
    both: dict[str, Any] = {name: np.concatenate((getattr(log, name)[rows], getattr(columns, name))) for name in PLAIN}
    subject = np.concatenate((kept.subject[rows].astype(np.int64), columns.subject_id))
    customer = assign(subject, both["ts_us"], owned)
    order = order_touches(customer, both["ts_us"], both["seq"])
    added = pack(
        customer_id=customer,
        codes={field: np.concatenate((log.codes[field][rows], codes)) for field, codes in columns.fields.items()},
        names=names,
        order=order,
        **both,
    )
    # What is known of them stays; whoever calls says anew what changed.
    added = replace(added, traits=known_traits(log, added.customers))
    # Wide enough for both: subjects take four bytes until there are two thousand million.
    own = kept.subject.astype(np.promote_types(kept.subject.dtype, shorten(subject).dtype), copy=False)
    done = repack(log, added, leaving=leaving if len(rows) else None, beside=(own, subject[order]))
    return done.log, done.beside, len(added)


def known_traits(log: PackedLog, customers: Ints) -> dict[str, tuple[NDArray[np.integer[Any]], tuple[str, ...]]]:
    """Return what a log tells of some customers, by its own codes; of those it does not have, nothing."""
    place = np.searchsorted(log.customers, customers)
    here = np.append(log.customers, -1)[place] == customers
    place = np.where(here, place, 0)
    return {
        name: (np.where(here, codes[place], codes.dtype.type(0)), values)
        for name, (codes, values) in log.traits.items()
    }


def assign(subject: Ints, ts_us: Ints, owned: OwnershipTable) -> Ints:
    """Return the owner of each row; of the intervals only those of the subjects that are asked for are sorted."""
    asked = among(owned.subject_id, subject)
    return assign_customers(
        subject,
        ts_us,
        owned=owned.subject_id[asked],
        from_us=owned.from_us[asked],
        customer_id=owned.customer_id[asked],
    )


def owners_of(subjects: Ints, owned: OwnershipTable) -> Ints:
    """Return whoever owns any of the subjects at any time, and the subjects: with no interval they own themselves."""
    return unite(owned.customer_id[among(owned.subject_id, subjects)], subjects)


def unite(one: Ints, other: Ints) -> Ints:
    """Return the numbers in either, sorted, each once. They are small and dense, so nothing needs to be sorted."""
    table = np.zeros(int(max(one.max(initial=0), other.max(initial=0))) + 1, dtype=np.bool_)
    table[one] = table[other] = True
    return np.flatnonzero(table)


def among(numbers: NDArray[np.integer[Any]], wanted: Ints) -> Mask:
    """Mark the numbers that are wanted. They are small and dense, so one table answers for all."""
    if not len(wanted):
        return np.zeros(len(numbers), dtype=np.bool_)
    table = np.zeros(int(max(numbers.max(initial=0), wanted.max(initial=0))) + 1, dtype=np.bool_)
    table[wanted] = True
    marked: Mask = table[numbers]
    return marked


def shorten(subject: NDArray[np.integer[Any]]) -> NDArray[np.integer[Any]]:
    """Store subjects in four bytes each where they have room in them."""
    return subject.astype(np.int32 if int(subject.max(initial=0)) < 1 << 31 else np.int64, copy=False)


def same_traits(left: PackedLog, right: PackedLog) -> bool:
    """Whether two logs of the same customers tell the same traits of them, in the same codes."""
    return list(left.traits) == list(right.traits) and all(
        values == right.traits[name][1] and np.array_equal(codes, right.traits[name][0])
        for name, (codes, values) in left.traits.items()
    )
