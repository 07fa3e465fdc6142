"""The tables of letters out, of addresses that bounce and of those that were confirmed. All are *kept*."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from heartline.store.tables import _Number, kept

letters: Final = Table(
    "letters",
    kept,
    Column("id", _Number, primary_key=True),
    # The same letter queued twice is one.
    Column("letter_key", String, nullable=False, unique=True),
    Column("message_id", String, nullable=False),
    # The keyed hash of the address, by which an erasure finds it whoever wrote it how.
    Column("handle", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("address", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("path", String, nullable=False),
    Column("reply_to", Text, nullable=False),
    Column("language", String, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("due_us", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("status", Integer, nullable=False),
    Column("told", Text, nullable=False),
    Column("tried_us", BigInteger, nullable=False),
    Index("letters_due", "state", "due_us"),
    Index("letters_handle", "handle"),
)
ways_out: Final = Table(
    "letter_ways_out",
    kept,
    # The keyed hash of an address, never the address: it outlives an erasure, so that nobody is written to again.
    Column("handle", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("token_hash", String, nullable=False, unique=True),
    # Since when they want no letter of this kind (0: they never said so).
    Column("unsubscribed_us", BigInteger, nullable=False),
)
bounces: Final = Table(
    "letter_bounces",
    kept,
    # As with ways out: the hash alone, so that nobody is written to again after an erasure either.
    Column("handle", String, primary_key=True),
    # Since when letters to it are held back (0: they are not).
    Column("held_us", BigInteger, nullable=False),
    Column("soft", Integer, nullable=False),
    Column("complained_us", BigInteger, nullable=False),
    Column("last_us", BigInteger, nullable=False),
    Column("status", String, nullable=False),
    Column("told_by", String, nullable=False),
    # The newest event that was heard: read twice, it counts once.
    Column("seq", BigInteger, nullable=False),
    Index("letter_bounces_last", "last_us"),
)
confirmations: Final = Table(
    "letter_confirmations",
    kept,
    Column("handle", String, primary_key=True),
    Column("purpose", String, nullable=False),
    Column("cause", String, nullable=False),
    Column("wording", Text, nullable=False),
    Column("language", String, nullable=False),
    Column("letter_key", String, nullable=False),
    Column("token_hash", String, nullable=False, unique=True),
    Column("asked_us", BigInteger, nullable=False),
    Column("confirmed_us", BigInteger, nullable=False),
    Index("letter_confirmations_cause", "cause"),
    Index("letter_confirmations_asked", "asked_us"),
)
