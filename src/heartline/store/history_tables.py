"""The tables of the embedded history. None has a key or an index (docs/decisions/0003)."""

from __future__ import annotations

from typing import Final

TABLES: Final = (
    """
CREATE TABLE IF NOT EXISTS interactions (
  seq BIGINT NOT NULL, ts_us BIGINT NOT NULL, received_us BIGINT NOT NULL, subject_id BIGINT NOT NULL,
  source_id INTEGER NOT NULL, kind TINYINT NOT NULL, touch BOOLEAN NOT NULL,
  touchpoint INTEGER NOT NULL, channel INTEGER NOT NULL, area INTEGER NOT NULL, place INTEGER NOT NULL,
  partner INTEGER NOT NULL, employee INTEGER NOT NULL, product INTEGER NOT NULL, action INTEGER NOT NULL,
  score_kind TINYINT NOT NULL, score FLOAT, score_top TINYINT NOT NULL, amount_minor BIGINT, currency VARCHAR,
  text VARCHAR, order_id VARCHAR, message_id VARCHAR NOT NULL, properties VARCHAR NOT NULL, skewed BOOLEAN NOT NULL
)""",
    "CREATE TABLE IF NOT EXISTS names (field VARCHAR NOT NULL, code INTEGER NOT NULL, name VARCHAR NOT NULL)",
    "CREATE TABLE IF NOT EXISTS watermark (seq BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS layout (version INTEGER NOT NULL)",
    # The identifiers an interaction names beside its subject, so that all that was ever said of one can be found.
    "CREATE TABLE IF NOT EXISTS mentions (seq BIGINT NOT NULL, identifier_id BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS fingerprint (word VARCHAR NOT NULL)",
    # What was heard in a text: written by whoever reads, not by the projector, and made again where it is missing.
    """
CREATE TABLE IF NOT EXISTS readings (
  seq BIGINT NOT NULL, version INTEGER NOT NULL, language VARCHAR NOT NULL, negative FLOAT NOT NULL,
  positive FLOAT NOT NULL, emotion TINYINT NOT NULL, kind TINYINT NOT NULL, effort BOOLEAN NOT NULL,
  urgency BOOLEAN NOT NULL, question BOOLEAN NOT NULL, personal BOOLEAN NOT NULL
)""",
    # Which theme a text is of: likewise.
    """
CREATE TABLE IF NOT EXISTS placings (
  seq BIGINT NOT NULL, version INTEGER NOT NULL, theme INTEGER NOT NULL, likeness FLOAT NOT NULL
)""",
)
"""Made where they are missing: a history of this layout from before a table was added is brought up by opening it."""
