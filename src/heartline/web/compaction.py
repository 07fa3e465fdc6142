"""Compacting the journal at once, as a server does by itself when it is idle."""

from __future__ import annotations

from dataclasses import dataclass

from heartline.app import Heartline
from heartline.language import _
from heartline.store import SqliteJournal
from heartline.web.desk import Tell


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactReport:
    """What was compressed: bodies, and their bytes before and after."""

    bodies: int
    had_bytes: int
    has_bytes: int
    shrunk: bool


def compact(heartline: Heartline, *, tell: Tell) -> CompactReport:
    """Compress all that is settled. Alone, the file is made smaller too; beside a server its room is used again.

    Raises:
        Conflict: other work on whole files is under way.
        Unavailable: the disk is full; what was done stays, and nothing is lost.
    """
    with heartline.upkeep(_("compaction of the journal")):
        settled, bodies, had, has = heartline.settled(), 0, 0, 0
        while (closed := heartline.stores.journal.compact(settled=settled, whole=True)).bodies:
            bodies, had, has = bodies + closed.bodies, had + closed.had_bytes, has + closed.has_bytes
            tell("compressing", min(bodies, settled), settled)
        journal, shrunk = heartline.stores.journal, False
        if bodies and not heartline.running and isinstance(journal, SqliteJournal):
            journal.shrink()
            shrunk = True
    return CompactReport(bodies=bodies, had_bytes=had, has_bytes=has, shrunk=shrunk)
