"""Positions: where a page of a list ended, as an opaque text. The next page begins after it, whatever came meanwhile.

A position says where in the list's own order its last line stood, never how many lines came before: what is added in
front moves nothing, and what is taken away leaves no hole.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, TypeVar

import msgspec
import numpy as np
from litestar.di import Provide
from litestar.params import QueryParameter

from heartline.errors import Invalid
from heartline.understand import Ints

T = TypeVar("T")
Key = tuple[float | int, ...]
Column = np.ndarray[Any, np.dtype[Any]]
MOST: Final = 200
_USUAL: Final = 50
_LARGEST: Final = 2**63

LimitAsked = Annotated[int, QueryParameter(name="limit", ge=1, le=MOST, description="How many lines a page has.")]
AfterAsked = Annotated[
    str,
    QueryParameter(
        name="after",
        max_length=400,
        pattern=r"^[A-Za-z0-9_-]*\Z",
        description="Where the page before ended: its “next”. Empty: from the start.",
    ),
]


class Paging(msgspec.Struct, frozen=True, kw_only=True):
    """Which page is asked for."""

    limit: int
    after: str

    def read(self, order: str, width: int) -> Key | None:
        """Return the position the page begins after, in a list of this order; None: from the start.

        Raises:
            Invalid: it is none of ours, or of another list.
        """
        if not self.after:
            return None
        try:
            raw = base64.urlsafe_b64decode(self.after + "=" * (-len(self.after) % 4))
            told, *at = msgspec.json.decode(raw, type=list[str | int | float])
        except (ValueError, binascii.Error, msgspec.DecodeError):
            raise _unknown() from None
        key = tuple(one for one in at if isinstance(one, int | float) and -_LARGEST < one < _LARGEST)
        if told != order or len(at) != width or len(key) != width:
            raise _unknown()
        return key

    def slip(self, rows: Ints, columns: Sequence[Column], *, order: str) -> tuple[Ints, str | None]:
        """Return which of these rows are the page asked for, and the next position. They stand in ascending order of
        ``columns`` (one value a row, the first counts most).
        """
        begin = self.read(order, len(columns))
        left = np.arange(len(rows))
        if begin is not None:
            after, level = np.zeros(len(rows), dtype=np.bool_), np.ones(len(rows), dtype=np.bool_)
            for column, value in zip(columns, begin, strict=True):
                after |= level & (column > value)
                level &= column == value
            left = np.flatnonzero(after)
        shown = left[: self.limit]
        if len(left) <= len(shown):
            return rows[shown], None
        return rows[shown], write_position(order, tuple(column[shown[-1]].item() for column in columns))

    def cut(
        self, lines: Sequence[T], key_of: Callable[[T], Key], *, order: str, width: int
    ) -> tuple[Sequence[T], str | None]:
        """Return the page asked for of lines that stand in ascending order of their keys, and the next position."""
        begin = self.read(order, width)
        left = lines if begin is None else [line for line in lines if key_of(line) > begin]
        shown = left[: self.limit]
        return shown, write_position(order, key_of(shown[-1])) if len(left) > len(shown) else None

    def walk(self, ids: Sequence[int], *, order: str) -> tuple[slice, str | None]:
        """Return which of these lines are the page asked for, and the next position, in a list whose order cannot be
        told by a key: it goes on after the line it ended with, or, where that is gone, from its place.
        """
        begin, first = self.read(order, 2), 0
        if begin is not None:
            place, last = int(begin[0]), int(begin[1])
            first = max(0, (ids.index(last) if last in ids else place) + 1)
        end = first + self.limit
        onward = write_position(order, (end - 1, ids[end - 1])) if end < len(ids) else None
        return slice(first, end), onward


def hold_paging(limit: LimitAsked = _USUAL, after: AfterAsked = "") -> Paging:
    """Return which page is asked for."""
    return Paging(limit=limit, after=after)


def write_position(order: str, key: Key) -> str:
    """Return a position in a list of this order."""
    return base64.urlsafe_b64encode(msgspec.json.encode([order, *key])).decode().rstrip("=")


def _unknown() -> Invalid:
    hint = "Give back “next” of the page before as it was, with the same question; or leave “after” out."
    return Invalid("bad_cursor", "“after” is no position in this list.", hint)


PAGING: Final = {"paging": Provide(hold_paging, sync_to_thread=False)}
