"""Imports taken back: what that would take, before it is done."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from heartline.web.api.shapes.data import ImportListed, tell_import
from heartline.web.undoing import UndoPreview


class CopiesTold(msgspec.Struct, kw_only=True):
    """Rows of another import that were not stored because these had come first: they do not come back."""

    file: str
    rows: int


class UndoTold(msgspec.Struct, kw_only=True):
    """What taking an import back would take. Nothing has happened yet."""

    undo: Annotated[ImportListed, Meta(description="the import")]
    events: int
    stored: Annotated[int, Meta(description="how many of them are kept now")]
    customers: Annotated[int, Meta(description="who has touches of it")]
    alone: Annotated[int, Meta(description="those of them who have no others")]
    copies: list[CopiesTold]


def tell_undo(preview: UndoPreview) -> UndoTold:
    """Return what taking an import back would take."""
    return UndoTold(
        undo=tell_import(preview.job, under_way=False),
        events=preview.events,
        stored=preview.stored,
        customers=preview.customers,
        alone=preview.alone,
        copies=[CopiesTold(file=name, rows=rows) for name, rows in preview.copies],
    )
