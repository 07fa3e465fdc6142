"""A memory of hashes that stays small however long the file is."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

HELD: Final = 500_000
"""Hashes kept in memory (about 70 MB); older ones lie sorted in files, 16 bytes each."""

RUN_CAP: Final = 4_000_000
"""Runs are merged up to this many hashes, so that merging needs no more than about 250 MB."""


class Ledger:
    """Remembers a number for each 64-bit hash; the latest number counts. Use inside ``with``.

    It is a small log-structured merge: a dict, and sorted runs on disk that double in size up to ``RUN_CAP``, so a
    look-up asks few of them. Two different rows share a hash in one of 10^7 files of a million rows; then a row is
    taken for a twin, which gives it another ordinal and costs nothing else.
    """

    def __init__(self, *, held: int = HELD) -> None:
        self._recent: dict[int, int] = {}
        self._runs: list[tuple[NDArray[np.uint64], NDArray[np.uint64]]] = []
        self._held = held
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._files = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runs.clear()
        if self._folder is not None:
            self._folder.cleanup()

    def find(self, hashes: list[int]) -> dict[int, int]:
        """Return the numbers of those hashes that are known."""
        found = {key: self._recent[key] for key in hashes if key in self._recent}
        if not self._runs:
            return found
        wanted = np.array([key for key in hashes if key not in found], dtype=np.uint64)
        for keys, numbers in reversed(self._runs):
            if not wanted.size:
                break
            places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
            hit = keys[places] == wanted
            found.update(zip(wanted[hit].tolist(), numbers[places[hit]].tolist(), strict=True))
            wanted = wanted[~hit]
        return found

    def note(self, key: int, number: int) -> None:
        """Remember a number (0 … 2^64 − 1) for a hash."""
        self._recent[key] = number
        if len(self._recent) >= self._held:
            self._spill()

    def _spill(self) -> None:
        keys = np.fromiter(self._recent.keys(), dtype=np.uint64, count=len(self._recent))
        numbers = np.fromiter(self._recent.values(), dtype=np.uint64, count=len(self._recent))
        self._recent.clear()
        order = np.argsort(keys)
        keys, numbers = keys[order], numbers[order]
        while self._runs and len(self._runs[-1][0]) <= len(keys) and 2 * len(keys) <= RUN_CAP:
            keys, numbers = _merge(self._runs.pop(), (keys, numbers))
        self._runs.append((self._lay_down(keys), self._lay_down(numbers)))

    def _lay_down(self, values: NDArray[np.uint64]) -> NDArray[np.uint64]:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="heartline-import-")
        self._files += 1
        path = Path(self._folder.name) / f"{self._files}.npy"
        np.save(path, values)
        return np.load(path, mmap_mode="r")  # type: ignore[no-any-return]  # numpy types loads as Any


def _merge(
    older: tuple[NDArray[np.uint64], NDArray[np.uint64]], newer: tuple[NDArray[np.uint64], NDArray[np.uint64]]
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    keys = np.concatenate([newer[0], older[0]])
    numbers = np.concatenate([newer[1], older[1]])
    unique, first = np.unique(keys, return_index=True)  # the first of equals is the newer's
    return unique, numbers[first]
