"""Alarms: what happens by itself and somebody should be told of, seen by looking now and then while a server runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from heartline.app import Heartline
from heartline.records import Happening
from heartline.store import Mark

EVERY_S: Final = 60.0


class Alarms:
    """Remembers how it was, and tells what has become so. How it is at the start was told before, or is old."""

    def __init__(self, heartline: Heartline, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._heartline = heartline
        self._clock = clock
        self._stopped = False
        self._unbalanced = False
        self._quarantined: frozenset[bytes] | None = None
        self._looked_s = -EVERY_S

    def look(self) -> None:
        """Tell what is so now and was not before. The dear looks come once a minute, and only if somebody listens."""
        stopped = bool(self._heartline.projector_error)
        if stopped and not self._stopped:
            self._heartline.stores.kept.queue_event(Happening.PROJECTOR_STOPPED, {"path": "/settings/wellbeing"})
        self._stopped = stopped
        if self._clock() - self._looked_s < EVERY_S:
            return
        self._looked_s = self._clock()
        wanted = {kind for one in self._heartline.stores.kept.endpoints() if one.enabled for kind in one.events}
        if Happening.ACCOUNT_UNBALANCED in wanted:
            self._look_at_account()
        if Happening.IDENTIFIER_QUARANTINED in wanted:
            self._look_at_quarantine()
        else:
            self._quarantined = None

    def _look_at_account(self) -> None:
        account = self._heartline.account()
        if not account.balanced and not self._unbalanced:
            data = {"received": account.received, "stored": account.stored, "path": "/data/account"}
            self._heartline.stores.kept.queue_event(Happening.ACCOUNT_UNBALANCED, data)
        self._unbalanced = not account.balanced

    def _look_at_quarantine(self) -> None:
        marks = self._heartline.stores.derived.identity_facts().marks
        now = frozenset(handle for handle, mark in marks.items() if mark is Mark.QUARANTINED)
        fresh = len(now - self._quarantined) if self._quarantined is not None else 0
        if fresh:
            # How many, not which: one event however many there are, and no handle leaves the house.
            data = {"new": fresh, "quarantined": len(now), "path": "/data/identity"}
            self._heartline.stores.kept.queue_event(Happening.IDENTIFIER_QUARANTINED, data)
        self._quarantined = now
