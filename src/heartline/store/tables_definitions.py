"""The table of what metrics count, version by version. It is *kept*."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from heartline.store.tables import kept

definitions = Table(
    "definitions",
    kept,
    Column("metric", String, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("boxes", Integer, nullable=False),
    Column("from_us", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("made_us", BigInteger, nullable=False),
)
