"""Possible duplicates, read and decided: the queue with both sides of each pair, the run behind it, what staff say."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from heartline.app import Heartline
from heartline.errors import HeartlineError, Invalid
from heartline.language import _
from heartline.records import Link, Profile, Suggestion, SuggestionStatus, Unlink
from heartline.store import SplinkMatcher, is_matching_installed
from heartline.unify import find_suggestions, rules_from, tell_person
from heartline.web.chores import Chore, begin_chore, find_chore
from heartline.web.sessions import now_us
from heartline.web.visit import Visit

PAGE: Final = 10
CHORE: Final = "duplicates"
OPEN, ACCOUNTS, DECIDED = "open", "accounts", "decided"
SHOWS: Final = (OPEN, ACCOUNTS, DECIDED)
_SETTING: Final = "duplicates_run"


class RunNote(msgspec.Struct, frozen=True):
    """What the latest run did. ``left_out`` counts likely pairs by the reason why they are not in the queue."""

    at_us: int
    seconds: float
    customers: int
    compared: int
    found: int
    largest_group: int
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of a pair: its customer, and what they told by column. ``profile`` None: nobody has this handle any more."""

    profile: Profile | None
    told: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCard:
    """A pair as the queue shows it. ``joined``: the two are one customer by now."""

    suggestion: Suggestion
    left: Side
    right: Side
    joined: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A page of the queue. ``counts`` by what can be shown; ``at`` is the card where the reader goes on."""

    cards: tuple[PairCard, ...]
    show: str
    total: int
    counts: Mapping[str, int]
    page: int
    at: int
    run: RunNote | None
    chore: Chore | None
    installed: bool


def read_queue(visit: Visit, *, page: int) -> Queue:
    """Read a page of the queue, or of what was decided."""
    kept = visit.heartline.stores.kept
    show = visit.query.get("show", OPEN)
    show = show if show in SHOWS else OPEN
    counts = {
        OPEN: kept.count_suggestions(SuggestionStatus.OPEN, over_limit=False),
        ACCOUNTS: kept.count_suggestions(SuggestionStatus.OPEN, over_limit=True),
        DECIDED: kept.count_suggestions(SuggestionStatus.CONFIRMED)
        + kept.count_suggestions(SuggestionStatus.DISMISSED),
    }
    skip = (page - 1) * PAGE
    if show == DECIDED:
        found = kept.decided_suggestions()[::-1][skip : skip + PAGE]
    else:
        found = kept.suggestions(SuggestionStatus.OPEN, limit=PAGE, skip=skip, over_limit=show == ACCOUNTS)
    return Queue(
        cards=tuple(read_cards(visit.heartline, found)),
        show=show,
        total=counts[show],
        counts=counts,
        page=page,
        at=visit.number("at", 1, low=1, high=PAGE),
        run=read_run(visit.heartline),
        chore=find_chore(visit.heartline, CHORE),
        installed=is_matching_installed(),
    )


def read_cards(heartline: Heartline, found: Sequence[Suggestion]) -> list[PairCard]:
    """Read both sides of pairs."""
    derived = heartline.stores.derived
    owners = derived.owners_of_handles({handle for pair in found for handle in (pair.left, pair.right)})
    profiles = derived.profiles(set(owners.values()))

    def side(handle: str) -> Side:
        profile = profiles.get(owners[handle]) if handle in owners else None
        return Side(profile=profile, told={} if profile is None else tell_person(profile))

    return [
        PairCard(
            suggestion=pair,
            left=side(pair.left),
            right=side(pair.right),
            joined=owners.get(pair.left, -1) == owners.get(pair.right, -2),
        )
        for pair in found
    ]


def read_run(heartline: Heartline) -> RunNote | None:
    """Return what the latest run did."""
    text = heartline.stores.kept.setting(_SETTING)
    return None if text is None else msgspec.json.decode(text, type=RunNote)


def begin_run(visit: Visit) -> None:
    """Compare all customers in the background.

    Raises:
        Conflict: a run is under way.
    """
    heartline = visit.heartline

    def work(chore: Chore) -> None:
        chore.outcome = run_matching(heartline)

    begin_chore(heartline, CHORE, work)
    visit.note("duplicates.sought")


def run_matching(heartline: Heartline) -> RunNote:
    """Compare all customers and renew the queue.

    Raises:
        Unavailable: matching is not installed; the hint says how to install it.
    """
    began, stores = time.monotonic(), heartline.stores
    rules = rules_from(stores.derived.identity_facts())
    region = heartline.workspace.phone_region or None
    found = find_suggestions(stores.derived, stores.kept, SplinkMatcher(), rules=rules, region=region)
    at_us = now_us()
    stores.kept.renew_suggestions(found.found, at_us=at_us)
    note = RunNote(
        at_us=at_us,
        seconds=round(time.monotonic() - began, 1),
        customers=found.matched.records,
        compared=found.matched.compared,
        found=len(found.found),
        largest_group=found.matched.largest_group,
        left_out={reason.value: count for reason, count in found.left_out.items()},
    )
    stores.kept.set_setting(_SETTING, msgspec.json.encode(note).decode())
    return note


def decide_pair(visit: Visit, suggestion_id: int) -> str:
    """Do what was posted: confirm, dismiss, or take a decision back; return what was done, for the notice.

    Raises:
        Invalid: what was posted is no decision.
        Conflict: somebody decided before.
        Missing: the pair is no longer suggested.
    """
    act = visit.field("act")
    match act:
        case "confirm":
            _confirm(visit, suggestion_id)
            done = _("They are one customer now. You can take that back under “Decided”.")
        case "dismiss":
            _decide(visit, suggestion_id, SuggestionStatus.DISMISSED)
            done = _("Kept apart. The pair comes back only if what is known of them changes.")
        case "reopen":
            _reopen(visit, suggestion_id)
            done = _("Taken back: the pair is in the queue again.")
        case _:
            raise Invalid("bad_decision", _("A pair is confirmed, dismissed or taken back."), _("Use the buttons."))
    visit.note(f"duplicates.{act}", str(suggestion_id))
    return done


def _decide(visit: Visit, suggestion_id: int, status: SuggestionStatus) -> Suggestion:
    who = visit.require_user().name
    return visit.heartline.stores.kept.decide_suggestion(suggestion_id, status, by=who, at_us=visit.now_us)


def _confirm(visit: Visit, suggestion_id: int) -> None:
    """Say it in the journal. Deciding first makes sure that of two who confirm at once one is told so."""
    pair = _decide(visit, suggestion_id, SuggestionStatus.CONFIRMED)
    by = visit.require_user().email
    try:
        visit.heartline.act(
            Link(left=pair.left, right=pair.right, over_limit=pair.over_limit, by=by, at_us=visit.now_us)
        )
    except HeartlineError:
        _decide(visit, suggestion_id, SuggestionStatus.OPEN)
        raise


def _reopen(visit: Visit, suggestion_id: int) -> None:
    was = visit.heartline.stores.kept.suggestion(suggestion_id)
    _decide(visit, suggestion_id, SuggestionStatus.OPEN)
    if was.status is SuggestionStatus.CONFIRMED:
        by = visit.require_user().email
        visit.heartline.act(Unlink(left=was.left, right=was.right, by=by, at_us=visit.now_us))
