"""The tables of privacy: consent and suppression are derived, for the journal says them; erasures are kept."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from heartline.store.tables import derived, kept

consents: Final = Table(
    "consents",
    derived,
    # The seq of the event, or that of the act shifted as an event's is: no word is ever overwritten.
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("handle", LargeBinary, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("wording", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("said_by", Text, nullable=False),
    Column("source_id", Integer, nullable=False),
    Index("consents_handle", "handle"),
)
suppressed: Final = Table(
    "suppressed",
    derived,
    Column("handle", LargeBinary, primary_key=True),
    Column("certificate", String, nullable=False),
    Column("since_us", BigInteger, nullable=False),
)
suppressed_events: Final = Table(
    "suppressed_events", derived, Column("seq", BigInteger, primary_key=True, autoincrement=False)
)

erasures: Final = Table(
    "erasures",
    kept,
    Column("certificate", String, primary_key=True),
    Column("ref", String, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_us", BigInteger, nullable=False),
    Column("done_us", BigInteger, nullable=False),
    Column("step", String, nullable=False),
    Column("suppress", Boolean, nullable=False),
    Column("handles", Text, nullable=False),
    Column("shared", Text, nullable=False),
    Column("counts", Text, nullable=False),
    # What is looked for, and where: personal, so it is emptied as soon as nothing is left to be found.
    Column("plan", Text, nullable=False),
)
