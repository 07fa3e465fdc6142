"""The embedded history: one DuckDB table without keys or indexes, appended in batches (docs/decisions/0003).

Only the portable subset of SQL is used: integer times, no lambdas, no ordered aggregates.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
from numpy.typing import NDArray

from heartline.errors import Conflict, Unavailable
from heartline.language import _
from heartline.records import NOBODY, Interaction
from heartline.store.column_check import read_all_columns
from heartline.store.duckdb_asking import DIGESTS, HeldWord, read_told
from heartline.store.history import FIELDS, KINDS, SCORE_KINDS, Columns, Entry, SeqRange, Span, Told, make_fingerprint
from heartline.store.history_sheets import Sheet, lay_out, lay_out_entries, make_arrays
from heartline.store.history_tables import TABLES
from heartline.store.migrations import HISTORY_VERSION, refuse_newer

_MOST_VALUES: Final = 2_000  # that a statement names
_SHEET: Final = "fresh_rows"
_ENTRY: Final = (
    "seq, ts_us, received_us, subject_id, source_id, kind, touch, touchpoint, channel, area, place, partner, employee, "
    "product, action, score_kind, score, score_top, amount_minor, currency, text, order_id, message_id, properties, "
    "skewed"
)


class DuckdbHistory:
    """See ``History``. One writer thread; readers take a cursor each."""

    def __init__(self, path: Path) -> None:
        self._naming = threading.Lock()
        self._turning = threading.Condition()
        self._readers = 0
        self._closed_to_readers = False
        self._lost = False
        self._word = HeldWord()
        self._open(path)

    def turn_to(self, path: Path) -> None:
        """Read and write another file from now on; waits for those who read the one before."""
        with self._turning:
            # Who comes now waits for the new file, or the last reader would never come.
            self._closed_to_readers = True
            self._turning.wait_for(lambda: not self._readers)
            before = self._db
            try:
                if path == self._path:
                    # DuckDB gives a file that is open already as it is: lost, where it was lost.
                    before.close()
                self._open(path)
                self._lost = False
                before.close()
            finally:
                self._closed_to_readers = False
                self._turning.notify_all()

    def _open(self, path: Path) -> None:
        self._path = path
        self._word.turn()
        try:
            self._db = duckdb.connect(str(path))
        except duckdb.IOException as error:
            raise Conflict(
                "history_busy", _("The history file is open in another process."), _("Stop the other heartline first.")
            ) from error
        # The automatic checkpoint at 16 MiB costs hundreds of ms on the commit; closing checkpoints anyway.
        self._db.execute("SET checkpoint_threshold = '512MB'")
        self._db.execute("SET threads = 2")
        self._bring_up()
        self._codes: dict[str, dict[str, int]] = {field: {"": 0} for field in FIELDS}
        self._names: dict[str, list[str]] = {field: [""] for field in FIELDS}
        for field, code, name in self._db.execute(
            "SELECT field, code, name FROM names ORDER BY field, code"
        ).fetchall():
            # A name that nothing bears any more was emptied by ``rewrite``; its code stays taken.
            if name:
                self._codes[field][name] = code
            self._names[field].append(name)
        self._top = int(self._db.execute("SELECT coalesce(max(seq), -1) FROM interactions").fetchall()[0][0])
        self._word.settle()

    def _bring_up(self) -> None:
        """Make the tables; let go of a history of an older layout: the projector makes it again from the journal."""
        had = {name for (name,) in self._db.execute("SELECT table_name FROM information_schema.tables").fetchall()}
        if "layout" in had:
            found = self._db.execute("SELECT version FROM layout").fetchall()[0][0]
        elif "interactions" in had:
            # From before versions were written down: the second layout keeps mentions.
            found = 2 if "mentions" in had else 1
        else:
            found = 0
        try:
            refuse_newer("History", found, HISTORY_VERSION)
        except Conflict:
            self._db.close()
            raise
        # At once: a watermark without its rows would be taken for a history that is complete.
        self._db.begin()
        if found != HISTORY_VERSION:
            for name in had:
                self._db.execute(f'DROP TABLE "{name}"')
        for table in TABLES:
            self._db.execute(table)
        if found != HISTORY_VERSION or "layout" not in had:
            self._db.execute("INSERT INTO layout VALUES (?)", [HISTORY_VERSION])
        if not self._db.execute("SELECT 1 FROM fingerprint").fetchall():
            self._turn_fingerprint()
        self._db.commit()

    def append(self, entries: Sequence[Entry], *, offset: int) -> None:
        """See ``History``."""
        self._write(lay_out_entries(entries), offset)

    def record(
        self,
        told: Sequence[Interaction],
        subject_ids: Sequence[int],
        mentions: Sequence[tuple[int, int]],
        *,
        offset: int,
    ) -> None:
        """See ``History``."""
        self._write(lay_out(told, subject_ids, mentions), offset)

    def _write(self, sheet: Sheet, offset: int) -> None:
        if self._lost:
            self.turn_to(self._path)
        fresh: list[tuple[str, int, str]] = []
        with self._naming:
            arrays = make_arrays(sheet, lambda field, names: self._code(field, names, fresh))
        try:
            # A name for what is read from memory: given before the transaction, so that undoing it takes nothing away.
            self._db.register(_SHEET, arrays)
            self._db.begin()
            if fresh:
                self._db.executemany("INSERT INTO names VALUES (?, ?, ?)", fresh)
            if sheet.seqs:
                self._db.execute(f"INSERT INTO interactions SELECT {_ENTRY} FROM {_SHEET}")
            self._append_rows("mentions", sheet.mentions)
            if sheet.seqs and min(sheet.seqs) <= self._top:
                self._turn_fingerprint()
            self._move(offset)
            self._db.commit()
            self._word.settle()
            self._top = max(self._top, max(sheet.seqs, default=-1))
        except duckdb.Error as error:
            self._undo(fresh, error)
            raise Unavailable(
                "history_full", _("The history cannot be written: {error}.").format(error=error), _("Free disk space.")
            ) from error
        finally:
            # A database that answers nothing more has forgotten it already.
            with suppress(duckdb.Error):
                self._db.unregister(_SHEET)

    def _move(self, offset: int) -> None:
        self._db.execute("DELETE FROM watermark")
        self._db.execute("INSERT INTO watermark VALUES (?)", [offset])

    def _turn_fingerprint(self) -> None:
        self._word.turn()
        self._db.execute("DELETE FROM fingerprint")
        self._db.execute("INSERT INTO fingerprint VALUES (?)", [make_fingerprint()])

    def _append_rows(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        if not rows:
            return
        appender = self._db.appender(table)
        try:
            appender.append_rows(rows)
            appender.flush()
        except duckdb.Error:
            # An appender that dies with rows in it tries to flush them once more.
            appender.clear()
            raise

    def _undo(self, fresh: Sequence[tuple[str, int, str]], error: Exception | None = None) -> None:
        # After some failures (a checkpoint on a full disk) DuckDB answers nothing more until the file is opened again.
        self._lost = isinstance(error, duckdb.FatalException)
        with self._naming:
            for field, _rest, name in reversed(fresh):
                del self._codes[field][name]
                self._names[field].pop()
        # DuckDB may already have rolled back by itself when the commit failed.
        try:
            self._db.rollback()
        except duckdb.Error:
            return
        finally:
            self._word.settle()

    def _code(self, field: str, names: Sequence[str], fresh: list[tuple[str, int, str]]) -> NDArray[np.int32]:
        """Return the codes of a field's names, giving new names the next code."""
        codes, known = self._codes[field], self._names[field]
        borne = set(names)
        for name in sorted(borne - codes.keys()):
            codes[name] = len(known)
            fresh.append((field, len(known), name))
            known.append(name)
        if len(borne) == 1:
            return np.full(len(names), codes[borne.pop()], dtype=np.int32)
        return np.array([codes[name] for name in names], dtype=np.int32)

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """Give a cursor of one's own; the file stays until it is given back."""
        with self._turning:
            self._turning.wait_for(lambda: not self._closed_to_readers)
            self._readers += 1
            cursor = self._db.cursor()
        try:
            yield cursor
        finally:
            cursor.close()
            with self._turning:
                self._readers -= 1
                self._turning.notify_all()

    def offset(self) -> int:
        """See ``History``."""
        with self.reading() as cursor:
            row = cursor.execute("SELECT seq FROM watermark").fetchone()
        return int(row[0]) if row else 0

    def count(self) -> int:
        """See ``History``."""
        with self.reading() as cursor:
            return int(cursor.execute("SELECT count(*) FROM interactions").fetchone()[0])

    def span_us(self) -> tuple[int, int] | None:
        """See ``History``."""
        with self.reading() as cursor:
            first, last = cursor.execute("SELECT min(ts_us), max(ts_us) FROM interactions WHERE touch").fetchone()
        return None if first is None else (int(first), int(last))

    def fingerprint(self) -> str:
        """See ``History``."""
        held = self._word.get()
        if held:
            return held
        age = self._word.age
        with self.reading() as cursor:
            return self._word.keep(str(cursor.execute("SELECT word FROM fingerprint").fetchone()[0]), age=age)

    def columns(self, *, after_seq: int = -1) -> Columns:
        """See ``History``."""
        sql = (
            "SELECT seq, ts_us, subject_id, touchpoint, channel, area, place, partner, employee, product, action, "
            "score_kind, coalesce(score, 'nan'::FLOAT) AS score, score_top, coalesce(amount_minor, 0) AS amount_minor, "
            "coalesce(length(text), 0) AS text_length FROM interactions WHERE touch AND seq > ?"
        )
        with self.reading() as cursor:
            got = cursor.execute(sql, [after_seq]).fetchnumpy()
        length = np.asarray(got["text_length"], dtype=np.int32)
        return Columns(
            seq=np.asarray(got["seq"], dtype=np.int64),
            ts_us=np.asarray(got["ts_us"], dtype=np.int64),
            subject_id=np.asarray(got["subject_id"], dtype=np.int64),
            fields={field: np.asarray(got[field], dtype=np.int32) for field in FIELDS},
            score_kind=np.asarray(got["score_kind"], dtype=np.uint8),
            score=np.asarray(got["score"], dtype=np.float32),
            score_top=np.asarray(got["score_top"], dtype=np.uint8),
            amount_minor=np.asarray(got["amount_minor"], dtype=np.int64),
            has_text=length > 0,
            text_length=length,
        )

    def subjects(self, *, after_seq: int) -> NDArray[np.int64]:
        """See ``History``."""
        with self.reading() as cursor:
            sql = "SELECT subject_id FROM interactions WHERE seq > ? AND subject_id <> ?"
            got = cursor.execute(sql, [after_seq, NOBODY]).fetchnumpy()
        return np.unique(np.asarray(got["subject_id"], dtype=np.int64))

    def vocabulary(self) -> Mapping[str, tuple[str, ...]]:
        """See ``History``."""
        with self._naming:
            return {field: tuple(names) for field, names in self._names.items()}

    def told(self, naming: Sequence[str], *, after_seq: int = -1, limit: int) -> list[Told]:
        """See ``History``."""
        with self.reading() as cursor:
            found = read_told(cursor, naming, after_seq=after_seq, limit=limit)
        with self._naming:
            names = self._names["touchpoint"]
            return [Told(seq, ts, order, said, names[code]) for seq, ts, order, said, code in found]

    def entries(self, seqs: Sequence[int]) -> list[Entry]:
        """See ``History``."""
        if not seqs:
            return []
        marks = ", ".join("?" * len(seqs))
        found = self._read(f"SELECT {_ENTRY} FROM interactions WHERE seq IN ({marks})", list(seqs))
        by_seq = {e.seq: e for e in found}
        return [by_seq[seq] for seq in seqs if seq in by_seq]

    def timeline(self, spans: Sequence[Span], *, limit: int, before_us: int | None = None) -> list[Entry]:
        """See ``History``."""
        if not spans:
            return []
        marks = " OR ".join("(subject_id = ? AND ts_us >= ? AND ts_us < ?)" for _rest in spans)
        values: list[int] = [v for s in spans for v in (s.subject_id, s.from_us, s.to_us)]
        if before_us is not None:
            marks = f"({marks}) AND ts_us < ?"
            values.append(before_us)
        return self._read(
            f"SELECT {_ENTRY} FROM interactions WHERE {marks} ORDER BY ts_us DESC, seq DESC LIMIT {int(limit)}", values
        )

    def recent(self, *, limit: int, source_id: int | None = None) -> list[Entry]:
        """See ``History``."""
        where, values = ("", []) if source_id is None else ("WHERE source_id = ?", [source_id])
        return self._read(f"SELECT {_ENTRY} FROM interactions {where} ORDER BY seq DESC LIMIT {int(limit)}", values)

    def of_rivals(self, *, limit: int) -> list[Entry]:
        """See ``History``."""
        where = f"WHERE subject_id = ? ORDER BY seq DESC LIMIT {int(limit)}"
        return self._read(f"SELECT {_ENTRY} FROM interactions {where}", [NOBODY])[::-1]

    def earliest_us(self, subject_ids: Sequence[int]) -> Mapping[int, int]:
        """See ``History``."""
        if not subject_ids:
            return {}
        marks = ", ".join("?" * len(subject_ids))
        where = f"touch AND subject_id IN ({marks})"
        sql = f"SELECT subject_id, min(ts_us) FROM interactions WHERE {where} GROUP BY subject_id"
        with self.reading() as cursor:
            return {int(s): int(t) for s, t in cursor.execute(sql, list(subject_ids)).fetchall()}

    def source_starts(self) -> Mapping[int, int]:
        """See ``History``."""
        sql = "SELECT source_id, min(ts_us) FROM interactions WHERE touch GROUP BY source_id"
        with self.reading() as cursor:
            return {int(source): int(ts_us) for source, ts_us in cursor.execute(sql).fetchall()}

    def digests(self) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """See ``History``."""
        with self.reading() as cursor:
            got = cursor.execute(DIGESTS).fetchnumpy()
        return np.asarray(got["subject_id"], dtype=np.int64), np.asarray(got["digest"], dtype=np.uint64)

    def copy_to(self, path: Path) -> None:
        """Write a copy of all that is there into a new file.

        Raises:
            Unavailable: the disk is full.
        """
        with self.reading() as cursor:
            (name,) = cursor.execute("SELECT current_database()").fetchone()
            try:
                cursor.execute(f"ATTACH '{str(path).replace(chr(39), chr(39) * 2)}' AS copied")
                cursor.execute(f'COPY FROM DATABASE "{name}" TO copied')
                cursor.execute("DETACH copied")
            except duckdb.Error as error:
                raise Unavailable(
                    "history_full", _("History cannot be copied: {error}.").format(error=error), _("Free disk space.")
                ) from error

    def examine(self) -> list[str]:
        """Return what is wrong with the file: every column of every row is read."""
        with self.reading() as cursor:
            return read_all_columns(cursor)

    def mentions(self, identifier_ids: Collection[int]) -> list[int]:
        """See ``History``."""
        found: set[int] = set()
        wanted = sorted(set(identifier_ids))
        with self.reading() as cursor:
            for start in range(0, len(wanted), _MOST_VALUES):
                part = wanted[start : start + _MOST_VALUES]
                marks = ", ".join("?" * len(part))
                for sql in (
                    f"SELECT seq FROM interactions WHERE subject_id IN ({marks})",
                    f"SELECT seq FROM mentions WHERE identifier_id IN ({marks})",
                ):
                    found.update(int(seq) for (seq,) in cursor.execute(sql, part).fetchall())
        return sorted(found)

    def count_within(self, ranges: Sequence[SeqRange]) -> int:
        """See ``History``."""
        found = 0
        with self.reading() as cursor:
            for start in range(0, len(ranges), _MOST_VALUES // 2):
                part = ranges[start : start + _MOST_VALUES // 2]
                where = " OR ".join("seq BETWEEN ? AND ?" for _rest in part)
                values = [seq for first_last in part for seq in first_last]
                found += int(cursor.execute(f"SELECT count(*) FROM interactions WHERE {where}", values).fetchone()[0])
        return found

    def remove(self, ranges: Sequence[SeqRange], *, offset: int) -> int:
        """See ``History``."""
        try:
            self._db.begin()
            removed = 0
            for start in range(0, len(ranges), _MOST_VALUES // 2):
                part = ranges[start : start + _MOST_VALUES // 2]
                where = " OR ".join("seq BETWEEN ? AND ?" for _rest in part)
                values = [seq for first_last in part for seq in first_last]
                gone = self._db.execute(f"DELETE FROM interactions WHERE {where}", values).fetchone()
                removed += int(gone[0]) if gone else 0
                for table in ("mentions", "readings", "placings"):
                    self._db.execute(f"DELETE FROM {table} WHERE {where}", values)
            self._turn_fingerprint()
            self._move(offset)
            self._db.commit()
            self._word.settle()
        except duckdb.Error as error:
            self._undo(())
            raise Unavailable(
                "history_full", _("The history cannot be written: {error}.").format(error=error), _("Free disk space.")
            ) from error
        return removed

    def moments(self, *, before_us: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """See ``History``."""
        sql = "SELECT seq, subject_id, ts_us FROM interactions WHERE ts_us < ?"
        with self.reading() as cursor:
            got = cursor.execute(sql, [before_us]).fetchnumpy()
        return (
            np.asarray(got["seq"], dtype=np.int64),
            np.asarray(got["subject_id"], dtype=np.int64),
            np.asarray(got["ts_us"], dtype=np.int64),
        )

    def rewrite(self) -> int:
        """See ``History``."""
        fresh = self._path.with_name(f"{self._path.name}.fresh")
        fresh.unlink(missing_ok=True)
        try:
            self._copy(fresh)
        except duckdb.Error as error:
            fresh.unlink(missing_ok=True)
            raise Unavailable(
                "history_full", _("The history cannot be written: {error}.").format(error=error), _("Free disk space.")
            ) from error
        fresh.chmod(0o600)
        with self._turning:
            self._closed_to_readers = True
            self._turning.wait_for(lambda: not self._readers)
            try:
                # Closing writes the WAL into the file and removes it; only then may another take the name.
                self._db.close()
                fresh.replace(self._path)
                self._open(self._path)
            finally:
                self._closed_to_readers = False
                self._turning.notify_all()
        return self._path.stat().st_size

    def _copy(self, fresh: Path) -> None:
        """Write all rows into another file, and of the names those that a row bears."""
        self._db.execute(f"ATTACH '{str(fresh).replace(chr(39), chr(39) * 2)}' AS fresh")
        try:
            for table in TABLES:
                self._db.execute(table.replace("IF NOT EXISTS ", "IF NOT EXISTS fresh."))
            for table in ("interactions", "watermark", "layout", "mentions", "readings", "placings"):
                self._db.execute(f"INSERT INTO fresh.{table} SELECT * FROM {table}")
            for field in FIELDS:
                borne = f"CASE WHEN code IN (SELECT {field} FROM interactions) THEN name ELSE '' END"
                of_field = f"FROM names WHERE field = '{field}' ORDER BY code"
                self._db.execute(f"INSERT INTO fresh.names SELECT field, code, {borne} {of_field}")
            # Names may have been emptied: what was packed by them is packed anew.
            self._db.execute("INSERT INTO fresh.fingerprint VALUES (?)", [make_fingerprint()])
            self._db.execute("CHECKPOINT fresh")
        finally:
            self._db.execute("DETACH fresh")

    def _read(self, sql: str, values: Sequence[object]) -> list[Entry]:
        with self.reading() as cursor:
            rows = cursor.execute(sql, list(values)).fetchall()
            with self._naming:
                return [self._entry(row) for row in rows]

    def _entry(self, row: Sequence[Any]) -> Entry:
        named = {field: self._names[field][row[7 + i]] for i, field in enumerate(FIELDS)}
        return Entry(
            seq=row[0], ts_us=row[1], received_us=row[2], subject_id=row[3], source_id=row[4], kind=KINDS[row[5]],
            touch=row[6], score_kind=SCORE_KINDS[row[15]], score=row[16], score_top=row[17], amount_minor=row[18],
            currency=row[19], text=row[20], order=row[21], message_id=row[22], properties=row[23], skewed=row[24],
            **named,
        )  # fmt: skip

    def close(self) -> None:
        """See ``History``."""
        self._db.close()
