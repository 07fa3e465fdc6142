"""Refused rows put right: read back from a file that people corrected, and rendered as the import would have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from heartline.collect.importing.cells import Refused
from heartline.collect.importing.mapping import ImportMapping, Layout
from heartline.collect.importing.message_ids import digest_row, name_message
from heartline.collect.importing.messages import WHOLE_ROW, Message, Rendered, Renderer, name_touches
from heartline.collect.importing.row import Row
from heartline.collect.importing.rows import open_rows
from heartline.errors import Invalid
from heartline.language import _

OURS: Final = "heartline_"
SEQ_COLUMN: Final = "heartline_refused_seq"
REASON_COLUMN: Final = "heartline_reason"
DETAIL_COLUMN: Final = "heartline_detail"
ROW_COLUMN: Final = "heartline_row"
"""Where a row that could not be cut into cells stands as it came."""
UNCUT: Final = "row"
_TWINS: Final = 64
"""How many equal rows are looked through for the one that a refusal is of."""


class RefusedRow(NamedTuple):
    """A row of a file as its refusal keeps it: its place in the file and its filled cells."""

    message_id: str
    number: int
    cells: Mapping[str, str]

    @property
    def uncut(self) -> bool:
        """Whether it could not be cut into cells: then it stands under ``UNCUT``."""
        return set(self.cells) == {UNCUT}


class MendedRow(NamedTuple):
    """What a corrected row gives. ``event`` takes the refused one's place, None where that stays as it is; ``others``
    are what else the row brings. ``refused`` says why it is still not taken.
    """

    event: Message | None
    others: tuple[Message, ...] = ()
    refused: Refused | None = None


class _Properties(msgspec.Struct):
    row: int
    cells: dict[str, str]


class _RefusedMessage(msgspec.Struct):
    messageId: str  # noqa: N815  # as it is written
    event: str
    context: dict[str, Any]
    properties: _Properties


_read: Final = msgspec.json.Decoder(_RefusedMessage).decode


def read_refused_row(raw: bytes) -> RefusedRow | None:
    """Return the row that a refused event of an import is about; None where it is of something else."""
    try:
        read = _read(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    block = read.context.get("heartline")
    if not isinstance(block, dict) or "refuse" not in block:
        return None
    return RefusedRow(read.messageId, read.properties.row, read.properties.cells)


def read_corrections(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the refused seq and the cells of each row of a corrected file. Rows whose seq cannot be read give 0.

    Raises:
        Invalid: it cannot be read, or has no column that says which refused rows it mends.
    """
    with open_rows(path, Layout()) as file:
        if file.columns and SEQ_COLUMN not in file.columns:
            raise Invalid(
                "no_refused_seq",
                _("This file has no column {seq_column}.").format(seq_column=SEQ_COLUMN),
                _("Download the refused rows, correct them there and keep that column as it is."),
            )
        for row in file:
            said = row.cells.get(SEQ_COLUMN, "").strip().removesuffix(".0")
            seq = int(said) if said.isascii() and said.isdecimal() and len(said) < 19 and not row.problem else 0
            yield seq, {name: cell for name, cell in row.cells.items() if not name.startswith(OURS)}


class RowMender:
    """Renders corrected rows under an import's mapping. Feed one renderer all rows of a file, so that twins survive."""

    def __init__(self, mapping: ImportMapping, renderer: Renderer, *, source_id: int) -> None:
        self._renderer = renderer
        self._source_id = source_id
        self._labels = (WHOLE_ROW, *name_touches(mapping))

    def mend(self, rows: Sequence[tuple[RefusedRow, Mapping[str, str]]]) -> list[MendedRow]:
        """Return what each corrected row gives, in order."""
        rendered = self._renderer.render([Row(refused.number, cells) for refused, cells in rows])
        return [self._mend_one(refused, one) for (refused, _rest), one in zip(rows, rendered, strict=True)]

    def _mend_one(self, refused: RefusedRow, rendered: Rendered) -> MendedRow:
        label = self._tell_label(refused)
        wanted = [m for m in rendered.messages if label == WHOLE_ROW or m.label in {label, WHOLE_ROW}]
        first = next((m for m in wanted if m.refused is None), None)
        if first is not None:
            return MendedRow(first, tuple(m for m in wanted if m is not first))
        if not wanted:
            return MendedRow(None)
        changed = rendered.row.cells and {n: c for n, c in rendered.row.cells.items() if c} != dict(refused.cells)
        return MendedRow(wanted[0] if changed else None, tuple(wanted[1:]) if changed else (), wanted[0].refused)

    def _tell_label(self, refused: RefusedRow) -> str:
        """Return which touch of its row was refused: the others are stored already, and must not come twice."""
        digest = digest_row(refused.cells)
        for ordinal in range(_TWINS):
            for label in self._labels:
                if name_message(self._source_id, digest, ordinal, f"refused {label}") == refused.message_id:
                    return label
        return WHOLE_ROW
