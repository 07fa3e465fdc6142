"""The table of what people write on maps. It is *kept*."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from heartline.store.tables import kept

map_documents = Table(
    "map_documents",
    kept,
    Column("journey_id", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("updated_us", BigInteger, nullable=False),
)
