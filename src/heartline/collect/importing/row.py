"""One row of a file, as every reader yields it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

ROW_CAP: Final = 4 << 20
"""The longest row, in characters. Beyond it a row is refused and reading goes on after it."""
RAW_KEPT: Final = 16 << 10
"""How much of an unreadable row is kept to show, in characters."""


class Row(NamedTuple):
    """``number`` counts rows from 1 after the header. ``cells`` are by column name, as text, "" for nothing.

    ``problem`` says why the row cannot be read; then ``cells`` hold what is known under "row". ``mended`` says that it
    held bytes of another encoding. ``line`` is the raw JSON of rows that are messages already.
    """

    number: int
    cells: Mapping[str, str]
    problem: str = ""
    mended: bool = False
    line: bytes = b""


def unreadable(number: int, text: str, problem: str) -> Row:
    """Return the row that stands for one that cannot be read."""
    return Row(number, {"row": text[:RAW_KEPT]}, problem)
