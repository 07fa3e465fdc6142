"""Opportunities: what could be done about a pain, what it may gain, and how far it has come. People file them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OpportunityStatus(StrEnum):
    """How far it has come."""

    IDEA = "idea"
    PLANNED = "planned"
    UNDER_WAY = "under_way"
    DONE = "done"
    DROPPED = "dropped"


class Effort(StrEnum):
    """What a person thinks it takes."""

    UNKNOWN = ""
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunity:
    """One opportunity of the pain ``pain`` (its key). ``gain_low`` and ``gain_high`` are what the pain cost a quarter
    when it was filed, in minor units, None where that was unknown; ``due_us`` None: no day yet; ``cases`` are linked.
    """

    opportunity_id: int
    pain: str
    title: str
    gain_low: int | None
    gain_high: int | None
    effort: Effort
    owner: str
    due_us: int | None
    status: OpportunityStatus
    cases: tuple[int, ...]
    filed_by: str
    filed_us: int
    changed_us: int
