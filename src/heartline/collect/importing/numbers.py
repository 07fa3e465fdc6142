"""Reading numbers as people write them: decimal comma or point, thousands marks, currency signs."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Final

NOTHING: Final = frozenset(
    {"", "-", "–", "na", "n/a", "#n/a", "null", "none", "nan", "nat", "\\n", "(null)", "undefined"}
)
"""Words that stand for an empty cell where a time or a number is expected. Compared in lower case."""

_DRESS: Final = re.compile(r"[\s\u00a0\u202f'’_]|[€$£¥₹₽]|R\$|\b[A-Z]{3}\b")
_PLAIN: Final = re.compile(r"^[+-]?\d+(?:\.\d+)?$")
_LEADING: Final = re.compile(r"^\s*(-?\d{1,3}(?:[.,]\d+)?)(?=\s*(?:[^\d\s.,%]|\s|$))")


def is_nothing(cell: str) -> bool:
    """Tell whether a cell holds no value."""
    return not cell or cell.strip().lower() in NOTHING


def is_plain(cell: str) -> bool:
    """Tell whether a cell is a number as programs write it."""
    return _PLAIN.match(cell) is not None


def read_number(cell: str, *, decimal_comma: bool = False) -> Decimal | None:
    """Return the number of a cell, or None. ``(12.50)`` and ``12.50-`` are negative, as bookkeepers write.

    >>> read_number("R$ 1.234,50", decimal_comma=True), read_number("1,234.5")
    (Decimal('1234.50'), Decimal('1234.5'))
    """
    text = cell
    if not _PLAIN.match(text):
        text = _DRESS.sub("", text)
        if text.startswith("(") and text.endswith(")"):
            text = "-" + text[1:-1]
        elif text.endswith("-"):
            text = "-" + text[:-1]
        mark, group = (",", ".") if decimal_comma else (".", ",")
        if text.count(mark) > 1 or (mark in text and group in text[text.index(mark) :]):
            return None
        text = text.replace(group, "").replace(mark, ".")
    elif decimal_comma and re.match(r"^[+-]?\d{1,3}(?:\.\d{3})+$", text):
        text = text.replace(".", "")
    if len(text) > 30 or not _PLAIN.match(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def read_leading(cell: str) -> float | None:
    """Return the number a label begins with: ``"10 - very likely"`` is 10."""
    found = _LEADING.match(cell)
    return float(found[1].replace(",", ".")) if found else None
