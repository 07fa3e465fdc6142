"""Buckets: how many calls a caller may make. Each call takes one drop; drops come back at an even rate."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

REMEMBERED: Final = 10_000


class Buckets:
    """One bucket a caller, in memory and bounded: those not seen for longest are forgotten first, which is when they
    would be full again anyway.

    ``a_minute`` is both how many drops a full bucket holds and how many come back in a minute; 0 means no limit.
    """

    def __init__(
        self, a_minute: int, *, clock: Callable[[], float] = time.monotonic, remembered: int = REMEMBERED
    ) -> None:
        self._a_minute = max(0, a_minute)
        self._clock = clock
        self._remembered = remembered
        self._taking = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def take(self, caller: str) -> int:
        """Take a drop; return 0, or, where the bucket is empty, the whole seconds until there is one again."""
        if not self._a_minute:
            return 0
        now = self._clock()
        with self._taking:
            left, at = self._left.pop(caller, (float(self._a_minute), now))
            left = min(float(self._a_minute), left + (now - at) * self._a_minute / 60)
            taken = left >= 1
            self._left[caller] = (left - 1 if taken else left, now)
            while len(self._left) > self._remembered:
                self._left.popitem(last=False)
        return 0 if taken else math.ceil((1 - left) * 60 / self._a_minute)
