"""Cases, read and changed: the list of loops, one case with the voice behind it, and the forms that move it on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from heartline.act import (
    LONGEST_NOTE,
    LONGEST_TITLE,
    WAY,
    LoopCount,
    count_loops,
    is_open,
    next_business_end,
    pick_owners,
    read_due,
    sort_closed,
    sort_open,
    title_customer,
    title_voice,
    word_reason,
)
from heartline.app import Heartline
from heartline.errors import Conflict, Invalid, Missing
from heartline.language import _
from heartline.records import Case, CaseLoop, CaseStatus, Profile, Right, Team, User, decide
from heartline.store import Entry
from heartline.understand import PackedLog, say_journey, say_stage
from heartline.web.charts.life import LifeGiven
from heartline.web.lives import (
    Moment,
    Station,
    cases_of,
    find_stations,
    fold,
    give_life,
    read_entries,
    score_of,
)
from heartline.web.mapping import list_journeys
from heartline.web.opening import CaseLine
from heartline.web.people import PAGE
from heartline.web.visit import Visit

OPEN, MINE, UNOWNED, AGAIN, CLOSED = "open", "mine", "unowned", "again", "closed"
SHOWS: Final = (OPEN, MINE, UNOWNED, AGAIN, CLOSED)
NOBODY: Final = "(nobody)"
FIELD_OF: Final = {"no_title": "title", "bad_due": "due", "no_reason": "reason", "case_moved": "note"}
"""Which field of a form a refusal speaks of."""
LONGEST_CAUSE: Final = 80
NO_LOOP: Final = CaseLoop(case_id=0)
_MOST: Final = 5_000
_AROUND: Final = 6
_LARGEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseList:
    """A page of cases. ``count`` is of all open ones, whoever owns them; ``show`` and ``owner`` are the filter."""

    lines: tuple[CaseLine, ...]
    count: LoopCount
    mine: int
    again: int
    closed: int
    total: int
    show: str
    owner: str
    owners: tuple[str, ...]
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReading:
    """One case: its customer (None: gone), the touch that caused it (None: opened from the customer, or gone), what
    happened around it, their life until now, where they stand, who may have it, and its place among the open ones;
    how far its loop has come, what its customer scored or said after it was closed (None: nothing yet), and the steps
    and causes to choose from.
    """

    case: Case
    customer: Profile | None
    cause: Entry | None
    around: tuple[Moment, ...]
    given: LifeGiven | None
    stations: tuple[Station, ...]
    others: tuple[Case, ...]
    owners: tuple[str, ...]
    place: int
    open: int
    teams: tuple[Team, ...]
    team_id: int
    loop: CaseLoop
    later: Entry | None
    stages: tuple[tuple[str, str, str], ...]
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A case about to be opened: who and what it is about, and what the form says at first."""

    customer: Profile
    cause: Entry | None
    title: str
    owner: str
    due_us: int
    note: str
    owners: tuple[str, ...]
    already: tuple[Case, ...]
    around: tuple[Moment, ...]
    given: LifeGiven | None


def name_problem(error: Invalid | Conflict) -> tuple[str, str]:
    """Return the field a refusal speaks of ("": none) and its words."""
    return FIELD_OF.get(error.code, ""), f"{error}"


def name_user(user: User, users: Sequence[User]) -> str:
    """Return how cases name a user: by name, with the e-mail where two have the same."""
    if not user.name:
        return user.email
    return user.name if sum(other.name == user.name for other in users) < 2 else f"{user.name} ({user.email})"


def list_owners(heartline: Heartline, *, now: str = "") -> tuple[str, ...]:
    """Return who may own a case: whoever may work on cases, and whoever has it now."""
    users = heartline.stores.kept.users()
    may = [name_user(user, users) for user in users if decide(user, Right.WORK_CASES)]
    return tuple(pick_owners(may, now=now))


def name_me(visit: Visit) -> str:
    """Return how cases name the reader."""
    return name_user(visit.require_user(), visit.heartline.stores.kept.users())


def read_cases(visit: Visit, *, page: int) -> CaseList:
    """Read the list a URL asks for: open ones first due first, one owner's, or the closed ones."""
    kept, me = visit.heartline.stores.kept, name_me(visit)
    cases, loops = kept.cases(limit=_MOST), kept.case_loops()
    waiting, closed = sort_open(cases), sort_closed(cases)
    show = visit.query.get("show", "") if visit.query.get("show", "") in SHOWS else OPEN
    owner, cause = visit.query.get("owner", "")[:200], visit.query.get("cause", "")[:LONGEST_CAUSE]
    asked = [case for case in closed if 0 < loops.get(case.case_id, NO_LOOP).recheck_us <= visit.now_us]
    mine = [case for case in waiting if case.owner == me]
    unowned = [case for case in waiting if not case.owner]
    shown = {OPEN: waiting, MINE: mine, UNOWNED: unowned, AGAIN: asked, CLOSED: closed}[show]
    if cause:
        shown = [c for c in (*waiting, *closed) if loops.get(c.case_id, NO_LOOP).cause.casefold() == cause.casefold()]
    if owner:
        shown = [case for case in shown if case.owner == ("" if owner == NOBODY else owner)]
    return CaseList(
        lines=read_case_lines(visit.heartline, shown[(page - 1) * PAGE : page * PAGE]),
        count=count_loops(waiting, visit.now_us),
        mine=len(mine),
        again=len(asked),
        closed=len(closed),
        total=len(shown),
        show=show,
        owner=owner,
        owners=tuple(pick_owners([case.owner for case in (closed if show == CLOSED else waiting)], now="")),
        cause=cause,
    )


def read_case_lines(heartline: Heartline, cases: Sequence[Case]) -> tuple[CaseLine, ...]:
    """Read the customers of some cases, through the handle each names."""
    derived = heartline.stores.derived
    owners = {handle: derived.customer_of_handle(handle) for handle in {case.handle for case in cases}}
    profiles = derived.profiles({owner for owner in owners.values() if owner is not None})
    return tuple(CaseLine(case=case, customer=profiles.get(owners[case.handle] or -1)) for case in cases)


def read_case(visit: Visit, case_id: int) -> CaseReading:
    """Read one case.

    Raises:
        Missing: there is none.
    """
    heartline, kept = visit.heartline, visit.heartline.stores.kept
    case = kept.case(case_id)
    customer = read_case_lines(heartline, [case])[0].customer
    entries = read_entries(heartline, customer.customer_id) if customer else []
    cause = next(iter(heartline.stores.history.entries([case.seq])), None) if case.seq else None
    touches = [entry for entry in entries if entry.touch]
    path = f"/customers/{customer.ref}" if customer else ""
    waiting = sort_open(kept.cases(open_only=True, limit=_MOST))
    return CaseReading(
        case=case,
        customer=customer,
        cause=cause,
        around=_look_around(touches, cause),
        given=give_life(touches, view=visit.plain_view, path=path, now_us=visit.now_us) if touches else None,
        stations=find_stations(heartline, visit.whole_log, customer.customer_id, now_us=visit.now_us)
        if customer
        else (),
        others=tuple(other for other in cases_of(heartline, customer.customer_id) if other.case_id != case_id)
        if customer
        else (),
        owners=list_owners(heartline, now=case.owner),
        place=next((at for at, other in enumerate(waiting, start=1) if other.case_id == case_id), 0),
        open=len(waiting),
        teams=tuple(kept.teams()),
        team_id=kept.case_teams().get(case_id, 0),
        loop=kept.case_loop(case_id),
        later=find_later(touches, case),
        stages=tuple(list_stages(heartline, visit.whole_log)),
        causes=tuple(sorted({loop.cause for loop in kept.case_loops().values() if loop.cause}, key=str.casefold)),
    )


def find_later(touches: Sequence[Entry], case: Case) -> Entry | None:
    """Return the first score or comment after a case was closed, of touches the newest first; None: nothing yet."""
    if case.closed_us is None:
        return None
    told = (one for one in reversed(touches) if one.ts_us > case.closed_us and (one.score is not None or one.text))
    return next(told, None)


def _look_around(touches: Sequence[Entry], cause: Entry | None) -> tuple[Moment, ...]:
    """What happened just before the cause, the cause, and what came after, newest first, the cause always among it."""
    folded = fold(touches)
    if cause is None:
        return tuple(folded[:_AROUND])
    at = next((nth for nth, moment in enumerate(folded) if moment.entry.ts_us <= cause.ts_us), len(folded) - 1)
    first = max(0, at - 2)
    return tuple(folded[first : first + _AROUND])


def propose_case(visit: Visit, told: Mapping[str, str]) -> Proposal:
    """Propose a case from a touch (``seq``) or a customer (``handle``); what else is told is kept.

    Raises:
        Invalid: neither is told.
        Missing: it is not here any more.
    """
    heartline = visit.heartline
    cause = _find_cause(heartline, told.get("seq", ""))
    customer = _find_customer(visit, told.get("handle", ""), cause)
    title = title_customer(customer.title)
    if cause is not None:
        where = cause.touchpoint or cause.channel
        title = title_voice(touchpoint=where, place=cause.place, score=score_of(cause), said=bool(cause.text))
    me, path = name_me(visit), f"/customers/{customer.ref}"
    touches = [entry for entry in read_entries(heartline, customer.customer_id) if entry.touch]
    return Proposal(
        customer=customer,
        cause=cause,
        title=told.get("title", title),
        owner=told.get("owner", me),
        due_us=next_business_end(visit.now_us, visit.zone),
        note=told.get("note", ""),
        owners=list_owners(heartline, now=me),
        already=tuple(case for case in cases_of(heartline, customer.customer_id) if is_open(case)),
        around=_look_around(touches, cause),
        given=give_life(touches, view=visit.plain_view, path=path, now_us=visit.now_us) if touches else None,
    )


def _find_cause(heartline: Heartline, text: str) -> Entry | None:
    seq = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
    if not 0 < seq <= _LARGEST:
        return None
    found = heartline.stores.history.entries([seq])
    if not found:
        raise Missing(
            "no_touch", _("There is no such touch."), _("It may have been erased. Open a case from the customer.")
        )
    return found[0]


def _find_customer(visit: Visit, handle: str, cause: Entry | None) -> Profile:
    """The customer a case is about: for a touch who owned it when it happened, not who has that tablet today."""
    derived = visit.heartline.stores.derived
    owner = None
    if cause is not None:
        log = visit.whole_log
        rows = np.flatnonzero(log.seq == cause.seq)
        if len(rows):
            owner = int(log.customers[log.row[rows[0]]])
        else:
            handle = next((known.handle for known in derived.identifiers([cause.subject_id])), "")
    elif not handle:
        raise Invalid("no_subject", _("A case is about somebody."), _("Open it from a score, a comment or a customer."))
    if owner is None:
        owner = derived.customer_of_handle(handle)
    found = derived.profiles([owner]).get(owner) if owner is not None else None
    if found is None:
        raise Missing("no_customer", _("There is no such customer."), _("Look for them among the customers."))
    return found


def open_case(visit: Visit) -> Case:
    """Open the case that was posted.

    Raises:
        Invalid: it has no title, or no day it is due; the code names the field.
        Missing: its touch or its customer is not here any more.
    """
    told = {name: visit.field(name) for name in ("seq", "handle", "title", "owner", "note")}
    proposal = propose_case(visit, told)
    title = " ".join(told["title"].split())[:LONGEST_TITLE]
    if not title:
        raise Invalid("no_title", _("A case has a title."), _("Say in a few words what is to be done."))
    kept, me = visit.heartline.stores.kept, name_me(visit)
    case = kept.open_case(
        title=title,
        handle=proposal.customer.ref,
        seq=proposal.cause.seq if proposal.cause else 0,
        owner=_read_owner(visit, now=me),
        due_us=read_due(visit.field("due"), visit.zone),
        opened_by=me,
    )
    if told["note"]:
        kept.change_case(case.case_id, author=me, note=told["note"][:LONGEST_NOTE])
    visit.note("case.opened", f"{case.case_id}")
    return case


def change_case(visit: Visit, case_id: int) -> str:
    """Change a case by the form that was posted; return what was done, for the notice.

    Raises:
        Invalid: closing without a reason, or what was sent is no step, owner or day.
        Conflict: somebody moved the case since the form was drawn.
        Missing: there is no such case.
    """
    kept, me = visit.heartline.stores.kept, name_me(visit)
    case = kept.case(case_id)
    if visit.field("was", case.status.value) != case.status.value:
        hint = _("Nothing was changed: look how it stands now, then save again.")
        raise Conflict("case_moved", _("Somebody moved this case in the meantime."), hint)
    note = visit.form.get("note", [""])[0].strip()[:LONGEST_NOTE]
    match visit.field("act"):
        case "step":
            status = _read_step(visit.field("step"))
            kept.change_case(case_id, author=me, status=status, note=note)
            done = _("Moved on.") if status is not case.status else _("Noted.")
        case "close":
            reason = word_reason(visit.field("reason"), visit.field("words"))
            kept.change_case(case_id, author=me, status=CaseStatus.CLOSED, reason=reason)
            done = _("Closed.")
        case "cause":
            _note_cause(visit, case_id)
            done = _("Saved.")
        case "again":
            kept.end_recheck(case_id, author=me, note="Looked at again: it holds.")
            done = _("Noted.")
        case "hand":
            due_us = read_due(visit.field("due"), visit.zone, was_us=case.due_us)
            kept.change_case(case_id, author=me, owner=_read_owner(visit, now=case.owner), due_us=due_us, note=note)
            done = _("Saved.")
        case _:
            kept.change_case(case_id, author=me, note=note)
            done = _("Noted.") if note else _("Nothing was changed.")
    visit.note("case.changed", f"{case_id} {visit.field('act')[:20]}")
    return done


def _note_cause(visit: Visit, case_id: int) -> None:
    """Keep why it happened and where; the case moves to “cause found” where it was not as far."""
    kept, me = visit.heartline.stores.kept, name_me(visit)
    cause = " ".join(visit.field("cause").split())[:LONGEST_CAUSE]
    journey_id, _tab, stage = visit.field("stage").partition("\t")
    known = {(journey, name) for journey, name, _words in list_stages(visit.heartline, visit.whole_log)}
    if (journey_id, stage) not in known:
        journey_id = stage = ""
    kept.set_cause(case_id, cause=cause, journey_id=journey_id, stage=stage, author=me)
    if cause and WAY.index(kept.case(case_id).status) < WAY.index(CaseStatus.CAUSE_FOUND):
        kept.change_case(case_id, author=me, status=CaseStatus.CAUSE_FOUND)


def list_stages(heartline: Heartline, log: PackedLog) -> list[tuple[str, str, str]]:
    """Return the stages of all journeys: journey id, stage, and both in words."""
    return [
        (journey.journey_id, stage.name, f"{say_journey(journey.name)} · {say_stage(stage.name)}")
        for journey in list_journeys(heartline, log)
        for stage in journey.stages
    ]


def _read_step(text: str) -> CaseStatus:
    """A step other than the last: closing has its own form, with a reason."""
    if text not in {status.value for status in WAY[:-1]}:
        raise Invalid("bad_step", _("A case has no such step."), _("Choose one of those shown."))
    return CaseStatus(text)


def _read_owner(visit: Visit, *, now: str) -> str:
    owner = visit.field("owner")
    if owner and owner not in list_owners(visit.heartline, now=now):
        raise Invalid("bad_owner", _("Nobody here has that name."), _("Choose somebody who may change things."))
    return owner
