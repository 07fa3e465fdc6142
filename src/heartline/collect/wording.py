"""Strings from outside, made fit to be kept and shown: cut to sane lengths, without control characters.

Escaping for a page is the page's work; here only what no reader or store can take goes.
"""

from __future__ import annotations

import re
from typing import Final

LONGEST_NAME: Final = 200
LONGEST_TEXT: Final = 20_000

# Controls, lone surrogates, line separators and the marks that turn a line's direction around (they forge names).
_UNFIT_IN_NAMES: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
_UNFIT_IN_TEXTS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean_name(value: object, longest: int = LONGEST_NAME) -> str:
    """Return a one-line name of at most ``longest`` characters; numbers are written out, all else is no name."""
    if type(value) is not str:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return ""
        value = write_number(value)
    if not value.isprintable():
        value = _UNFIT_IN_NAMES.sub(" ", value)
    return value.strip()[:longest].rstrip()


def clean_text(value: object) -> str | None:
    """Return what a person wrote, line ends kept, or None where nothing is written."""
    if not isinstance(value, str):
        return None
    text = _UNFIT_IN_TEXTS.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return text[:LONGEST_TEXT] or None


def write_number(value: float) -> str:
    """Write a number as a client's string would read: ``42.0`` and ``42`` are one id."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return repr(value) if isinstance(value, float) else str(value)
