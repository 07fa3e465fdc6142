"""Data: sources, arrivals, what was refused, imports, the account."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from heartline.errors import Missing
from heartline.records import Right
from heartline.web.api.positions import PAGING, LimitAsked, Paging, write_position
from heartline.web.api.problems import PROBLEMS
from heartline.web.api.shapes.data import (
    AccountTold,
    Arrived,
    ImportListed,
    ImportPage,
    RefusedPage,
    SourceListed,
    tell_account,
    tell_arrival,
    tell_import,
    tell_refused,
    tell_source,
)
from heartline.web.desk import Desk
from heartline.web.sources import count_sources, find_source, read_arrivals, read_ledger
from heartline.web.visit import Visit

ask = partial(get, tags=["Data"], responses=PROBLEMS, sync_to_thread=True)
ARRIVALS: Final = {"right": Right.SEE_ARRIVALS}
IMPORTS: Final = {"right": Right.IMPORT}
SOURCES: Final = {"right": Right.MANAGE_SOURCES}

SourceAsked = Annotated[
    int, QueryParameter(name="source", ge=0, le=2**63 - 1, description="Only of this source; 0: of all.")
]


@ask("/sources", opt=ARRIVALS, summary="List sources")
def list_sources(visit: Visit) -> list[SourceListed]:
    """List the sources with their share of the account. Their keys are not told."""
    return [tell_source(counted) for counted in count_sources(visit.heartline)]


@ask("/sources/{source_id:int}", opt=ARRIVALS, summary="Show a source")
def show_source(visit: Visit, source_id: int) -> SourceListed:
    """Show a source with its share of the account."""
    found = find_source(visit.heartline, source_id)
    return next(tell_source(one) for one in count_sources(visit.heartline) if one.source == found)


@ask("/arrivals", opt=ARRIVALS, summary="What arrived last")
def list_arrivals(visit: Visit, limit: LimitAsked = 50, source: SourceAsked = 0) -> list[Arrived]:
    """List what arrived last, newest first."""
    found = read_arrivals(visit.heartline, limit=limit, source_id=source or None)
    return [tell_arrival(arrival) for arrival in found]


@ask("/refused", opt=SOURCES, summary="What was refused", dependencies=PAGING)
def list_refused(visit: Visit, paging: Paging) -> RefusedPage:
    """List events that were not kept, newest first, each with its reason and what was sent."""
    begin = paging.read("refused", 1)
    before = None if begin is None else int(begin[0])
    found = visit.heartline.stores.derived.refused(limit=paging.limit + 1, before_seq=before)
    shown = found[: paging.limit]
    onward = write_position("refused", (shown[-1].seq,)) if len(found) > len(shown) else None
    return RefusedPage(items=[tell_refused(refused) for refused in shown], next=onward)


@ask("/imports", opt=IMPORTS, summary="List imports", dependencies=PAGING)
def list_imports(visit: Visit, paging: Paging) -> ImportPage:
    """List imports, newest first, with how far each is."""
    found = sorted(Desk(visit.heartline).imports(), key=lambda pair: -pair[0].import_id)
    shown, onward = paging.cut(found, lambda pair: (-pair[0].import_id,), order="imports", width=1)
    items = [tell_import(job, under_way=under_way) for job, under_way in shown]
    return ImportPage(total=len(found), items=items, next=onward)


@ask("/imports/{import_id:int}", opt=IMPORTS, summary="Show an import")
def show_import(visit: Visit, import_id: int) -> ImportListed:
    """Show how far an import is, or what it did."""
    for job, under_way in Desk(visit.heartline).imports():
        if job.import_id == import_id:
            return tell_import(job, under_way=under_way)
    raise Missing("no_import", "There is no import of this number.", "See GET /imports.")


@ask("/account", opt=ARRIVALS, summary="Where every event is")
def show_account(visit: Visit) -> AccountTold:
    """Show the account, read at one moment: every event is in exactly one of its terms."""
    return tell_account(read_ledger(visit.heartline))


routes: Final[list[HTTPRouteHandler]] = [
    list_sources,
    show_source,
    list_arrivals,
    list_refused,
    list_imports,
    show_import,
    show_account,
]
