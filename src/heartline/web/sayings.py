"""Sayings, read: promises, answered questions and origins out of what was sent along with touches, kept up to date.

A sender tells a question by ``question`` and ``answer``, and where somebody came from by ``referrer``; promises are as
``promises`` reads them. What was read is kept while History only grows; what came since is read and added.
"""

from __future__ import annotations

import json
import threading
from array import array
from dataclasses import dataclass, field
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
    Origins,
    Replies,
    Sayings,
    find_fact,
    fold_question,
    mask_personal,
)
from heartline.web.promise_book import PromiseBook
from heartline.web.promises import keep_promise

WORDS: Final = ("promised", "question", "referrer", "$referrer")
_AT_ONCE: Final = 50_000
_LONGEST: Final = 200
_decode: Final = msgspec.json.Decoder().decode


@dataclass(slots=True, kw_only=True)
class _Book:
    """What was read so far of one History, in lean arrays: most of the touches of a shop make a promise."""

    fingerprint: str
    zone: str
    last_seq: int = -1
    promises: PromiseBook
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
            self.promises.read(told, given)
        if "question" in given:
            self._read_reply(told.seq, given)
        self._read_origin(told.seq, given)

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
        promises, missed = self.promises.tell()
        return Sayings(
            promises=promises,
            missed=missed,
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
                book, self._told = (
                    _Book(fingerprint=fingerprint, zone=zone, promises=PromiseBook(zone=ZoneInfo(zone))),
                    None,
                )
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
