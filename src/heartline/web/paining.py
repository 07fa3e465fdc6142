"""The pain list, read: found behind the scenes, kept while its log lives; and the touches behind each figure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from heartline.app import Heartline
from heartline.errors import Missing
from heartline.language import _
from heartline.records import Journey
from heartline.understand import Ints, PackedLog, Pain, PainList, Selection, SignKind, find_pains
from heartline.web.listing import PAGE, AnswerLine, read_lines, rows_of, stream_lines
from heartline.web.mapping import list_journeys, narrow
from heartline.web.opening import find_all
from heartline.web.recall import recall_of
from heartline.web.sayings import read_sayings
from heartline.web.visit import Visit
from heartline.web.weeks import find_end, last_midnight

FIRST_VIEW_S: Final = 0.2
"""How long the page waits for a list that is not known yet, before it opens without."""
LONGEST_WAIT_S: Final = 120.0
_PATIENCE_S: Final = 60.0
_CANDIDATES: Final = 40
_FITTING: Final = range(20, 221)
_QUOTED: Final = 3
CONTRADICTION: Final = "contradiction-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What stands behind one figure of the page: all its touches, newest first, and one page of them as lines."""

    key: str
    of: str
    pain: Pain | None
    rows: Ints
    customers: int
    lines: tuple[AnswerLine, ...] = ()


def read_pains(visit: Visit, *, wait_s: float = LONGEST_WAIT_S, everyone: bool = False) -> PainList | None:
    """Read the list for the filter chosen, or for ``everyone``; None where it is not there within ``wait_s``."""
    heartline, log = visit.heartline, visit.whole_log
    journeys = list_journeys(heartline, log)
    where = Selection(where=() if everyone else visit.selection.where)
    now_us = find_end(log, visit.now_us)
    midnight = last_midnight(now_us, visit.zone)
    key = ("pains", where, tuple(journeys), midnight)

    def find() -> PainList:
        return _find(heartline, log, journeys, where, zone=visit.zone, now_us=now_us)

    return recall_of(heartline).soon(log, key, find, patience_s=_PATIENCE_S, wait_s=wait_s)


def _find(
    heartline: Heartline, log: PackedLog, journeys: Sequence[Journey], where: Selection, *, zone: str, now_us: int
) -> PainList:
    """Find the pains of those the filter chooses, all they did; Home's findings are taken over where they are known."""
    findings = None
    if not where.where:
        findings = find_all(heartline, log, journeys, where, zone=zone, now_us=now_us)
    midnight = last_midnight(now_us, zone)
    return find_pains(
        narrow(log, where),
        journeys,
        now_us=now_us,
        midnight_us=midnight,
        findings=findings,
        sayings=read_sayings(heartline),
    )


def require_pains(visit: Visit) -> PainList:
    """Read the list, however long it takes.

    Raises:
        Missing: it is still not there.
    """
    found = read_pains(visit)
    if found is None:
        raise Missing("not_ready", _("The list is still being worked out."), _("Try again in a minute."))
    return found


def require_pain(visit: Visit, key: str) -> tuple[PainList, int, Pain]:
    """Read one pain with its place in the list, from 0.

    Raises:
        Missing: it is not on the list any more.
    """
    found = require_pains(visit)
    held = found.find(key)
    if held is None:
        raise Missing("no_pain", _("This is not on the list any more."), _("Look at the list as it is now."))
    return found, held[0], held[1]


def is_elsewhere(visit: Visit, key: str) -> bool:
    """Whether a pain is not on the list, which only holds those chosen by a filter: without it, it may be there."""
    if key.startswith(CONTRADICTION) or not visit.query.get("by"):
        return False
    return require_pains(visit).find(key) is None


def read_comments(visit: Visit, pain: Pain) -> tuple[AnswerLine, ...]:
    """Read the newest comments without a score of a few people who met a pain, those of a length to be quoted first."""
    heard = next((one for one in pain.evidence if one.kind is SignKind.COMMENT), None)
    if heard is None:
        return ()
    log = visit.whole_log
    rows = rows_of(log, heard.seqs[np.isin(heard.seqs, log.seq)])
    rows = rows[np.argsort(-log.ts_us[rows], kind="stable")]
    _people, first = np.unique(log.row[rows], return_index=True)
    lines = [line for line in read_lines(visit.heartline, log, rows[np.sort(first)][:_CANDIDATES]) if line.text]
    fitting = [line for line in lines if len(line.text.strip()) in _FITTING]
    return tuple([*fitting, *(line for line in lines if line not in fitting)][:_QUOTED])


def find_behind(visit: Visit, key: str, of: str) -> Behind:
    """Find the touches behind a figure: ``of`` "touched" (all touched in the quarter) or the place of a sign, from 0.

    Raises:
        Missing: there is no such pain, contradiction or sign.
    """
    found, log = require_pains(visit), visit.whole_log
    if key.startswith(CONTRADICTION):
        card, pain = found.find_card(key.removeprefix(CONTRADICTION)), None
        seqs = None if card is None else card.seqs
    else:
        held = found.find(key)
        pain = held[1] if held else None
        seqs = _choose_seqs(pain, of) if pain else None
    if seqs is None:
        raise Missing("no_pain", _("This is not on the list any more."), _("Look at the list as it is now."))
    rows = rows_of(log, seqs[np.isin(seqs, log.seq)])
    rows = rows[np.lexsort((-log.seq[rows], -log.ts_us[rows]))]
    return Behind(key=key, of=of, pain=pain, rows=rows, customers=len(np.unique(log.row[rows])))


def _choose_seqs(pain: Pain, of: str) -> Ints | None:
    if of == "touched":
        return pain.seqs
    place = int(of) if of.isascii() and of.isdecimal() and len(of) < 3 else len(pain.evidence)
    return pain.evidence[place].seqs if place < len(pain.evidence) else None


def read_behind(visit: Visit, key: str, of: str, *, page: int) -> Behind:
    """Find the touches behind a figure and read one page of them.

    Raises:
        Missing: as ``find_behind``.
    """
    found = find_behind(visit, key, of)
    return replace(found, lines=read_touches(visit, found, found.rows[(page - 1) * PAGE : page * PAGE]))


def read_touches(visit: Visit, behind: Behind, rows: Ints) -> tuple[AnswerLine, ...]:
    """Read rows behind a figure as lines: with how long was waited, where it is about that, and what never came."""
    log = visit.whole_log
    return tuple(
        _mark_missed(visit, behind, read_lines(visit.heartline, log, rows, waits=_find_waits(log, behind, rows)))
    )


def stream_touches(visit: Visit, behind: Behind) -> Iterator[AnswerLine]:
    """Read all rows behind a figure in chunks, for an export."""
    log, rows = visit.whole_log, behind.rows
    return _mark_missed(visit, behind, stream_lines(visit.heartline, log, rows, waits=_find_waits(log, behind, rows)))


def _mark_missed(visit: Visit, behind: Behind, lines: Iterable[AnswerLine]) -> Iterator[AnswerLine]:
    if behind.pain is None or not behind.pain.missed:
        yield from lines
        return
    missed = set(read_sayings(visit.heartline).missed.seq.tolist())
    for line in lines:
        yield replace(line, missed=True) if line.seq in missed else line


def _find_waits(log: PackedLog, behind: Behind, rows: Ints) -> Sequence[int]:
    """Return how long those who met a long wait waited, up to each row, −1 where nobody knows; else nothing."""
    since = behind.pain.main.from_touchpoint if behind.pain is not None and behind.of == "touched" else ""
    if not since or since not in log.names["touchpoint"]:
        return ()
    begun = np.flatnonzero(log.codes["touchpoint"] == log.names["touchpoint"].index(since))
    place = np.searchsorted(begun, rows) - 1
    before = begun[np.maximum(place, 0)]
    same = (place >= 0) & (log.row[before] == log.row[rows])
    return tuple(np.where(same, log.ts_us[rows] - log.ts_us[before], -1).tolist())
