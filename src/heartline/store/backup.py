"""A backup on disk: the journal, what is kept as portable lines of JSON, and a manifest with the digest of each file.

A backup is written beside its place under another name and renamed when all of it is on disk, so what bears the name is
whole. The lines are the same from SQLite and PostgreSQL. With ``whole`` the derived half comes along as files.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, LargeBinary, Table, select, true

from heartline.errors import Conflict, Invalid, Missing, Unavailable
from heartline.language import _
from heartline.store import migrations
from heartline.store import tables as t
from heartline.store.checkup import examine_history, examine_journal, examine_sqlite
from heartline.store.directory import open_directory, sync_directory, sync_file
from heartline.store.duckdb_history import DuckdbHistory
from heartline.store.moving import count_on, fill_table, read_rows
from heartline.store.sqlite import connect_sqlite
from heartline.store.sqlite_journal import JOURNAL_SCHEMA
from heartline.store.whereabouts import STATE_ID, is_new, open_state
from heartline.store.workspace import Stores

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
ARCHIVE: Final = ".tar.zst"
_PARTIAL: Final = ".partial"
_ROWS_AT_ONCE: Final = 64
_LEFT_FREE: Final = 256 << 20
"""How many bytes of disk unpacking leaves free."""
# Who restores signs in anew; a State's own id says where it lives, and it will live elsewhere.
_LEFT_OUT: Final = frozenset({"sessions"})

Told = Callable[[int, int], None]
"""Told how far it is: done, of a total."""


class FileDigest(msgspec.Struct, frozen=True):
    """A file of a backup: its bytes and their BLAKE2b digest of 32 bytes, in hex."""

    size_bytes: int
    blake2b: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds: the journal up to the seq ``head``, rows by kept table, files by path."""

    format: int
    made_us: int
    heartline: str
    schema_version: int
    head: int
    events: int
    whole: bool
    tables: dict[str, int] = {}
    files: dict[str, FileDigest] = {}


@dataclass(slots=True)
class Writing:
    """A backup being written: the folder beside its place, and what was counted so far."""

    folder: Path
    head: int
    whole: bool
    events: int = 0
    tables: dict[str, int] = field(default_factory=dict)


@contextlib.contextmanager
def writing_backup(target: Path, *, reach: Callable[[str], None]) -> Iterator[Path]:
    """Yield an empty folder; when the block ends well it becomes ``target``: a folder, or an archive by its name.

    Raises:
        Conflict: the target is there already.
        Unavailable: it cannot be written; nothing bears the target's name then.
    """
    if target.exists():
        raise Conflict(
            "backup_exists",
            _("{target} is there already.").format(target=target),
            _("Choose another name, or remove it."),
        )
    partial = target.with_name(target.name + _PARTIAL)
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Left by one that was killed: nothing else bears this ending.
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        yield partial
        _put_in_place(partial, target, reach)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise Unavailable(
            "backup_failed", _("The backup cannot be written: {error}.").format(error=error), _("Free disk space.")
        ) from error
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _put_in_place(partial: Path, target: Path, reach: Callable[[str], None]) -> None:
    for path in sorted(partial.rglob("*")):
        sync_directory(path) if path.is_dir() else sync_file(path)
    sync_directory(partial)
    reach("backup_written")
    if not target.name.endswith(ARCHIVE):
        partial.rename(target)
        sync_directory(target.parent)
        return
    packed = target.with_name(target.name + ".packing")
    packed.touch(mode=0o600)
    with zstd.open(packed, "wb", level=3) as stream, tarfile.open(fileobj=stream, mode="w|") as archive:
        for path in sorted(partial.rglob("*")):
            archive.add(path, arcname=str(path.relative_to(partial)), recursive=False)
    sync_file(packed)
    packed.rename(target)
    sync_directory(target.parent)
    shutil.rmtree(partial)


def copy_journal(source: Path, writing: Writing, *, told: Told) -> None:
    """Copy the journal's rows up to ``head``, a few at a time: appends beside it wait for nothing.

    Raises:
        Unavailable: a row is missing; the journal is damaged.
    """
    path = writing.folder / "journal.sqlite"
    path.touch(mode=0o600)
    reader, writer = connect_sqlite(source, synchronous="FULL"), connect_sqlite(path, synchronous="NORMAL")
    try:
        writer.execute(JOURNAL_SCHEMA)
        writer.execute(f"PRAGMA user_version={migrations.JOURNAL_VERSION}")
        at = 0
        while at < writing.head:
            sql = "SELECT first_seq, last_seq, events, bodies FROM commits WHERE first_seq > ? ORDER BY 1 LIMIT ?"
            rows = reader.execute(sql, (at, _ROWS_AT_ONCE)).fetchall()
            rows = [row for row in rows if row[1] <= writing.head]
            if not rows or rows[0][0] != at + 1:
                raise Unavailable(
                    "journal_damaged", _("The journal lacks seq {at}.").format(at=at + 1), _("Run heartline doctor.")
                )
            writer.executemany("INSERT INTO commits VALUES (?, ?, ?, ?)", rows)
            writing.events += sum(row[2] for row in rows)
            at = rows[-1][1]
            told(at, writing.head)
        # One file, without a log beside it.
        writer.execute("PRAGMA journal_mode=DELETE").fetchall()
    finally:
        reader.close()
        writer.close()


def write_kept(db: Connection, writing: Writing) -> None:
    """Write each kept table as lines of JSON: its columns, then a row a line."""
    folder = writing.folder / "kept"
    folder.mkdir(mode=0o700)
    for table in _kept_tables():
        path = folder / f"{table.name}.jsonl.zst"
        path.touch(mode=0o600)
        with zstd.open(path, "wb", level=6) as out:
            out.write(msgspec.json.encode([str(column.name) for column in table.columns]) + b"\n")
            rows = 0
            for row in read_rows(db, table):
                out.write(msgspec.json.encode(row) + b"\n")
                rows += 1
        writing.tables[str(table.name)] = rows


def copy_derived(stores: Stores, writing: Writing) -> None:
    """Copy State's and History's files; nobody may project meanwhile.

    Raises:
        Conflict: State lives on a server.
    """
    if stores.directory is None or stores.database.served or not isinstance(stores.history, DuckdbHistory):
        raise Conflict(
            "no_files", _("State is not a file here."), _("Make a backup without --whole: restore rebuilds.")
        )
    copying = connect_sqlite(stores.directory.state, synchronous="NORMAL")
    try:
        copying.execute("VACUUM INTO ?", (str(writing.folder / "state.sqlite"),))
    finally:
        copying.close()
    stores.history.copy_to(writing.folder / "history.duckdb")
    for name in ("state.sqlite", "history.duckdb"):
        (writing.folder / name).chmod(0o600)


def write_manifest(writing: Writing, *, version: str) -> Manifest:
    """Write the manifest, the last file of a backup."""
    paths = sorted(path for path in writing.folder.rglob("*") if path.is_file())
    manifest = Manifest(
        format=FORMAT,
        made_us=time.time_ns() // 1000,
        heartline=version,
        schema_version=migrations.SCHEMA_VERSION,
        head=writing.head,
        events=writing.events,
        whole=writing.whole,
        tables=writing.tables,
        files={str(path.relative_to(writing.folder)): _digest(path) for path in paths},
    )
    path = writing.folder / MANIFEST
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    return manifest


@contextlib.contextmanager
def opening_backup(path: Path) -> Iterator[Path]:
    """Yield the folder of a backup; an archive is unpacked beside it for as long as the block lasts.

    Raises:
        Missing: there is none.
        Invalid: the archive is damaged.
        Unavailable: there is no room to unpack it.
    """
    if not path.exists():
        raise Missing("no_backup", _("There is no backup {path}.").format(path=path), _("Check its name."))
    if path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
        try:
            with zstd.open(path, "rb") as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
                for member in archive:
                    _unpack(archive, member, Path(folder))
        except (zstd.ZstdError, tarfile.TarError, EOFError, OSError) as error:
            raise Invalid(
                "bad_backup",
                _("{path} cannot be unpacked: {error}.").format(path=path, error=error),
                _("Take another backup."),
            ) from error
        yield Path(folder)


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Unpack what a backup of ours can hold, and never so much that the disk is full: a few bytes may say terabytes."""
    if not (member.isfile() or member.isdir()):
        raise tarfile.TarError(f"{member.name[:80]!r} is neither a file nor a folder")
    if member.size > shutil.disk_usage(folder).free - _LEFT_FREE:
        raise Unavailable(
            "backup_unpacked",
            _("{size:,} bytes of it do not fit here.").format(size=member.size),
            _("Free disk space."),
        )
    # Not by ``extract``: its filters came with Python 3.11.4, and Debian 12 has 3.11.2.
    target, packed = (folder / member.name).resolve(), archive.extractfile(member)
    if not target.is_relative_to(folder.resolve()):
        raise tarfile.TarError(f"{member.name[:80]!r} climbs out of the archive")
    if packed is None:
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        shutil.copyfileobj(packed, file)
    target.chmod(member.mode & 0o755 | 0o600)


def verify_backup(folder: Path, *, told: Told) -> Manifest:
    """Read all of a backup and return its manifest.

    Raises:
        Invalid: a file is missing, more, or not as it was written; or the journal in it is damaged.
        Conflict: a newer heartline wrote it.
    """
    manifest = _read_manifest(folder)
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    if found != set(manifest.files):
        unlike = ", ".join(sorted(found ^ set(manifest.files))[:3])
        raise _damaged(folder, f"its files are not those it lists ({unlike})")
    total, done = sum(digest.size_bytes for digest in manifest.files.values()), 0
    for name, digest in manifest.files.items():
        if _digest(folder / name) != digest:
            raise _damaged(folder, f"{name} is not as it was written")
        done += digest.size_bytes
        told(done, total)
    problems = [*examine_sqlite(folder / "journal.sqlite"), *examine_journal(folder / "journal.sqlite")]
    if manifest.whole:
        problems += [*examine_sqlite(folder / "state.sqlite"), *examine_history(folder / "history.duckdb")]
    if problems:
        raise _damaged(folder, problems[0])
    return manifest


def _read_manifest(folder: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (FileNotFoundError, IsADirectoryError):
        raise Invalid(
            "no_manifest",
            _("{folder} is no backup, or was never finished.").format(folder=folder),
            _("Take another backup."),
        ) from None
    except msgspec.MsgspecError as error:
        raise _damaged(folder, f"its manifest cannot be read: {error}") from error
    migrations.refuse_newer("this backup", manifest.format, FORMAT)
    migrations.refuse_newer("this backup's State", manifest.schema_version, migrations.SCHEMA_VERSION)
    return manifest


def _damaged(folder: Path, why: str) -> Invalid:
    return Invalid(
        "bad_backup",
        _("{folder} is damaged: {why}.").format(folder=folder, why=why),
        _("Take another backup; nothing was changed."),
    )


def fill_state(folder: Path, manifest: Manifest, data_dir: Path, *, state_url: str = "") -> None:
    """Begin a data directory from a backup: its journal, and what was kept, or State and History whole.

    Raises:
        Conflict: State is to live on a server, and that database is not empty.
    """
    shutil.copyfile(folder / "journal.sqlite", data_dir / "journal.sqlite")
    if manifest.whole and not state_url:
        for name in ("state.sqlite", "history.duckdb"):
            shutil.copyfile(folder / name, data_dir / name)
        return
    directory = open_directory(data_dir)
    try:
        database = open_state(directory, state_url=state_url)
        try:
            if not is_new(database):
                raise Conflict("target_not_empty", _("That database holds a State already."), _("Give an empty one."))
            with database.write() as db:
                _read_kept(db, folder)
        finally:
            database.close()
    finally:
        directory.release()


def _read_kept(db: Connection, folder: Path) -> None:
    """Put what was kept into the tables, in place of what a new State begins with."""
    for table in _kept_tables():
        path = folder / "kept" / f"{table.name}.jsonl.zst"
        if path.exists():
            own = table.c.name != STATE_ID if table is t.settings else true()
            db.execute(table.delete().where(own))
            fill_table(db, table, _read_table(path, table))
    if db.dialect.name == "postgresql":
        count_on(db)


def _read_table(path: Path, table: Table) -> Iterator[tuple[Any, ...]]:
    bytes_in = {column.name for column in table.columns if isinstance(column.type, LargeBinary)}
    with zstd.open(path, "rb") as lines:
        names: list[str] = msgspec.json.decode(next(iter(lines)))
        for line in lines:
            said = dict(zip(names, msgspec.json.decode(line), strict=True))
            yield tuple(
                msgspec.convert(said[column.name], bytes)
                if column.name in bytes_in and said.get(column.name) is not None
                else said.get(column.name)
                for column in table.columns
            )


def begin_snapshot(db: Connection) -> None:
    """Fix the moment that a reading transaction sees."""
    db.execute(select(t.settings.c.name).limit(1)).all()


def _kept_tables() -> list[Table]:
    return [table for table in t.kept.sorted_tables if table.name not in _LEFT_OUT]


def _digest(path: Path) -> FileDigest:
    hashed = blake2b(digest_size=32)
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            hashed.update(part)
    return FileDigest(size_bytes=path.stat().st_size, blake2b=hashed.hexdigest())
