"""The tables of surveys. All are *kept*; what customers said is in the journal as soon as a filling-in is over."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Table, Text

from heartline.store.tables import _Number, kept

surveys: Final = Table(
    "surveys",
    kept,
    Column("id", _Number, primary_key=True),
    Column("status", String, nullable=False),
    Column("definition", Text, nullable=False),
    Column("link_hash", String, nullable=False, unique=True),
    Column("made_by", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("changed_us", BigInteger, nullable=False),
    Column("published_us", BigInteger, nullable=False),
    Column("closed_us", BigInteger, nullable=False),
)
invitations: Final = Table(
    "survey_invitations",
    kept,
    Column("id", _Number, primary_key=True),
    Column("survey_id", BigInteger, nullable=False),
    Column("handle", String, nullable=False),
    Column("person", String, nullable=False),
    Column("invitation_key", String, nullable=False, unique=True),
    Column("token_hash", String, nullable=False, unique=True),
    Column("asked_us", BigInteger, nullable=False),
    Column("cause_seq", BigInteger, nullable=False),
    Column("touchpoint", Text, nullable=False),
    Column("place", Text, nullable=False),
    Index("survey_invitations_survey", "survey_id"),
    Index("survey_invitations_handle", "handle"),
    Index("survey_invitations_person", "person"),
)
responses: Final = Table(
    "survey_responses",
    kept,
    Column("id", _Number, primary_key=True),
    Column("survey_id", BigInteger, nullable=False),
    # 0: by the public link. An invitation is answered once.
    Column("invitation_id", BigInteger, nullable=False),
    Column("handle", String, nullable=False),
    Column("token_hash", String, nullable=False, unique=True),
    Column("answers", Text, nullable=False),
    Column("hidden", Text, nullable=False),
    Column("started_us", BigInteger, nullable=False),
    Column("changed_us", BigInteger, nullable=False),
    Column("done_us", BigInteger, nullable=False),
    Column("whole", Boolean, nullable=False),
    Index("survey_responses_survey", "survey_id"),
    Index("survey_responses_open", "done_us", "changed_us"),
    Index("survey_responses_handle", "handle"),
)
