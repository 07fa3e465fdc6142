"""The throttle of sign-ins: after some failures each next try has to wait longer, per account and per address."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from heartline.errors import Unavailable
from heartline.language import _

ACCOUNT_FREE: Final = 5
ADDRESS_FREE: Final = 20
ACCOUNT_WAIT_S: Final = 60
ADDRESS_WAIT_S: Final = 900
REMEMBERED: Final = 10_000
_FORGET_S: Final = 3_600


class Throttle:
    """Counts failures in memory, bounded: the keys seen longest ago are forgotten first.

    The wait of an account ends at a minute, so that a stranger cannot lock its owner out for long; that of an address
    at a quarter of an hour.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, remembered: int = REMEMBERED) -> None:
        self._clock = clock
        self._remembered = remembered
        self._counting = threading.Lock()
        self._failures: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._failures)

    def check(self, *, account: str, address: str) -> None:
        """Let a try pass, or say how long to wait.

        Raises:
            Unavailable: too many tries failed lately.
        """
        now = self._clock()
        with self._counting:
            keys = _keys(account, address)
            wait = max(self._wait(key, now) for key in keys)
            n, last = self._failures.get(keys[0], (0, now))
            if wait <= 0 and n >= ACCOUNT_FREE and now - last < _FORGET_S:
                # Of many who come at once for one account, the others find the wait begun anew.
                self._failures[keys[0]] = (n, now)
        if wait > 0:
            raise Unavailable(
                "too_many_tries",
                _("Too many tries failed lately."),
                _("Wait {wait} seconds, then try again.").format(wait=int(wait) + 1),
                retry_after_s=int(wait) + 1,
            )

    def fail(self, *, account: str, address: str) -> None:
        """Count a failure."""
        now = self._clock()
        with self._counting:
            for key in _keys(account, address):
                n, last = self._failures.pop(key, (0, now))
                self._failures[key] = (n + 1 if now - last < _FORGET_S else 1, now)
            while len(self._failures) > self._remembered:
                self._failures.popitem(last=False)

    def succeed(self, *, account: str) -> None:
        """Forget an account's failures. The address keeps its own, or one account would wash it clean."""
        with self._counting:
            self._failures.pop(("account", account), None)

    def _wait(self, key: tuple[str, str], now: float) -> float:
        n, last = self._failures.get(key, (0, now))
        free, longest = (ACCOUNT_FREE, ACCOUNT_WAIT_S) if key[0] == "account" else (ADDRESS_FREE, ADDRESS_WAIT_S)
        if n < free or now - last >= _FORGET_S:
            return 0.0
        return last + min(longest, 2.0 ** min(n - free, 20)) - now


def _keys(account: str, address: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("account", account.strip().lower()[:320]), ("address", address)
