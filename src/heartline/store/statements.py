"""Statements of the projector's path, compiled once a dialect and sent as plain text with positional values.

SQLAlchemy renders an IN of thousands of values, and one dictionary a row, anew at each call: measured on the projector,
that was 30 of 95 µs an event. The same Core statements are compiled here once, and their text is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Dialect,
    Insert,
    Table,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

LARGEST: Final = 2_048
"""How many values one IN holds at most; shorter lists are padded to a power of two, so few texts are kept."""


def select_in(
    db: Connection, columns: Sequence[Column[Any]], by: Sequence[Column[Any]], values: Collection[Any]
) -> Iterator[Any]:
    """Stream rows whose ``by`` is among ``values``: single values for one column, tuples for several."""
    for part in _padded(values):
        text = _select_text(db.dialect, tuple(columns), tuple(by), len(part))
        flat = tuple(part) if len(by) == 1 else tuple(v for value in part for v in value)
        # The driver's own rows: wrapping each as a Row costs more than reading it.
        yield from db.exec_driver_sql(text, flat).cursor.fetchall()


def count_in(db: Connection, column: Column[Any], values: Collection[Any] | None, *, over: int) -> Iterator[Any]:
    """Stream those of ``values`` (None: of all there are) that stand in more than ``over`` rows of the column."""
    for part in [None] if values is None else _padded(values):
        text = _count_text(db.dialect, column, 0 if part is None else len(part), over)
        for (found,) in db.exec_driver_sql(text, tuple(part or ())).cursor.fetchall():
            yield found


def delete_in(db: Connection, column: Column[Any], values: Collection[Any]) -> None:
    """Delete the rows whose column is among ``values``."""
    for part in _padded(values):
        db.exec_driver_sql(_delete_text(db.dialect, column, len(part)), tuple(part))


def insert_rows(db: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows given in the order of the table's columns."""
    if rows:
        db.exec_driver_sql(_insert_text(db.dialect, table, ()), list(rows))


def upsert_rows(db: Connection, table: Table, rows: Sequence[tuple[Any, ...]], *, replace: Sequence[str]) -> None:
    """Insert rows, or put the named columns in place of those that the primary key finds there already."""
    if rows:
        db.exec_driver_sql(_insert_text(db.dialect, table, tuple(replace)), list(rows))


def update_rows(
    db: Connection, columns: Sequence[Column[Any]], by: Column[Any], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Set the columns of the rows found by one column; each tuple holds their values, then that of ``by``."""
    if rows:
        db.exec_driver_sql(_update_text(db.dialect, tuple(columns), by), list(rows))


def insert_new(db: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> int:
    """Insert the rows whose primary key is not there yet; return how many those were."""
    return db.exec_driver_sql(_insert_text(db.dialect, table, None), list(rows)).rowcount if rows else 0


def _padded(values: Collection[Any]) -> Iterator[list[Any]]:
    listed = list(values)
    for start in range(0, len(listed), LARGEST):
        part = listed[start : start + LARGEST]
        size = 1 << (len(part) - 1).bit_length()
        yield part + [part[-1]] * (size - len(part))


@lru_cache(maxsize=512)
def _select_text(dialect: Dialect, columns: tuple[Column[Any], ...], by: tuple[Column[Any], ...], size: int) -> str:
    if len(by) == 1:
        where = by[0].in_([bindparam(f"v{n}", type_=by[0].type) for n in range(size)])
    else:
        rows = [tuple_(*(bindparam(f"v{n}_{i}", type_=c.type) for i, c in enumerate(by))) for n in range(size)]
        where = tuple_(*by).in_(rows)
    return str(select(*columns).where(where).compile(dialect=dialect))


@lru_cache(maxsize=64)
def _count_text(dialect: Dialect, column: Column[Any], size: int, over: int) -> str:
    statement = select(column).group_by(column).having(func.count() > literal_column(str(int(over))))
    if size:
        statement = statement.where(column.in_([bindparam(f"v{n}", type_=column.type) for n in range(size)]))
    return str(statement.compile(dialect=dialect))


@lru_cache(maxsize=64)
def _delete_text(dialect: Dialect, column: Column[Any], size: int) -> str:
    marks = [bindparam(f"v{n}", type_=column.type) for n in range(size)]
    return str(delete(column.table).where(column.in_(marks)).compile(dialect=dialect))


@lru_cache(maxsize=64)
def _update_text(dialect: Dialect, columns: tuple[Column[Any], ...], by: Column[Any]) -> str:
    values = [(column, bindparam(f"v{n}", type_=column.type)) for n, column in enumerate(columns)]
    where = by == bindparam("by", type_=by.type)
    return str(update(by.table).ordered_values(*values).where(where).compile(dialect=dialect))


@lru_cache(maxsize=64)
def _insert_text(dialect: Dialect, table: Table, replace: tuple[str, ...] | None) -> str:
    """Return an insert: plain for ``()``, skipping known keys for None, else replacing the named columns."""
    upsert: Any = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    statement: Any = Insert(table) if replace == () else upsert(table)
    if replace is None:
        statement = statement.on_conflict_do_nothing()
    elif replace:
        statement = statement.on_conflict_do_update(
            index_elements=list(table.primary_key), set_={name: statement.excluded[name] for name in replace}
        )
    return str(statement.compile(dialect=dialect, column_keys=[column.name for column in table.columns]))
