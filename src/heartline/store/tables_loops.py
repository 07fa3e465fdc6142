"""The tables of the loop: rules that open cases, what each rule made of a touch, and how far a case's loop has come."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from heartline.store.tables import _Number, kept

case_rules: Final = Table(
    "case_rules",
    kept,
    Column("id", _Number, primary_key=True),
    # JSON of a ``CaseRule`` but for the columns below.
    Column("body", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("since_us", BigInteger, nullable=False),
    Column("at_seq", BigInteger, nullable=False),
)
# A touch is judged once for each rule: the primary key is what makes that so, whatever dies in between.
# ``case_id`` 0: all else holds, but its comment was not read yet.
case_rule_hits: Final = Table(
    "case_rule_hits",
    kept,
    Column("rule_id", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("case_id", BigInteger, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Index("case_rule_hits_case", "case_id"),
)
case_loops: Final = Table(
    "case_loops",
    kept,
    Column("case_id", BigInteger, primary_key=True, autoincrement=False),
    Column("rule_id", BigInteger, nullable=False),
    Column("deputy", Text, nullable=False),
    Column("escalated", Boolean, nullable=False),
    Column("recheck_days", Integer, nullable=False),
    Column("recheck_us", BigInteger, nullable=False),
    Column("reopened", Integer, nullable=False),
    Column("cause", Text, nullable=False),
    Column("journey_id", String, nullable=False),
    Column("stage", Text, nullable=False),
    Index("case_loops_rule", "rule_id"),
)
# What is written to a customer from a case: a draft, one waiting for its seconds of undo, or one that went.
case_replies: Final = Table(
    "case_replies",
    kept,
    Column("id", _Number, primary_key=True),
    Column("case_id", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("send_us", BigInteger, nullable=False),
    Index("case_replies_case", "case_id"),
)
