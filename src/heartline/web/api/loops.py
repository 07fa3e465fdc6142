"""Cases by call: opened with what a page would propose, changed in one go, refused for the same reasons."""

from __future__ import annotations

from collections.abc import Sequence

from heartline.act import count_loops, day_of, read_due, sort_closed, sort_open
from heartline.errors import Conflict, Invalid
from heartline.records import Case, CaseStatus
from heartline.web.api.asking import ask_anew
from heartline.web.api.positions import Key, Paging
from heartline.web.api.shapes.cases import CaseChange, CaseOpening, CasePage, tell_case
from heartline.web.loops import CLOSED, MINE, NOBODY, list_owners, name_me, open_case, propose_case, read_case_lines
from heartline.web.visit import Visit

_MOST = 5_000


def list_cases(visit: Visit, paging: Paging, *, show: str, owner: str) -> CasePage:
    """List open cases, the first due first, or one's own, or closed ones, the last closed first."""
    cases = visit.heartline.stores.kept.cases(limit=_MOST)
    waiting = sort_open(cases)
    listed: Sequence[Case] = sort_closed(cases) if show == CLOSED else waiting
    if show == MINE:
        me = name_me(visit)
        listed = [case for case in waiting if case.owner == me]
    if owner:
        listed = [case for case in listed if case.owner == ("" if owner == NOBODY else owner)]
    key_of = _key_closed if show == CLOSED else _key_open
    shown, onward = paging.cut(listed, key_of, order=f"cases {show == CLOSED}", width=2)
    count = count_loops(waiting, visit.now_us)
    return CasePage(
        open=count.open,
        overdue=count.overdue,
        unowned=count.unowned,
        total=len(listed),
        items=[tell_case(line, now_us=visit.now_us) for line in read_case_lines(visit.heartline, shown)],
        next=onward,
    )


def _key_open(case: Case) -> Key:
    return case.due_us, case.case_id


def _key_closed(case: Case) -> Key:
    return -(case.closed_us or 0), -case.case_id


def open_asked(visit: Visit, opening: CaseOpening) -> Case:
    """Open a case.

    Raises:
        Invalid: it is about nobody, has no title or no due day, or nobody has that name.
        Missing: its touch or customer is not here.
    """
    about = {"seq": str(opening.interaction) if opening.interaction else "", "handle": opening.customer}
    proposed = propose_case(visit, about)
    form = {
        **about,
        "title": proposed.title if opening.title is None else opening.title,
        "owner": proposed.owner if opening.owner is None else opening.owner,
        "due": opening.due or day_of(proposed.due_us, visit.zone).isoformat(),
        "note": opening.note,
    }
    return open_case(ask_anew(visit, form=form))


def change_asked(visit: Visit, case_id: int, change: CaseChange) -> Case:
    """Change a case, all that is said at once.

    Raises:
        Invalid: closing without a reason, no such owner, no such day.
        Conflict: somebody moved the case in the meantime.
        Missing: there is no such case.
    """
    kept = visit.heartline.stores.kept
    case = kept.case(case_id)
    if change.was is not None and change.was is not case.status:
        hint = "Nothing was changed: look how it stands now, then ask again."
        raise Conflict("case_moved", "Somebody moved this case in the meantime.", hint)
    if change.reason.strip() and change.status is not CaseStatus.CLOSED:
        raise Invalid("bad_reason", "A reason is said when a case is closed.", "Send status “closed” with it.")
    if change.owner and change.owner not in list_owners(visit.heartline, now=case.owner):
        raise Invalid("bad_owner", "Nobody here has that name.", "GET /cases/{id} lists who may have it.")
    done = kept.change_case(
        case_id,
        author=name_me(visit),
        note=change.note,
        owner=change.owner,
        due_us=read_due(change.due, visit.zone, was_us=case.due_us) if change.due else None,
        status=change.status,
        reason=change.reason,
    )
    visit.note("case.changed", f"{case_id} by call")
    return done
