"""State on a PostgreSQL server: two small pools of connections, and who may write.

The connection that writes also holds an advisory lock, so *having written* and *owning the installation* are one thing:
whoever loses the connection loses the lock with it, and cannot write again before taking both back (design rule 9).
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import URL, Column, Engine, String, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateColumn

from heartline.errors import Conflict, HeartlineError, Invalid, Unavailable
from heartline.language import _

OLDEST: Final = 14
"""The first PostgreSQL we accept: the oldest that is still mended today."""

PATIENCE_S = 3.0
"""How long a start waits for the lock: a server takes a moment to see that a process was killed."""

_LOCK: Final = "SELECT pg_try_advisory_lock(hashtext('heartline'), hashtext(current_schema()))"
_SETTINGS: Final = ("SET lock_timeout = '10s'", "SET tcp_keepalives_idle = 10", "SET tcp_keepalives_interval = 5")
_CONNECT: Final = {
    "connect_timeout": 5,
    "application_name": "heartline",
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
# Classes of SQLSTATE that pass by themselves: no connection, no resources, an operator at work, a lock, a standby.
_PASSING: Final = ("08", "53", "57P", "55P03", "25006", "40")


def read_state_url(text: str) -> URL:
    """Read the address of a PostgreSQL database, ``postgresql://user@host/name``; the driver is put in.

    Raises:
        Invalid: it is no such address.
    """
    hint = "Write postgresql://user:password@host/database."
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise Invalid("bad_state_url", _("The address of State cannot be read."), hint) from error
    if url.drivername not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise Invalid(
            "bad_state_url", _("State cannot live in {drivername!r}.").format(drivername=url.drivername), hint
        )
    if not url.database:
        raise Invalid("bad_state_url", _("The address of State names no database."), hint)
    return url.set(drivername="postgresql+psycopg")


def open_postgres(url: URL) -> tuple[Engine, Engine]:
    """Return an engine of readers and one of the only writer; the first connection is made and judged here.

    Raises:
        Conflict: another heartline owns this State.
        Invalid: the database is too old or not in UTF-8.
        Unavailable: the server cannot be reached, or the driver is not installed.
    """
    if importlib.util.find_spec("psycopg") is None:
        raise Unavailable(
            "no_driver",
            _("State on PostgreSQL needs a driver."),
            _("Install it with pip install 'heartline[postgres]'."),
        )
    # Positional values, as on SQLite: the hot statements are one text with one tuple of values on both.
    shared: dict[str, Any] = {"paramstyle": "format", "connect_args": dict(_CONNECT), "pool_use_lifo": True}
    # Asked before each use whether it still stands (one round trip): who restarts PostgreSQL breaks nobody's page.
    shared["pool_pre_ping"] = True
    # A reading block sees one moment, as on SQLite in WAL.
    reader = create_engine(url, isolation_level="REPEATABLE READ", pool_size=8, pool_timeout=10, **shared)
    writer = create_engine(url, isolation_level="READ COMMITTED", pool_size=1, max_overflow=0, **shared)
    _prepare(reader, _only_read)
    _prepare(writer, _Seat().take)
    try:
        with writer.connect() as connection:
            _judge(connection.connection.dbapi_connection)
    except (DBAPIError, HeartlineError) as error:
        writer.dispose()
        reader.dispose()
        if isinstance(error, DBAPIError):
            raise explain(error) or error from error
        raise
    return reader, writer


def _prepare(engine: Engine, then: Callable[[Any], None]) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own connection
        connection.autocommit = True
        for setting in _SETTINGS:
            connection.execute(setting)
        then(connection)
        connection.autocommit = False


def _only_read(connection: Any) -> None:  # noqa: ANN401  # likewise
    connection.read_only = True


class _Seat:
    """The right to write. Taken with the first connection, and again with each that replaces a lost one."""

    def __init__(self) -> None:
        self._had = False

    def take(self, connection: Any) -> None:  # noqa: ANN401  # likewise
        until = time.monotonic() + (0 if self._had else PATIENCE_S)
        while not connection.execute(_LOCK).fetchone()[0]:
            if time.monotonic() >= until:
                connection.close()
                raise self._refuse()
            time.sleep(0.05)
        self._had = True

    def _refuse(self) -> HeartlineError:
        message = "Another heartline owns the State in this database."
        if self._had:
            # The server may not have noticed yet that our last connection is gone.
            return Unavailable("state_taken", message, _("It is tried again; stop the other one if there is one."))
        return Conflict("state_busy", message, _("Stop it, or set another HEARTLINE_STATE_URL."))


def _judge(connection: Any) -> None:  # noqa: ANN401  # likewise
    version = connection.info.server_version // 10_000
    if version < OLDEST:
        raise Invalid(
            "old_postgres",
            _("PostgreSQL {version} is too old.").format(version=version),
            _("Use PostgreSQL {oldest} or newer for State.").format(oldest=OLDEST),
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise Invalid(
            "bad_encoding",
            _("The database keeps text as {encoding}, which cannot hold every name.").format(encoding=encoding),
            _("Make it with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."),
        )


def explain(error: DBAPIError | PoolTimeoutError) -> Unavailable | None:
    """Return what an error of the driver means where it passes by itself, else None: then it is a bug of ours."""
    if isinstance(error, PoolTimeoutError):
        return Unavailable("state_busy", _("Too many ask State at once."), _("It is tried again."))
    state = getattr(error.orig, "sqlstate", None)
    lost = error.connection_invalidated or (state is None and type(error.orig).__name__ == "OperationalError")
    if state == "53100":
        return Unavailable(
            "state_full",
            _("State cannot be written: {orig}.").format(orig=error.orig),
            _("Free disk space on its server."),
        )
    if lost or (state is not None and state.startswith(_PASSING)):
        told = " ".join(str(error.orig).split())[:200]
        return Unavailable(
            "state_unreachable",
            _("State's server does not answer: {told}").format(told=told),
            _("See that PostgreSQL runs."),
        )
    return None


@compiles(CreateColumn, "postgresql")
def _create_column(element: CreateColumn, compiler: Any, **given: object) -> str:  # noqa: ANN401  # SQLAlchemy's hook
    """Order text by its bytes, as SQLite does, whatever the language of the server."""
    column: Column[Any] = element.element
    text: str = compiler.visit_create_column(element, **given)
    return f'{text} COLLATE "C"' if isinstance(column.type, String) else text
