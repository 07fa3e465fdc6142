"""The port of State for what people write on the maps of journeys."""

from __future__ import annotations

from typing import Protocol

from heartline.records import MapDocument


class KeptMapDocuments(Protocol):
    """A part of ``KeptState``."""

    def map_documents(self) -> tuple[MapDocument, ...]:
        """Return the documents of all journeys that have one, by the journeys' ids."""
        ...

    def map_document(self, journey_id: str) -> MapDocument:
        """Return a journey's document; one of version 0, without a word, where nobody wrote any."""
        ...

    def set_map_document(self, document: MapDocument) -> MapDocument:
        """Keep a document that was made from the version it names, and return it as the next one.

        Raises:
            Conflict: somebody else kept a version since.
        """
        ...

    def drop_map_document(self, journey_id: str) -> None:
        """Forget a journey's document."""
        ...
