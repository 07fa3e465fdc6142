"""The tables of State. *Derived* ones are made again from the journal; *kept* ones are backed up, never rebuilt."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

derived: Final = MetaData()
kept: Final = MetaData()

# SQLite numbers rows by itself only in a column typed INTEGER; elsewhere it must be 64 bits wide.
_Number = BigInteger().with_variant(Integer, "sqlite")

offsets = Table(
    "offsets", derived, Column("name", String, primary_key=True), Column("value", BigInteger, nullable=False)
)
messages = Table(
    "messages",
    derived,
    Column("key", LargeBinary, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
# What ``messages`` does not hold yet: a run is the new keys of one micro-batch (sql_messages).
message_runs = Table(
    "message_runs",
    derived,
    Column("run", _Number, primary_key=True, autoincrement=False),
    Column("packed", LargeBinary, nullable=False),
)
message_filters = Table(
    "message_filters",
    derived,
    Column("segment", Integer, primary_key=True, autoincrement=False),
    Column("held", BigInteger, nullable=False),
    Column("bits", LargeBinary, nullable=False),
)
identifiers = Table(
    "identifiers",
    derived,
    Column("id", _Number, primary_key=True),
    Column("handle", LargeBinary, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("value", Text, nullable=False),
    Column("strong", Boolean, nullable=False),
    Column("first_us", BigInteger, nullable=False),
)
evidence = Table(
    "evidence",
    derived,
    Column("left_id", BigInteger, primary_key=True),
    Column("right_id", BigInteger, primary_key=True),
    Column("strong", Boolean, primary_key=True),
    # Strong edges keep the earliest claim of each UTC day (quarantine counts days); weak ones every login.
    Column("bucket", BigInteger, primary_key=True),
    Column("ts_us", BigInteger, nullable=False),
    Column("evidence_id", LargeBinary, nullable=False),
    Column("source_id", Integer, nullable=False),
    Index("evidence_right", "right_id"),
    sqlite_with_rowid=False,
)
ownership = Table(
    "ownership",
    derived,
    Column("subject_id", BigInteger, primary_key=True),
    Column("from_us", BigInteger, primary_key=True),
    Column("to_us", BigInteger, nullable=False),
    Column("customer_id", BigInteger, nullable=False),
    Column("identity_seq", BigInteger, nullable=False),
    Index("ownership_customer", "customer_id"),
    Index("ownership_seq", "identity_seq"),
    sqlite_with_rowid=False,
)
trait_sets = Table(
    "trait_sets",
    derived,
    Column("subject_id", BigInteger, primary_key=True),
    Column("ts_us", BigInteger, primary_key=True),
    Column("message_key", LargeBinary, primary_key=True),
    Column("source_id", Integer, nullable=False),
    Column("traits", Text, nullable=False),
    sqlite_with_rowid=False,
)
profiles = Table(
    "profiles",
    derived,
    Column("customer_id", _Number, primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("traits", Text, nullable=False),
)
refused = Table(
    "refused",
    derived,
    Column("seq", _Number, primary_key=True),
    Column("source_id", Integer, nullable=False),
    Column("reason", String, nullable=False),
    Column("detail", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Index("refused_source", "source_id"),
)
counts = Table(
    "counts",
    derived,
    Column("source_id", Integer, primary_key=True),
    Column("what", String, primary_key=True),
    Column("n", BigInteger, nullable=False),
)

settings = Table("settings", kept, Column("name", String, primary_key=True), Column("value", Text, nullable=False))
users = Table(
    "users",
    kept,
    Column("id", _Number, primary_key=True),
    Column("email", String, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", String, nullable=False),
    Column("language", String, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("enabled", Boolean, nullable=False),
)
sessions = Table(
    "sessions",
    kept,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("csrf", String, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
)
audit = Table(
    "audit",
    kept,
    Column("id", _Number, primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", String, nullable=False),
    Column("detail", Text, nullable=False),
)
sources = Table(
    "sources",
    kept,
    Column("id", _Number, primary_key=True),
    Column("name", Text, nullable=False),
    Column("write_key", String, nullable=False, unique=True),
    Column("trust", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("enabled", Boolean, nullable=False),
)
journeys = Table(
    "journeys",
    kept,
    Column("journey_id", String, primary_key=True),
    Column("definition", Text, nullable=False),
    Column("updated_us", BigInteger, nullable=False),
)
cases = Table(
    "cases",
    kept,
    Column("id", _Number, primary_key=True),
    Column("title", Text, nullable=False),
    Column("handle", String, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("owner", Text, nullable=False),
    Column("due_us", BigInteger, nullable=False),
    Column("status", String, nullable=False),
    Column("opened_us", BigInteger, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("closed_us", BigInteger),
    Column("reason", Text, nullable=False),
    Index("cases_status", "status"),
    Index("cases_handle", "handle"),
)
case_notes = Table(
    "case_notes",
    kept,
    Column("id", _Number, primary_key=True),
    Column("case_id", BigInteger, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("case_notes_case", "case_id"),
)
mappings = Table(
    "mappings",
    kept,
    Column("name", String, primary_key=True),
    Column("mapping", Text, nullable=False),
    Column("updated_us", BigInteger, nullable=False),
)
imports = Table(
    "imports",
    kept,
    Column("id", _Number, primary_key=True),
    Column("file_name", Text, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("source_id", Integer, nullable=False),
    Column("mapping", Text, nullable=False),
    Column("status", String, nullable=False),
    Column("rows_done", BigInteger, nullable=False),
    Column("summary", Text, nullable=False),
    Column("started_us", BigInteger, nullable=False),
    Column("updated_us", BigInteger, nullable=False),
)
door_refusals = Table(
    "door_refusals",
    kept,
    Column("source_id", Integer, primary_key=True),
    Column("reason", String, primary_key=True),
    Column("n", BigInteger, nullable=False),
)
