"""Placings beside the interactions whose texts they place: one more table in History's file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from heartline.records import NOBODY, Placing
from heartline.store.duckdb_history import DuckdbHistory
from heartline.store.duckdb_readings import shelve_rows, texts_without
from heartline.store.readings import Unread
from heartline.store.themes import PlacingColumns, choose_sample

_PART = 2_000


class DuckdbPlacings:
    """See ``Placings``."""

    def __init__(self, history: DuckdbHistory) -> None:
        self._history = history

    def unplaced(self, *, version: int, after_seq: int, limit: int) -> list[Unread]:
        """See ``Placings``."""
        return texts_without(self._history, "placings", version=version, after_seq=after_seq, limit=limit)

    def shelve_placings(self, placings: Sequence[Placing]) -> int:
        """See ``Placings``."""
        rows = [(one.seq, one.version, one.theme, one.likeness) for one in placings]
        return shelve_rows(self._history, "placings", rows)

    def placing_columns(self) -> PlacingColumns:
        """See ``Placings``."""
        with self._history.reading() as cursor:
            got = cursor.execute("SELECT seq, version, theme, likeness FROM placings ORDER BY seq").fetchnumpy()
        return PlacingColumns(
            seq=np.asarray(got["seq"], dtype=np.int64),
            version=np.asarray(got["version"], dtype=np.int32),
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
            ours = "SELECT seq FROM interactions WHERE text <> '' AND subject_id <> ? ORDER BY seq"
            got = cursor.execute(ours, [NOBODY]).fetchnumpy()
            seqs = np.asarray(got["seq"], dtype=np.int64)
            chosen = seqs[choose_sample(len(seqs), limit=limit, seed=seed)].tolist()
            found: list[Unread] = []
            for start in range(0, len(chosen), _PART):
                part = chosen[start : start + _PART]
                marks = ", ".join("?" * len(part))
                sql = f"SELECT seq, text FROM interactions WHERE seq IN ({marks}) ORDER BY seq"
                found += [Unread(int(seq), text) for seq, text in cursor.execute(sql, part).fetchall()]
        return found
