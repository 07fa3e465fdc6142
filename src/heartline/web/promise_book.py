"""The book of promises: what touches say was promised and what became of it, read touch by touch.

A touch says itself whether a promise was kept; or the day that was named for an order is held against the time of its
last touch that names one; or nothing more is heard of the order, where much is heard of others.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from time import time_ns
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from heartline.store import Told
from heartline.understand import Missed, Promises
from heartline.web.promises import find_promise

_REPORTED: Final = timedelta(days=1)
"""What came is told the day after at the latest."""


@dataclass(slots=True, kw_only=True)
class _Due:
    """A day that was named for an order: at which touch, and whether it was named for it before."""

    seq: int
    ts_us: int
    day: date
    again: bool
    at: str


@dataclass(slots=True, kw_only=True)
class PromiseBook:
    """What was read so far, in lean arrays: most of the touches of a shop make a promise. Days are of ``zone``.

    ``ends`` counts, of the promises made at one touchpoint, at which other it was told what became of them.
    """

    zone: ZoneInfo
    promised: array[int] = field(default_factory=lambda: array("q"))
    broken: bytearray = field(default_factory=bytearray)
    settled: set[int] = field(default_factory=set)
    due: dict[str, _Due] = field(default_factory=dict)
    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    newest_us: int = 0

    def read(self, told: Told, given: Mapping[str, Any]) -> None:
        """Take in what one touch says, ``given`` being its properties."""
        promise = find_promise(given)
        if promise is None:
            return
        self.newest_us = max(self.newest_us, told.ts_us)
        if promise.late is not None:
            self.promised.append(told.seq)
            self.broken.append(promise.late)
            if told.order:
                self.settled.add(hash(told.order))
                made = self.due.pop(told.order, None)
                if made is not None:
                    self.ends[made.at, told.touchpoint] += 1
        elif told.order and promise.called_off:
            self.settled.add(hash(told.order))
            self.due.pop(told.order, None)
        elif promise.due is not None and told.order and hash(told.order) not in self.settled:
            before = self.due.get(told.order)
            if before is None or told.ts_us >= before.ts_us:
                self.due[told.order] = _Due(
                    seq=told.seq, ts_us=told.ts_us, day=promise.due, again=before is not None, at=told.touchpoint
                )

    def tell(self) -> tuple[Promises, Missed]:
        """Return the promises whose end is known, and those of which nothing more was heard."""
        # No clock of a sender that goes ahead makes a day pass.
        today = self._day_of(min(self.newest_us, time_ns() // 1_000))
        spots = self._find_spots(today)
        overdue = list(self._list_overdue(spots))
        seqs = np.array([seq for seq, _late in overdue], dtype=np.int64)
        late = np.array([late for _seq, late in overdue], dtype=np.bool_)
        promised = np.concatenate((np.array(self.promised, dtype=np.int64), seqs))
        broken = np.concatenate((np.array(self.broken, dtype=np.bool_), late))
        order = np.argsort(promised, kind="stable")
        return Promises(seq=promised[order], broken=broken[order]), self._tell_missed(spots, today)

    def _find_spots(self, today: date) -> dict[str, str]:
        """Find, for each touchpoint that makes promises, the one that tells what became of most of them whose day is
        over. Where that is told of fewer than half of them, who sends the touches does not tell it of all, and nothing
        follows from its not being told.
        """
        open_ = Counter(due.at for due in self.due.values() if due.day < today)
        spots = dict[str, tuple[int, str]]()
        for (made, told), count in self.ends.items():
            if count >= open_[made]:
                spots[made] = max(spots.get(made, (0, "")), (count, told))
        return {made: told for made, (_count, told) in spots.items()}

    def _list_overdue(self, spots: Mapping[str, str]) -> Iterator[tuple[int, bool]]:
        """Yield the orders whose last touch with a day tells by its own time whether that day was kept.

        The first touch that names a day makes the promise. Nothing is known of it until the order's day is named again,
        or the day is over when it is named.
        """
        for due in self.due.values():
            late = self._day_of(due.ts_us) > due.day
            if due.at not in spots and (late or due.again):
                yield due.seq, late

    def _tell_missed(self, spots: Mapping[str, str], today: date) -> Missed:
        """Return the orders whose day was over when last a promise was told of, without a word of theirs."""
        names = tuple(dict.fromkeys(spots.values()))
        found = sorted(
            (due.seq, self._end_of(due.day), names.index(spots[due.at]))
            for due in self.due.values()
            if due.at in spots and due.day + _REPORTED < today
        )
        seq, until, spot = np.array(found, dtype=np.int64).reshape(-1, 3).T
        return Missed(seq=seq, until_us=until, spot=spot, spots=names)

    def _day_of(self, ts_us: int) -> date:
        return datetime.fromtimestamp(ts_us / 1e6, self.zone).date()

    def _end_of(self, day: date) -> int:
        return int(datetime.combine(day, time.max, self.zone).timestamp() * 1e6)
