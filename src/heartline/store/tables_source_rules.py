"""The tables of what is asked of sources. All of them are *kept*."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from heartline.store.tables import kept

source_rules = Table(
    "source_rules",
    kept,
    Column("source_id", Integer, primary_key=True, autoincrement=False),
    Column("rules", Text, nullable=False),
    Column("updated_us", BigInteger, nullable=False),
)
source_warnings = Table(
    "source_warnings",
    kept,
    Column("source_id", Integer, primary_key=True, autoincrement=False),
    Column("what", String, primary_key=True),
    Column("n", BigInteger, nullable=False),
)
