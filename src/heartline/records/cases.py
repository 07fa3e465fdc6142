"""Cases: a score, comment or customer that somebody owns until the loop is closed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CaseStatus(StrEnum):
    """The way of a case. Closing asks for a reason."""

    NEW = "new"
    CONTACTED = "contacted"
    CAUSE_FOUND = "cause_found"
    MENDED = "mended"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A closed-loop task. It names its customer by an identifier handle (hex), never by a customer id that may move.

    ``seq`` is the interaction that caused it (0: opened from the customer).
    """

    case_id: int
    title: str
    handle: str
    seq: int
    owner: str
    due_us: int
    status: CaseStatus
    opened_us: int
    opened_by: str
    closed_us: int | None = None
    reason: str = ""
    notes: tuple[CaseNote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseNote:
    """One line of a case's history: what was written or changed, by whom, when."""

    at_us: int
    author: str
    text: str
