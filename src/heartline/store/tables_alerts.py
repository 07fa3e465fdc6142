"""The tables of alerts: what is watched, and each time it fired. All are *kept*; they hold figures, no person."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, String, Table, Text

from heartline.store.tables import _Number, kept

alerts: Final = Table(
    "alerts",
    kept,
    Column("id", _Number, primary_key=True),
    # JSON of an ``Alert`` but for the columns below.
    Column("body", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("looked_us", BigInteger, nullable=False),
    Column("snoozed_us", BigInteger, nullable=False),
)
alert_firings: Final = Table(
    "alert_firings",
    kept,
    Column("id", _Number, primary_key=True),
    Column("alert_id", BigInteger, nullable=False),
    Column("look_us", BigInteger, nullable=False),
    Column("cause", String, nullable=False),
    Column("value", Float, nullable=False),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("customers", BigInteger, nullable=False),
    Column("grouped", Boolean, nullable=False),
    Column("told_us", BigInteger, nullable=False),
    Column("escalated_us", BigInteger, nullable=False),
    Column("seen_us", BigInteger, nullable=False),
    Column("seen_by", Text, nullable=False),
    # A look fires once, whatever dies in between.
    Index("alert_firings_look", "alert_id", "look_us", unique=True),
)
