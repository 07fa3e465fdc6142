"""Reading a DuckDB file through, to see whether it is sound."""

from __future__ import annotations

from typing import Any

import duckdb


def read_all_columns(connection: Any) -> list[str]:  # noqa: ANN401  # duckdb has no types
    """Read every column of every table, so that DuckDB proves its checksums; return what went wrong."""
    problems = []
    for (name,) in connection.execute("SELECT table_name FROM information_schema.tables ORDER BY 1").fetchall():
        try:
            connection.execute(f'SELECT count(*), sum(hash(COLUMNS(*))::HUGEINT) FROM "{name}"').fetchall()  # noqa: S608  # the file's own names
        except duckdb.Error as error:
            problems.append(f"{name}: {str(error).splitlines()[0]}")
    return problems
