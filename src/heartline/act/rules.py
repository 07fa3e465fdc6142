"""Case rules judged: one definition for what comes in now and for “would have opened”. Pure.

A rule is a record of a closed grammar (``RuleAsks``), never a text that is evaluated (protocols.md §4.1). It is judged
in two steps: ``narrow`` over the columns of many touches at once, and ``settle`` over what was said in the few left.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import Enum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from heartline.records import CaseRule, Reading, RuleAsks
from heartline.understand import SCORE_KINDS, scale_valence

ANY_SCORE: Final = "any"
DAY_BEGINS: Final = time(9)
DAY_ENDS: Final = time(17)
DAY_HOURS: Final = DAY_ENDS.hour - DAY_BEGINS.hour
_WEEKEND: Final = 5
_DAY_US: Final = 86_400_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNSPACED: Final = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Scripts that put no space between words: Thai, Lao, Burmese, Khmer, kana and Han."""


class Judged(Enum):
    """What a rule says of a touch. ``WAITS``: all else holds, but the reader has not read the comment yet."""

    NO = 0
    YES = 1
    WAITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Touches:
    """Columns of touches, one length: codes of the named fields with their vocabularies, scores as ``PackedLog`` has
    them (``score_kind`` indexes ``SCORE_KINDS``, NaN where there is no score).
    """

    score_kind: NDArray[np.uint8]
    score: NDArray[np.float32]
    score_top: NDArray[np.uint8]
    has_text: NDArray[np.bool_]
    codes: Mapping[str, NDArray[np.integer]]
    names: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was said at one touch: its comment, whether a promise was broken, and its reading (None: not read yet)."""

    text: str = ""
    broken: bool = False
    reading: Reading | None = None


def narrow(asks: RuleAsks, touches: Touches) -> NDArray[np.bool_]:
    """Return which touches a rule could still mean, by what their columns say. Linear."""
    kept = np.ones(len(touches.score), dtype=np.bool_)
    if not asks.asks:
        return ~kept
    for field, wanted in _named(asks):
        known = touches.names[field]
        right = np.array([name.casefold() in wanted for name in known], dtype=np.bool_)
        kept &= right[touches.codes[field]]
    if asks.score_kind == ANY_SCORE:
        kept &= np.nan_to_num(scale_valence(touches.score_kind, touches.score, touches.score_top), nan=1.0) < 0
    elif asks.score_kind:
        # A comparison with NaN is False: who gave no score is not meant.
        kept &= touches.score_kind == SCORE_KINDS.index(asks.score_kind)
        kept &= (touches.score >= asks.score_low) & (touches.score <= asks.score_high)
    if asks.words or asks.reads:
        kept &= touches.has_text
    return kept


def _named(asks: RuleAsks) -> list[tuple[str, set[str]]]:
    fields = (
        ("channel", asks.channels),
        ("touchpoint", asks.touchpoints),
        ("place", asks.places),
        ("area", asks.areas),
    )
    return [(field, {name.casefold() for name in names}) for field, names in fields if names]


def settle(asks: RuleAsks, heard: Heard) -> Judged:
    """Judge a touch that ``narrow`` has left by what was said at it."""
    if asks.broken_promise and not heard.broken:
        return Judged.NO
    if asks.words and not says_any(asks.words, heard.text):
        return Judged.NO
    if not asks.reads:
        return Judged.YES
    if heard.reading is None:
        return Judged.WAITS
    if asks.kind and heard.reading.kind.value != asks.kind:
        return Judged.NO
    return Judged.YES if heard.reading.negative >= asks.negative else Judged.NO


def needs_said(asks: RuleAsks) -> bool:
    """Whether a rule asks more than columns tell."""
    return bool(asks.words or asks.reads or asks.broken_promise)


def says_any(words: Sequence[str], text: str) -> bool:
    """Whether a text holds one of some words or phrases, whole, whatever their case, in any script.

    “art” is not in “party”. In scripts without spaces between words a phrase is looked for as it stands.
    """
    pattern = _compile(tuple(words))
    return bool(pattern and pattern.search(_fold(text)))


@lru_cache(maxsize=64)
def _compile(words: tuple[str, ...]) -> re.Pattern[str] | None:
    spelt = []
    for word in filter(None, (_fold(word).strip() for word in words)):
        body = r"\s+".join(re.escape(part) for part in word.split())
        spelt.append(body if _UNSPACED.search(word) else rf"(?<!\w){body}(?!\w)")
    return re.compile("|".join(spelt)) if spelt else None


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def space_cases(moments: Iterable[tuple[int, int]], rule: CaseRule, *, held_us: int) -> list[tuple[int, int]]:
    """Return which of some (customer, time in µs) in the order of time would have opened a case, not joined one.

    A case is taken to stay open for ``held_us``, for nobody knows how long it would really have; the rule's cooldown
    runs from its opening, as it does live.
    """
    quiet_us = max(held_us, rule.cooldown_days * _DAY_US)
    last: dict[int, int] = {}
    opened: list[tuple[int, int]] = []
    for customer, at_us in moments:
        if customer not in last or at_us - last[customer] >= quiet_us:
            last[customer] = at_us
            opened.append((customer, at_us))
    return opened


def due_after(now_us: int, hours: int, zone: str) -> int:
    """Return when so many business hours (9:00 to 17:00, Monday to Friday) in a zone are over, in µs UTC."""
    tz = ZoneInfo(zone)
    at = (_EPOCH + timedelta(microseconds=now_us)).astimezone(tz)
    left = timedelta(hours=max(hours, 1))
    while True:
        begins, ends = (datetime.combine(at.date(), edge, tz) for edge in (DAY_BEGINS, DAY_ENDS))
        at = max(at, begins)
        if at.weekday() < _WEEKEND and at < ends:
            if left <= ends - at:
                return ((at + left).astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)
            left -= ends - at
        at = datetime.combine(at.date() + timedelta(days=1), DAY_BEGINS, tz)
