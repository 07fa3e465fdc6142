"""Rows of JSON: one object a line, one array, or a list inside an object (as help desks export). Streamed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, cast

import msgspec

from heartline.collect.importing.row import ROW_CAP, Row, unreadable
from heartline.collect.importing.streams import FALLBACK_ENCODING
from heartline.errors import Invalid
from heartline.language import _

ARRAY: Final = "[]"
"""The records name of a file that is one array."""

FEED: Final = "feed/entry"
"""The records name of a list inside an object inside the file's: an app store's public feed."""

_FEED: Final = re.compile(rb'\{\s*"feed"\s*:\s*\{.*?"entry"\s*:\s*\[\s*\{', re.DOTALL)
_STRUCTURE: Final = re.compile(rb'["\\{}\[\]]')
_decode = msgspec.json.decode


def detect_records(head: bytes) -> str:
    """Return "" for one object a line, ``ARRAY`` for one array, else the name of the list that holds the rows."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if _FEED.match(start):
        return FEED
    if start.startswith(b"["):
        return ARRAY
    line = start.split(b"\n", 1)[0]
    try:
        first = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        listed = re.match(rb'\{(?:(?!\{).)*?"((?:[^"\\]|\\.)*)"\s*:\s*\[\s*\{', start, re.DOTALL)
        return listed[1].decode("utf-8", "replace") if listed else ""
    if not isinstance(first, dict):
        return ""
    lists = [key for key, value in first.items() if isinstance(value, list) and value and isinstance(value[0], dict)]
    # An order with its items is a row; a page of tickets is a list. A row has an id of its own or a time.
    wrapped = len(lists) == 1 and not ({"id", "timestamp", "type", "messageId", "created_at"} & set(first))
    return lists[0] if wrapped and start.count(b"\n") < 2 else ""


def read_objects(chunks: Iterable[bytes], records: str) -> Iterator[Row]:
    """Yield rows from UTF-8 JSON. Inner objects become columns like "via.channel"; lists stay JSON text."""
    pieces = _cut_lines(chunks) if not records else _cut_elements(chunks, records)
    number = 0
    for piece in pieces:
        number += 1
        if piece is None:
            yield unreadable(number, "", f"it is longer than {ROW_CAP >> 20} MiB")
            continue
        yield _read_piece(number, piece)


def _read_piece(number: int, piece: bytes) -> Row:
    mended = False
    try:
        value = _decode(piece)
    except UnicodeDecodeError:
        mended = True
        piece = piece.decode(FALLBACK_ENCODING, "replace").encode()
        value = _decode_again(piece)
    except (msgspec.DecodeError, RecursionError) as error:
        mended = "UTF-8" in str(error)
        piece = piece.decode(FALLBACK_ENCODING, "replace").encode() if mended else piece
        value = _decode_again(piece) if mended else None
        if value is None:
            return unreadable(number, piece.decode("utf-8", "replace"), f"it is not JSON: {error}")
    if not isinstance(value, dict):
        return unreadable(number, piece.decode("utf-8", "replace"), "it is not an object with named values")
    cells: dict[str, str] = {}
    _flatten(value, "", cells)
    if any("\0" in cell for cell in cells.values()):
        return unreadable(number, piece.decode("utf-8", "replace"), "it holds a NUL character")
    return Row(number, cells, "", mended, piece)


def _decode_again(piece: bytes) -> object:
    try:
        return cast("object", _decode(piece))
    except (msgspec.DecodeError, RecursionError):
        return None


def _flatten(value: dict[str, object], prefix: str, cells: dict[str, str]) -> None:
    for key, inner in value.items():
        if isinstance(inner, str):
            cells[prefix + key] = inner
        elif inner is None:
            cells[prefix + key] = ""
        elif isinstance(inner, dict) and prefix.count(".") < 4:
            _flatten(inner, f"{prefix}{key}.", cells)
        else:
            cells[prefix + key] = msgspec.json.encode(inner).decode()


def _cut_lines(chunks: Iterable[bytes]) -> Iterator[bytes | None]:
    """Cut at line ends; None stands for a line over the cap. Blank lines are no rows."""
    rest, overlong = b"", False
    for chunk in chunks:
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        for line in lines:
            if overlong or len(line) > ROW_CAP:
                overlong = False
                yield None
            elif line.strip():
                yield line
        if len(rest) > ROW_CAP:
            rest, overlong = b"", True
    if overlong:
        yield None
    elif rest.strip():
        yield rest


class _Cutter:
    """Finds the elements of one array in a stream of bytes by counting brackets outside strings."""

    def __init__(self, records: str) -> None:
        *above, last = records.split("/")
        self.key = None if records == ARRAY else last.encode()
        self.level = 1 if self.key is None else 2 + len(above)
        self.depth = 0
        self.in_string = False
        self.string_from = 0
        self.last_string = b""
        self.inside = False
        self.seen = False
        self.start = -1
        self.skip_at = -1
        self.overlong = False

    def cut(self, data: bytes, at: int) -> Iterator[bytes | None]:
        """Yield whole elements of ``data``, whose bytes before ``at`` were looked at before."""
        for found in _STRUCTURE.finditer(data, at):
            place, sign = found.start(), found[0]
            if place == self.skip_at:
                continue
            if self.in_string:
                if sign == b"\\":
                    self.skip_at = place + 1
                elif sign == b'"':
                    self.in_string = False
                    if self.depth == self.level - 1:
                        self.last_string = data[self.string_from : place]
            elif sign == b'"':
                self.in_string, self.string_from = True, place + 1
            elif sign in b"{[":
                self._open(place, sign)
            elif sign in b"}]":
                yield from self._close(data, place)

    def _open(self, place: int, sign: bytes) -> None:
        self.depth += 1
        if sign == b"[" and self.depth == self.level and (self.key is None or self.last_string == self.key):
            self.inside = self.seen = True
        elif self.inside and self.depth == self.level + 1:
            self.start = place

    def _close(self, data: bytes, place: int) -> Iterator[bytes | None]:
        if self.inside and self.depth == self.level + 1 and (self.start >= 0 or self.overlong):
            yield None if self.overlong else data[self.start : place + 1]
            self.start, self.overlong = -1, False
        elif self.depth == self.level:
            self.inside = False
        self.depth = max(0, self.depth - 1)

    def forget(self, size: int) -> int:
        """Return how many of the ``size`` bytes seen need not be kept, and count places from there."""
        keep = size
        if self.start >= 0:
            keep = self.start
        elif self.in_string and self.depth == self.level - 1:
            keep = self.string_from
        if size - keep > ROW_CAP:
            self.overlong, self.start, keep = self.start >= 0, -1, size
        self.start = max(-1, self.start - keep) if self.start >= 0 else -1
        self.string_from = max(0, self.string_from - keep)
        self.skip_at -= keep
        return keep


def _cut_elements(chunks: Iterable[bytes], records: str) -> Iterator[bytes | None]:
    """Cut an array into its elements, holding no more than one of them.

    Raises:
        Invalid: the file ends inside the array, or the array is not there.
    """
    cutter = _Cutter(records)
    data, found = b"", False
    for chunk in chunks:
        at = len(data)
        data += chunk
        for piece in cutter.cut(data, at):
            found = True
            yield piece
        found = found or cutter.inside
        data = data[cutter.forget(len(data)) :]
    if not found and not cutter.seen:
        raise Invalid(
            "no_records",
            _("No list called {records!r} was found.").format(records=records),
            _("Name the list in the layout's records."),
        )
    if cutter.depth:
        raise Invalid(
            "cut_off", _("This JSON file ends in the middle."), _("Copy or download it again, then import again.")
        )
