"""Where it hurts: the list, one pain, and the touches behind a figure."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from heartline.records import Right
from heartline.web.api.asking import LENS
from heartline.web.api.positions import PAGING, Paging
from heartline.web.api.problems import PROBLEMS
from heartline.web.api.shapes.answers import tell_line
from heartline.web.api.shapes.pains import Pains, PainTold, PainTouches, tell_pain, tell_pains
from heartline.web.paining import find_behind, read_pains, read_touches, require_pain
from heartline.web.visit import Visit

WAIT_S: Final = 1.0
"""How long a call waits for a list that is not known yet."""

ask = partial(get, tags=["Pains"], responses=PROBLEMS, sync_to_thread=True)

OfAsked = Annotated[
    str,
    QueryParameter(
        name="of",
        pattern=r"^(touched|\d{1,2})?\Z",
        description="touched (in the last 91 days), or the place of a sign, from 0.",
    ),
]


@ask("/pains", opt={"right": Right.SEE_FIGURES}, summary="Where it hurts", dependencies=LENS)
def list_pains(lens: Visit) -> Pains:
    """List what hurts, the costliest first, with contradictions and what was let go; changes of a year, whatever the
    range.
    """
    return tell_pains(read_pains(lens, wait_s=WAIT_S), currency=lens.heartline.workspace.currency)


@ask("/pains/{key:str}", opt={"right": Right.SEE_FIGURES}, summary="One pain", dependencies=LENS)
def show_pain(lens: Visit, key: str) -> PainTold:
    """Show one pain with its signs and what it costs."""
    _found, place, pain = require_pain(lens, key)
    return tell_pain(pain, place + 1)


@ask(
    "/pains/{key:str}/touches",
    opt={"right": Right.SEE_CUSTOMERS},
    summary="The touches behind a pain",
    dependencies={**LENS, **PAGING},
)
def list_touches(lens: Visit, key: str, paging: Paging, of: OfAsked = "touched") -> PainTouches:
    """List the touches behind a figure, newest first: exactly those it counts."""
    log, behind = lens.whole_log, find_behind(lens, key, of or "touched")
    rows = behind.rows
    shown, onward = paging.slip(rows, (-log.ts_us[rows], -log.seq[rows]), order="pain touches")
    return PainTouches(
        total=len(rows),
        customers=behind.customers,
        items=[tell_line(line) for line in read_touches(lens, behind, shown)],
        next=onward,
    )


routes: Final[list[HTTPRouteHandler]] = [list_pains, show_pain, list_touches]
