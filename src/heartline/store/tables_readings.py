"""The tables of readers that companies taught and of what staff corrected. They are *kept*."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Integer, LargeBinary, String, Table, Text

from heartline.store.tables import kept

readers = Table(
    "readers",
    kept,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("taught_us", BigInteger, nullable=False),
    Column("labels", Integer, nullable=False),
    Column("customers", Integer, nullable=False),
    Column("f1", Float, nullable=False),
    Column("error", Float, nullable=False),
    Column("prior_f1", Float, nullable=False),
    Column("prior_error", Float, nullable=False),
    Column("facts", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""``source`` is History's fingerprint when it was taught: once rows were removed, what they taught is unlearnt."""

corrections = Table(
    "corrections",
    kept,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("polarity", String, nullable=False),
    Column("corrected_by", Text, nullable=False),
    Column("corrected_us", BigInteger, nullable=False),
)
