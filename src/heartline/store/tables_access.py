"""The tables about people and access: all kept."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, String, Table, Text

from heartline.store.tables import _Number, kept

bounds: Final = Table(
    "bounds",
    kept,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("places", Text, nullable=False),
    Column("regions", Text, nullable=False),
    Column("team_id", BigInteger, nullable=False),
)
teams: Final = Table(
    "teams", kept, Column("id", _Number, primary_key=True), Column("name", String, nullable=False, unique=True)
)
case_teams: Final = Table(
    "case_teams",
    kept,
    Column("case_id", BigInteger, primary_key=True, autoincrement=False),
    Column("team_id", BigInteger, nullable=False),
)
session_marks: Final = Table(
    "session_marks",
    kept,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("seen_us", BigInteger, nullable=False),
    Column("address", String, nullable=False),
    Column("agent", Text, nullable=False),
    Column("way", String, nullable=False),
)
second_factors: Final = Table(
    "second_factors",
    kept,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("secret", String, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("last_step", BigInteger, nullable=False),
)
recovery_codes: Final = Table(
    "recovery_codes",
    kept,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("code_hash", LargeBinary, primary_key=True),
)
api_tokens: Final = Table(
    "api_tokens",
    kept,
    Column("id", _Number, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("user_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("rights", Text, nullable=False),
    Column("places", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Column("used_us", BigInteger, nullable=False),
    Index("api_tokens_user", "user_id"),
)
