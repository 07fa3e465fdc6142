"""Possible duplicates: listed, sought, confirmed, dismissed, taken back; identifiers and values that link nobody."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final, Literal

from litestar import get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from heartline.records import Right
from heartline.web.api.asking import ask_anew
from heartline.web.api.doubles import decide_pair_asked, list_pairs
from heartline.web.api.positions import PAGING, Paging
from heartline.web.api.problems import PROBLEMS
from heartline.web.api.shapes.duplicates import MarkChange, PairDecision, PairListed, PairPage, ValueBlocked
from heartline.web.api.shapes.identity import IdentityHeld, tell_guarded
from heartline.web.duplicates import begin_run
from heartline.web.identity import block_value, decide_mark
from heartline.web.violations import read_guarded
from heartline.web.visit import Visit

_OPT: Final = {"right": Right.CHANGE_CUSTOMERS}
see = partial(get, tags=["Identity"], opt=_OPT, responses=PROBLEMS, sync_to_thread=True)
do = partial(post, tags=["Identity"], opt=_OPT, responses=PROBLEMS, sync_to_thread=True)
decide_one = partial(patch, tags=["Identity"], opt=_OPT, responses=PROBLEMS, sync_to_thread=True)

ShowAsked = Annotated[
    Literal["open", "accounts", "decided"],
    QueryParameter(name="show", description="Which: the open pairs, open ones with two accounts, or the decided ones."),
]


@see("/duplicates", summary="List possible duplicates", dependencies=PAGING)
def list_duplicates(visit: Visit, paging: Paging, show: ShowAsked = "open") -> PairPage:
    """List pairs of customers that may be one, the surest first, or what was decided, the latest first."""
    return list_pairs(visit, paging, show=show)


@do("/duplicates/run", status_code=202, summary="Compare all customers")
def seek_duplicates(visit: Visit) -> PairPage:
    """Begin to compare all customers in the background and renew the list; refused while that is under way."""
    begin_run(visit)
    return list_pairs(visit, Paging(limit=1, after=""), show="open")


@decide_one("/duplicates/{suggestion_id:int}", summary="Decide about a pair")
def decide_duplicate(visit: Visit, suggestion_id: int, data: PairDecision) -> PairListed:
    """Confirm a pair, dismiss it, or take that back. Whoever decides second is refused."""
    return decide_pair_asked(visit, suggestion_id, data.decision)


@do("/identity/marks", status_code=200, summary="Free or block an identifier")
def change_mark(visit: Visit, data: MarkChange) -> IdentityHeld:
    """Let an identifier link again, or say that it stands for nobody. A repeat changes nothing more."""
    decide_mark(ask_anew(visit, form={"handle": data.handle, "do": data.do, "reason": data.reason}))
    return tell_guarded(read_guarded(visit.heartline))


@do("/identity/blocked", status_code=200, summary="Block a value")
def block_one(visit: Visit, data: ValueBlocked) -> IdentityHeld:
    """Say of a value, met or not, that it stands for nobody. A repeat changes nothing more."""
    block_value(ask_anew(visit, form={"kind": data.kind.value, "value": data.value, "reason": data.reason}))
    return tell_guarded(read_guarded(visit.heartline))


routes: Final[list[HTTPRouteHandler]] = [
    list_duplicates,
    seek_duplicates,
    decide_duplicate,
    change_mark,
    block_one,
]
