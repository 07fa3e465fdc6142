"""Rows of XES event logs (IEEE 1849): one event a row, its case's attributes under "case:". Streamed by expat.

Document type declarations are refused, so that no entity can be declared, fetched or expanded.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

from heartline.collect.importing.row import Row, unreadable
from heartline.collect.importing.streams import CHUNK_BYTES
from heartline.errors import Invalid
from heartline.language import _

_VALUES: Final = frozenset({"string", "date", "int", "float", "boolean", "id"})
_EVENTS_HELD: Final = 20_000
_CELL_CAP: Final = 4 << 20


class _Log:
    """What expat's calls build: rows of finished traces."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.number = 0
        self.seen_log = False
        self._open: list[str] = []
        self._case: dict[str, str] = {}
        self._event: dict[str, str] | None = None
        self._held: list[dict[str, str]] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        parent = self._open[-1] if self._open else ""
        self._open.append(name)
        if name in _VALUES:
            if parent == "event" and self._event is not None:
                self._event[attributes.get("key", "")] = attributes.get("value", "")
            elif parent == "trace":
                self._case["case:" + attributes.get("key", "")] = attributes.get("value", "")
        elif name == "event":
            self._event = {}
        elif name == "trace":
            self._case, self._held = {}, []
        elif name == "log":
            self.seen_log = True

    def end(self, tag: str) -> None:
        name = self._open.pop()
        del tag
        if name == "event" and self._event is not None:
            self._held.append(self._event)
            self._event = None
            if len(self._held) >= _EVENTS_HELD or "trace" not in self._open:
                self._release()
        elif name == "trace":
            self._release()

    def _release(self) -> None:
        for event in self._held:
            self.number += 1
            cells = {**self._case, **event}
            if any(len(cell) > _CELL_CAP for cell in cells.values()):
                self.rows.append(unreadable(self.number, "", f"it is longer than {_CELL_CAP >> 20} MiB"))
            else:
                self.rows.append(Row(self.number, cells))
        self._held = []


def read_xes(stream: io.BufferedIOBase) -> Iterator[Row]:
    """Yield one row an event. Attributes inside attributes, lists and containers are passed over.

    Raises:
        Invalid: it is not well formed, declares a document type, or is no XES.
    """
    log = _Log()
    parser = expat.ParserCreate()
    parser.StartElementHandler = log.start
    parser.EndElementHandler = log.end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.buffer_text = True
    while True:
        chunk = stream.read(CHUNK_BYTES)
        try:
            parser.Parse(chunk, not chunk)
        except expat.ExpatError as error:
            yield from log.rows
            raise Invalid(
                "broken_xml",
                _("This XML breaks off at line {lineno}: {code}.").format(
                    lineno=error.lineno, code=expat.ErrorString(error.code)
                ),
                _("{number:,} events before it were read. Export it again.").format(number=log.number),
            ) from None
        yield from log.rows
        log.rows.clear()
        if not chunk:
            break
    if not log.seen_log:
        raise Invalid("not_xes", _("This XML is no XES event log."), _("Export the log as XES, or the table as CSV."))


def _refuse_doctype(*_parts: object) -> None:
    raise Invalid(
        "doctype",
        _("This XML declares a document type, which is not read."),
        _("Remove the <!DOCTYPE …> and import again."),
    )
