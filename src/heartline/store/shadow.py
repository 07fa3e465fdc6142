"""A second State and History, made beside those in force and swapped with them in one rename (design rules 2 and 9).

The derived half of a shadow is made from the journal. What is kept is copied into it at the last moment, while nobody
writes; then the file ``generation`` is renamed, and that alone decides which of the two is there after a kill. Where
State lives on a server, the derived rows are poured into it in one transaction, whose commit decides instead.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heartline.errors import Conflict, Unavailable
from heartline.language import _
from heartline.store import tables
from heartline.store.directory import DataDirectory, sync_file
from heartline.store.duckdb_history import DuckdbHistory
from heartline.store.engine import Database, open_database
from heartline.store.moving import fill_table, read_rows
from heartline.store.sql_batch import read_offset, write_offset
from heartline.store.sql_derived import SqlDerived
from heartline.store.sqlite import DatabaseError
from heartline.store.whereabouts import GENERATION, read_generation_of, sweep_served
from heartline.store.workspace import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """Empty at first: whoever began it fills it, then takes it or drops it. ``server`` is State's, where it has one."""

    generation: int
    directory: DataDirectory
    database: Database
    derived: SqlDerived
    history: DuckdbHistory
    server: Database | None


def begin_shadow(stores: Stores) -> Shadow:
    """Make an empty State and History of the next generation; customers will get the same ids in it.

    Raises:
        Conflict: this installation has no files.
    """
    directory = stores.directory
    if directory is None:
        raise Conflict("in_memory", _("What lives in memory alone is not rebuilt."), _("Open a data directory."))
    server = stores.database if stores.database.served else None
    _sweep(directory, server)
    generation = directory.generation + 1
    database = open_database(directory.state_of(generation))
    database.secret(stores.database.secret())
    history = DuckdbHistory(directory.history_of(generation))
    for path in (directory.state_of(generation), directory.history_of(generation)):
        path.chmod(0o600)
    return Shadow(
        generation=generation,
        directory=directory,
        database=database,
        derived=SqlDerived(database),
        history=history,
        server=server,
    )


def drop_shadow(shadow: Shadow) -> None:
    """Close a shadow and remove its files."""
    shadow.history.close()
    shadow.database.close()
    _sweep(shadow.directory, shadow.server)


def take_shadow(stores: Stores, shadow: Shadow, *, reach: Callable[[str], None] = lambda _name: None) -> None:
    """Put a shadow in force, in place of what ``stores`` reads and writes; nobody may project meanwhile.

    The ports stay the same objects. What they held in memory of the files before is forgotten.

    Raises:
        Unavailable: the disk is full or what is kept cannot be read; all is as it was.
    """
    before = shadow.directory.generation
    with stores.database.hold():
        try:
            if shadow.server is None:
                _copy_kept(shadow.directory.state_of(before), shadow)
            _pass_identity_seq(stores, shadow)
            _settle(shadow)
        except DatabaseError as error:
            raise Unavailable(
                "not_swapped",
                _("What is kept cannot be copied: {error}.").format(error=error),
                _("Free disk space. If the state file is damaged, restore a backup."),
            ) from error
        if shadow.server is not None:
            _pour(shadow.server, shadow, reach)
            shadow.directory.turn_to(shadow.generation)
            shadow.database.close()
        else:
            reach("rebuild_swapping")
            shadow.directory.turn_to(shadow.generation)
            stores.database.turn_to(shadow.database)
    if isinstance(stores.derived, SqlDerived):
        stores.derived.forget()
    if isinstance(stores.history, DuckdbHistory):
        stores.history.turn_to(shadow.directory.history_of(shadow.generation))
    _sweep(shadow.directory, shadow.server)


def _sweep(directory: DataDirectory, server: Database | None) -> None:
    if server is None:
        directory.sweep()
        return
    # Its word counts, not the file's: a rebuild may have ended between the two.
    with contextlib.suppress(Unavailable):
        sweep_served(directory, generation=read_generation_of(server))


def _pour(served: Database, shadow: Shadow, reach: Callable[[str], None]) -> None:
    """Put what was derived in place of what the server holds; readers see the one or the other, never half."""
    with shadow.database.read() as source, served.write() as db:
        for table in tables.derived.sorted_tables:
            db.execute(table.delete())
            fill_table(db, table, read_rows(source, table))
        db.execute(tables.settings.delete().where(tables.settings.c.name == GENERATION))
        db.execute(tables.settings.insert().values(name=GENERATION, value=str(shadow.generation)))
        reach("rebuild_swapping")


def _copy_kept(source: Path, shadow: Shadow) -> None:
    """Copy every table that is not derived, those of modules unknown here too."""
    connection = shadow.database.engine.raw_connection()
    try:
        cursor: Any = connection.cursor()
        cursor.execute("ATTACH ? AS before", (str(source),))
        cursor.execute("BEGIN IMMEDIATE")
        found = cursor.execute("SELECT name, sql FROM before.sqlite_master WHERE type = 'table'").fetchall()
        for name, made_by in found:
            if name not in tables.derived.tables and not name.startswith("sqlite_"):
                _copy_table(cursor, name, made_by)
        cursor.execute("COMMIT")
        cursor.execute("DETACH before")
    finally:
        connection.close()


def _copy_table(cursor: Any, name: str, made_by: str) -> None:  # noqa: ANN401  # pysqlite3 has no types
    if not cursor.execute("SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = ?", (name,)).fetchone():
        cursor.execute(made_by)
    columns = ", ".join(f'"{row[1]}"' for row in cursor.execute(f'PRAGMA before.table_info("{name}")').fetchall())
    cursor.execute(f'DELETE FROM main."{name}"')  # noqa: S608  # names come from the database's own catalogue
    cursor.execute(f'INSERT INTO main."{name}" ({columns}) SELECT {columns} FROM before."{name}"')  # noqa: S608


def _pass_identity_seq(stores: Stores, shadow: Shadow) -> None:
    """Let the number of changes grow over a swap, so that nothing remembered under an earlier one is taken for true."""
    least = stores.derived.identity_seq() + 1
    with shadow.database.write() as db:
        if read_offset(db, "identity_seq") < least:
            write_offset(db, "identity_seq", least)


def _settle(shadow: Shadow) -> None:
    """Have both files whole and on disk before any name points to them."""
    connection = shadow.database.engine.raw_connection()
    try:
        cursor: Any = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()
    shadow.history.close()
    for path in (shadow.directory.state_of(shadow.generation), shadow.directory.history_of(shadow.generation)):
        sync_file(path)
