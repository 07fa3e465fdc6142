"""Whose is each interaction: subjects and times against the ownership intervals, in one pass over arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def assign_customers(
    subject_id: NDArray[np.int64],
    ts_us: NDArray[np.int64],
    *,
    owned: NDArray[np.int64],
    from_us: NDArray[np.int64],
    customer_id: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the customer of each row. ``owned``, ``from_us`` and ``customer_id`` are intervals, in any order.

    Subjects are small dense numbers, so the many with one owner cost one lookup; only the shared ones are searched.
    A subject without an interval is its own customer.
    """
    order = np.lexsort((from_us, owned))
    owned, from_us, customer_id = owned[order], from_us[order], customer_id[order]
    top = int(max(subject_id.max(initial=0), owned.max(initial=0))) + 1
    owner = np.arange(top, dtype=np.int64)
    owner[owned] = customer_id
    found = owner[subject_id]
    intervals = np.bincount(owned, minlength=top)
    shared = np.flatnonzero(intervals[subject_id] > 1)
    if not len(shared):
        return found
    by_subject = shared[np.argsort(subject_id[shared], kind="stable")]
    subjects, starts = np.unique(subject_id[by_subject], return_index=True)
    first = np.searchsorted(owned, subjects)
    for subject, rows, at in zip(subjects, np.split(by_subject, starts[1:]), first, strict=True):
        end = at + int(intervals[subject])
        place = np.searchsorted(from_us[at:end], ts_us[rows], side="right") - 1
        found[rows] = customer_id[at:end][np.maximum(place, 0)]
    return found
