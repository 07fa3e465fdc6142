"""Which customers' profiles were written, by when: so that nobody reads again what is told of all others."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection
from typing import Final

MOST: Final = 200_000
"""Customers that are remembered; of what lies further back, nothing is known."""


class ToldBook:
    """Marks are numbers that only grow; 0 is before all that is known. Used by one writer and any readers.

    A writer announces whose profiles it is about to commit, and settles them once that is done: a reader who looks
    between the two is told of them, and so is one who looks after.
    """

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self._guard = threading.Lock()
        self._announced: frozenset[int] = frozenset()
        self._settled: deque[tuple[int, frozenset[int]]] = deque()
        self._held = 0
        self._now = self._known_from = 1

    def announce(self, customers: Collection[int]) -> None:
        """Say whose profiles are about to be committed."""
        with self._guard:
            self._announced = frozenset(customers)

    def settle(self) -> None:
        """Say that what was announced is committed."""
        with self._guard:
            written, self._announced = self._announced, frozenset()
            if not written:
                return
            self._now += 1
            self._settled.append((self._now, written))
            self._held += len(written)
            while self._held > self._most:
                self._known_from, gone = self._settled.popleft()
                self._held -= len(gone)

    def forget(self) -> None:
        """Know nothing: a commit failed, or this is another database now."""
        with self._guard:
            self._announced = frozenset()
            self._settled.clear()
            self._held = 0
            self._now += 1
            self._known_from = self._now

    def since(self, mark: int) -> tuple[int, frozenset[int] | None]:
        """Return the mark of now, and whose profiles may have been written after an earlier one (None: not known)."""
        with self._guard:
            if mark < self._known_from:
                return self._now, None
            written = (customers for at, customers in self._settled if at > mark)
            return self._now, self._announced.union(*written)
