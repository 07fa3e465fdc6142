"""The port of State for the versions of what metrics count."""

from __future__ import annotations

import threading
from typing import Protocol

from heartline.records import Definition


class KeptDefinitions(Protocol):
    """A part of ``KeptState``."""

    def definitions(self) -> tuple[Definition, ...]:
        """Return every version that people made, by metric and version; those built in are not among them."""
        ...

    def add_definition(self, *, metric: str, boxes: int, from_us: int, by: str, why: str) -> Definition:
        """Keep the next version of a metric; versions are never changed and never taken away.

        Raises:
            Conflict: somebody else kept one in this very moment.
        """
        ...


class DefinitionBook:
    """The versions kept, in memory: every page asks for them, and hardly ever is one made. One process keeps them."""

    def __init__(self, kept: KeptDefinitions) -> None:
        self._kept = kept
        self._reading = threading.Lock()
        self._known: tuple[Definition, ...] | None = None

    def begun(self, now_us: int) -> tuple[Definition, ...]:
        """Return the versions that people made and that have begun."""
        with self._reading:
            if self._known is None:
                self._known = self._kept.definitions()
            known = self._known
        return tuple(one for one in known if one.from_us <= now_us)

    def add(self, *, metric: str, boxes: int, from_us: int, by: str, why: str) -> Definition:
        """Keep the next version, as ``KeptDefinitions`` does; all numbers follow it from then on."""
        made = self._kept.add_definition(metric=metric, boxes=boxes, from_us=from_us, by=by, why=why)
        with self._reading:
            self._known = None
        return made
