"""Text that every engine can hold: PostgreSQL refuses NUL, no engine takes half a surrogate pair.

What people type is cleaned on its way in, the same on both engines, so that State moved from one to the other is the
same State. Cleaned is every text bound to a column of text; JSON that our encoder wrote is clean already.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Dialect, String, Text

_UNFIT: Final = re.compile("[\x00\ud800-\udfff]")
STAND_IN: Final = "\ufffd"
"""What stands where a sign was that cannot be kept."""


def fit(text: str) -> str:
    """Return text with what cannot be kept replaced by ``STAND_IN``; nearly always it is the same text."""
    return _UNFIT.sub(STAND_IN, text) if not text.isprintable() else text


class _Fit:
    def bind_processor(self, _dialect: Dialect) -> Callable[[Any], Any]:
        return lambda value: fit(value) if isinstance(value, str) else value


class _FitString(_Fit, String):
    pass


class _FitText(_Fit, Text):
    pass


def keep_texts_fit(dialect: Dialect) -> None:
    """Have a dialect clean each text it binds."""
    dialect.colspecs = {**dialect.colspecs, String: _FitString, Text: _FitText}
