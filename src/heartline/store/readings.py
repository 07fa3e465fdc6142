"""The ports of readings: History's shelf of what was heard, and State's readers and corrections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from heartline.records import EMOTIONS, Emotion, Polarity, ReaderVersion, Reading, TextKind
from heartline.store.history import MemoryHistory

TEXT_KINDS = tuple(TextKind)


class Unread(NamedTuple):
    """A text that no reader of a version has read."""

    seq: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingColumns:
    """All readings, one length, in the order of seq. ``emotion`` is a place in ``EMOTIONS``, −1 where none is told;
    ``kind`` a place in ``TextKind``; ``language`` a place in ``languages``.
    """

    seq: NDArray[np.int64]
    version: NDArray[np.int32]
    negative: NDArray[np.float32]
    positive: NDArray[np.float32]
    emotion: NDArray[np.int8]
    kind: NDArray[np.int8]
    language: NDArray[np.int32]
    languages: tuple[str, ...]
    effort: NDArray[np.bool_]
    urgency: NDArray[np.bool_]
    question: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.seq)


class Readings(Protocol):
    """What was heard in the texts that History holds. It is derived: whoever reads them again hears the same."""

    def unread(self, *, version: int, after_seq: int, limit: int) -> list[Unread]:
        """Return texts after a seq, in its order, that this version has not read."""
        ...

    def newest_text(self, *, after_seq: int) -> int:
        """Return the seq of the newest text after a seq, or that seq where none came: cheap, whatever History holds."""
        ...

    def shelve(self, readings: Sequence[Reading]) -> int:
        """Keep readings in place of older ones of the same texts; of what History no longer holds, nothing is kept.

        Call it while the projector is held: it writes into History's file. Returns how many were kept.

        Raises:
            Unavailable: the disk is full.
        """
        ...

    def readings(self, seqs: Sequence[int]) -> Mapping[int, Reading]:
        """Return the readings of some texts by seq."""
        ...

    def reading_columns(self) -> ReadingColumns:
        """Return all readings."""
        ...

    def reading_counts(self, *, version: int) -> tuple[int, int]:
        """Return how many texts there are, and how many of them this version has read."""
        ...


class KeptReaders(Protocol):
    """A part of ``KeptState``."""

    def readers(self) -> tuple[ReaderVersion, ...]:
        """Return all readers that were taught, newest first."""
        ...

    def reader_body(self) -> tuple[ReaderVersion, str, bytes] | None:
        """Return the newest reader with the fingerprint of the History it was taught by, and its head's bytes."""
        ...

    def keep_reader(self, reader: ReaderVersion, *, source: str, body: bytes) -> None:
        """Keep a reader; of those before only their figures stay."""
        ...

    def correct_reading(self, seq: int, polarity: Polarity, *, by: str) -> None:
        """Note what a person hears in a text; the latest word counts."""
        ...

    def corrections(self) -> Mapping[int, Polarity]:
        """Return what people corrected, by seq."""
        ...

    def drop_corrections(self, seqs: Iterable[int]) -> None:
        """Forget corrections of texts that are no longer there."""
        ...


def code_emotion(emotion: Emotion | None) -> int:
    """Return an emotion's place in ``EMOTIONS``, −1 where none is told."""
    return -1 if emotion is None else EMOTIONS.index(emotion)


def pack_readings(readings: Iterable[Reading]) -> ReadingColumns:
    """Return readings as columns."""
    ordered = sorted(readings, key=lambda one: one.seq)
    languages = tuple(sorted({one.language for one in ordered}))
    place = {name: code for code, name in enumerate(languages)}
    return ReadingColumns(
        seq=np.array([one.seq for one in ordered], dtype=np.int64),
        version=np.array([one.version for one in ordered], dtype=np.int32),
        negative=np.array([one.negative for one in ordered], dtype=np.float32),
        positive=np.array([one.positive for one in ordered], dtype=np.float32),
        emotion=np.array([code_emotion(one.emotion) for one in ordered], dtype=np.int8),
        kind=np.array([TEXT_KINDS.index(one.kind) for one in ordered], dtype=np.int8),
        language=np.array([place[one.language] for one in ordered], dtype=np.int32),
        languages=languages,
        effort=np.array([one.effort for one in ordered], dtype=np.bool_),
        urgency=np.array([one.urgency for one in ordered], dtype=np.bool_),
        question=np.array([one.question for one in ordered], dtype=np.bool_),
    )


class MemoryReadings:
    """The twin for tests, beside History's."""

    def __init__(self, history: MemoryHistory) -> None:
        self._history = history
        self._held: dict[int, Reading] = {}

    def _texts(self) -> dict[int, str]:
        texts = {seq: text for seq, text in self._history.texts() if text}
        self._held = {seq: reading for seq, reading in self._held.items() if seq in texts}
        return texts

    def unread(self, *, version: int, after_seq: int, limit: int) -> list[Unread]:
        """See ``Readings``."""
        found = [
            Unread(seq, text)
            for seq, text in sorted(self._texts().items())
            if seq > after_seq and (seq not in self._held or self._held[seq].version != version)
        ]
        return found[:limit]

    def newest_text(self, *, after_seq: int) -> int:
        """See ``Readings``."""
        return max((seq for seq in self._texts() if seq > after_seq), default=after_seq)

    def shelve(self, readings: Sequence[Reading]) -> int:
        """See ``Readings``."""
        texts = self._texts()
        kept = {one.seq: one for one in readings if one.seq in texts}
        self._held |= kept
        return len(kept)

    def readings(self, seqs: Sequence[int]) -> Mapping[int, Reading]:
        """See ``Readings``."""
        self._texts()
        return {seq: self._held[seq] for seq in seqs if seq in self._held}

    def reading_columns(self) -> ReadingColumns:
        """See ``Readings``."""
        self._texts()
        return pack_readings(self._held.values())

    def reading_counts(self, *, version: int) -> tuple[int, int]:
        """See ``Readings``."""
        texts = self._texts()
        return len(texts), sum(one.version == version for one in self._held.values())
