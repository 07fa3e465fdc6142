"""Who is who: what was decided, a change with its outlook, traits put right, and what the identity rules hold back."""

from __future__ import annotations

from functools import partial
from typing import Final

from litestar import get, patch, post, put
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.api.identity import change_asked, keep_rules, keep_traits
from heartline.web.api.problems import PROBLEMS
from heartline.web.api.shapes.identity import (
    DecisionList,
    IdentityChange,
    IdentityHeld,
    IdentityOutcome,
    RulesChange,
    TraitsChange,
    tell_decided,
    tell_guarded,
    tell_handled,
)
from heartline.web.decisions import read_decisions
from heartline.web.lives import find_profile
from heartline.web.outlooks import own_identifiers
from heartline.web.violations import read_guarded
from heartline.web.visit import Visit

_CHANGE: Final = {"right": Right.CHANGE_CUSTOMERS}
see = partial(get, tags=["Identity"], opt=_CHANGE, responses=PROBLEMS, sync_to_thread=True)
do = partial(post, tags=["Identity"], opt=_CHANGE, responses=PROBLEMS, sync_to_thread=True, status_code=200)


@see("/customers/{ref:str}/identity", summary="What was decided about a customer")
def list_decisions(visit: Visit, ref: str) -> DecisionList:
    """List what people decided about a customer's identifiers, the latest first, with the handles that changes name."""
    return _list(visit, ref)


@do("/customers/{ref:str}/identity", summary="Change who is who")
def change_identity(visit: Visit, ref: str, data: IdentityChange) -> IdentityOutcome:
    """Part, block, free, join, or take a decision back: at once, and for what came before too. What it made, or would
    make, is told from before the change.
    """
    return change_asked(visit, ref, data)


@patch(
    "/customers/{ref:str}/traits",
    summary="Put what is known right",
    tags=["Identity"],
    opt=_CHANGE,
    responses=PROBLEMS,
    sync_to_thread=True,
)
def change_traits(visit: Visit, ref: str, data: TraitsChange) -> DecisionList:
    """Keep what staff say of a customer: it wins over what sources say."""
    keep_traits(visit, ref, data)
    return _list(visit, ref)


@see("/identity", summary="What the identity rules hold back")
def show_held(visit: Visit) -> IdentityHeld:
    """Show what is in quarantine, blocked, kept apart by a limit or larger than a person, and the rules."""
    return tell_guarded(read_guarded(visit.heartline))


@put(
    "/identity/rules",
    summary="Set the identity rules",
    tags=["Identity"],
    opt={"right": Right.CHANGE_WORKSPACE},
    responses=PROBLEMS,
    sync_to_thread=True,
)
def change_rules(visit: Visit, data: RulesChange) -> IdentityHeld:
    """Set limits and quarantine; they hold for what came before too."""
    keep_rules(visit, data)
    return tell_guarded(read_guarded(visit.heartline))


def _list(visit: Visit, ref: str) -> DecisionList:
    owned = own_identifiers(visit.heartline, find_profile(visit.heartline, ref).customer_id)
    decided = read_decisions(visit.heartline, owned)
    return DecisionList(
        identifiers=[tell_handled(known) for known in owned], items=[tell_decided(one) for one in decided]
    )


routes: Final[list[HTTPRouteHandler]] = [list_decisions, change_identity, change_traits, show_held, change_rules]
