"""The SQL engines behind State: SQLite by pysqlite3, or PostgreSQL; the same tables and statements on both."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, StaticPool, create_engine, event, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from heartline.errors import Unavailable
from heartline.language import _
from heartline.store import postgres, tables
from heartline.store.migrations import bring_up
from heartline.store.sqlite import check_sqlite, module, set_pragmas
from heartline.store.texts import keep_texts_fit


def open_engine(path: Path | None) -> Engine:
    """Open a SQLite State. ``None`` keeps it in memory."""
    check_sqlite()
    if path is None:
        engine = create_engine(
            "sqlite://", module=module, poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
    else:
        engine = create_engine(
            f"sqlite:///{path}",
            module=module,
            connect_args={"check_same_thread": False, "timeout": 10},
            pool_size=8,
            # The connection used last has the warmest cache, and the projector wants it each time.
            pool_use_lifo=True,
        )
    _prepare_sqlite(engine)
    return engine


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver has no types
        # Transactions are begun by us, so that a writer takes its lock at once and never deadlocks on upgrade.
        connection.isolation_level = None
        set_pragmas(connection, synchronous="NORMAL")
        # Hashed keys touch pages at random; a checkpoint each 32 MiB writes a page once, not once a micro-batch.
        connection.execute("PRAGMA wal_autocheckpoint=8000").close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        mode = connection.get_execution_options().get("heartline_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if mode else "BEGIN")


def open_database(at: Path | URL | None) -> Database:
    """Open State's database: a SQLite file, a PostgreSQL address, or None for memory. Its tables are brought up.

    Raises:
        Conflict: another process owns it, or a newer heartline wrote it.
        Unavailable: it cannot be reached.
    """
    if isinstance(at, URL):
        reader, writer = postgres.open_postgres(at)
        database = Database(reader, writer=writer)
    else:
        database = Database(open_engine(at))
    try:
        with database.write() as connection:
            bring_up(connection)
    except BaseException:
        database.close()
        raise
    return database


class Database:
    """Transactions over an engine. One writer at a time in this process; readers are not held up by it."""

    def __init__(self, engine: Engine, *, writer: Engine | None = None) -> None:
        self.engine = engine
        self._writer = writer or engine
        self._writing = threading.RLock()
        self._shared = isinstance(engine.pool, StaticPool)
        keep_texts_fit(engine.dialect)
        keep_texts_fit(self._writer.dialect)

    @property
    def served(self) -> bool:
        """Whether State lives on a server, not in the data directory."""
        return self.engine.dialect.name == "postgresql"

    def close(self) -> None:
        """Close all connections; on a server this also gives up the right to write."""
        self.engine.dispose()
        self._writer.dispose()

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Let nobody else in this process write; readers go on."""
        with self._writing:
            yield

    def turn_to(self, other: Database) -> None:
        """Read and write what another reads and writes, from now on. Who reads the one before, finishes there."""
        with self._writing:
            before = (self.engine, self._writer)
            self.engine, self._writer = other.engine, other._writer
        for engine in before:
            engine.dispose()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a writing transaction; it commits when the block ends well.

        Raises:
            Unavailable: the disk is full, the file is locked by somebody else, or the server is away. Nothing was
                written, unless the server went away in the very commit: then all of it or nothing.
        """
        with self._writing:
            try:
                with self._writer.connect().execution_options(heartline_write=True) as connection, connection.begin():
                    yield connection
            except (DBAPIError, PoolTimeoutError) as error:
                raise self._explain(error) or error from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a reading transaction: all that is read in the block is of one moment.

        Raises:
            Unavailable: the server is away.
        """
        if self._shared:
            # The in-memory twin has one connection for all threads, so even readers take turns.
            with self._writing, self.engine.connect() as connection:
                yield connection
            return
        try:
            with self.engine.connect() as connection:
                yield connection
        except (DBAPIError, PoolTimeoutError) as error:
            raise self._explain(error) or error from error

    def _explain(self, error: DBAPIError | PoolTimeoutError) -> Unavailable | None:
        if self.served or isinstance(error, PoolTimeoutError):
            return postgres.explain(error)
        if any(sign in str(error.orig) for sign in ("full", "locked", "disk I/O")):
            return Unavailable(
                "state_full", _("State cannot be written: {orig}.").format(orig=error.orig), _("Free disk space.")
            )
        return None

    def secret(self, given: bytes | None = None) -> bytes:
        """Return the installation's key for hashes, made at first use (or taken from ``given``) and kept with State."""
        name = tables.settings.c.name == "secret"
        with self.write() as connection:
            found = connection.execute(select(tables.settings.c.value).where(name)).scalar()
            if found is None:
                found = (given or secrets.token_bytes(32)).hex()
                connection.execute(tables.settings.insert().values(name="secret", value=found))
        return bytes.fromhex(found)
