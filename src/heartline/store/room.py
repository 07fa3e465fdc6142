"""Room on the disk: what happens when there is none, and how it heals by itself (design rule 7).

A file of some size is kept in reserve. When a write fails because the disk is full, it is given back: what people keep
(signing in, erasing) goes on in the room that this frees, while the door answers 503 until there is room again.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

from heartline.errors import Unavailable
from heartline.language import _
from heartline.records import STAFF_SOURCE, Body

RESERVE: Final = "reserve"
_FULL: Final = frozenset({"journal_full", "state_full", "history_full"})


class Appends(Protocol):
    """The one thing asked of a journal here."""

    def append(self, bodies: Sequence[Body]) -> list[int]:
        """Write bodies as one durable group and return their seqs."""
        ...


class DiskRoom:
    """Which stores could not be written last, and the reserve. ``folder`` None is an installation without files."""

    def __init__(self, folder: Path | None, *, reserve_bytes: int, free: Callable[[Path], int] | None = None) -> None:
        self._path = None if folder is None else folder / RESERVE
        self._reserve_bytes = reserve_bytes
        self._free = free or (lambda path: shutil.disk_usage(path).free)
        self._changing = threading.Lock()
        self._short = False
        self._troubles: dict[str, str] = {}

    @property
    def troubles(self) -> dict[str, str]:
        """What could not be written last, by store: why."""
        return dict(self._troubles)

    def keep(self) -> None:
        """Put room in reserve, where the disk has several times as much."""
        if self._path is None or not self._reserve_bytes or self._free(self._path.parent) < 3 * self._reserve_bytes:
            return
        with contextlib.suppress(OSError):
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(file, 0, self._reserve_bytes)
            finally:
                os.close(file)

    def check(self) -> None:
        """Let a sender's events in only while there is room; once there is again, put some in reserve.

        Raises:
            Unavailable: the disk is full.
        """
        if not self._short or self._path is None:
            return
        with self._changing:
            if self._free(self._path.parent) >= 2 * self._reserve_bytes:
                self._short = False
                self.keep()
                return
        raise Unavailable("disk_full", _("The disk is full."), _("Free disk space; senders retry by themselves."))

    @contextlib.contextmanager
    def writing(self, store: str) -> Iterator[None]:
        """Note whether writing a store went well; when the disk is full, give the reserve back."""
        try:
            yield
        except Unavailable as error:
            if error.code in _FULL:
                self._give_back(store, error)
            raise
        else:
            self._troubles.pop(store, None)

    def _give_back(self, store: str, error: Unavailable) -> None:
        with self._changing:
            self._troubles[store] = error.message
            # A file may be full while the disk is not (a quota, a limit): then each write is simply tried again.
            if self._path is not None and self._free(self._path.parent) < self._reserve_bytes:
                self._path.unlink(missing_ok=True)
                self._short = True


class GuardedAppends:
    """A journal's ``append`` that asks for room first. What staff decides is let through: it may free some."""

    def __init__(self, journal: Appends, room: DiskRoom) -> None:
        self._journal = journal
        self._room = room

    def append(self, bodies: Sequence[Body]) -> list[int]:
        """See ``Journal``."""
        if any(body.source_id != STAFF_SOURCE for body in bodies):
            self._room.check()
        with self._room.writing("journal"):
            return self._journal.append(bodies)
