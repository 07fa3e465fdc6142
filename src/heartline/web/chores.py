"""Chores: what takes longer than a page may, one at a time of each kind, in a thread of its own, with how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakKeyDictionary

from heartline.app import Heartline
from heartline.errors import Conflict, HeartlineError
from heartline.language import _
from heartline.log import get_logger

_log = get_logger("web")
_starting: Final = threading.Lock()
_chores: Final[WeakKeyDictionary[Heartline, dict[str, Chore]]] = WeakKeyDictionary()


@dataclass(slots=True)
class Chore:
    """Something under way. ``share`` goes from 0 to 1; ``error`` says why it stopped, ``outcome`` what came of it."""

    name: str
    share: float = 0.0
    outcome: object = None
    done: bool = False
    error: str = ""
    thread: threading.Thread | None = field(default=None, repr=False)

    def tell(self, share: float) -> None:
        """Note how far it is."""
        self.share = share

    @property
    def running(self) -> bool:
        """Whether it is still under way."""
        return not self.done and not self.error


def begin_chore(heartline: Heartline, name: str, work: Callable[[Chore], None]) -> Chore:
    """Begin a chore.

    Raises:
        Conflict: one of this name is under way.
    """
    with _starting:
        held = _chores.setdefault(heartline, {})
        if name in held and held[name].running:
            raise Conflict("under_way", _("This is under way already."), _("Wait until it is done."))
        chore = Chore(name)
        held[name] = chore
        # It speaks the language of whoever began it.
        speaker = copy_context()
        chore.thread = threading.Thread(
            target=speaker.run, args=(_run, chore, work), name=f"heartline-{name}", daemon=True
        )
        chore.thread.start()
    return chore


def find_chore(heartline: Heartline, name: str) -> Chore | None:
    """Return the latest chore of a name."""
    return _chores.get(heartline, {}).get(name)


def _run(chore: Chore, work: Callable[[Chore], None]) -> None:
    try:
        work(chore)
    except HeartlineError as error:
        chore.error = str(error)
    except Exception as error:  # noqa: BLE001  # a thread has nobody above it: the page says that it broke
        _log.exception("web.chore_failed", chore=chore.name, error=str(error))
        chore.error = _("Something broke on our side; its trace is in the log.")
    chore.done = not chore.error
