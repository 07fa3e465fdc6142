"""The three stores of one installation, opened together."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from heartline.store.directory import DataDirectory, open_directory
from heartline.store.duckdb_history import DuckdbHistory
from heartline.store.duckdb_readings import DuckdbReadings
from heartline.store.duckdb_themes import DuckdbPlacings
from heartline.store.engine import Database, open_database
from heartline.store.history import History, MemoryHistory
from heartline.store.journal import Journal, MemoryJournal
from heartline.store.readings import MemoryReadings, Readings
from heartline.store.sql_derived import SqlDerived
from heartline.store.sql_kept import SqlKept
from heartline.store.sqlite_journal import SqliteJournal
from heartline.store.state import DerivedState, KeptState
from heartline.store.themes import MemoryPlacings, Placings
from heartline.store.whereabouts import open_state


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Journal, State in its two halves, and History with the readings and themes of its texts."""

    journal: Journal
    derived: DerivedState
    kept: KeptState
    history: History
    readings: Readings
    placings: Placings
    directory: DataDirectory | None
    database: Database

    def close(self) -> None:
        """Close all files and let the directory go."""
        self.history.close()
        self.database.close()
        self.journal.close()
        if self.directory is not None:
            self.directory.release()


def open_stores(path: Path, *, state_url: str = "") -> Stores:
    """Open an installation's data directory, making it where it is missing.

    ``state_url`` is how to reach State on PostgreSQL; a new installation begins where it says.
    """
    with ExitStack() as opened:
        directory = open_directory(path)
        opened.callback(directory.release)
        directory.sweep()
        database = open_state(directory, state_url=state_url)
        opened.callback(database.close)
        journal = SqliteJournal(directory.journal)
        opened.callback(journal.close)
        history = DuckdbHistory(directory.history)
        stores = Stores(
            journal=journal,
            derived=SqlDerived(database),
            kept=SqlKept(database),
            history=history,
            readings=DuckdbReadings(history),
            placings=DuckdbPlacings(history),
            directory=directory,
            database=database,
        )
        directory.close_to_others()
        opened.pop_all()
    return stores


def open_memory(*, secret: bytes | None = None) -> Stores:
    """Open the in-memory twins: the same promises, as long as the process lives.

    Two twins with one ``secret`` give their customers the same ids.
    """
    database = open_database(None)
    database.secret(secret)
    history = MemoryHistory()
    return Stores(
        journal=MemoryJournal(),
        derived=SqlDerived(database),
        kept=SqlKept(database),
        history=history,
        readings=MemoryReadings(history),
        placings=MemoryPlacings(history),
        directory=None,
        database=database,
    )
