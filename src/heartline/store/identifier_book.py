"""All identifiers by handle in memory, 33 bytes each: so that knowing one again needs no search in a file.

A handle is a hash: its search in State's index and then of its row meets two pages at random, in a file larger than any
cache (docs/explanation/performance.md). Here it is a binary search in arrays. Changes since they were sorted stand in a
dictionary before them. With more than ``MOST`` identifiers there is no book, and State is asked.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from heartline.records import Node
from heartline.store import tables as t

MOST: Final = 4_000_000
"""130 MB; beyond it State is asked as if there were no book."""
SORT_AFTER: Final = 1 << 16
_AT_ONCE: Final = 50_000

Known = tuple[int, bool, int]
"""An identifier's number, whether it is strong, its earliest event time."""


@dataclass(slots=True)
class _Sorted:
    """Handles by their first half, with the other; and what is known of each."""

    first: NDArray[np.uint64]
    second: NDArray[np.uint64]
    number: NDArray[np.int64]
    strong: NDArray[np.bool_]
    first_us: NDArray[np.int64]


class IdentifierBook:
    """Used by one batch at a time; what a batch changed is written down once it has committed."""

    def __init__(self, *, most: int | None = None, sort_after: int | None = None) -> None:
        self._most = most or MOST
        self._sort_after = sort_after or SORT_AFTER
        self._sorted: _Sorted | None = None
        self._recent: dict[bytes, Known] = {}
        self._whole = False
        self._reading = threading.Lock()

    def forget(self) -> None:
        """Read State anew before the next question."""
        self._sorted = None
        self._recent = {}

    def open(self, db: Connection) -> bool:
        """Read State where it was not yet; return whether an identifier that the book lacks is a new one."""
        with self._reading:
            if self._sorted is None:
                count = int(db.execute(select(func.count()).select_from(t.identifiers)).scalar() or 0)
                self._whole = count <= self._most
                self._sorted = _read(db) if self._whole else _sort((), (), (), ())
                self._whole = self._whole and not _has_twins(self._sorted)
            return self._whole

    def find(self, handles: Sequence[bytes]) -> list[Known | None]:
        """Return what is known of each handle."""
        found: list[Known | None] = list(map(self._recent.get, handles))
        held = self._sorted
        if held is None or not len(held.first) or not handles:
            return found
        first, second = _halve(handles)
        places = np.minimum(np.searchsorted(held.first, first), len(held.first) - 1)
        same = (held.first[places] == first) & (held.second[places] == second)
        asked = np.flatnonzero(same)
        places = places[asked]
        told = (held.number[places].tolist(), held.strong[places].tolist(), held.first_us[places].tolist())
        for place, known in zip(asked.tolist(), zip(*told, strict=True), strict=True):
            if found[place] is None:
                found[place] = known
        return found

    def take(self, nodes: Iterable[Node]) -> None:
        """Write down identifiers that are new or read differently, once that has committed."""
        if self._sorted is None or not self._whole:
            return
        self._recent.update((node.handle, (node.node_id, node.strong, node.first_us)) for node in nodes)
        if len(self._recent) < self._sort_after:
            return
        fresh = _sort(list(self._recent), *zip(*self._recent.values(), strict=True))
        self._sorted, self._recent = _merge(self._sorted, fresh), {}
        self._whole = len(self._sorted.first) <= self._most and not _has_twins(self._sorted)


def _halve(handles: Sequence[bytes]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    halves = np.frombuffer(b"".join(handles), dtype=np.uint64).reshape(-1, 2)
    return halves[:, 0], halves[:, 1]


def _sort(handles: Sequence[bytes], numbers: Any, strong: Any, first_us: Any) -> _Sorted:  # noqa: ANN401  # sequences
    first, second = _halve(handles)
    order = np.argsort(first)
    return _Sorted(
        first[order],
        second[order],
        np.array(numbers, dtype=np.int64)[order],
        np.array(strong, dtype=np.bool_)[order],
        np.array(first_us, dtype=np.int64)[order],
    )


def _merge(old: _Sorted, fresh: _Sorted) -> _Sorted:
    """Return both in order; what stands in both is taken from ``fresh``."""
    if not len(old.first):
        return fresh
    places = np.minimum(np.searchsorted(fresh.first, old.first), len(fresh.first) - 1)
    stays = (fresh.first[places] != old.first) | (fresh.second[places] != old.second)
    kept = old.first[stays]
    at = np.searchsorted(kept, fresh.first)
    return _Sorted(
        np.insert(kept, at, fresh.first),
        np.insert(old.second[stays], at, fresh.second),
        np.insert(old.number[stays], at, fresh.number),
        np.insert(old.strong[stays], at, fresh.strong),
        np.insert(old.first_us[stays], at, fresh.first_us),
    )


def _has_twins(held: _Sorted) -> bool:
    """Whether two handles share their first half: then one of them would not be found (once in ten million books)."""
    return bool((held.first[1:] == held.first[:-1]).any())


def _read(db: Connection) -> _Sorted:
    """Read all identifiers, in parts: as Python's own objects they would take five times the room."""
    c = t.identifiers.c
    statement = select(c.handle, c.id, c.strong, c.first_us).compile(dialect=db.dialect)
    parts = [_sort((), (), (), ())]
    # The driver's own rows: wrapping each as a Row costs more than reading it.
    rows = db.exec_driver_sql(str(statement)).cursor
    while part := rows.fetchmany(_AT_ONCE):
        handles, numbers, strong, first_us = zip(*part, strict=True)
        parts.append(_sort([bytes(handle) for handle in handles], numbers, strong, first_us))
    first = np.concatenate([part.first for part in parts])
    order = np.argsort(first)
    return _Sorted(
        first[order],
        np.concatenate([part.second for part in parts])[order],
        np.concatenate([part.number for part in parts])[order],
        np.concatenate([part.strong for part in parts])[order],
        np.concatenate([part.first_us for part in parts])[order],
    )
