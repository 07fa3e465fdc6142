"""What a process beside the server is asked to do: read texts, and teach. It holds the models, and comes and goes."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from heartline.records import Reading
from heartline.understand.voice.deep_encoding import BothEncoders
from heartline.understand.voice.encoding import Encoder, SentenceEncoder, Vectors
from heartline.understand.voice.erring import find_topics, measure_bias, measure_spread
from heartline.understand.voice.heads import Floats, read_head, write_head
from heartline.understand.voice.reader import FastReader, load_reader
from heartline.understand.voice.teaching import Lesson, judge_reader, teach_head

MOST_REMEMBERED: Final = 20_000
"""Vectors of texts, 2 kB each (5 by both encoders): what was just taught is read again at once by what it taught."""


class RememberingEncoder:
    """An encoder that encodes the same text once, as long as it remembers it."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._held: dict[str, Vectors] = {}

    @property
    def name(self) -> str:
        """See ``Encoder``."""
        return self._encoder.name

    @property
    def width(self) -> int:
        """See ``Encoder``."""
        return self._encoder.width

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See ``Encoder``."""
        new = [text for text in dict.fromkeys(texts) if text not in self._held]
        if len(self._held) + len(new) > MOST_REMEMBERED:
            self._held.clear()
            new = list(dict.fromkeys(texts))
        self._held.update(zip(new, self._encoder.encode(new), strict=True))
        out = np.zeros((len(texts), self.width), dtype=np.float32)
        for place, text in enumerate(texts):
            out[place] = self._held[text]
        return out


def step_back() -> None:
    """Make way, as this process begins: one thread, and whoever waits for a page goes first."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415  # only this process is meant

    threadpool_limits(1)
    # Whoever ends the server at a terminal means the server: it ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(AttributeError, OSError):
        os.nice(5)


def _end_with_parent() -> None:
    """End when the server is killed: it could not tell us, and nobody would ever ask us anything again."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


_held: dict[int, FastReader] = {}
_encoder: Final = RememberingEncoder(SentenceEncoder())
_both: Final = RememberingEncoder(BothEncoders(_encoder))


def read_texts(version: int, body: bytes, texts: Sequence[str], seqs: Sequence[int]) -> list[Reading]:
    """Read texts with the reader of a version, whose head is ``body`` (empty: the one that is shipped).

    A head that was taught by both encoders hears by both; the shipped one by the fast one alone.
    """
    if version not in _held:
        _held.clear()
        _held[version] = _load(version, body)
    return _held[version].read(texts, seqs)


def read_blind(version: int, body: bytes, texts: Sequence[str], seqs: Sequence[int]) -> list[Reading]:
    """Read texts for a version by one of its heads that saw nothing of who wrote them; it is not remembered."""
    return _load(version, body).read(texts, seqs)


def _load(version: int, body: bytes) -> FastReader:
    head = read_head(body) if body else None
    encoder = _both if head is not None and head.encoder == _both.name else _encoder
    return load_reader(head, version=version, encoder=encoder)


def encode_texts(texts: Sequence[str]) -> Vectors:
    """Return the vectors of cleaned texts; what was just read is remembered."""
    return _encoder.encode(texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lecture:
    """What came of a teaching: how good the head is, its bytes, what is wrong with its shares, and the readings of the
    texts that taught it, *by heads that were not taught them*: a score must not be found again in its own reading.
    ``fold`` is the fold of each of these, and ``blind`` the head of each fold as bytes: what else customers of a fold
    wrote is read by it, for it was taught nothing of theirs.
    """

    f1: float
    error: float
    prior_f1: float
    prior_error: float
    bias: tuple[float, float, float]
    doubt: tuple[float, float, float]
    spread: tuple[float, float, float]
    told: tuple[float, ...]
    languages: tuple[tuple[str, int, float], ...]
    body: bytes
    readings: list[Reading]
    fold: tuple[int, ...]
    blind: tuple[bytes, ...]
    encoder: str


FEWEST_OF_A_LANGUAGE: Final = 30


def teach_texts(
    version: int,
    texts: Sequence[str],
    seqs: Sequence[int],
    sounds: Sequence[int],
    customers: Sequence[int],
    *,
    deep: bool = False,
) -> Lecture:
    """Teach the head of a version, by both encoders where it is to be ``deep``."""
    reader = load_reader(encoder=_both if deep else _encoder)
    lesson = Lesson(
        texts=tuple(reader.clean(texts)),
        vectors=reader.vectors(texts),
        sounds=np.asarray(sounds, dtype=np.int64),
        customers=np.asarray(customers, dtype=np.int64),
    )
    taught = teach_head(reader.prior, lesson, encoder=reader.encoder.name)
    body, told = write_head(taught.head), taught.merit.told
    readings = [
        replace(reading, negative=round(float(row[0]), 4), positive=round(float(row[2]), 4))
        for reading, row in zip(read_texts(version, body, texts, seqs), told, strict=True)
    ]
    bias, doubt = measure_bias(told, lesson.sounds, lesson.customers)
    spread = measure_spread(told, lesson.sounds, find_topics(lesson.vectors))
    return Lecture(
        f1=taught.merit.f1,
        error=taught.merit.error,
        prior_f1=taught.prior.f1,
        prior_error=taught.prior.error,
        bias=(float(bias[0]), float(bias[1]), float(bias[2])),
        doubt=(float(doubt[0]), float(doubt[1]), float(doubt[2])),
        spread=(float(spread[0]), float(spread[1]), float(spread[2])),
        told=tuple(float(share) for share in told.mean(axis=0)),
        languages=_judge_languages([one.language for one in readings], told, lesson),
        body=body,
        readings=readings,
        fold=tuple(taught.fold.tolist()),
        blind=tuple(write_head(one) for one in taught.blind),
        encoder=reader.encoder.name,
    )


def _judge_languages(languages: Sequence[str], told: Floats, lesson: Lesson) -> tuple[tuple[str, int, float], ...]:
    """Return how good it is at each language that has labels enough, the commonest first."""
    counts = Counter(languages)
    found = []
    for language, n in counts.most_common():
        if language and n >= FEWEST_OF_A_LANGUAGE:
            rows = np.array([place for place, one in enumerate(languages) if one == language])
            found.append((language, n, round(judge_reader(told[rows], lesson.sounds[rows]).f1, 4)))
    return tuple(found)
