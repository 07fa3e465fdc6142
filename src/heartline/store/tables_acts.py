"""The tables that staff acts write: all derived, for the acts themselves are in the journal."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Table, Text

from heartline.store.tables import derived

removals: Final = Table(
    "removals",
    derived,
    # The journal seq of the act, and the runs of interactions it removed: History's half can be done again from these.
    Column("act_seq", BigInteger, primary_key=True),
    Column("first_seq", BigInteger, primary_key=True),
    Column("last_seq", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
mended: Final = Table(
    "mended",
    derived,
    # Events that were refused as they came, as they were put right: whoever judges their bodies again reads these.
    Column("seq", BigInteger, primary_key=True),
    Column("body_seq", BigInteger, nullable=False),
    Column("event", Text, nullable=False),
    Index("mended_body", "body_seq"),
    sqlite_with_rowid=False,
)
