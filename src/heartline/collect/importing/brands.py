"""Rows that speak of a rival: which they are, and the message they become. It names nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from heartline.collect.importing.cells import Refused
from heartline.collect.importing.mapping import Brand
from heartline.records import RIVAL, RefusalReason

_SAID: Final = ("text", "score")


def read_rival(cells: Mapping[str, str], brand: Brand | None) -> str | Refused:
    """Return the rival a row speaks of, "" where it speaks of us; one that names nobody could be either.

    >>> ours = Brand(column="brand", own=("Harbour & Bean",))
    >>> read_rival({"brand": " harbour & bean"}, ours), read_rival({"brand": "Bean Barn"}, ours)
    ('', 'Bean Barn')
    """
    if brand is None:
        return ""
    name = " ".join((cells.get(brand.column, "") or brand.constant).split())
    if not name:
        return Refused(RefusalReason.UNREADABLE_ROW, f"{brand.column} is empty: is it said of us, or of a rival?")
    return "" if name.casefold() in {" ".join(one.split()).casefold() for one in brand.own} else name


def tell_rival(message: Mapping[str, object], block: Mapping[str, object], rival: str) -> dict[str, object]:
    """Return the message of a review of a rival: when, what was said, its stars and where; nothing of who said it."""
    said = {name: block[name] for name in _SAID if name in block}
    kept = {name: message[name] for name in ("messageId", "timestamp") if name in message}
    site = block.get("channel")
    return {
        **kept,
        "type": "track",
        "event": "Review",
        "properties": {"site": site} if site else {},
        "context": {"heartline": {**said, RIVAL: rival}},
    }
