"""All opportunities, read: with the pain each is about, through the filter by owner and department."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from heartline.records import Opportunity, OpportunityStatus
from heartline.understand import Pain
from heartline.web.opportunities import read_opportunities
from heartline.web.outcomes import Outcome, judge_outcome
from heartline.web.paining import read_pains
from heartline.web.visit import Visit

BOARD, MATRIX = "board", "matrix"
SHOWS: Final = (BOARD, MATRIX)
NOBODY: Final = "(nobody)"
_WAIT_S: Final = 3.0
"""How long the page waits for the names of the pains; without them it shows the opportunities all the same."""
OPEN: Final = frozenset({OpportunityStatus.IDEA, OpportunityStatus.PLANNED, OpportunityStatus.UNDER_WAY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """An opportunity with its pain (None where that is not on the list now), and what came of it (None: it is not done,
    or nothing can be said yet).
    """

    opportunity: Opportunity
    pain: Pain | None
    outcome: Outcome | None = None

    @property
    def department(self) -> str:
        """Who answers for the stage where it hurts; "" where nobody is said to."""
        return self.pain.owner if self.pain else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What the page shows: the lines through the filter, of ``total`` there are, and what may be filtered by.
    ``complete`` is False while the list of pains is still being worked out.
    """

    lines: tuple[Planned, ...]
    total: int
    show: str
    owner: str
    department: str
    owners: tuple[str, ...]
    departments: tuple[str, ...]
    complete: bool
    currency: str


def read_backlog(visit: Visit) -> Backlog:
    """Read the opportunities that a URL asks for, in the order they were filed."""
    filed = read_opportunities(visit)
    pains = read_pains(visit, wait_s=_WAIT_S, everyone=True) if filed else None
    named = {pain.key: pain for pain in pains.pains} if pains else {}
    lines = [
        Planned(
            opportunity=one,
            pain=named.get(one.pain),
            outcome=judge_outcome(visit.heartline, visit.whole_log, one, now_us=visit.now_us),
        )
        for one in filed
    ]
    owner, department = visit.query.get("owner", "")[:200], visit.query.get("department", "")[:200]
    show = visit.query.get("show", "")
    return Backlog(
        lines=tuple(line for line in lines if _is_chosen(line, owner=owner, department=department)),
        total=len(lines),
        show=show if show in SHOWS else BOARD,
        owner=owner,
        department=department,
        owners=tuple(sorted({one.owner for one in filed if one.owner})),
        departments=tuple(sorted({line.department for line in lines if line.department})),
        complete=pains is not None or not filed,
        currency=visit.heartline.workspace.currency,
    )


def _is_chosen(line: Planned, *, owner: str, department: str) -> bool:
    held = line.opportunity.owner or NOBODY
    return owner in {"", held} and department in {"", line.department}
