"""SQLite as heartline uses it: pysqlite3 (its own, current SQLite), WAL, secure delete; an older one is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pysqlite3 import dbapi2

from heartline.errors import Unavailable
from heartline.language import _

DatabaseError = dbapi2.DatabaseError
module = dbapi2

OLDEST = (3, 51, 3)
"""The first SQLite without the WAL-reset race (docs/decisions/0002-sqlite-from-pysqlite3.md)."""


def check_sqlite() -> None:
    """Refuse to start on a SQLite that can lose committed data.

    Raises:
        Unavailable: the SQLite found is older than ``OLDEST``.
    """
    if dbapi2.sqlite_version_info < OLDEST:
        raise Unavailable(
            "old_sqlite",
            _("SQLite {sqlite_version} can lose committed data under load.").format(
                sqlite_version=dbapi2.sqlite_version
            ),
            _("Install pysqlite3 0.6.1 or newer."),
        )


def connect_sqlite(path: Path, *, synchronous: Literal["FULL", "NORMAL"]) -> Any:  # noqa: ANN401  # pysqlite3 has no types
    """Open a database file in autocommit mode; transactions are begun by hand."""
    check_sqlite()
    connection = dbapi2.connect(str(path), isolation_level=None, check_same_thread=False, timeout=10)
    set_pragmas(connection, synchronous=synchronous)
    return connection


def set_pragmas(connection: Any, *, synchronous: str) -> None:  # noqa: ANN401  # likewise
    """Give a connection the settings every database of ours has."""
    for pragma in (
        "journal_mode=WAL",
        f"synchronous={synchronous}",
        "secure_delete=ON",
        "busy_timeout=10000",
        "cache_size=-16384",
        "temp_store=MEMORY",
        "foreign_keys=ON",
        "journal_size_limit=67108864",
    ):
        connection.execute(f"PRAGMA {pragma}").close()
