"""The audit, read back: who saw and did what, filtered and paged; forgotten after the days the workspace says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from heartline.app import Heartline
from heartline.records import AuditLine
from heartline.web.sessions import now_us
from heartline.web.ways_in import read_ways_in

PAGE: Final = 50
COLUMNS: Final = ("number", "time_utc", "who", "what", "detail")
_DAY_US: Final = 86_400_000_000
_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditAsked:
    """Which lines are asked for: of whom, of what kind, about what; those before a number (None: the newest)."""

    who: str = ""
    what: str = ""
    about: str = ""
    before: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """A page of the audit, newest first; ``older`` is the next page's cursor; ``people`` and ``kinds`` there are."""

    asked: AuditAsked
    lines: tuple[AuditLine, ...]
    older: int | None
    people: tuple[str, ...]
    kinds: tuple[str, ...]


def read_audit_asked(query: Mapping[str, str]) -> AuditAsked:
    """Read which lines a URL asks for; what cannot be read is not asked."""
    before = query.get("before", "")
    number = int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None
    names = {name: query.get(name, "")[:200].strip() for name in ("who", "what", "about")}
    return AuditAsked(**names, before=number)


def read_audit(heartline: Heartline, asked: AuditAsked, *, limit: int = PAGE) -> AuditPage:
    """Read a page of the audit."""
    forget_audit(heartline)
    kept = heartline.stores.kept
    lines = kept.audit(limit=limit + 1, before=asked.before, who=asked.who, what=asked.what, about=asked.about)
    people, kinds = kept.audit_names()
    return AuditPage(
        asked=asked,
        lines=tuple(lines[:limit]),
        older=lines[limit - 1].audit_id if len(lines) > limit else None,
        people=tuple(people),
        kinds=tuple(kinds),
    )


def audit_rows(heartline: Heartline, asked: AuditAsked) -> Iterable[tuple[str, ...]]:
    """Yield all lines asked for as rows of ``COLUMNS``, the newest first."""
    before = asked.before
    while True:
        lines = heartline.stores.kept.audit(
            limit=_AT_ONCE, before=before, who=asked.who, what=asked.what, about=asked.about
        )
        for line in lines:
            at = datetime.fromtimestamp(line.at_us / 1e6, UTC).isoformat(timespec="seconds")
            yield str(line.audit_id), at, line.who, line.what, line.detail
        if len(lines) < _AT_ONCE:
            return
        before = lines[-1].audit_id


def forget_audit(heartline: Heartline) -> int:
    """Forget lines older than the workspace keeps them; return how many."""
    days = read_ways_in(heartline).audit_days
    return heartline.stores.kept.drop_audit(before_us=now_us() - days * _DAY_US) if days else 0
