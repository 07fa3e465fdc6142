"""Reading JSON that strict parsers refuse, so that one odd value never costs its whole batch (trap 3, R7).

Clients of the standard Python library send ``NaN``; browsers send halves of surrogate pairs; proxies cut UTF-8 in the
middle. What such text can only mean is read: not-a-number and numbers beyond a double become null, broken characters
become U+FFFD. Everything else stays as it was sent.
"""

from __future__ import annotations

import json
import math
import re
from typing import Final

import msgspec

DEEPEST: Final = 100
"""Objects and lists may nest so deep. Fixed here, not by the interpreter's stack: a rebuild must judge alike."""

_BRACKETS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)
_LONE_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def nests_too_deep(raw: bytes) -> bool:
    """Tell whether JSON text nests deeper than ``DEEPEST``. Nearly always answered by counting brackets."""
    if raw.count(b"{") + raw.count(b"[") <= DEEPEST:
        return False
    depth = 0
    for match in _BRACKETS.finditer(raw):
        first = raw[match.start()]
        if first in b"[{":
            depth += 1
            if depth > DEEPEST:
                return True
        elif first in b"]}":
            depth -= 1
    return False


def read_leniently(raw: bytes) -> object:
    """Parse JSON text by its likely meaning.

    Raises:
        ValueError: it is no JSON by any reading, or nests too deep to be read.
    """
    text = raw.decode("utf-8", "replace").removeprefix("\ufeff")
    if nests_too_deep(raw):
        raise ValueError(f"nested deeper than {DEEPEST}")
    value: object = json.loads(
        text, strict=False, parse_constant=_read_nothing, parse_float=_read_float, parse_int=_read_int
    )
    return value


def write_safely(value: object) -> bytes:
    """Write what ``read_leniently`` read as JSON that every strict parser takes."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return _LONE_SURROGATES.sub("\ufffd", text).encode()


def _read_nothing(_name: str) -> None:
    return None


def _read_float(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _read_int(text: str) -> int | float | None:
    return int(text) if len(text) <= 18 else _read_float(text)
