"""The follower: finds what customers talk about, places each text by it, and sees what surges.

It works behind the listener, in the same process beside the server. What is found is kept in State, because people put
it right: it is found anew once there are half as many texts more, or when somebody asks; a theme that is found again is
the same theme. Which text is of which theme is derived, and made again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final, ParamSpec, Protocol, TypeVar

import numpy as np

from heartline.log import get_logger
from heartline.records import NO_THEME, Placing, ThemeAlert, ThemeRound
from heartline.store import Stores
from heartline.understand import (
    FEWEST_TEXTS,
    Ints,
    PackedLog,
    find_surges,
    find_theme_errand,
    name_errand,
    place_errand,
    settle_themes,
)

P = ParamSpec("P")
T = TypeVar("T")

ENCODER: Final = "use-multilingual-3"
GROWTH: Final = 1.5
"""By how much texts must have grown before themes are found anew: all texts are then placed again."""
WANTED: Final = "themes.wanted"
"""The setting by which somebody asks for themes to be found anew."""
WATCHED: Final = "themes.watched_us"
"""The setting that holds up to when, in event time, surges were looked for."""
BATCH: Final = 512
SAMPLE: Final = 40_000
"""Texts that themes are looked for in, copies and all."""
_STEP_US: Final = 300_000_000
_DAY_US: Final = 86_400_000_000
_BACK_US: Final = 28 * _DAY_US
_HELD_US: Final = 30 * _DAY_US
_QUIET_US: Final = _DAY_US
"""A theme that surged is not told again for a day."""
_PART: Final = 2_000
_MOST_WORDS: Final = 400


class Ask(Protocol):
    """Has something done in the process beside."""

    def __call__(self, work: Callable[P, T], /, *given: P.args, **named: P.kwargs) -> T:
        """Return what came of it."""
        ...


class Follower:
    """Follows the themes of one installation; the listener calls ``follow`` when it has read."""

    def __init__(
        self,
        stores: Stores,
        *,
        log: Callable[[], PackedLog],
        hold: Callable[[], AbstractContextManager[None]],
        ask: Ask,
        stopping: Callable[[], bool],
    ) -> None:
        self._stores = stores
        self._log = log
        self._hold = hold
        self._ask = ask
        self._stopping = stopping
        self._logger = get_logger("follower")

    def follow(self, tell: Callable[[float], None] = lambda _share: None) -> int:
        """Find themes where it is due, place all texts, look for surges; return how many texts were placed.

        Raises:
            Unavailable: the models cannot be loaded, or the disk is full.
        """
        self._find_if_due()
        round_ = self._stores.kept.theme_round()
        if round_ is None:
            return 0
        placed = self._place_all(round_.version, tell)
        self._watch()
        return placed

    def _find_if_due(self) -> None:
        texts, _read = self._stores.readings.reading_counts(version=0)
        held = self._stores.kept.theme_round()
        wanted = self._stores.kept.setting(WANTED) == "1"
        if texts < FEWEST_TEXTS or not (wanted or held is None or texts >= held.texts * GROWTH):
            return
        sample = self._stores.placings.sample_texts(limit=SAMPLE, seed=texts)
        if len(sample) < FEWEST_TEXTS:
            return
        who = self._who([one.seq for one in sample])
        found = self._ask(find_theme_errand, [one.text for one in sample], who)
        now = time.time_ns() // 1_000
        since = {theme.number: theme.found_us for theme in self._stores.kept.themes()}
        kept = settle_themes(found, since=since, held=self._stores.kept.theme_centres(), now_us=now)
        version = 1 if held is None else held.version + 1
        self._stores.kept.keep_themes(ThemeRound(version=version, found_us=now, texts=texts, encoder=ENCODER), kept)
        self._logger.info("follower.found", version=version, themes=len(found), texts=texts)
        if wanted:
            self._stores.kept.set_setting(WANTED, "")

    def _place_all(self, version: int, tell: Callable[[float], None]) -> int:
        centres = self._stores.kept.theme_centres()
        texts, _read = self._stores.readings.reading_counts(version=0)
        placed, after = 0, -1
        while not self._stopping():
            waiting = self._stores.placings.unplaced(version=version, after_seq=after, limit=BATCH)
            if not waiting:
                break
            told = self._ask(place_errand, [one.text for one in waiting], centres)
            placings = [
                Placing(seq=one.seq, version=version, theme=theme, likeness=near)
                for one, (theme, near) in zip(waiting, told, strict=True)
            ]
            with self._hold():
                placed += self._stores.placings.shelve_placings(placings)
            after = waiting[-1].seq
            tell(min(1.0, placed / max(1, texts)))
        return placed

    def _watch(self) -> None:
        """Look for surges up to the newest five minutes that the data has whole."""
        log = self._log()
        rows = np.flatnonzero(log.has_text)
        if not len(rows):
            return
        until = int(log.ts_us[rows].max()) // _STEP_US * _STEP_US
        after = max(int(self._stores.kept.setting(WATCHED) or 0), until - _BACK_US)
        if until < after + _STEP_US:
            return
        near = rows[(log.ts_us[rows] >= after - _HELD_US) & (log.ts_us[rows] < until)]
        theme = self._theme_of(log.seq[near])
        surges = self._ask(
            find_surges, theme, log.ts_us[near], log.row[near].astype(np.int64), after_us=after, until_us=until
        )
        told = {(one.theme, one.seen_us) for one in self._stores.kept.theme_alerts()}
        for one in surges:
            if any(number == one.theme and abs(at - one.seen_us) < _QUIET_US for number, at in told):
                continue
            inside = near[(theme == one.theme) & (log.ts_us[near] < one.seen_us)]
            inside = inside[log.ts_us[inside] >= one.seen_us - one.minutes * 60_000_000]
            alert = ThemeAlert(
                alert_id=0, theme=one.theme, seen_us=one.seen_us, raised_us=time.time_ns() // 1_000,
                minutes=one.minutes, customers=one.customers, expected=round(one.expected, 2),
                # A theme that is known has words of its own.
                terms=() if one.theme else self._words(log, inside, near),
            )  # fmt: skip
            self._stores.kept.raise_theme_alert(alert)
            self._logger.info("follower.surge", theme=one.theme, customers=one.customers, minutes=one.minutes)
        self._stores.kept.set_setting(WATCHED, str(until))

    def _words(self, log: PackedLog, inside: Ints, near: Ints) -> tuple[str, ...]:
        """Return the words of what surged, against what was said before."""
        here = inside[-_MOST_WORDS:]
        rest = np.setdiff1d(near, here)[-_MOST_WORDS:]
        texts = self._texts([*log.seq[here].tolist(), *log.seq[rest].tolist()])
        told = [texts.get(seq, "") for seq in log.seq[here].tolist()]
        others = [texts.get(seq, "") for seq in log.seq[rest].tolist()]
        return self._ask(name_errand, told, others, log.row[here].tolist())

    def _theme_of(self, seqs: Ints) -> Ints:
        columns = self._stores.placings.placing_columns()
        place = np.searchsorted(columns.seq, seqs)
        inside = place < len(columns)
        inside[inside] = columns.seq[place[inside]] == seqs[inside]
        told = np.full(len(seqs), NO_THEME, dtype=np.int64)
        told[inside] = columns.theme[place[inside]]
        return told

    def _who(self, seqs: list[int]) -> list[int]:
        """Return which customer said each text; of one that the log does not hold yet, nobody else did."""
        log = self._log()
        order = np.argsort(log.seq, kind="stable")
        place = np.minimum(np.searchsorted(log.seq[order], seqs), max(0, len(order) - 1))
        rows = order[place] if len(order) else np.zeros(0, dtype=np.int64)
        pairs = zip(rows.tolist(), seqs, strict=True)
        return [int(log.row[row]) if int(log.seq[row]) == seq else -seq for row, seq in pairs]

    def _texts(self, seqs: list[int]) -> dict[int, str]:
        parts = (seqs[start : start + _PART] for start in range(0, len(seqs), _PART))
        return {one.seq: one.text or "" for part in parts for one in self._stores.history.entries(part)}
