"""How wide words are, nearly: enough to wrap and place them in a drawing where no browser can be asked.

Widths are shares of the type size, taken from Source Sans 3's own advance widths in groups and rounded up, so that an
estimate errs towards too wide.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_NARROW: Final = frozenset("ijl.,:;'’‘|!fI()[] \N{NO-BREAK SPACE}")
_WIDE: Final = frozenset("mwMWQ%@—…&")
_CLOSING: Final = frozenset("，。、；：！？）」』》…")
"""What no line of Chinese begins with."""
_TOKENS: Final = re.compile(r"[^\S\N{NO-BREAK SPACE}]+")
"""Where a line may end: never at a space that says it does not break."""


def width_of(text: str, size: float, *, strong: bool = False) -> float:
    """About how wide ``text`` is at ``size``, in the same unit."""
    total = sum(_share(character) for character in text)
    return total * size * (1.06 if strong else 1.0)


def _share(character: str) -> float:
    if character in _NARROW:
        return 0.29
    if character in _WIDE:
        return 0.84
    if unicodedata.combining(character) or unicodedata.category(character) in {"Cf", "Mn"}:
        return 0.0
    if unicodedata.east_asian_width(character) in {"W", "F"} or ord(character) > 0x1F000:
        return 1.05
    if character.isupper():
        return 0.62
    return 0.54 if character.isascii() else 0.6


def wrap(text: str, width: float, size: float, *, lines: int = 0, strong: bool = False) -> tuple[str, ...]:
    """``text`` in lines no wider than ``width``; a word that is too long is broken. ``lines`` above 0 is the most there
    may be, the last ending in “…” where more was said.
    """
    found: list[str] = []
    current = ""
    for word in _TOKENS.split(text.strip()):
        for part in _fit(word, width, size, strong=strong):
            joined = f"{current} {part}" if current else part
            if current and width_of(joined, size, strong=strong) > width:
                found.append(current)
                current = part
            else:
                current = joined
    if current:
        found.append(current)
    if lines and len(found) > lines:
        last = found[lines - 1]
        while last and width_of(last + "…", size, strong=strong) > width:
            last = last[:-1]
        return (*found[: lines - 1], last.rstrip() + "…")
    return tuple(found)


def _fit(word: str, width: float, size: float, *, strong: bool) -> list[str]:
    """A word in parts that fit: whole where it does, broken anywhere where it does not."""
    if width_of(word, size, strong=strong) <= width:
        return [word]
    parts, current = [], ""
    for character in word:
        if current and character not in _CLOSING and width_of(current + character, size, strong=strong) > width:
            parts.append(current)
            current = character
        else:
            current += character
    return [*parts, current]
