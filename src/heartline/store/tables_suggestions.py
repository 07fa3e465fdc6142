"""The table of the suggestions queue. It is *kept*: what people decided cannot be made again from the journal."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text

from heartline.store.tables import kept

suggestions = Table(
    "suggestions",
    kept,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("left_handle", String, nullable=False),
    Column("right_handle", String, nullable=False),
    Column("probability", Float, nullable=False),
    Column("start_bits", Float, nullable=False),
    # Levels and weights alone: no value of anybody's is kept here.
    Column("clues", Text, nullable=False),
    Column("over_limit", Boolean, nullable=False),
    Column("status", String, nullable=False),
    Column("found_us", BigInteger, nullable=False),
    Column("decided_us", BigInteger),
    Column("decided_by", Text, nullable=False),
    Index("suggestions_status", "status", "probability"),
    Index("suggestions_left", "left_handle"),
    Index("suggestions_right", "right_handle"),
)
