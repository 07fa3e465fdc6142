"""Rows in batches, and whether a mapping fits the file they come from."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from heartline.collect.importing.mapping import FileKind, ImportMapping, check_mapping
from heartline.collect.importing.row import Row
from heartline.collect.importing.rows import RowFile
from heartline.errors import Invalid
from heartline.language import _

BATCH_ROWS = 500


def cut_batches(file: RowFile, mapping: ImportMapping, *, size: int = BATCH_ROWS) -> Iterator[list[Row]]:
    """Yield the file's rows in batches after checking that the mapping fits it.

    Raises:
        Invalid: the mapping contradicts itself or reads columns that are not there, or the file holds no rows.
    """
    check_mapping(mapping)
    if mapping.messages and file.layout.kind is not FileKind.JSON:
        raise Invalid(
            "bad_mapping", _("Only JSON rows can be messages already."), _("Use a mapping that names columns.")
        )
    rows = iter(file)
    batch = list(islice(rows, size))
    if not batch:
        raise Invalid("no_rows", _("This file has a header and no rows."), _("Export it again, with its rows."))
    if not mapping.messages:
        check_columns(mapping, file.columns or see_columns(batch), exact=bool(file.columns))
    while batch:
        yield batch
        batch = list(islice(rows, size))


def check_columns(mapping: ImportMapping, columns: tuple[str, ...], *, exact: bool) -> None:
    """Refuse a mapping whose columns the file has not. Where rows bring their own names (``exact`` is False) only a
    file without any who column is refused: another row may hold the rest.

    Raises:
        Invalid: the message names the missing column, the hint those that are there.
    """
    missing = [name for name in mapping.columns if name not in columns]
    if not exact and (mapping.unnamed_rows or any(who.column in columns for who in mapping.who)):
        return
    if missing:
        raise Invalid(
            "missing_columns",
            _("The mapping {name!r} reads the column {missing!r}, which this file has not.").format(
                name=mapping.name, missing=missing[0]
            ),
            _("The file has {columns}. Change the mapping, or choose another.").format(
                columns=", ".join(columns[:30]) or "no columns"
            ),
        )


def tell_left_out(mapping: ImportMapping, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns of a file that a mapping does not read."""
    read = set(mapping.columns)
    return () if mapping.messages else tuple(name for name in columns if name not in read)


def see_columns(rows: list[Row]) -> tuple[str, ...]:
    """Return the names that rows bring along, in the order of their first mention."""
    return tuple(dict.fromkeys(name for row in rows if not row.problem for name in row.cells))
