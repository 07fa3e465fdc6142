"""Rows of a file of any kind: one reader each, one shape out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from heartline.collect.importing.delimited import DelimitedReader, detect_delimiter
from heartline.collect.importing.mapping import FileKind, Layout
from heartline.collect.importing.objects import detect_records, read_objects
from heartline.collect.importing.row import Row
from heartline.collect.importing.streams import (
    CHUNK_BYTES,
    ByteStream,
    detect_encoding,
    detect_kind,
    read_head,
    utf8_chunks,
)
from heartline.collect.importing.xes import read_xes
from heartline.errors import Invalid
from heartline.language import _

_WIDE = frozenset({"utf-16", "utf-16-le", "utf-16-be", "utf-32"})


@dataclass(slots=True)
class RowFile:
    """An open file. Iterate it once, inside ``with``. ``columns`` is empty where each row brings its own names."""

    layout: Layout
    columns: tuple[str, ...]
    bytes_total: int
    _rows: Iterator[Row]
    _stream: ByteStream | None

    @property
    def bytes_read(self) -> int:
        """How far into the file the reading is."""
        return self._stream.position if self._stream else 0

    def __iter__(self) -> Iterator[Row]:
        return self._rows

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()


def resolve_layout(path: Path, layout: Layout) -> Layout:
    """Fill in what the layout leaves open by looking at the file.

    Raises:
        Invalid: the file is empty, or of a kind that cannot be imported.
        Missing: there is no such file.
    """
    head = read_head(path)
    kind = layout.kind or detect_kind(head)
    if kind is FileKind.PARQUET:
        return replace(layout, kind=kind)
    encoding = layout.encoding or detect_encoding(head)
    try:
        text = head.decode(encoding, errors="replace")
    except LookupError:
        raise Invalid(
            "bad_encoding",
            _("{encoding!r} is no encoding.").format(encoding=encoding),
            _("Use utf-8, cp1252 or utf-16."),
        ) from None
    if kind is FileKind.DELIMITED:
        if layout.delimiter and len(layout.delimiter) != 1:
            raise Invalid(
                "bad_delimiter",
                _("{delimiter!r} is not one character.").format(delimiter=layout.delimiter),
                _("Use , ; | or a tab."),
            )
        delimiter = layout.delimiter or detect_delimiter(text[: 1 << 18])
        return replace(layout, kind=kind, encoding=encoding, delimiter=delimiter)
    if kind is FileKind.JSON:
        records = layout.records or detect_records(text.lstrip("\ufeff").encode("utf-8", "replace"))
        return replace(layout, kind=kind, encoding=encoding, records=records)
    return replace(layout, kind=kind)


def open_rows(path: Path, layout: Layout | None = None) -> RowFile:
    """Open a file as rows, whatever its kind.

    Raises:
        Invalid: the file cannot be read as what it is; the hint says what to do. Also while iterating.
        Missing: there is no such file.
    """
    layout = resolve_layout(path, layout or Layout())
    if layout.kind is FileKind.PARQUET:
        return _open_parquet(path, layout)
    stream = ByteStream(path)
    buffered = io.BufferedReader(stream, CHUNK_BYTES)
    if layout.kind is FileKind.XES:
        return RowFile(layout, (), stream.total, read_xes(buffered), stream)
    if layout.kind is FileKind.JSON:
        chunks = utf8_chunks(buffered, layout.encoding)
        return RowFile(layout, (), stream.total, read_objects(chunks, layout.records), stream)
    errors = "replace" if layout.encoding in _WIDE else "surrogateescape"
    text = io.TextIOWrapper(buffered, encoding=layout.encoding, errors=errors, newline="")
    try:
        reader = DelimitedReader(text, delimiter=layout.delimiter, header_rows=layout.header_rows)
    except BaseException:
        stream.close()
        raise
    return RowFile(layout, reader.columns, stream.total, iter(reader), stream)


def _open_parquet(path: Path, layout: Layout) -> RowFile:
    from heartline.store import read_parquet_rows  # noqa: PLC0415 - engines load slowly, and few files are Parquet

    batches = read_parquet_rows(path)
    names, first = next(batches)

    def rows() -> Iterator[Row]:
        number = 0
        batch = first
        while True:
            for cells in batch:
                number += 1
                yield Row(number, dict(zip(names, cells, strict=True)))
            following = next(batches, None)
            if following is None:
                return
            batch = following[1]

    return RowFile(layout, names, path.stat().st_size, rows(), None)
