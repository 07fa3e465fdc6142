"""Sayings: what touches say that the packed log has no column for, each with the seq of its touch.

Few touches say any of it, so it lies beside the log and is looked up by seq: no kernel carries it along.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from heartline.understand.log import Ints, Mask, PackedLog

_NONE: Final = np.zeros(0, dtype=np.int64)
_NEVER: Final = np.zeros(0, dtype=np.bool_)
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_SAYS: Final = {
    "yes": frozenset({"yes", "ja", "да", "是", "可以", "oui", "sí", "true"}),
    "no": frozenset({"no", "nein", "нет", "否", "不", "不可以", "non", "false"}),
}
_WORD: Final = re.compile(r"\w+")
_LONGEST: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """Promises whose end is known: ``seq`` ascending, ``broken`` where it came later than was said."""

    seq: Ints = field(default_factory=lambda: _NONE)
    broken: Mask = field(default_factory=lambda: _NEVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """Promises whose day is over and of which nothing was heard: ``seq`` of the touches that made them, ascending, with
    the end of that day (``until_us``) and the code in ``spots`` of the touchpoint that tells of others like them.
    """

    seq: Ints = field(default_factory=lambda: _NONE)
    until_us: Ints = field(default_factory=lambda: _NONE)
    spot: Ints = field(default_factory=lambda: _NONE)
    spots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """Questions that were answered: ``seq`` ascending, with the code of the question and of what was answered in
    ``questions`` and ``facts``; ``quotes`` holds one answer in full for each fact.
    """

    seq: Ints = field(default_factory=lambda: _NONE)
    question: Ints = field(default_factory=lambda: _NONE)
    fact: Ints = field(default_factory=lambda: _NONE)
    questions: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """Where somebody came from: ``seq`` ascending, with the code of the host in ``hosts``."""

    seq: Ints = field(default_factory=lambda: _NONE)
    host: Ints = field(default_factory=lambda: _NONE)
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sayings:
    """All that touches say beside the log's columns."""

    promises: Promises = Promises()
    missed: Missed = Missed()
    replies: Replies = Replies()
    origins: Origins = Origins()


NOTHING_SAID: Final = Sayings()


def find_said(log: PackedLog, seq: Ints) -> tuple[Ints, Ints]:
    """Return the rows of a log whose touches are among some seqs (ascending), and the place of each there."""
    if not len(seq) or not len(log):
        return _NONE, _NONE
    place = np.minimum(np.searchsorted(seq, log.seq), len(seq) - 1)
    rows = np.flatnonzero(seq[place] == log.seq)
    return rows, place[rows].astype(np.int64)


def find_fact(answer: str) -> str:
    """Return what an answer says whatever its wording: its numbers in order, else yes or no, else all of it if short.

    “Within 30 days of delivery” and “you have 30 days” say the same, “14 days with the receipt” another thing. A long
    answer without a number and without a plain yes or no says nothing that can be compared: "".
    """
    numbers = _NUMBER.findall(answer)
    if numbers:
        return " ".join(dict.fromkeys(numbers))
    words = _WORD.findall(answer.casefold())
    if not words:
        return ""
    for fact, said in _SAYS.items():
        if words[0] in said:
            return fact
    plain = " ".join(words)
    return plain if len(plain) <= _LONGEST else ""


def fold_question(question: str) -> str:
    """Return a question without what makes no difference: case, marks and spaces."""
    return " ".join(_WORD.findall(question.casefold()))
