"""The store: three ports (journal, state, history) and their adapters. The only room that speaks to engines."""

from __future__ import annotations

from heartline.store.backup import (
    ARCHIVE,
    Manifest,
    Writing,
    begin_snapshot,
    copy_derived,
    copy_journal,
    fill_state,
    opening_backup,
    verify_backup,
    write_kept,
    write_manifest,
    writing_backup,
)
from heartline.store.checkup import (
    FileSize,
    count_refused,
    examine_history,
    examine_journal,
    examine_sqlite,
    list_files,
    read_disk,
    read_versions,
)
from heartline.store.column_file import MappedColumns, Unreadable, examine_columns, map_columns, write_columns
from heartline.store.definitions import DefinitionBook
from heartline.store.directory import (
    DataDirectory,
    history_path,
    open_directory,
    packed_log_path,
    read_generation,
    state_path,
    sync_directory,
    sync_file,
    write_durably,
)
from heartline.store.duckdb_history import DuckdbHistory
from heartline.store.duckdb_readings import DuckdbReadings
from heartline.store.duckdb_themes import DuckdbPlacings
from heartline.store.engine import Database, open_database
from heartline.store.history import FIELDS, KINDS, Columns, Entry, History, MemoryHistory, SeqRange, Span, Told
from heartline.store.identity import ActNote, Crowd, HandlePair, IdentityFacts, Mark, StaffLink, Violation
from heartline.store.journal import Closed, Journal, LimitedJournal, MemoryJournal
from heartline.store.matching import (
    Compared,
    Level,
    Likeness,
    Matched,
    MatchedPair,
    Matcher,
    MatchModel,
    MatchRecord,
)
from heartline.store.moving import Moved, move_state
from heartline.store.parquet import read_parquet_rows
from heartline.store.readings import MemoryReadings, ReadingColumns, Readings, Unread, pack_readings
from heartline.store.refused import RefusedEvent, RefusedNote
from heartline.store.remains import clear_history, clear_journal, clear_state
from heartline.store.room import DiskRoom, GuardedAppends
from heartline.store.shadow import Shadow, begin_shadow, drop_shadow, take_shadow
from heartline.store.splink_matching import SplinkMatcher, is_matching_installed
from heartline.store.sql_derived import SqlDerived
from heartline.store.sql_kept import SqlKept
from heartline.store.sqlite_journal import SqliteJournal
from heartline.store.state import (
    Batch,
    Claim,
    DerivedState,
    ImportJob,
    KeptState,
    Key,
    Numbered,
    OwnershipTable,
    Testimony,
    TraitSet,
)
from heartline.store.suggestions import DerivedPeople, KeptSuggestions, NewSuggestion
from heartline.store.themes import MemoryPlacings, PlacingColumns, Placings
from heartline.store.workspace import Stores, open_memory, open_stores

__all__ = [
    "ARCHIVE",
    "FIELDS",
    "KINDS",
    "ActNote",
    "Batch",
    "Claim",
    "Closed",
    "Columns",
    "Compared",
    "Crowd",
    "DataDirectory",
    "Database",
    "DefinitionBook",
    "DerivedPeople",
    "DerivedState",
    "DiskRoom",
    "DuckdbHistory",
    "DuckdbPlacings",
    "DuckdbReadings",
    "Entry",
    "FileSize",
    "GuardedAppends",
    "HandlePair",
    "History",
    "IdentityFacts",
    "ImportJob",
    "Journal",
    "KeptState",
    "KeptSuggestions",
    "Key",
    "Level",
    "Likeness",
    "LimitedJournal",
    "Manifest",
    "MappedColumns",
    "Mark",
    "MatchModel",
    "MatchRecord",
    "Matched",
    "MatchedPair",
    "Matcher",
    "MemoryHistory",
    "MemoryJournal",
    "MemoryPlacings",
    "MemoryReadings",
    "Moved",
    "NewSuggestion",
    "Numbered",
    "OwnershipTable",
    "PlacingColumns",
    "Placings",
    "ReadingColumns",
    "Readings",
    "RefusedEvent",
    "RefusedNote",
    "SeqRange",
    "Shadow",
    "Span",
    "SplinkMatcher",
    "SqlDerived",
    "SqlKept",
    "SqliteJournal",
    "StaffLink",
    "Stores",
    "Testimony",
    "Told",
    "TraitSet",
    "Unread",
    "Unreadable",
    "Violation",
    "Writing",
    "begin_shadow",
    "begin_snapshot",
    "clear_history",
    "clear_journal",
    "clear_state",
    "copy_derived",
    "copy_journal",
    "count_refused",
    "drop_shadow",
    "examine_columns",
    "examine_history",
    "examine_journal",
    "examine_sqlite",
    "fill_state",
    "history_path",
    "is_matching_installed",
    "list_files",
    "map_columns",
    "move_state",
    "open_database",
    "open_directory",
    "open_memory",
    "open_stores",
    "opening_backup",
    "pack_readings",
    "packed_log_path",
    "read_disk",
    "read_generation",
    "read_parquet_rows",
    "read_versions",
    "state_path",
    "sync_directory",
    "sync_file",
    "take_shadow",
    "verify_backup",
    "write_columns",
    "write_durably",
    "write_kept",
    "write_manifest",
    "writing_backup",
]
