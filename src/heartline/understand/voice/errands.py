"""What a process beside the server is asked to do: read texts, and teach. It holds the models, and comes and goes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from typing import Final

import numpy as np

from heartline.records import Reading
from heartline.understand.voice.encoding import WIDTH, Encoder, SentenceEncoder, Vectors
from heartline.understand.voice.heads import read_head, write_head
from heartline.understand.voice.reader import FastReader, load_reader
from heartline.understand.voice.teaching import Lesson, Taught, drop_told, teach_head

MOST_REMEMBERED: Final = 20_000
"""Vectors of texts, 2 kB each: what was just taught is read again at once by what it taught."""


class RememberingEncoder:
    """An encoder that encodes the same text once, as long as it remembers it."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._held: dict[str, Vectors] = {}

    @property
    def name(self) -> str:
        """See ``Encoder``."""
        return self._encoder.name

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See ``Encoder``."""
        new = [text for text in dict.fromkeys(texts) if text not in self._held]
        if len(self._held) + len(new) > MOST_REMEMBERED:
            self._held.clear()
            new = list(dict.fromkeys(texts))
        self._held.update(zip(new, self._encoder.encode(new), strict=True))
        out = np.zeros((len(texts), WIDTH), dtype=np.float32)
        for place, text in enumerate(texts):
            out[place] = self._held[text]
        return out


def step_back() -> None:
    """Make way, as this process begins: one thread, and whoever waits for a page goes first."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415  # only this process is meant

    threadpool_limits(1)
    with contextlib.suppress(AttributeError, OSError):
        os.nice(10)


_held: dict[int, FastReader] = {}
_encoder: Final = RememberingEncoder(SentenceEncoder())


def read_texts(version: int, body: bytes, texts: Sequence[str], seqs: Sequence[int]) -> list[Reading]:
    """Read texts with the reader of a version, whose head is ``body`` (empty: the one that is shipped)."""
    if version not in _held:
        _held.clear()
        _held[version] = load_reader(read_head(body) if body else None, version=version, encoder=_encoder)
    return _held[version].read(texts, seqs)


def teach_texts(texts: Sequence[str], sounds: Sequence[int], customers: Sequence[int]) -> tuple[Taught, bytes]:
    """Teach a head; return how good it is, and its bytes."""
    reader = load_reader(encoder=_encoder)
    lesson = Lesson(
        texts=tuple(reader.clean(texts)),
        vectors=reader.vectors(texts),
        sounds=np.asarray(sounds, dtype=np.int64),
        customers=np.asarray(customers, dtype=np.int64),
    )
    taught = teach_head(reader.prior, lesson, encoder=reader.encoder.name)
    return drop_told(taught), write_head(taught.head)
