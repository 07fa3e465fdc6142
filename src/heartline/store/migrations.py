"""Schema versions: named steps that bring an older State up to today, each once and whole.

New tables need no step: opening makes what is missing. A step is for what is there already (a column more, rows that
must read otherwise). It commits together with the line that says it was taken, so a crash in the middle repeats it
from its beginning, and a database that a newer heartline wrote is refused before anything in it is touched.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, func, inspect, select, update

from heartline.errors import Conflict
from heartline.language import _
from heartline.store import tables as t
from heartline.store.texts import fit

JOURNAL_VERSION: Final = 1
"""What the journal's file is laid out as (SQLite's ``user_version``; 0 is from before it was written)."""
HISTORY_VERSION: Final = 2
"""What History's file is laid out as. One of an older layout is made again from the journal."""

steps_taken: Final = Table(
    "schema_steps",
    t.kept,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False),
    Column("taken_us", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change of State's schema. ``run`` finds the tables as the step before left them."""

    version: int
    name: str
    run: Callable[[Connection], None]


def _begin(_db: Connection) -> None:
    """Take nothing: version 1 is the spine's tables, from before versions were written down."""


def _make_texts_fit(db: Connection) -> None:
    """Replace NUL in texts that were kept before they were cleaned on their way in; PostgreSQL never held one."""
    if db.dialect.name == "postgresql":
        return
    for table in (t.derived.tables | t.kept.tables).values():
        for column in table.columns:
            # Keys hold what heartline made itself, and JSON escapes it.
            if isinstance(column.type, String) and not column.primary_key:
                _make_column_fit(db, table, column)


def _make_column_fit(db: Connection, table: Table, column: Column[Any]) -> None:
    # SQLite's own replace() takes NUL for the end of what it looks for.
    unfit = db.execute(select(*table.primary_key, column).where(func.instr(column, func.char(0)) > 0)).all()
    for *key, text in unfit:
        same = [known == value for known, value in zip(table.primary_key, key, strict=True)]
        db.execute(update(table).where(*same).values({column.name: fit(text)}))


def _write_keys_behind(_db: Connection) -> None:
    """Take nothing: who reads only the merged keys, as versions before did, would take a copy for new."""


def _begin_writing_out(_db: Connection) -> None:
    """Take nothing: who knows no outbox would write again to those who want no letters."""


def _place_texts(_db: Connection) -> None:
    """Take nothing: who knows of no themes would leave behind which theme an erased text was of."""


def _ask_in_rows(_db: Connection) -> None:
    """Take nothing: who knows no matrix could not read a survey that asks one."""


def _hear_bounces(_db: Connection) -> None:
    """Take nothing: who knows of no bounces would write again to addresses that nobody is at, or nobody confirmed."""


STEPS: Final[tuple[Step, ...]] = (
    Step(version=1, name="the spine", run=_begin),
    Step(version=2, name="texts that every engine can hold", run=_make_texts_fit),
    Step(version=3, name="message keys written behind", run=_write_keys_behind),
    Step(version=4, name="letters and surveys", run=_begin_writing_out),
    Step(version=5, name="themes, and which text is of which", run=_place_texts),
    Step(version=6, name="matrix questions", run=_ask_in_rows),
    Step(version=7, name="addresses that bounce, and that were confirmed", run=_hear_bounces),
)
SCHEMA_VERSION: Final = STEPS[-1].version


def bring_up(db: Connection) -> None:
    """Make the tables that are missing and take the steps that were not, all in the caller's transaction.

    Raises:
        Conflict: a newer heartline wrote this State.
    """
    found = _read_version(db)
    refuse_newer("State", found, SCHEMA_VERSION)
    # Always: a table that was added since needs no step.
    t.derived.create_all(db)
    t.kept.create_all(db)
    written = set(db.execute(select(steps_taken.c.version)).scalars())
    for step in STEPS:
        if step.version not in written:
            if 0 < found < step.version:
                step.run(db)
            row = {"version": step.version, "name": step.name, "taken_us": time.time_ns() // 1_000}
            db.execute(steps_taken.insert().values(row))


def refuse_newer(what: str, found: int, known: int) -> None:
    """Refuse what a newer heartline wrote: reading it as ours could lose what we do not know.

    Raises:
        Conflict: ``found`` is beyond ``known``.
    """
    if found > known:
        raise Conflict(
            "newer_schema",
            _("A newer heartline wrote {what}: it has version {found}, and this one knows {known}.").format(
                what=what, found=found, known=known
            ),
            _("Install that heartline or a newer one; going back needs a backup from before the upgrade."),
        )


def _read_version(db: Connection) -> int:
    """Return the version of State: 0 where it is empty, 1 where it is older than the record of steps."""
    there = set(inspect(db).get_table_names())
    if steps_taken.name in there:
        return int(db.execute(select(func.max(steps_taken.c.version))).scalar() or 1)
    return 1 if t.settings.name in there else 0
