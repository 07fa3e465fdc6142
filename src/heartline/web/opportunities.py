"""Opportunities: what could be done about a pain, filed and changed by the forms of its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from heartline.act import read_due
from heartline.errors import Invalid, Missing
from heartline.language import _
from heartline.records import Effort, Opportunity, OpportunityStatus, Right
from heartline.web.loops import list_owners, name_me
from heartline.web.paining import read_pains, require_pain
from heartline.web.visit import Visit

_LONGEST: Final = 200
_MOST_CASES: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The opportunities of a pain, and who may own one; ``owners`` is empty for readers who may file none."""

    lines: tuple[Opportunity, ...]
    owners: tuple[str, ...]


def read_board(visit: Visit, key: str) -> Board:
    """Read the opportunities of a pain."""
    owners = list_owners(visit.heartline) if visit.plain_view.may(Right.WORK_CASES) else ()
    return Board(lines=visit.heartline.stores.kept.opportunities(pain=key), owners=owners)


def read_opportunities(visit: Visit) -> tuple[Opportunity, ...]:
    """Read all opportunities; who is bound to places reads those of the pains on their own list."""
    found = visit.heartline.stores.kept.opportunities()
    if not visit.bounds.narrow or not found:
        return found
    pains = read_pains(visit, everyone=True)
    own = {pain.key for pain in pains.pains} if pains else set()
    return tuple(one for one in found if one.pain in own)


def move_opportunity(visit: Visit, opportunity_id: int) -> Opportunity:
    """Move an opportunity to the status that was posted; all else of it stays.

    Raises:
        Invalid: there is no such status.
        Missing: there is no such opportunity for the reader.
    """
    status = _read_status(visit)
    if all(one.opportunity_id != opportunity_id for one in read_opportunities(visit)):
        told = _("There is no opportunity {number}.").format(number=opportunity_id)
        raise Missing("no_opportunity", told, _("Look at the board."))
    moved = visit.heartline.stores.kept.change_opportunity(opportunity_id, status=status)
    visit.note("opportunity.changed", f"{opportunity_id} {status.value}")
    return moved


def file_opportunity(visit: Visit, key: str) -> Opportunity:
    """File the opportunity that was posted; its gain is what the pain costs now.

    Raises:
        Invalid: it has no title, or an effort, owner or day we do not know.
        Missing: the pain is not on the list any more.
    """
    _found, _place, pain = require_pain(visit, key)
    title = " ".join(visit.field("title").split())[:_LONGEST]
    if not title:
        raise Invalid("no_title", _("An opportunity has a title."), _("Say in a few words what could be done."))
    worth = pain.worth
    filed = visit.heartline.stores.kept.file_opportunity(
        pain=key,
        title=title,
        gain=None if worth is None else (max(round(worth.low), 0), max(round(worth.high), 0)),
        effort=_read_effort(visit.field("effort")),
        owner=_read_owner(visit, now=""),
        due_us=_read_day(visit),
        filed_by=name_me(visit),
    )
    visit.note("opportunity.filed", f"{filed.opportunity_id} {key}")
    return filed


def change_opportunity(visit: Visit, opportunity_id: int) -> Opportunity:
    """Change an opportunity by the form that was posted.

    Raises:
        Invalid: what was sent is no status, effort, owner, day or case.
        Missing: there is none.
    """
    status = _read_status(visit)
    changed = visit.heartline.stores.kept.change_opportunity(
        opportunity_id,
        status=status,
        effort=_read_effort(visit.field("effort")),
        owner=_read_owner(visit, now=visit.field("was")),
        due_us=_read_day(visit),
        cases=_read_cases(visit),
    )
    visit.note("opportunity.changed", f"{opportunity_id} {status.value}")
    return changed


def _read_status(visit: Visit) -> OpportunityStatus:
    status = visit.field("status")
    if status not in {one.value for one in OpportunityStatus}:
        raise Invalid("bad_status", _("An opportunity has no such status."), _("Choose one of those shown."))
    return OpportunityStatus(status)


def _read_effort(text: str) -> Effort:
    if text not in {one.value for one in Effort}:
        raise Invalid("bad_effort", _("There is no such effort."), _("Choose one of those shown."))
    return Effort(text)


def _read_owner(visit: Visit, *, now: str) -> str:
    owner = visit.field("owner")
    if owner and owner not in {*list_owners(visit.heartline), now}:
        raise Invalid("bad_owner", _("Nobody here has that name."), _("Choose somebody who may change things."))
    return owner


def _read_day(visit: Visit) -> int | None:
    return read_due(visit.field("due"), visit.zone) if visit.field("due") else None


def _read_cases(visit: Visit) -> tuple[int, ...]:
    """The numbers of linked cases, each of which must be there for the reader."""
    words = visit.field("cases").replace(",", " ").split()[:_MOST_CASES]
    if not all(word.isascii() and word.isdecimal() and len(word) < 12 for word in words):
        raise Invalid("bad_cases", _("Cases are linked by their numbers."), _("Write “12, 40”."))
    return tuple(visit.heartline.stores.kept.case(int(word)).case_id for word in words)
