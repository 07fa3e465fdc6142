"""How much one source may send: a bucket of tokens, an event a token (C9).

A body is taken while its source's bucket is not empty, and may overdraw it: a batch larger than any bucket gets
through, and what comes after it waits. So no client is ever told to wait for a body that can never pass.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

BURST_S: Final = 10
"""A bucket holds what its source may send in so many seconds."""
LONGEST_WAIT_S: Final = 300


class Buckets:
    """The buckets of all sources, in memory. ``clock`` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: dict[int, tuple[float, float]] = {}

    def wait_s(self, source_id: int, rate: int) -> int:
        """Return how many whole seconds a source has to wait, 0 where it need not. ``rate`` is events a second."""
        if rate <= 0:
            return 0
        tokens = self._fill(source_id, rate)
        if tokens > 0:
            return 0
        return min(LONGEST_WAIT_S, max(1, math.ceil(-tokens / rate)))

    def spend(self, source_id: int, rate: int, *, events: int) -> None:
        """Take the tokens of a body that was let in."""
        if rate > 0:
            self._held[source_id] = (self._fill(source_id, rate) - events, self._clock())

    def _fill(self, source_id: int, rate: int) -> float:
        full = float(rate * BURST_S)
        now = self._clock()
        held = self._held.get(source_id)
        return full if held is None else min(full, held[0] + (now - held[1]) * rate)
