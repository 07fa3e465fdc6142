"""What deleting leaves behind in files: old pages, write-ahead logs, dead rows; and how it is cleared.

SQLite overwrites what it deletes (``secure_delete``), but a page that was put in order anew can still hold a shadow of
it, so State is vacuumed. The journal, where appends must not wait, is only overwritten and its WAL emptied; DuckDB
writes its file anew. A PostgreSQL server rewrites its tables and begins a new WAL segment: its older segments and its
backups are its operator's (docs/explanation/privacy.md).
"""

from __future__ import annotations

import time
from typing import Any, Final

from heartline.errors import HeartlineError
from heartline.log import get_logger
from heartline.store import tables as t
from heartline.store.duckdb_history import DuckdbHistory
from heartline.store.engine import Database
from heartline.store.sqlite_journal import SqliteJournal
from heartline.store.workspace import Stores

_log = get_logger("store")
_TRIES: Final = 40
_BETWEEN_S: Final = 0.05


def clear_journal(stores: Stores) -> None:
    """Empty the journal's WAL; what it held lies overwritten in the file."""
    if isinstance(stores.journal, SqliteJournal):
        for _ in range(_TRIES):
            if stores.journal.forget_wal():
                return
            time.sleep(_BETWEEN_S)
        _log.warning("store.wal_kept", file="journal")


def clear_history(stores: Stores) -> int:
    """Write History's file anew; return its bytes. Nobody may append meanwhile."""
    if isinstance(stores.history, DuckdbHistory):
        return stores.history.rewrite()
    return 0


def clear_state(database: Database) -> None:
    """Rewrite State without what was deleted from it. Nobody may write meanwhile; appends to the journal may."""
    with database.hold():
        if database.served:
            _clear_served(database)
        else:
            _clear_sqlite(database)


def _clear_sqlite(database: Database) -> None:
    connection = database.engine.raw_connection()
    try:
        cursor: Any = connection.cursor()
        cursor.execute("VACUUM")
        for _ in range(_TRIES):
            busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                return
            time.sleep(_BETWEEN_S)
        _log.warning("store.wal_kept", file="state")
    finally:
        connection.close()


def _clear_served(database: Database) -> None:
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for table in (*t.derived.tables.values(), *t.kept.tables.values()):
            connection.exec_driver_sql(f'VACUUM (FULL) "{table.name}"')
        for statement in ("CHECKPOINT", "SELECT pg_switch_wal()", "CHECKPOINT"):
            try:
                connection.exec_driver_sql(statement)
            except Exception as error:  # noqa: BLE001  # only a superuser may; the tables are rewritten in any case
                _log.info("store.wal_left_to_server", error=str(HeartlineError("wal", str(error))))
