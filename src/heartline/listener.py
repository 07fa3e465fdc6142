"""The listener: reads each text that History holds, some seconds behind the projector, and learns from scored ones.

The models live in a process beside the server, which is begun when there is something to read and let go when there was
nothing for a while: the server's memory stays small, and no page waits for a model. What is read is derived. A kill at
any point loses at most a batch that is read again; what an erasure removed is neither kept nor remembered, because a
reader that was taught by rows which are gone is taught anew.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Final, ParamSpec, TypeVar

import numpy as np

from heartline.errors import HeartlineError, Unavailable
from heartline.follower import Follower
from heartline.language import _
from heartline.log import get_logger
from heartline.records import SOUNDS, Polarity, ReaderVersion
from heartline.store import Stores
from heartline.understand import (
    MOST_LABELS,
    BothEncoders,
    Ints,
    Mask,
    PackedLog,
    is_deep_installed,
    is_enough,
    mask_told,
    read_blind,
    read_texts,
    sounds_of,
    step_back,
    teach_texts,
)

P = ParamSpec("P")
T = TypeVar("T")

BATCH: Final = 512
"""Texts read at once: about a second's work."""
GROWTH: Final = 1.25
"""By how much labels must have grown before a head is taught anew: all texts are read again by it."""
_POLL_S: Final = 1.0
_IDLE_S: Final = 120.0
_PATIENCE_S: Final = 600.0
_PART: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """How far reading is: of ``texts``, ``read`` by the present version. Without a ``reader`` the shipped one reads."""

    texts: int
    read: int
    reader: ReaderVersion | None
    trouble: str = ""

    @property
    def share(self) -> float:
        """How much is read, 0…1."""
        return self.read / self.texts if self.texts else 1.0


def is_deep(reader: ReaderVersion) -> bool:
    """Whether a reader hears by both encoders."""
    return "+" in reader.encoder


def is_other(reader: ReaderVersion, *, deep: bool) -> bool:
    """Whether a reader was taught by other vectors than are made now: its head means nothing to them."""
    return is_deep(reader) != deep or (deep and reader.encoder != BothEncoders.name)


def hire_process() -> Executor:
    """Begin a process of its own that holds the models."""
    return ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"), initializer=step_back)


class Listener:
    """Reads and learns for one installation. ``start`` it, or call ``catch_up``."""

    def __init__(
        self,
        stores: Stores,
        *,
        log: Callable[[], PackedLog],
        hold: Callable[[], AbstractContextManager[None]],
        hire: Callable[[], Executor] = hire_process,
        deep: bool = False,
    ) -> None:
        self._stores = stores
        self._log = log
        self._hold = hold
        self._hire = hire
        self.deep = deep and is_deep_installed()
        self._logger = get_logger("listener")
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._turn = threading.Lock()
        self._pool: Executor | None = None
        self._used_s = 0.0
        self._seen: tuple[int, str] = (-1, "")
        self._heard = -1
        self.trouble = ""
        self._follower = Follower(stores, log=log, hold=hold, ask=self._ask, stopping=self._stopping.is_set)

    def start(self) -> None:
        """Read in a thread of its own until ``stop``."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._listen, name="heartline-listener", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread and the process beside, whatever it is at: what it has not read is read at the next start."""
        self._stopping.set()
        self._let_go(now=True)
        if self._thread is not None:
            self._thread.join(timeout=_PATIENCE_S)

    def look_again(self) -> None:
        """Look at the next turn, though nothing came."""
        self._seen = (-1, "")

    def status(self) -> Listening:
        """Return how far it is."""
        newest = next(iter(self._stores.kept.readers()), None)
        texts, read = self._stores.readings.reading_counts(version=0 if newest is None else newest.version)
        taught = None if newest is None or not newest.labels else newest
        return Listening(texts=texts, read=read, reader=taught, trouble=self.trouble)

    def catch_up(self, tell: Callable[[float], None] = lambda _share: None, *, most: int | None = None) -> int:
        """Teach where it is due, then read all there is (``most``: only so many); return how many were read.

        Raises:
            Unavailable: the models cannot be loaded, or the disk is full.
        """
        with self._turn:
            taught = 0 if most is not None else self._teach_if_due()
            read = taught + self._read_all(tell, most)
            if most is None:
                self._follower.follow()
            return read

    def _listen(self) -> None:
        while not self._stopping.wait(_POLL_S):
            try:
                self._look()
                self.trouble = ""
            except HeartlineError as error:
                if self._stopping.is_set():
                    return
                self.trouble = str(error)
                self._logger.warning("listener.waits", error=str(error))
                self._stopping.wait(30)
            except Exception as error:  # a thread has nobody above it: the page says that it waits
                self.trouble = str(error)
                self._logger.exception("listener.waits", error=str(error))
                self._stopping.wait(30)

    def _look(self) -> None:
        """Catch up where a text has come, or anything has gone, since the last time that went well."""
        news = (self._stores.history.offset(), self._stores.history.fingerprint())
        if news != self._seen:
            newest = self._stores.readings.newest_text(after_seq=self._heard)
            # Most that comes has no text: each second it would ask of all that is there whether it was read.
            if newest != self._heard or news[1] != self._seen[1]:
                self.catch_up()
            # Only now: what could not be read is tried again.
            self._seen, self._heard = news, newest
        elif self._pool is not None and time.monotonic() - self._used_s > _IDLE_S:
            self._let_go()

    def _read_all(self, tell: Callable[[float], None], most: int | None) -> int:
        version, body = self._head()
        texts, done = self._stores.readings.reading_counts(version=version)
        read, after = 0, -1
        while not self._stopping.is_set() and (most is None or read < most):
            limit = BATCH if most is None else min(BATCH, most - read)
            waiting = self._stores.readings.unread(version=version, after_seq=after, limit=limit)
            if not waiting:
                break
            found = self._ask(read_texts, version, body, [one.text for one in waiting], [one.seq for one in waiting])
            with self._hold():
                read += self._stores.readings.shelve(found)
            after = waiting[-1].seq
            tell(min(1.0, (done + read) / max(1, texts)))
        return read

    def _head(self) -> tuple[int, bytes]:
        held = self._stores.kept.reader_body()
        return (0, b"") if held is None else (held[0].version, held[2])

    def _teach_if_due(self) -> int:
        """Teach where labels are enough and many more than before, or where some that taught were removed.

        Returns how many texts were read by it.
        """
        log, fixed = self._log(), self._corrections()
        rows = np.flatnonzero(mask_told(log) | np.isin(log.seq, np.array(sorted(fixed), dtype=np.int64)))
        sounds = sounds_of(log, rows)
        for seq, polarity in fixed.items():
            # A text that no polarity fits teaches nothing.
            sounds[log.seq[rows] == seq] = SOUNDS.index(polarity) if polarity in SOUNDS else -1
        rows, sounds = rows[sounds >= 0], sounds[sounds >= 0]
        newest = np.sort(np.argsort(log.ts_us[rows], kind="stable")[-MOST_LABELS:])
        rows, sounds = rows[newest], sounds[newest]
        held, source = self._stores.kept.reader_body(), self._stores.history.fingerprint()
        stale = held is not None and held[1] != source
        # Who turns deep reading on or off, or has a newer deep encoder, wants to be read by it.
        other = held is not None and bool(held[2]) and is_other(held[0], deep=self.deep)
        due = held is None or stale or other or len(rows) >= held[0].labels * GROWTH
        before = 0 if held is None else held[0].version
        if due and is_enough(sounds):
            return self._teach(log, rows, sounds, source=source, version=before + 1)
        if stale:
            self._unlearn(source=source, version=before + 1)
        return 0

    def unlearn(self) -> None:
        """Let go, where rows were removed, of what they taught and of their corrections; what is left teaches anew.

        An erasure calls it before State is cleared, so that nothing of a head is left in a file.
        """
        self._corrections()
        held, source = self._stores.kept.reader_body(), self._stores.history.fingerprint()
        if held is not None and held[2] and held[1] != source:
            self._unlearn(source=source, version=held[0].version + 1)

    def _unlearn(self, *, source: str, version: int) -> None:
        """Let the shipped reader read again: some that taught were removed, and what is left is too little to teach."""
        untaught = ReaderVersion(
            version=version, taught_us=time.time_ns() // 1_000, labels=0, customers=0, f1=0.0, error=0.0, prior_f1=0.0,
            prior_error=0.0,
        )  # fmt: skip
        self._stores.kept.keep_reader(untaught, source=source, body=b"")
        self._logger.info("listener.unlearnt", version=version)

    def _corrections(self) -> dict[int, Polarity]:
        """Return what people corrected in texts that are still there; the rest is forgotten."""
        fixed = dict(self._stores.kept.corrections())
        there = self._texts(sorted(fixed))
        self._stores.kept.drop_corrections(fixed.keys() - there.keys())
        return {seq: polarity for seq, polarity in fixed.items() if seq in there}

    def _teach(self, log: PackedLog, rows: Ints, sounds: Ints, *, source: str, version: int) -> int:
        texts = self._texts(log.seq[rows].tolist())
        kept = np.array([bool(texts.get(seq)) for seq in log.seq[rows].tolist()], dtype=np.bool_)
        seqs, customers = log.seq[rows][kept].tolist(), log.row[rows][kept].tolist()
        said = [texts[seq] for seq in seqs]
        learnt = self._ask(teach_texts, version, said, seqs, sounds[kept].tolist(), customers, deep=self.deep)
        reader = ReaderVersion(
            version=version,
            taught_us=time.time_ns() // 1_000,
            labels=len(seqs),
            customers=len(set(customers)),
            f1=round(learnt.f1, 4),
            error=round(learnt.error, 4),
            prior_f1=round(learnt.prior_f1, 4),
            prior_error=round(learnt.prior_error, 4),
            bias=learnt.bias,
            doubt=learnt.doubt,
            spread=learnt.spread,
            told=learnt.told,
            languages=learnt.languages,
            encoder=learnt.encoder,
            blind_until=int(log.seq.max()),
        )
        # First these: read by the new head itself, a score would be found again in its own words.
        with self._hold():
            read = self._stores.readings.shelve(learnt.readings)
        fold = np.full(len(log.customers), -1, dtype=np.int64)
        fold[customers] = learnt.fold
        read += self._read_blind(log, np.isin(log.seq, seqs, invert=True), fold, learnt.blind, version=version)
        self._stores.kept.keep_reader(reader, source=source, body=learnt.body)
        self._logger.info("listener.taught", version=reader.version, labels=reader.labels, f1=reader.f1)
        return read

    def _read_blind(self, log: PackedLog, other: Mask, fold: Ints, heads: tuple[bytes, ...], *, version: int) -> int:
        """Read what else those wrote who taught, each by the head that was taught nothing of theirs."""
        read = 0
        for one, head in enumerate(heads):
            seqs = log.seq[other & log.has_text & (fold[log.row] == one)].tolist()
            for part in (seqs[start : start + BATCH] for start in range(0, len(seqs), BATCH)):
                said = self._texts(part)
                known = [seq for seq in part if said.get(seq)]
                found = self._ask(read_blind, version, head, [said[seq] for seq in known], known)
                with self._hold():
                    read += self._stores.readings.shelve(found)
        return read

    def _texts(self, seqs: list[int]) -> dict[int, str]:
        parts = (seqs[start : start + _PART] for start in range(0, len(seqs), _PART))
        return {one.seq: one.text or "" for part in parts for one in self._stores.history.entries(part)}

    def _ask(self, work: Callable[P, T], /, *given: P.args, **named: P.kwargs) -> T:
        if self._stopping.is_set():
            raise _ended()
        pool = self._pool = self._pool or self._hire()
        try:
            asked = pool.submit(work, *given, **named)
        except RuntimeError as error:
            # It was let go just now, or was found dead before it was asked: another is begun next time.
            if self._pool is pool:
                self._let_go(now=True)
            raise _ended() from error
        try:
            return asked.result(timeout=_PATIENCE_S)
        except (BrokenProcessPool, CancelledError, TimeoutError) as error:
            self._let_go(now=True)
            raise _ended() from error
        finally:
            self._used_s = time.monotonic()

    def _let_go(self, *, now: bool = False) -> None:
        """End the process when it has done what it is at, or ``now``: the interpreter would wait for it."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        children = list(getattr(pool, "_processes", {}).values()) if now else []
        pool.shutdown(wait=False, cancel_futures=True)
        for child in children:
            child.terminate()


def _ended() -> Unavailable:
    return Unavailable(
        "reader_ended", _("The process that reads texts has ended."), _("It is begun again; see the log.")
    )
