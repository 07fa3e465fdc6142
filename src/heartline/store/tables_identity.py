"""The tables of what staff decided about identity: all derived, for the acts themselves are in the journal."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, String, Table, Text

from heartline.store.tables import derived

vetoed_pairs: Final = Table(
    "vetoed_pairs",
    derived,
    # Handles, the smaller first: a veto outlives the identifiers it names.
    Column("left", LargeBinary, primary_key=True),
    Column("right", LargeBinary, primary_key=True),
    sqlite_with_rowid=False,
)
staff_links: Final = Table(
    "staff_links",
    derived,
    Column("left", LargeBinary, primary_key=True),
    Column("right", LargeBinary, primary_key=True),
    Column("over_limit", Boolean, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
handle_marks: Final = Table(
    "handle_marks",
    derived,
    Column("handle", LargeBinary, primary_key=True),
    Column("mark", String, nullable=False),
    sqlite_with_rowid=False,
)
identity_rules: Final = Table(
    "identity_rules",
    derived,
    Column("name", String, primary_key=True),
    Column("value", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
violations: Final = Table(
    "violations",
    derived,
    # Pairs that verified evidence ties and a limit keeps apart: the earliest piece that was refused.
    Column("left_id", BigInteger, primary_key=True),
    Column("right_id", BigInteger, primary_key=True),
    Column("reason", String, nullable=False),
    Column("ts_us", BigInteger, nullable=False),
    Index("violations_right", "right_id"),
    sqlite_with_rowid=False,
)
identity_acts: Final = Table(
    "identity_acts",
    derived,
    Column("handle", LargeBinary, primary_key=True),
    Column("act_seq", BigInteger, primary_key=True),
    # The act as the journal has it, but no value of a trait.
    Column("act", Text, nullable=False),
    sqlite_with_rowid=False,
)
