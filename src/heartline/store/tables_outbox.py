"""The tables of webhooks out. Both are *kept*."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from heartline.store.tables import _Number, kept

endpoints: Final = Table(
    "webhook_endpoints",
    kept,
    Column("id", _Number, primary_key=True),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("former_secret", Text, nullable=False),
    Column("former_until_us", BigInteger, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("why_off", Text, nullable=False),
    Column("failing_us", BigInteger, nullable=False),
    Column("dropped", BigInteger, nullable=False),
)
outbox: Final = Table(
    "webhook_outbox",
    kept,
    Column("id", _Number, primary_key=True),
    Column("endpoint_id", BigInteger, nullable=False),
    Column("message_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("data", Text, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("due_us", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("status", Integer, nullable=False),
    Column("told", Text, nullable=False),
    Column("tried_us", BigInteger, nullable=False),
    Index("webhook_outbox_due", "state", "endpoint_id", "due_us"),
    Index("webhook_outbox_subject", "subject"),
)
