"""The intake: bodies wait together, one sync makes them all durable, and only then is anybody answered (rule 1).

What arrives during a sync forms the next group, so the disk is never the limit and nobody waits for a timer.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from heartline.errors import HeartlineError, Unavailable
from heartline.language import _
from heartline.log import get_logger
from heartline.records import Body

GROUP_BYTES = 16 * 1024 * 1024


class Appends(Protocol):
    """The one thing the intake asks of a journal."""

    def append(self, bodies: Sequence[Body]) -> list[int]:
        """Write bodies as one durable group and return their seqs."""
        ...


@dataclass(slots=True)
class _Waiting:
    body: Body
    loop: asyncio.AbstractEventLoop | None
    future: asyncio.Future[int] | Future[int]


def _reach_nothing(_name: str) -> None:
    return


class GroupIntake:
    """Takes bodies from many askers and writes them in groups from one thread.

    ``cap_bytes`` bounds what may wait; over it the answer is Unavailable (503), never more memory (rule 7).
    ``arrived`` is called after each group, so that the projector need not poll.
    """

    def __init__(
        self,
        journal: Appends,
        *,
        cap_bytes: int,
        arrived: Callable[[], None] = lambda: None,
        reach: Callable[[str], None] = _reach_nothing,
    ) -> None:
        self._journal = journal
        self._cap_bytes = cap_bytes
        self._arrived = arrived
        self._reach = reach
        self._log = get_logger("collect")
        self._changed = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._waiting_bytes = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="heartline-intake", daemon=True)
        self._thread.start()

    async def accept(self, body: Body) -> int:
        """Make a body durable and return its seq.

        Raises:
            Unavailable: too much is waiting, the disk is full, or heartline is stopping.
        """
        self._reach("after_parse")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[int] = loop.create_future()
        self._put(_Waiting(body, loop, future))
        return await future

    def submit(self, body: Body) -> int:
        """Do as ``accept`` from a thread without an event loop, such as an import's."""
        future: Future[int] = Future()
        self._put(_Waiting(body, None, future))
        return future.result()

    def _put(self, waiting: _Waiting) -> None:
        size = len(waiting.body.payload)
        with self._changed:
            if self._stopping:
                raise Unavailable("stopping", _("heartline is stopping."), _("Try again shortly."))
            if self._waiting and self._waiting_bytes + size > self._cap_bytes:
                raise Unavailable(
                    "overloaded", _("Too much is waiting to be written."), _("Try again."), retry_after_s=1
                )
            self._waiting.append(waiting)
            self._waiting_bytes += size
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._stopping:
                    self._changed.wait()
                if not self._waiting:
                    return
                group = self._take()
            self._write(group)

    def _take(self) -> list[_Waiting]:
        size = 0
        for count, waiting in enumerate(self._waiting):
            size += len(waiting.body.payload)
            if size > GROUP_BYTES and count:
                size -= len(waiting.body.payload)
                group, self._waiting = self._waiting[:count], self._waiting[count:]
                break
        else:
            group, self._waiting = self._waiting, []
        self._waiting_bytes -= size
        return group

    def _write(self, group: list[_Waiting]) -> None:
        try:
            self._reach("before_journal")
            seqs = self._journal.append([waiting.body for waiting in group])
            self._reach("after_journal")
        except Exception as error:  # noqa: BLE001  # whatever failed, every asker must hear of it
            failure = error if isinstance(error, HeartlineError) else Unavailable("journal_failed", str(error))
            self._log.error("collect.append_failed", bodies=len(group), error=str(error))
            self._answer(group, [failure] * len(group))
            return
        self._answer(group, seqs)
        self._arrived()

    def _answer(self, group: list[_Waiting], outcomes: Sequence[int | Exception]) -> None:
        """Wake each event loop once for all its askers."""
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[int], int | Exception]]] = {}
        for waiting, outcome in zip(group, outcomes, strict=True):
            if isinstance(waiting.future, Future):
                _resolve(waiting.future, outcome)
            elif waiting.loop is not None:
                by_loop.setdefault(waiting.loop, []).append((waiting.future, outcome))
        for loop, answers in by_loop.items():
            try:
                loop.call_soon_threadsafe(_resolve_all, answers)
            except RuntimeError:
                # The loop ended while its askers waited: the bodies are durable, nobody is left to tell.
                self._log.info("collect.asker_gone", bodies=len(answers))

    def stop(self) -> None:
        """Write what waits, then refuse more."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()


def _resolve(future: asyncio.Future[int] | Future[int], outcome: int | Exception) -> None:
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


def _resolve_all(answers: list[tuple[asyncio.Future[int], int | Exception]]) -> None:
    for future, outcome in answers:
        if not future.done():
            _resolve(future, outcome)
