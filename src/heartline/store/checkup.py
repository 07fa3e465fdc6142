"""Looking at the stores' files without trusting them: each check by itself, whatever the others find."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import duckdb
from sqlalchemy import func, select

from heartline.store import tables as t
from heartline.store.duckdb_reading import read_all_columns
from heartline.store.engine import Database
from heartline.store.framing import read_row
from heartline.store.sqlite import module as dbapi2

_MOST_PROBLEMS: Final = 5
_ROWS_AT_ONCE: Final = 64

Told = Callable[[int, int], None]
"""Told how far a check is: done, of a total."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSize:
    """A file of the installation and its bytes."""

    name: str
    size_bytes: int


def list_files(folder: Path) -> tuple[FileSize, ...]:
    """Return the files in a data directory, the largest first; folders count as one with what is in them."""
    found = []
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            inner = path.rglob("*") if path.is_dir() else (path,)
            found.append(FileSize(name=path.name, size_bytes=sum(p.lstat().st_size for p in inner if p.is_file())))
    return tuple(sorted(found, key=lambda file: (-file.size_bytes, file.name)))


def read_disk(folder: Path) -> tuple[int, int]:
    """Return the free and the whole bytes of the disk that a folder lies on."""
    usage = shutil.disk_usage(folder)
    return usage.free, usage.total


def read_versions() -> dict[str, str]:
    """Return the versions of the engines."""
    return {"SQLite": dbapi2.sqlite_version, "DuckDB": duckdb.__version__}


def examine_sqlite(path: Path) -> list[str]:
    """Return what SQLite's own quick check finds wrong with a file; nothing when it is sound."""
    with _reading(path) as problems, contextlib.closing(_open(path)) as connection:
        found = connection.execute(f"PRAGMA quick_check({_MOST_PROBLEMS})").fetchall()
        problems.extend(row[0] for row in found if row[0] != "ok")
    return problems


def examine_journal(path: Path, *, told: Told = lambda _done, _total: None) -> list[str]:
    """Return what is wrong with the journal: groups that do not follow each other, cannot be read or miscount."""
    with _reading(path) as problems, contextlib.closing(_open(path)) as connection:
        total = connection.execute("SELECT coalesce(max(last_seq), 0) FROM commits").fetchone()[0]
        rows = connection.execute("SELECT first_seq, last_seq, events, bodies FROM commits ORDER BY first_seq")
        expected = 1
        while part := rows.fetchmany(_ROWS_AT_ONCE):
            for first, last, events, blob in part:
                problems.extend(_examine_group(first, last, events, blob, expected=expected))
                expected = last + 1
            told(expected - 1, total)
            if len(problems) >= _MOST_PROBLEMS:
                break
    return problems


def _examine_group(first: int, last: int, events: int, blob: bytes, *, expected: int) -> Iterator[str]:
    if first != expected:
        yield f"Seq {expected} is followed by {first}: what lies between is not there."
    try:
        bodies = read_row(first, blob)
    except (ValueError, TypeError) as error:
        yield f"The group at seq {first} cannot be read: {error}."
        return
    if len(bodies) != last - first + 1 or sum(body.events for body in bodies) != events:
        yield f"The group at seq {first} does not hold the bodies and events it says."


def examine_history(path: Path) -> list[str]:
    """Return what is wrong with a History file that nobody has open; every column of every row is read."""
    if not path.exists():
        return [f"There is no file {path.name}."]
    try:
        with contextlib.closing(duckdb.connect(str(path), read_only=True)) as connection:
            return read_all_columns(connection)
    except duckdb.Error as error:
        return [_first_line(error)]


def count_refused(database: Database) -> Mapping[tuple[int, str], int]:
    """Return how many events are refused, by (source, reason)."""
    c = t.refused.c
    with database.read() as db:
        rows = db.execute(select(c.source_id, c.reason, func.count()).group_by(c.source_id, c.reason)).all()
    return {(source, reason): n for source, reason, n in rows}


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[list[str]]:
    """Turn whatever a damaged file makes SQLite raise into a problem."""
    problems: list[str] = []
    if not path.exists():
        problems.append(f"There is no file {path.name}.")
    try:
        yield problems
    except (dbapi2.Error, OSError, UnicodeDecodeError) as error:
        if path.exists():
            problems.append(_first_line(error))


def _open(path: Path) -> Any:  # noqa: ANN401  # pysqlite3 has no types
    return dbapi2.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=10)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
