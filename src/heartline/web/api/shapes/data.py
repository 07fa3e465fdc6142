"""Data: sources, what arrives, what was refused, imports, and the account of every event. No key is ever told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from heartline.app import Account
from heartline.store import ImportJob, RefusedEvent
from heartline.web.api.shapes.customers import Happened, IdentifierKnown, tell_happened, tell_identifier
from heartline.web.api.shapes.figures import tell_time
from heartline.web.sources import Arrival, Counted, Ledger, show_raw


class SourceListed(msgspec.Struct, kw_only=True):
    """A source with its share of the account, in events."""

    id: int
    name: str
    kind: str
    trust: Annotated[str, Meta(description="public (a browser’s key) or trusted")]
    enabled: bool
    created: datetime | None
    stored: int
    duplicate: int
    refused: int


class RefusedListed(msgspec.Struct, kw_only=True):
    """An event that was not kept, with its reason."""

    event: Annotated[int, Meta(description="its number")]
    source: int
    reason: str
    detail: str
    raw: Annotated[str, Meta(description="what was sent, as text; as hex where it is none; long ones are cut")]


class RefusedPage(msgspec.Struct, kw_only=True):
    """A page of what was refused, newest first."""

    items: list[RefusedListed]
    next: Annotated[str | None, Meta(description="give it back as “after”; null: this was the last page")]


class Arrived(msgspec.Struct, kw_only=True):
    """Something that arrived."""

    source: str
    who: IdentifierKnown | None
    what: Happened


class ImportListed(msgspec.Struct, kw_only=True):
    """An import and how far it is."""

    id: int
    file: str
    source: int
    status: str
    under_way: Annotated[bool, Meta(description="“running”, not under way: cut off, goes on when repeated")]
    rows: int
    started: datetime | None
    updated: datetime | None
    summary: dict[str, Any]


class ImportPage(msgspec.Struct, kw_only=True):
    """A page of imports, newest first."""

    total: int
    items: list[ImportListed]
    next: Annotated[str | None, Meta(description="give it back as “after”; null: this was the last page")]


class TurnedAway(msgspec.Struct, kw_only=True):
    """Bodies that the door refused whole: they are in no term of the account."""

    source: str
    reason: str
    bodies: int


class AccountTold(msgspec.Struct, kw_only=True):
    """Where every event is: received = stored + duplicate + refused + pending + undone + erased."""

    received: int
    stored: int
    duplicate: int
    refused: int
    pending: int
    undone: int
    erased: int
    balanced: bool
    turned_away: list[TurnedAway]


def tell_source(counted: Counted) -> SourceListed:
    """Return a source."""
    source = counted.source
    return SourceListed(
        id=source.source_id,
        name=source.name,
        kind=source.kind,
        trust=source.trust.value,
        enabled=source.enabled,
        created=tell_time(source.created_us or None),
        stored=counted.stored,
        duplicate=counted.duplicate,
        refused=counted.refused,
    )


def tell_refused(refused: RefusedEvent) -> RefusedListed:
    """Return a refused event."""
    return RefusedListed(
        event=refused.seq,
        source=refused.source_id,
        reason=refused.reason,
        detail=refused.detail,
        raw=show_raw(refused),
    )


def tell_arrival(arrival: Arrival) -> Arrived:
    """Return something that arrived."""
    return Arrived(
        source=arrival.source,
        who=tell_identifier(arrival.who) if arrival.who else None,
        what=tell_happened(arrival.entry),
    )


def tell_import(job: ImportJob, *, under_way: bool) -> ImportListed:
    """Return an import."""
    summary = msgspec.json.decode(job.summary or "{}")
    return ImportListed(
        id=job.import_id,
        file=job.file_name,
        source=job.source_id,
        status=job.status,
        under_way=under_way,
        rows=job.rows_done,
        started=tell_time(job.started_us),
        updated=tell_time(job.updated_us),
        summary=summary if isinstance(summary, dict) else {},
    )


def tell_account(ledger: Ledger) -> AccountTold:
    """Return the account."""
    account: Account = ledger.account
    return AccountTold(
        received=account.received,
        stored=account.stored,
        duplicate=account.duplicate,
        refused=account.refused,
        pending=account.pending,
        undone=account.undone,
        erased=account.erased,
        balanced=account.balanced,
        turned_away=[TurnedAway(source=source, reason=reason, bodies=n) for source, reason, n in ledger.at_door],
    )
