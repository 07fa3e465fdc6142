"""The tables of themes, of when they were found, and of alerts about them. They are *kept*: people put themes right."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, LargeBinary, String, Table, Text

from heartline.store.tables import kept

themes = Table(
    "themes",
    kept,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("terms", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("stability", Float, nullable=False),
    Column("stable", Boolean, nullable=False),
    Column("found_us", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent", BigInteger, nullable=False),
    Column("merged_into", BigInteger, nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("floor", Float, nullable=False),
    Column("vector", LargeBinary, nullable=False),
)
"""``terms`` were each said by several customers, and ``vector`` is the mean of many texts: both outlive an erasure."""

theme_rounds = Table(
    "theme_rounds",
    kept,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("found_us", BigInteger, nullable=False),
    Column("texts", Integer, nullable=False),
    Column("encoder", String, nullable=False),
)

theme_alerts = Table(
    "theme_alerts",
    kept,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("theme", BigInteger, nullable=False),
    Column("seen_us", BigInteger, nullable=False),
    Column("raised_us", BigInteger, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("customers", Integer, nullable=False),
    Column("expected", Float, nullable=False),
    Column("terms", Text, nullable=False),
)
