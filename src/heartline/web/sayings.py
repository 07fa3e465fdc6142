"""Sayings, read: promises, answered questions and origins out of what was sent along with touches, kept up to date.

A sender tells a question by ``question`` and ``answer``, and where somebody came from by ``referrer``; promises are as
``promises`` reads them. What was read is kept while History only grows; what came since is read and added.
"""

from __future__ import annotations

import json
import threading
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from heartline.app import Heartline
from heartline.store import Told
from heartline.understand import (
    Ints,
    Missed,
    Origins,
    Promises,
    Replies,
    Sayings,
    find_fact,
    fold_question,
    mask_personal,
)
from heartline.web.promises import find_promise, keep_promise

WORDS: Final = ("promised", "question", "referrer", "$referrer")
_AT_ONCE: Final = 50_000
_LONGEST: Final = 200
_USUALLY: Final = 0.99
_decode: Final = msgspec.json.Decoder().decode


@dataclass(slots=True, kw_only=True)
class _Due:
    """A day that was named for an order: at which touch, and whether it was named for it before."""

    seq: int
    ts_us: int
    day: date
    again: bool
    at: str


@dataclass(slots=True, kw_only=True)
class _Book:
    """What was read so far of one History, in lean arrays: most of the touches of a shop make a promise."""

    fingerprint: str
    zone: str
    last_seq: int = -1
    promised: array[int] = field(default_factory=lambda: array("q"))
    broken: bytearray = field(default_factory=bytearray)
    told_late: set[int] = field(default_factory=set)
    due: dict[str, _Due] = field(default_factory=dict)
    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    delays: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    newest_us: int = 0
    replied: array[int] = field(default_factory=lambda: array("q"))
    question: array[int] = field(default_factory=lambda: array("q"))
    fact: array[int] = field(default_factory=lambda: array("q"))
    questions: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    facts: dict[str, int] = field(default_factory=dict)
    quotes: list[str] = field(default_factory=list)
    came: array[int] = field(default_factory=lambda: array("q"))
    host: array[int] = field(default_factory=lambda: array("q"))
    hosts: dict[str, int] = field(default_factory=dict)

    def read(self, told: Told) -> None:
        """Take in what one touch says."""
        self.last_seq = told.seq
        given = _read_object(told.properties)
        if "promised" in told.properties:
            self._read_promise(told, given)
        if "question" in given:
            self._read_reply(told.seq, given)
        self._read_origin(told.seq, given)

    def _read_promise(self, told: Told, given: dict[str, Any]) -> None:
        promise = find_promise(given)
        if promise is None:
            return
        self.newest_us = max(self.newest_us, told.ts_us)
        if promise.late is not None:
            self.promised.append(told.seq)
            self.broken.append(promise.late)
            if told.order:
                self.told_late.add(hash(told.order))
                made = self.due.pop(told.order, None)
                if made is not None:
                    self._end(made, told)
        elif promise.due is not None and told.order and hash(told.order) not in self.told_late:
            before = self.due.get(told.order)
            if before is None or told.ts_us >= before.ts_us:
                self.due[told.order] = _Due(
                    seq=told.seq, ts_us=told.ts_us, day=promise.due, again=before is not None, at=told.touchpoint
                )

    def _end(self, made: _Due, told: Told) -> None:
        """Note where it was told what became of a promise, and how many days after the one that was named."""
        self.ends[made.at, told.touchpoint] += 1
        days = (_day_of(told.ts_us, ZoneInfo(self.zone)) - made.day).days
        if days > 0:
            self.delays[made.at][days] += 1

    def _read_reply(self, seq: int, given: dict[str, Any]) -> None:
        question, answer = given.get("question"), given.get("answer")
        if not isinstance(question, str) or not isinstance(answer, str):
            return
        folded, fact = fold_question(question[:_LONGEST]), find_fact(answer[:_LONGEST])
        if not folded or not fact:
            return
        if folded not in self.questions:
            self.asked.append(mask_personal(question[:_LONGEST]))
        if fact not in self.facts:
            self.quotes.append(mask_personal(answer[:_LONGEST]))
        self.replied.append(seq)
        self.question.append(self.questions.setdefault(folded, len(self.questions)))
        self.fact.append(self.facts.setdefault(fact, len(self.facts)))

    def _read_origin(self, seq: int, given: dict[str, Any]) -> None:
        host = find_host(given.get("referrer") or given.get("$referrer"))
        if host and host != find_host(given.get("url") or given.get("$current_url")):
            self.came.append(seq)
            self.host.append(self.hosts.setdefault(host, len(self.hosts)))

    def tell(self) -> Sayings:
        """Return all of it as arrays."""
        zone = ZoneInfo(self.zone)
        spots = self._find_spots(zone)
        overdue = list(self._list_overdue(zone, spots))
        promised = np.concatenate((_copy(self.promised), [seq for seq, _late in overdue])).astype(np.int64)
        broken = np.concatenate((np.array(self.broken, dtype=np.bool_), [late for _seq, late in overdue]))
        order = np.argsort(promised, kind="stable")
        return Sayings(
            promises=Promises(seq=promised[order], broken=broken[order].astype(np.bool_)),
            missed=self._tell_missed(zone, spots),
            replies=Replies(
                seq=_copy(self.replied),
                question=_copy(self.question),
                fact=_copy(self.fact),
                questions=tuple(self.asked),
                facts=tuple(self.facts),
                quotes=tuple(self.quotes),
            ),
            origins=Origins(seq=_copy(self.came), host=_copy(self.host), hosts=tuple(self.hosts)),
        )

    def _find_patience(self, made: str) -> int:
        """Find for how many days what was promised at a touchpoint may yet come: so long 99 of 100 late ones took.

        What is late comes, and is counted then: were it counted before too, the last days would always look worse than
        those before.
        """
        delays = self.delays.get(made, Counter())
        days = np.repeat(sorted(delays), [delays[day] for day in sorted(delays)])
        return int(np.quantile(days, _USUALLY)) if len(days) else 0

    def _find_spots(self, zone: ZoneInfo) -> dict[str, str]:
        """Find, for each touchpoint that makes promises, the one that tells what became of most of them whose day is
        over. Where that is told of fewer than half of them, who sends the touches does not tell it of all, and nothing
        follows from its not being told.
        """
        today = _day_of(self.newest_us, zone)
        open_ = Counter(due.at for due in self.due.values() if due.day < today)
        spots = dict[str, tuple[int, str]]()
        for (made, told), count in self.ends.items():
            if count >= open_[made]:
                spots[made] = max(spots.get(made, (0, "")), (count, told))
        return {made: told for made, (_count, told) in spots.items()}

    def _list_overdue(self, zone: ZoneInfo, spots: Mapping[str, str]) -> Iterator[tuple[int, bool]]:
        """Yield the orders whose last touch with a day tells by its own time whether that day was kept.

        The first touch that names a day makes the promise. Nothing is known of it until the order's day is named again,
        or the day is over when it is named.
        """
        for due in self.due.values():
            late = _day_of(due.ts_us, zone) > due.day
            if due.at not in spots and (late or due.again):
                yield due.seq, late

    def _tell_missed(self, zone: ZoneInfo, spots: Mapping[str, str]) -> Missed:
        """Return the orders whose day was long over when last a promise was told of, without a word of theirs."""
        today = _day_of(self.newest_us, zone)
        names = tuple(dict.fromkeys(spots.values()))
        patience = {made: self._find_patience(made) for made in spots}
        found = sorted(
            (due.seq, _end_of(due.day, zone), names.index(spots[due.at]))
            for due in self.due.values()
            if due.at in spots and (today - due.day).days > patience[due.at]
        )
        seq, until, spot = np.array(found, dtype=np.int64).reshape(-1, 3).T
        return Missed(seq=seq, until_us=until, spot=spot, spots=names)


def _day_of(ts_us: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(ts_us / 1e6, zone).date()


def _end_of(day: date, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time.max, zone).timestamp() * 1e6)


def _copy(values: array[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def keep_said(properties: str) -> str:
    """Return only what is read here, for readers who may see nothing else that was sent along."""
    given = _read_object(properties)
    kept: dict[str, object] = json.loads(keep_promise(properties))
    for name in ("question", "answer"):
        if isinstance(given.get(name), str):
            kept[name] = mask_personal(given[name])
    for name in ("referrer", "$referrer", "url", "$current_url"):
        host = find_host(given.get(name))
        if host:
            kept[name] = f"//{host}"
    return json.dumps(kept)


def _read_object(properties: str) -> dict[str, Any]:
    """Read properties; what is no JSON object holds nothing."""
    try:
        given = _decode(properties)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}


def find_host(address: object) -> str:
    """Return the host of an address without “www.”; "" where it is none."""
    return _find_host(address) if isinstance(address, str) and "//" in address else ""


@lru_cache(maxsize=4_096)
def _find_host(address: str) -> str:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")[:_LONGEST]


class SayingReader:
    """Reads the sayings of one installation; one thread at a time."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._book: _Book | None = None
        self._told: tuple[int, Sayings] | None = None

    def read(self, heartline: Heartline) -> Sayings:
        """Return what all touches say up to now."""
        with self._turn:
            history, zone = heartline.stores.history, heartline.workspace.timezone
            fingerprint, book = history.fingerprint(), self._book
            if book is None or (book.fingerprint, book.zone) != (fingerprint, zone):
                book, self._told = _Book(fingerprint=fingerprint, zone=zone), None
            while told := history.told(WORDS, after_seq=book.last_seq, limit=_AT_ONCE):
                for one in told:
                    book.read(one)
            self._book = book
            if self._told is None or self._told[0] != book.last_seq:
                self._told = (book.last_seq, book.tell())
            return self._told[1]


_READERS: WeakKeyDictionary[Heartline, SayingReader] = WeakKeyDictionary()
_OPENING: Final = threading.Lock()


def read_sayings(heartline: Heartline) -> Sayings:
    """Return what the touches of an installation say up to now."""
    with _OPENING:
        reader = _READERS.setdefault(heartline, SayingReader())
    return reader.read(heartline)
