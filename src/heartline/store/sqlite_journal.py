"""The embedded journal: SQLite in WAL mode with synchronous=FULL, one row a group commit.

A group is one MessagePack array of bodies, so a group of any size costs one insert and one sync. Rows that all stores
have followed are *closed*: many are put together into one and compressed (``framing``).
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from heartline.errors import Conflict, Unavailable
from heartline.language import _
from heartline.records import Body
from heartline.store.framing import is_closed, read_row, write_closed, write_plain
from heartline.store.journal import Closed
from heartline.store.migrations import JOURNAL_VERSION, refuse_newer
from heartline.store.sqlite import DatabaseError, connect_sqlite

JOURNAL_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS commits (
  first_seq INTEGER PRIMARY KEY,
  last_seq INTEGER NOT NULL,
  events INTEGER NOT NULL,
  bodies BLOB NOT NULL
)
"""
# From the group that holds the seq after :after onward; groups never overlap.
_FROM = """
SELECT first_seq, bodies FROM commits
WHERE first_seq >= coalesce((SELECT max(first_seq) FROM commits WHERE first_seq <= :after + 1), 0)
  AND last_seq > :after
ORDER BY first_seq LIMIT :groups
"""


# The group that holds a seq.
_HOLDING = """
SELECT first_seq, bodies FROM commits
WHERE first_seq = (SELECT max(first_seq) FROM commits WHERE first_seq <= ?) AND last_seq >= ?
"""
# Of a row that is closed already, only the first bytes are read.
_ROWS: Final = """
SELECT first_seq, last_seq, CASE WHEN substr(bodies, 1, 4) = x'28b52ffd' THEN substr(bodies, 1, 4) ELSE bodies END
FROM commits WHERE first_seq > ? AND last_seq <= ? ORDER BY first_seq
"""
_CACHE_KIB: Final = 1024
_FRAME_BYTES: Final = 256 * 1024
"""How much goes into one frame: ten times smaller on the sample; larger ones gain little and cost more to look into."""


class SqliteJournal:
    """See ``Journal``. Safe to append from one thread while others read."""

    def __init__(self, path: Path) -> None:
        self._writer = self._connect(path)
        self._bring_up()
        self._reader = self._connect(path)
        self._reading = threading.Lock()
        self._writing = threading.Lock()
        self._closed_to = 0
        self._head = int(self._one("SELECT coalesce(max(last_seq), 0) FROM commits"))

    @staticmethod
    def _connect(path: Path) -> Any:  # noqa: ANN401  # pysqlite3 has no types
        connection = connect_sqlite(path, synchronous="FULL")
        # What was appended is hardly ever read again, and what is read is read once: remembering it only takes memory.
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}").close()
        return connection

    def _bring_up(self) -> None:
        found = int(self._writer.execute("PRAGMA user_version").fetchone()[0])
        try:
            refuse_newer("the journal", found, JOURNAL_VERSION)
        except Conflict:
            self._writer.close()
            raise
        self._writer.execute(JOURNAL_SCHEMA)
        if found < JOURNAL_VERSION:
            self._writer.execute(f"PRAGMA user_version={JOURNAL_VERSION}")

    def append(self, bodies: Sequence[Body]) -> list[int]:
        """See ``Journal``."""
        if not bodies:
            return []
        first = self._head + 1
        last = self._head + len(bodies)
        row = (first, last, sum(b.events for b in bodies), write_plain(bodies))
        with self._writes() as writer:
            writer.execute("INSERT INTO commits VALUES (?, ?, ?, ?)", row)
        self._head = last
        return list(range(first, last + 1))

    @contextmanager
    def _writes(self) -> Iterator[Any]:
        """Write in one transaction; what fails leaves nothing behind."""
        with self._writing:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                yield self._writer
                self._writer.execute("COMMIT")
            except DatabaseError as error:
                self._roll_back()
                raise Unavailable(
                    "journal_full",
                    _("The journal cannot be written: {error}.").format(error=error),
                    _("Free disk space; senders retry by themselves."),
                ) from error
            except BaseException:
                self._roll_back()
                raise

    def compact(self, *, settled: int, whole: bool = False) -> Closed:
        """See ``Journal``."""
        with self._writes() as writer:
            rows = self._open_rows(writer, settled=settled, whole=whole)
            if not rows:
                return Closed()
            bodies = [body for first, _rest, blob in rows for body in read_row(first, blob)]
            closed = write_closed(bodies)
            first, last = rows[0][0], rows[-1][1]
            writer.execute("DELETE FROM commits WHERE first_seq BETWEEN ? AND ?", (first, last))
            row = (first, last, sum(body.events for body in bodies), closed)
            writer.execute("INSERT INTO commits VALUES (?, ?, ?, ?)", row)
        self._closed_to = last
        return Closed(
            bodies=len(bodies), had_bytes=sum(len(blob) for _rest, _rest, blob in rows), has_bytes=len(closed)
        )

    def _open_rows(self, writer: Any, *, settled: int, whole: bool) -> list[tuple[int, int, bytes]]:  # noqa: ANN401
        """Return the next rows that follow each other, are settled and are not closed, enough for a frame."""
        found: list[tuple[int, int, bytes]] = []
        size = 0
        for first, last, blob in writer.execute(_ROWS, (self._closed_to, settled)):
            if is_closed(blob):
                if found and (whole or size >= _FRAME_BYTES // 4):
                    return found
                # A few plain rows between frames are left as they are: no frame would be worth its own.
                self._closed_to, found, size = last, [], 0
                continue
            found.append((first, last, blob))
            size += len(blob)
            if size >= _FRAME_BYTES:
                return found
        return found if whole else []

    def rewrite(self, payloads: Mapping[int, bytes]) -> None:
        """See ``Journal``. What was there is overwritten in the file, and in the WAL by ``forget_wal``."""
        left = sorted(payloads)
        while left:
            # A row at a time: an append waits for one frame to be written, never for all of them.
            with self._writes() as writer:
                row = writer.execute(_HOLDING, (left[0], left[0])).fetchone()
                if row is None:
                    left = left[1:]
                    continue
                first, blob = row
                bodies = [replace(b, payload=payloads.get(b.seq, b.payload)) for b in read_row(first, blob)]
                written = write_closed(bodies) if is_closed(blob) else write_plain(bodies)
                writer.execute("UPDATE commits SET bodies = ? WHERE first_seq = ?", (written, first))
            left = [seq for seq in left if seq > bodies[-1].seq]

    def forget_wal(self) -> bool:
        """Write the WAL into the file and empty it; return False where a reader stood in the way."""
        with self._writing:
            busy, _rest, _rest = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def shrink(self) -> None:
        """Give the room of closed rows back to the disk; it needs as much again while it works, and stops appends."""
        with self._writing:
            self._writer.execute("VACUUM")
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _roll_back(self) -> None:
        # A full disk has already rolled back by itself, and a second ROLLBACK would raise (protocols §3 R2).
        if self._writer.in_transaction:
            self._writer.execute("ROLLBACK")

    def read(self, after: int, *, events: int) -> list[Body]:
        """See ``Journal``."""
        found: list[Body] = []
        gathered = 0
        position = after
        while gathered < events:
            with self._reading:
                groups = self._reader.execute(_FROM, {"after": position, "groups": 16}).fetchall()
            if not groups:
                break
            for first, blob in groups:
                for body in read_row(first, blob):
                    if body.seq <= position:
                        continue
                    found.append(body)
                    position = body.seq
                    gathered += body.events
                    if gathered >= events:
                        return found
        return found

    def at(self, seqs: Collection[int]) -> list[Body]:
        """See ``Journal``."""
        found: list[Body] = []
        group: dict[int, Body] = {}
        for seq in sorted(set(seqs)):
            if seq not in group:
                with self._reading:
                    row = self._reader.execute(_HOLDING, (seq, seq)).fetchone()
                group = {body.seq: body for body in read_row(*row)} if row else {}
            if seq in group:
                found.append(group[seq])
        return found

    def head(self) -> int:
        """See ``Journal``."""
        return self._head

    def events(self, *, after: int = 0) -> int:
        """See ``Journal``."""
        whole = int(self._one("SELECT coalesce(sum(events), 0) FROM commits WHERE first_seq > ?", after))
        with self._reading:
            split = self._reader.execute(
                "SELECT first_seq, bodies FROM commits WHERE first_seq <= ? AND last_seq > ?", (after, after)
            ).fetchall()
        return whole + sum(b.events for first, blob in split for b in read_row(first, blob) if b.seq > after)

    def close(self) -> None:
        """See ``Journal``."""
        self._writer.close()
        self._reader.close()

    def _one(self, sql: str, *values: object) -> Any:  # noqa: ANN401  # a single column of whatever the SQL asks
        with self._reading:
            return self._reader.execute(sql, values).fetchone()[0]
