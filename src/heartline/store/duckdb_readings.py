"""Readings beside the interactions they were heard in: one more table in History's file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import duckdb
import numpy as np

from heartline.errors import Unavailable
from heartline.language import _
from heartline.records import EMOTIONS, Reading
from heartline.store.duckdb_history import DuckdbHistory
from heartline.store.readings import TEXT_KINDS, ReadingColumns, Unread, code_emotion

_COLUMNS: Final = "seq, version, language, negative, positive, emotion, kind, effort, urgency, question, personal"


def texts_without(history: DuckdbHistory, table: str, *, version: int, after_seq: int, limit: int) -> list[Unread]:
    """Return texts after a seq, in its order, of which a table holds nothing by this version."""
    sql = (
        f"SELECT i.seq, i.text FROM interactions i LEFT JOIN {table} r ON r.seq = i.seq AND r.version = ? "
        "WHERE r.seq IS NULL AND i.seq > ? AND i.text IS NOT NULL AND i.text <> '' ORDER BY i.seq LIMIT ?"
    )
    with history.reading() as cursor:
        return [Unread(int(seq), text) for seq, text in cursor.execute(sql, [version, after_seq, limit]).fetchall()]


def shelve_rows(history: DuckdbHistory, table: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """Keep rows, whose first value is a seq, in place of older ones; of what History no longer holds, nothing is kept.

    Raises:
        Unavailable: the disk is full.
    """
    if not rows:
        return 0
    bounds = [min(row[0] for row in rows), max(row[0] for row in rows)]
    with history.reading() as cursor:
        try:
            cursor.begin()
            found = "SELECT seq FROM interactions WHERE seq BETWEEN ? AND ?"
            there = {int(seq) for (seq,) in cursor.execute(found, bounds).fetchall()}
            kept = [row for row in rows if row[0] in there]
            old = f"SELECT seq FROM {table} WHERE seq BETWEEN ? AND ?"
            had = {int(seq) for (seq,) in cursor.execute(old, bounds).fetchall()} & {row[0] for row in kept}
            if had:
                marks = ", ".join("?" * len(had))
                cursor.execute(f"DELETE FROM {table} WHERE seq IN ({marks})", sorted(had))
            if kept:
                appender = cursor.appender(table)
                appender.append_rows(kept)
                appender.flush()
            cursor.commit()
        except duckdb.Error as error:
            raise Unavailable(
                "history_full",
                _("The history cannot be written: {error}.").format(error=error),
                _("Free disk space."),
            ) from error
    return len(kept)


class DuckdbReadings:
    """See ``Readings``."""

    def __init__(self, history: DuckdbHistory) -> None:
        self._history = history

    def unread(self, *, version: int, after_seq: int, limit: int) -> list[Unread]:
        """See ``Readings``."""
        return texts_without(self._history, "readings", version=version, after_seq=after_seq, limit=limit)

    def newest_text(self, *, after_seq: int) -> int:
        """See ``Readings``."""
        sql = "SELECT seq FROM interactions WHERE seq > ? AND text <> '' ORDER BY seq DESC LIMIT 1"
        with self._history.reading() as cursor:
            found = cursor.execute(sql, [after_seq]).fetchone()
        return after_seq if found is None else int(found[0])

    def shelve(self, readings: Sequence[Reading]) -> int:
        """See ``Readings``."""
        return shelve_rows(self._history, "readings", [_row(one) for one in readings])

    def readings(self, seqs: Sequence[int]) -> Mapping[int, Reading]:
        """See ``Readings``."""
        if not seqs:
            return {}
        marks = ", ".join("?" * len(seqs))
        with self._history.reading() as cursor:
            rows = cursor.execute(f"SELECT {_COLUMNS} FROM readings WHERE seq IN ({marks})", list(seqs)).fetchall()
        return {int(row[0]): _reading(row) for row in rows}

    def reading_columns(self) -> ReadingColumns:
        """See ``Readings``."""
        with self._history.reading() as cursor:
            got = cursor.execute(f"SELECT {_COLUMNS} FROM readings ORDER BY seq").fetchnumpy()
        languages, language = np.unique(np.asarray(got["language"], dtype=str), return_inverse=True)
        return ReadingColumns(
            seq=np.asarray(got["seq"], dtype=np.int64),
            version=np.asarray(got["version"], dtype=np.int32),
            negative=np.asarray(got["negative"], dtype=np.float32),
            positive=np.asarray(got["positive"], dtype=np.float32),
            emotion=np.asarray(got["emotion"], dtype=np.int8),
            kind=np.asarray(got["kind"], dtype=np.int8),
            language=language.astype(np.int32),
            languages=tuple(str(one) for one in languages),
            effort=np.asarray(got["effort"], dtype=np.bool_),
            urgency=np.asarray(got["urgency"], dtype=np.bool_),
            question=np.asarray(got["question"], dtype=np.bool_),
        )

    def reading_counts(self, *, version: int) -> tuple[int, int]:
        """See ``Readings``."""
        with self._history.reading() as cursor:
            texts = cursor.execute("SELECT count(*) FROM interactions WHERE text <> ''").fetchone()[0]
            read = cursor.execute("SELECT count(*) FROM readings WHERE version = ?", [version]).fetchone()[0]
        return int(texts), int(read)


def _row(one: Reading) -> tuple[object, ...]:
    told = (one.effort, one.urgency, one.question, one.personal)
    return (
        one.seq,
        one.version,
        one.language,
        one.negative,
        one.positive,
        code_emotion(one.emotion),
        TEXT_KINDS.index(one.kind),
        *told,
    )


def _reading(row: Sequence[Any]) -> Reading:
    return Reading(
        seq=int(row[0]),
        version=int(row[1]),
        language=row[2],
        negative=float(row[3]),
        positive=float(row[4]),
        emotion=None if row[5] < 0 else EMOTIONS[row[5]],
        kind=TEXT_KINDS[row[6]],
        effort=row[7],
        urgency=row[8],
        question=row[9],
        personal=row[10],
    )
