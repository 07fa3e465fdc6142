"""Recall: what was worked out of a packed log is kept as long as that log is the newest, within a bound."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary, ref

from heartline.app import Heartline
from heartline.language import spoken
from heartline.log import get_logger
from heartline.understand import PackedLog

T = TypeVar("T")
_MOST: Final = 64
_LOGS: Final = 2.0
"""How many rows of logs the answers kept may hold on to together, in newest logs: a row is 50 to 80 bytes."""
_logger = get_logger("web")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What was worked out, when, of which log, and until when it may be served once that log is no more."""

    seq: ref[Any]
    at_s: float
    until_s: float
    value: Any


class Recall:
    """A bounded memory of answers by key. Each is worked out by one thread at a time; others wait for it.

    An answer of an older log may be served for ``patience_s`` seconds, where whoever asks says so: while data streams
    in, a page must not work everything out anew at each look. Answers by other definitions are never served.
    """

    def __init__(self, *, most: int = _MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._guard = threading.Lock()
        self._running: dict[Hashable, threading.Event] = {}
        self._working: dict[Hashable, threading.Lock] = {}
        # A log is known again by one of its arrays, weakly: what is remembered of an old log must not keep it.
        self._kept: OrderedDict[Hashable, _Answer] = OrderedDict()

    def of(self, log: PackedLog, key: Hashable, work_out: Callable[[], T], *, patience_s: float = 0.0) -> T:
        """Return the answer kept under ``key`` for this log, or work it out and keep it. It may hold our words."""
        return self._of(log, (key, log.definitions, spoken()), work_out, patience_s=patience_s)

    def _of(self, log: PackedLog, key: Hashable, work_out: Callable[[], T], *, patience_s: float = 0.0) -> T:
        found, value = self._find(log, key, patience_s)
        if found:
            return value  # type: ignore[no-any-return]  # kept under this key by this very function
        with self._guard:
            turn = self._working.setdefault(key, threading.Lock())
        with turn:
            found, value = self._find(log, key, patience_s)
            if not found:
                value = work_out()
                self._keep(log, key, value, patience_s)
        return value  # type: ignore[no-any-return]  # as above

    def soon(
        self,
        log: PackedLog,
        key: Hashable,
        work_out: Callable[[], T],
        *,
        patience_s: float,
        wait_s: float = 0.0,
    ) -> T | None:
        """Return what is kept under ``key``, however old, and work it out anew behind the scenes where it is older than
        ``patience_s`` and of an older log. None where nothing is kept even after ``wait_s``. It serves readers of every
        language, so it holds no words of ours.
        """
        key = (key, log.definitions)
        found, value = self._find(log, key, patience_s)
        if found:
            return value  # type: ignore[no-any-return]  # kept under this key by this very class
        done = self._start(log, key, work_out)
        with self._guard:
            kept = self._kept.get(key)
        if kept is None:
            done.wait(wait_s)
            with self._guard:
                kept = self._kept.get(key)
        return None if kept is None else kept.value

    def _start(self, log: PackedLog, key: Hashable, work_out: Callable[[], object]) -> threading.Event:
        """Work a key out in a thread of its own, unless one is at it; return what is set when it has ended."""
        with self._guard:
            running = self._running.get(key)
            if running is not None:
                return running
            done = self._running[key] = threading.Event()

        def run() -> None:
            try:
                self._of(log, key, work_out, patience_s=inf)
            except Exception as error:
                _logger.exception("web.recall_failed", error=str(error))
            finally:
                with self._guard:
                    self._running.pop(key, None)
                done.set()

        threading.Thread(target=run, name="heartline-recall", daemon=True).start()
        return done

    def _find(self, log: PackedLog, key: Hashable, patience_s: float) -> tuple[bool, Any]:
        with self._guard:
            kept = self._kept.get(key)
            if kept is None:
                return False, None
            if kept.seq() is log.seq or self._clock() - kept.at_s < patience_s:
                self._kept.move_to_end(key)
                return True, kept.value
            return False, None

    def _keep(self, log: PackedLog, key: Hashable, value: object, patience_s: float) -> None:
        with self._guard:
            now_s = self._clock()
            self._kept[key] = _Answer(seq=ref(log.seq), at_s=now_s, until_s=now_s + patience_s, value=value)
            self._kept.move_to_end(key)
            # Where a key names a moment (what is shown since when), nobody asks for it again.
            for old in [key for key, kept in self._kept.items() if kept.until_s < now_s and kept.seq() is None]:
                del self._kept[old]
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            self._lighten(log)
            self._working.pop(key, None)

    def let_go(self, newest: Sequence[PackedLog]) -> None:
        """Let go of what nobody can be served any more: answers past their time, of a log that is not the ``newest``
        (in each of its forms) nor kept here as an answer of that. One that holds its log would keep it for good.
        """
        with self._guard:
            now_s = self._clock()
            alive = {id(log.seq) for log in newest}
            alive |= {
                id(kept.value.seq)
                for kept in self._kept.values()
                if isinstance(kept.value, PackedLog) and id(kept.seq()) in alive
            }
            for key in [
                key for key, kept in self._kept.items() if kept.until_s < now_s and id(kept.seq()) not in alive
            ]:
                del self._kept[key]

    def _lighten(self, log: PackedLog) -> None:
        """Let go of the longest unasked answers that hold on to copies of the log, once they are too many."""
        heavy = {key: rows for key, kept in self._kept.items() if (rows := _rows_held(kept.value, log))}
        held = sum(heavy.values())
        for key, rows in list(heavy.items())[:-2]:
            if held <= _LOGS * len(log):
                return
            del self._kept[key]
            held -= rows


def _rows_held(value: object, log: PackedLog) -> int:
    """How many rows of another log than the newest an answer keeps in memory."""
    held = value if isinstance(value, PackedLog) else getattr(value, "log", None)
    return len(held) if isinstance(held, PackedLog) and held is not log else 0


def let_go_of_old() -> None:
    """Let go of what is remembered of logs that are no more, of every installation and through every reach."""
    for heartline, recall in list(_RECALLS.items()):
        recall.let_go(heartline.logs.held())


_RECALLS: WeakKeyDictionary[Heartline, Recall] = WeakKeyDictionary()
_OPENING: Final = threading.Lock()


def recall_of(heartline: Heartline) -> Recall:
    """Return the memory of one installation."""
    with _OPENING:
        return _RECALLS.setdefault(heartline, Recall())
