"""Cases: a loop that somebody owns, what it takes to open one, and what may be changed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from heartline.act import LONGEST_NOTE, LONGEST_TITLE, is_overdue
from heartline.records import Case, CaseStatus
from heartline.web.api.shapes.answers import CustomerNamed, name_customer
from heartline.web.api.shapes.customers import Happened, tell_happened
from heartline.web.api.shapes.figures import tell_time
from heartline.web.loops import CaseReading
from heartline.web.opening import CaseLine

_NO_NUL = r"^[^\x00]*\Z"
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", description="a day, like 2026-11-24")]
Note = Annotated[str, Meta(max_length=LONGEST_NOTE, pattern=_NO_NUL)]
Name = Annotated[str, Meta(max_length=200, pattern=_NO_NUL)]
Ref = Annotated[str, Meta(max_length=64, pattern=r"^[0-9a-f]*\Z", description="a customer’s id")]
Title = Annotated[str, Meta(min_length=1, max_length=LONGEST_TITLE, pattern=_NO_NUL)]


class CaseOpening(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A case to be opened, about a touch or a customer. What is not said is proposed, as the page proposes it."""

    interaction: Annotated[int, Meta(ge=0, le=2**63 - 1, description="the touch it is about; 0: none")] = 0
    customer: Ref = ""
    title: Title | None = None
    owner: Annotated[Name | None, Meta(description="who has it; empty: nobody yet; without it whoever opens it")] = None
    due: Day | None = None
    note: Note = ""


class CaseChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is to change of a case; what is not said stays."""

    status: CaseStatus | None = None
    reason: Annotated[Note, Meta(description="what came of it; a case is closed with a reason")] = ""
    owner: Annotated[Name | None, Meta(description="who has it from now; empty: nobody")] = None
    due: Day | None = None
    note: Note = ""
    was: Annotated[CaseStatus | None, Meta(description="refuse with 409 where the case is not at this step now")] = None


class CaseListed(msgspec.Struct, kw_only=True):
    """A case in a list."""

    id: int
    title: str
    status: str
    owner: Annotated[str, Meta(description="empty: nobody yet")]
    customer: CustomerNamed | None
    interaction: Annotated[int, Meta(description="the touch that caused it; 0: none")]
    opened: datetime | None
    opened_by: str
    due: datetime | None
    overdue: bool
    closed: datetime | None
    reason: str


class CasePage(msgspec.Struct, kw_only=True):
    """A page of cases; ``open``, ``overdue`` and ``unowned`` count all open ones."""

    open: int
    overdue: int
    unowned: int
    total: int
    items: list[CaseListed]
    next: Annotated[str | None, Meta(description="give it back as “after”; null: this was the last page")]


class CaseNoted(msgspec.Struct, kw_only=True):
    """A line of a case's own history."""

    time: datetime | None
    author: str
    text: str


class CaseKnown(msgspec.Struct, kw_only=True):
    """One case."""

    case: CaseListed
    cause: Happened | None
    notes: list[CaseNoted]
    other_cases: Annotated[list[int], Meta(description="of the same customer")]
    owners: Annotated[list[str], Meta(description="who may have it")]


def tell_case(line: CaseLine, *, now_us: int) -> CaseListed:
    """Return a case of a list."""
    case = line.case
    return CaseListed(
        id=case.case_id,
        title=case.title,
        status=case.status.value,
        owner=case.owner,
        customer=name_customer(line.customer),
        interaction=case.seq,
        opened=tell_time(case.opened_us),
        opened_by=case.opened_by,
        due=tell_time(case.due_us),
        overdue=is_overdue(case, now_us),
        closed=tell_time(case.closed_us),
        reason=case.reason,
    )


def tell_reading(reading: CaseReading, *, now_us: int) -> CaseKnown:
    """Return one case."""
    return CaseKnown(
        case=tell_case(CaseLine(case=reading.case, customer=reading.customer), now_us=now_us),
        cause=tell_happened(reading.cause) if reading.cause else None,
        notes=_tell_notes(reading.case),
        other_cases=[case.case_id for case in reading.others],
        owners=list(reading.owners),
    )


def _tell_notes(case: Case) -> list[CaseNoted]:
    return [CaseNoted(time=tell_time(note.at_us), author=note.author, text=note.text) for note in case.notes]
