"""Placings beside the interactions whose texts they place: one more table in History's file."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np

from heartline.errors import Unavailable
from heartline.language import _
from heartline.records import Placing
from heartline.store.duckdb_history import DuckdbHistory
from heartline.store.readings import Unread
from heartline.store.themes import PlacingColumns, choose_sample

_PART = 2_000


class DuckdbPlacings:
    """See ``Placings``."""

    def __init__(self, history: DuckdbHistory) -> None:
        self._history = history

    def unplaced(self, *, version: int, after_seq: int, limit: int) -> list[Unread]:
        """See ``Placings``."""
        sql = (
            "SELECT i.seq, i.text FROM interactions i LEFT JOIN placings p ON p.seq = i.seq AND p.version = ? "
            "WHERE p.seq IS NULL AND i.seq > ? AND i.text IS NOT NULL AND i.text <> '' ORDER BY i.seq LIMIT ?"
        )
        with self._history.reading() as cursor:
            return [Unread(int(seq), text) for seq, text in cursor.execute(sql, [version, after_seq, limit]).fetchall()]

    def shelve_placings(self, placings: Sequence[Placing]) -> int:
        """See ``Placings``."""
        if not placings:
            return 0
        bounds = [min(one.seq for one in placings), max(one.seq for one in placings)]
        with self._history.reading() as cursor:
            try:
                cursor.begin()
                found = "SELECT seq FROM interactions WHERE seq BETWEEN ? AND ?"
                there = {int(seq) for (seq,) in cursor.execute(found, bounds).fetchall()}
                rows = [(one.seq, one.version, one.theme, one.likeness) for one in placings if one.seq in there]
                old = "SELECT seq FROM placings WHERE seq BETWEEN ? AND ?"
                had = {int(seq) for (seq,) in cursor.execute(old, bounds).fetchall()} & {row[0] for row in rows}
                if had:
                    marks = ", ".join("?" * len(had))
                    cursor.execute(f"DELETE FROM placings WHERE seq IN ({marks})", sorted(had))
                if rows:
                    appender = cursor.appender("placings")
                    appender.append_rows(rows)
                    appender.flush()
                cursor.commit()
            except duckdb.Error as error:
                raise Unavailable(
                    "history_full",
                    _("The history cannot be written: {error}.").format(error=error),
                    _("Free disk space."),
                ) from error
        return len(rows)

    def placing_columns(self) -> PlacingColumns:
        """See ``Placings``."""
        with self._history.reading() as cursor:
            got = cursor.execute("SELECT seq, theme, likeness FROM placings ORDER BY seq").fetchnumpy()
        return PlacingColumns(
            seq=np.asarray(got["seq"], dtype=np.int64),
            theme=np.asarray(got["theme"], dtype=np.int32),
            likeness=np.asarray(got["likeness"], dtype=np.float32),
        )

    def placing_count(self, *, version: int) -> int:
        """See ``Placings``."""
        with self._history.reading() as cursor:
            return int(cursor.execute("SELECT count(*) FROM placings WHERE version = ?", [version]).fetchone()[0])

    def sample_texts(self, *, limit: int, seed: int) -> list[Unread]:
        """See ``Placings``."""
        with self._history.reading() as cursor:
            got = cursor.execute("SELECT seq FROM interactions WHERE text <> '' ORDER BY seq").fetchnumpy()
            seqs = np.asarray(got["seq"], dtype=np.int64)
            chosen = seqs[choose_sample(len(seqs), limit=limit, seed=seed)].tolist()
            found: list[Unread] = []
            for start in range(0, len(chosen), _PART):
                part = chosen[start : start + _PART]
                marks = ", ".join("?" * len(part))
                sql = f"SELECT seq, text FROM interactions WHERE seq IN ({marks}) ORDER BY seq"
                found += [Unread(int(seq), text) for seq, text in cursor.execute(sql, part).fetchall()]
        return found
