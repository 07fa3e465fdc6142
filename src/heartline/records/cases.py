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


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLoop:
    """How far the loop of a case has come, beside its steps. ``rule_id`` 0: opened by hand.

    ``recheck_us`` is when a closed case asks again (0: it does not, or somebody looked). ``reopened`` counts. ``cause``
    is the root cause in a few words, the same for all that have it; it lies at a stage of a journey, where one is told.
    """

    case_id: int
    rule_id: int = 0
    deputy: str = ""
    recheck_days: int = 14
    recheck_us: int = 0
    reopened: int = 0
    cause: str = ""
    journey_id: str = ""
    stage: str = ""


class ReplyState(StrEnum):
    """How a reply from a case stands. ``WAITING``: it goes in a few seconds, and can be taken back until then."""

    DRAFT = "draft"
    WAITING = "waiting"
    SENT = "sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is written to a customer by e-mail from a case. ``at_us`` is when it was last changed."""

    reply_id: int
    case_id: int
    author: str
    address: str
    subject: str
    text: str
    state: ReplyState
    at_us: int
    send_us: int = 0
