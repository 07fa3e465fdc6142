"""Rows of CSV and its kin: any delimiter, quotes, line breaks inside quotes, and whatever people do to such files."""

from __future__ import annotations

import csv
import io
import re
import statistics
from collections import deque
from collections.abc import Iterator
from typing import Final

from heartline.collect.importing.row import ROW_CAP, Row, unreadable
from heartline.collect.importing.streams import FALLBACK_ENCODING
from heartline.errors import Invalid
from heartline.language import _

DELIMITERS: Final = (",", ";", "\t", "|")
_STRAY: Final = re.compile("[\udc80-\udcff]")
_OVERLONG: Final = "\0overlong"
_REREAD_CAP: Final = 64 * ROW_CAP
"""How much may be read again after rows that went wrong, so that no file makes reading quadratic."""


class _RowTooLong(Exception):
    """A row went over the cap: too large, or a quote that is never closed."""


def detect_delimiter(sample: str) -> str:
    """Return the delimiter that cuts the sample's rows into equal numbers of cells, the most cells where several do."""
    best, best_score = ",", (0.0, 0.0)
    for delimiter in DELIMITERS:
        try:
            rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row][:200]
        except csv.Error:
            continue
        widths = [len(row) for row in rows[: max(1, len(rows) - 1)]]
        width = statistics.mode(widths) if widths else 1
        if width > 1 and (score := (sum(w == width for w in widths) / len(widths), float(width))) > best_score:
            best, best_score = delimiter, score
    return best


class DelimitedReader:
    """Reads the header at once (``columns``), then yields rows. Memory is bounded by ``ROW_CAP``.

    Raises:
        Invalid: no header, or two columns of one name.
    """

    def __init__(self, text: io.TextIOBase, *, delimiter: str, header_rows: int) -> None:
        # The limit is the csv module's own and global; it is only ever raised.
        csv.field_size_limit(max(csv.field_size_limit(), ROW_CAP + 1))
        self._text = text
        self._delimiter = delimiter
        self._again: deque[str] = deque()
        self._pending: list[str] = []
        self._at_end = False
        self._mended = False
        self._reread = 0
        self._width = 0
        self._first_lines: list[str] = []
        self._records = self._read_records()
        self.columns = self._read_header(header_rows)

    def __iter__(self) -> Iterator[Row]:
        width, columns = len(self.columns), self.columns
        for number, (cells, problem) in enumerate(self._records, 1):
            if problem or len(cells) != width:
                yield self._judge(number, cells, problem)
            else:
                yield Row(number, dict(zip(columns, cells, strict=True)), "", self._mended)
            self._mended = False

    def _judge(self, number: int, cells: list[str], problem: str) -> Row:
        width = len(self.columns)
        if problem:
            return unreadable(number, cells[0], problem)
        if len(cells) > width and not any(cells[width:]):
            return Row(number, dict(zip(self.columns, cells, strict=False)), "", self._mended)
        problem = (
            f"this row has {len(cells)} cells where the header has {width}: "
            "a text with a delimiter or a line break needs quotes around it"
        )
        return unreadable(number, self._delimiter.join(cells), problem)

    def _read_header(self, header_rows: int) -> tuple[str, ...]:
        rows: list[list[str]] = []
        for cells, problem in self._records:
            if problem:
                raise Invalid(
                    "bad_header",
                    _("The header cannot be read: {problem}.").format(problem=problem),
                    _("Mend the file's first line."),
                )
            rows.append(cells)
            if len(rows) >= max(1, header_rows):
                break
        if not rows:
            raise Invalid(
                "empty_file", _("This file is empty."), _("Export it again and check its size before importing.")
            )
        if header_rows == 0:
            self._again.extendleft(reversed(self._first_lines))
            return tuple(f"column {place}" for place in range(1, len(rows[0]) + 1))
        while len(rows[0]) > 1 and not rows[0][-1].strip():
            rows[0].pop()
        names = [cell.strip() or f"column {place}" for place, cell in enumerate(rows[0], 1)]
        twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
        if twice is not None:
            raise Invalid(
                "duplicate_columns",
                _("Two columns are called {twice!r}.").format(twice=twice),
                _("Rename one of them in the file's first line."),
            )
        self._mended = False
        self._width = len(names)
        return tuple(names)

    def _read_records(self) -> Iterator[tuple[list[str], str]]:
        """Yield (cells, "") or ([raw text], problem). After an unclosed quote reading goes on with the next line."""
        reader = csv.reader(self._lines(), delimiter=self._delimiter)
        while True:
            problem, cells = "", []
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (_RowTooLong, csv.Error):
                problem = f"it is longer than {ROW_CAP >> 20} MiB, or a quote in it is never closed"
            else:
                # csv asks for a line beyond the last only where a quote is still open.
                if self._at_end:
                    problem = "a quote in it is never closed"
                elif len(self._pending) > 1 and self._width and not self._well_quoted(len(cells)):
                    problem = "a quote in it is closed at the wrong place, or never"
            lines, self._pending = self._pending, []
            self._first_lines = lines
            if problem:
                self._push_back(lines[1:])
                reader = csv.reader(self._lines(), delimiter=self._delimiter)
                yield ["" if lines[0] is _OVERLONG else lines[0]], problem
            elif cells:
                if any("\0" in line for line in lines):
                    cells, problem = ["".join(lines)], "it holds a NUL byte"
                yield cells, problem

    def _well_quoted(self, width: int) -> bool:
        """Whether a row of several lines is one row: the csv module forgives a quote that swallows the next row."""
        try:
            rows = list(csv.reader(self._pending, delimiter=self._delimiter, strict=True))
        except csv.Error:
            return False
        return width == self._width and len(rows) == 1

    def _push_back(self, lines: list[str]) -> None:
        self._again.extendleft(reversed(lines))
        self._at_end = False
        self._reread += sum(map(len, lines))
        if self._reread > _REREAD_CAP:
            raise Invalid(
                "broken_quotes",
                _("Too many quotes in this file are never closed."),
                _('Write each quote inside a text twice (""), or choose another delimiter.'),
            )

    def _lines(self) -> Iterator[str]:
        readline, again, size = self._text.readline, self._again, 0
        while True:
            if not self._pending:
                size = 0
            line = again.popleft() if again else readline(ROW_CAP)
            if not line:
                self._at_end = True
                return
            if len(line) == ROW_CAP and not line.endswith(("\n", "\r")):
                while (rest := readline(ROW_CAP)) and not rest.endswith(("\n", "\r")):
                    pass
                line = _OVERLONG
            if not line.isascii() and _STRAY.search(line):
                line = _mend(line)
                self._mended = True
            self._pending.append(line)
            size += len(line)
            if line is _OVERLONG or size > ROW_CAP:
                raise _RowTooLong
            yield line


def _mend(line: str) -> str:
    """Read stray bytes as Western letters, the rest of the line as it was."""
    return _STRAY.sub(lambda found: bytes([ord(found[0]) - 0xDC00]).decode(FALLBACK_ENCODING, "replace"), line)
