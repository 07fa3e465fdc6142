"""Files that people open in a spreadsheet: nothing a customer wrote may become a formula there (CWE-1236)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

_FORMULA_SIGNS: Final = frozenset("=+-@\t\r\n\0＝＋－＠")
# A plain number keeps its sign; "-1+1" or "+49 30" is no plain number.
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")

Cell = str | int | float | None


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, bom: bool = True) -> bytes:
    """Write a table as CSV (RFC 4180, UTF-8, CRLF). The byte order mark tells Excel that it is UTF-8.

    ``None`` and NaN are empty cells, 0 stays 0, and a text that begins like a formula gets a quote in front.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([_write_cell(name) for name in header])
    for row in rows:
        writer.writerow([_write_cell(cell) for cell in row])
    return (b"\xef\xbb\xbf" if bom else b"") + buffer.getvalue().encode("utf-8", "replace")


def _write_cell(cell: Cell) -> str:
    if cell is None or cell != cell:  # noqa: PLR0124  # NaN is what differs from itself
        return ""
    if isinstance(cell, str):
        return make_safe(cell)
    return repr(cell) if isinstance(cell, float) else str(cell)


def make_safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    cleaned = text.replace("\0", "")
    dangerous = text[:1] in _FORMULA_SIGNS or cleaned.lstrip()[:1] in _FORMULA_SIGNS
    if text and dangerous and not _NUMBER.fullmatch(text):
        return "'" + cleaned
    return cleaned
