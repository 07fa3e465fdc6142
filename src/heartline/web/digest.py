"""The weekly digest: what changed reliably, three voices, the open loops, one thing to do. Nobody is named in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from heartline.act import CauseLine, LoopCount, count_loops, is_overdue, list_causes, sort_open
from heartline.app import Heartline
from heartline.records import Case
from heartline.store import Entry
from heartline.understand import EVERYTHING, PackedLog
from heartline.web.learned import CAUSE_KEY
from heartline.web.moves import MoveLine, watch_all
from heartline.web.sight import mask_of_customer
from heartline.web.voice_pick import Voice, pick_voices

DAY_US: Final = 86_400_000_000
FRESH_US: Final = 14 * DAY_US
"""A move that is older is no news: it takes some days until one is reliable."""
MOST_MOVES: Final = 3
_MOST: Final = 5_000
_CANDIDATES: Final = 1_000
_READERS: Final = "digest_readers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A week as it is told. ``moved`` are reliable changes of the last fortnight, the newest first; ``opened`` and
    ``closed`` count cases of the week, ``alarms`` those nobody has looked at. ``cause`` recurs and nobody made an
    opportunity of it (None: there is none); ``overdue`` is the case that is overdue longest.
    """

    from_us: int
    until_us: int
    touches: int
    moved: tuple[MoveLine, ...]
    voices: tuple[Voice, ...]
    loops: LoopCount
    opened: int
    closed: int
    alarms: int
    cause: CauseLine | None
    overdue: Case | None


def read_digest(heartline: Heartline, *, now_us: int) -> Digest:
    """Read the week that ends now."""
    kept, log = heartline.stores.kept, heartline.log()
    from_us = now_us - 7 * DAY_US
    cases = kept.cases(limit=_MOST)
    late = next((case for case in sort_open(cases) if is_overdue(case, now_us)), None)
    reading = watch_all(heartline, log, EVERYTHING, zone=heartline.workspace.timezone, now_us=now_us)
    fresh = [line for line in reading.moved if line.moves.moves[-1].since_us >= reading.until_us - FRESH_US]
    return Digest(
        from_us=from_us,
        until_us=now_us,
        touches=int(((log.ts_us >= from_us) & (log.ts_us < now_us)).sum()),
        moved=tuple(fresh[:MOST_MOVES]),
        voices=read_voices(heartline, log, from_us=from_us, until_us=now_us),
        loops=count_loops(cases, now_us),
        opened=sum(from_us <= case.opened_us < now_us for case in cases),
        closed=sum(case.closed_us is not None and from_us <= case.closed_us < now_us for case in cases),
        alarms=kept.count_unseen(),
        cause=_find_cause(heartline),
        overdue=late,
    )


def _find_cause(heartline: Heartline) -> CauseLine | None:
    kept = heartline.stores.kept
    filed = {one.pain for one in kept.opportunities()}
    lines = list_causes(kept.whole_cases(limit=_MOST), kept.case_loops())
    return next((line for line in lines if line.recurs and f"{CAUSE_KEY}{line.cause}" not in filed), None)


def read_voices(heartline: Heartline, log: PackedLog, *, from_us: int, until_us: int) -> tuple[Voice, ...]:
    """Pick three voices of a time, and take out whoever speaks and whatever number or address they name."""
    rows = np.flatnonzero(log.has_text & (log.ts_us >= from_us) & (log.ts_us < until_us))
    rows = rows[np.argsort(-log.ts_us[rows], kind="stable")][:_CANDIDATES]
    owner = {int(log.seq[row]): int(log.customers[log.row[row]]) for row in rows}
    valence = {int(log.seq[row]): float(log.valence[row]) for row in rows}
    stores = heartline.stores
    picked = pick_voices(stores.history.entries(list(owner)), valence, stores.readings.readings(list(owner)))
    people = stores.derived.profiles({owner[one.entry.seq] for one in picked})
    return tuple(_hide(one, mask_of_customer(people.get(owner[one.entry.seq]))(one.entry.text or "")) for one in picked)


def _hide(voice: Voice, text: str) -> Voice:
    return Voice(entry=voice.entry, text=text, sounds=voice.sounds)


def list_readers(heartline: Heartline) -> frozenset[int]:
    """Return who gets the digest by e-mail, by user."""
    kept = heartline.stores.kept.setting(_READERS)
    return frozenset(json.loads(kept)) if kept else frozenset()


def set_reader(heartline: Heartline, user_id: int, *, wants: bool) -> None:
    """Note that a user wants the digest by e-mail, or does not."""
    readers = list_readers(heartline) - {user_id} | ({user_id} if wants else frozenset())
    heartline.stores.kept.set_setting(_READERS, json.dumps(sorted(readers)))


def week_of(now_us: int, *, zone: str, first_weekday: int, hour: int) -> str:
    """Return the day on which the newest digest that can have gone by now was due: the first day of a week, at an hour
    of a zone. “2026-11-23”.
    """
    at = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=now_us)).astimezone(ZoneInfo(zone))
    day = at.date() - timedelta(days=(at.weekday() - first_weekday) % 7)
    if day == at.date() and at.hour < hour:
        day -= timedelta(days=7)
    return day.isoformat()


def name_spot(entry: Entry) -> str:
    """Name where somebody spoke."""
    return ", ".join(filter(None, (entry.touchpoint or entry.channel, entry.place)))
