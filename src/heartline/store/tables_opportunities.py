"""The table of opportunities. It is *kept*."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from heartline.store.tables import kept

opportunities = Table(
    "opportunities",
    kept,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("pain", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("gain_low", BigInteger),
    Column("gain_high", BigInteger),
    Column("effort", String, nullable=False),
    Column("owner", Text, nullable=False),
    Column("due_us", BigInteger),
    Column("status", String, nullable=False),
    Column("cases", Text, nullable=False),
    Column("filed_by", Text, nullable=False),
    Column("filed_us", BigInteger, nullable=False),
    Column("changed_us", BigInteger, nullable=False),
    Index("opportunities_pain", "pain"),
)
