"""Reading Parquet files for the import: DuckDB streams them in batches, every cell as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from heartline.errors import Invalid
from heartline.language import _


def read_parquet_rows(path: Path, batch_rows: int = 4096) -> Iterator[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    """Yield batches of rows as ``(column names, rows)``, in the file's order, each cell as text ("" for null).

    Timestamps come as ISO text; those with a zone as UTC ending in "+00:00"; nested values as JSON. Memory is bounded
    by a row group and a batch. A file without rows yields one empty batch, so that its columns are known.

    Raises:
        Invalid: the file is no Parquet file that can be read.
    """
    connection = duckdb.connect(":memory:", config={"threads": 1, "memory_limit": "512MB"})
    try:
        source = "read_parquet($1)"
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}", [str(path)]).fetchall()  # noqa: S608 - constant
        names = tuple(str(row[0]) for row in described)
        cells = ", ".join(_as_text(name, str(kind)) for name, kind, *_rest in described)
        connection.execute(f"SELECT {cells} FROM {source}", [str(path)])  # noqa: S608 - names are quoted below
        rows = connection.fetchmany(batch_rows)
        yield names, rows
        while rows:
            rows = connection.fetchmany(batch_rows)
            if rows:
                yield names, rows
    except duckdb.Error as error:
        reason = str(error).splitlines()[0].replace(str(path), path.name)
        raise Invalid(
            "broken_parquet",
            _("This Parquet file cannot be read: {reason}.").format(reason=reason),
            _("Write it again, or use CSV."),
        ) from None
    finally:
        connection.close()


def _as_text(name: str, kind: str) -> str:
    column = '"' + name.replace('"', '""') + '"'
    if kind == "TIMESTAMP WITH TIME ZONE":
        text = f"CAST(make_timestamp(epoch_us({column})) AS VARCHAR) || '+00:00'"
    elif kind == "BLOB":
        text = f"hex({column})"
    elif kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION")):
        text = f"CAST(to_json({column}) AS VARCHAR)"
    else:
        text = f"CAST({column} AS VARCHAR)"
    return f"coalesce({text}, '') AS {column}"
