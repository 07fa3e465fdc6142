"""What people write on maps, in SQL: one document a journey, as JSON."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import msgspec
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from heartline.errors import Conflict
from heartline.language import _
from heartline.records import MapDocument, replace_words
from heartline.store.engine import Database
from heartline.store.tables_map_documents import map_documents as t


class SqlMapDocuments:
    """See ``KeptMapDocuments``."""

    _database: Database

    def map_documents(self) -> tuple[MapDocument, ...]:
        """See ``KeptMapDocuments``."""
        with self._database.read() as db:
            return tuple(_read(text) for text in db.execute(select(t.c.document).order_by(t.c.journey_id)).scalars())

    def map_document(self, journey_id: str) -> MapDocument:
        """See ``KeptMapDocuments``."""
        with self._database.read() as db:
            text = db.execute(select(t.c.document).where(t.c.journey_id == journey_id)).scalar()
        return MapDocument(journey_id=journey_id) if text is None else _read(text)

    def set_map_document(self, document: MapDocument) -> MapDocument:
        """See ``KeptMapDocuments``."""
        made = replace(document, version=document.version + 1)
        values = {
            "version": made.version,
            "document": msgspec.json.encode(made).decode(),
            "updated_us": time.time_ns() // 1_000,
        }
        same = (t.c.journey_id == made.journey_id) & (t.c.version == document.version)
        try:
            with self._database.write() as db:
                if document.version == 0:
                    db.execute(insert(t).values(journey_id=made.journey_id, **values))
                elif db.execute(update(t).where(same).values(**values)).rowcount == 0:
                    raise _moved()
        except IntegrityError as error:
            raise _moved() from error
        return made

    def drop_map_document(self, journey_id: str) -> None:
        """See ``KeptMapDocuments``."""
        with self._database.write() as db:
            db.execute(delete(t).where(t.c.journey_id == journey_id))


def replace_in_documents(db: Connection, pattern: re.Pattern[str], by: str) -> int:
    """Replace words in all that people wrote on maps, and in nothing else of the JSON: a key or a number may look like
    somebody's name. Return how many documents changed.
    """
    changed = 0
    for row in db.execute(select(t.c.journey_id, t.c.document)).all():
        before = _read(row.document)
        after = replace_words(before, lambda text: pattern.sub(by, text))
        if after != before:
            document = msgspec.json.encode(after).decode()
            db.execute(update(t).where(t.c.journey_id == row.journey_id).values(document=document))
            changed += 1
    return changed


def _read(text: str) -> MapDocument:
    return msgspec.json.decode(text, type=MapDocument)


def _moved() -> Conflict:
    return Conflict(
        "document_moved", _("Somebody else changed this map just now."), _("Look at it again, then decide.")
    )
