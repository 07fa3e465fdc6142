"""Customers: the list and its search, one customer with the evidence behind them, and what happened."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final, Literal

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from heartline.act import is_open
from heartline.records import Right
from heartline.web.api.asking import LENS
from heartline.web.api.positions import PAGING, Paging
from heartline.web.api.problems import PROBLEMS
from heartline.web.api.rows import list_people, search_people
from heartline.web.api.shapes.customers import (
    CustomerKnown,
    CustomerPage,
    Timeline,
    tell_customer,
    tell_happened,
)
from heartline.web.kinship import read_kinship
from heartline.web.lives import KINDS, READ, Asked, cases_of, find_profile, find_stations, read_entries
from heartline.web.visit import Visit

ask = partial(get, tags=["Customers"], opt={"right": Right.SEE_CUSTOMERS}, responses=PROBLEMS, sync_to_thread=True)

SearchAsked = Annotated[
    str,
    QueryParameter(
        name="q",
        max_length=400,
        description="A name, or any identifier however it is written; then range and filter do not count.",
    ),
]
ListAsked = Annotated[
    Literal["unhappy", "latest"],
    QueryParameter(name="list", description="Without a search: whose last score was low, or everybody by last touch."),
]
ChannelAsked = Annotated[str, QueryParameter(name="channel", max_length=100, description="Only through this channel.")]
KindAsked = Annotated[
    str,
    QueryParameter(
        name="kind",
        pattern=rf"^({'|'.join(KINDS)})?\Z",
        description="said (with words), scored, paid, or told (of themselves); without it everything.",
    ),
]


@ask("/customers", summary="List or find customers", dependencies={**LENS, **PAGING})
def list_customers(lens: Visit, paging: Paging, q: SearchAsked = "", list_: ListAsked = "unhappy") -> CustomerPage:
    """List the customers a search finds; without one those whose last score was low, or everybody by last touch."""
    if q.strip():
        return search_people(lens, paging, q)
    return list_people(lens, paging, order=list_)


@ask("/customers/{ref:str}", summary="Show a customer")
def show_customer(visit: Visit, ref: str) -> CustomerKnown:
    """Show a customer, the identifiers they are known by and the evidence that ties these together. An earlier id leads
    to the customer it belongs to now.
    """
    heartline, profile = visit.heartline, find_profile(visit.heartline, ref)
    cases = cases_of(heartline, profile.customer_id)
    visit.note_seen("customer.seen", profile.ref)
    return tell_customer(
        profile,
        read_kinship(heartline, profile.customer_id),
        find_stations(heartline, visit.whole_log, profile.customer_id, now_us=visit.now_us),
        open_cases=[case.case_id for case in cases if is_open(case)],
        closed=[case.case_id for case in cases if not is_open(case)],
    )


@ask("/customers/{ref:str}/timeline", summary="What happened to a customer", dependencies=PAGING)
def list_happened(visit: Visit, paging: Paging, ref: str, channel: ChannelAsked = "", kind: KindAsked = "") -> Timeline:
    """List what happened to a customer, newest first."""
    profile = find_profile(visit.heartline, ref)
    visit.note_seen("customer.seen", profile.ref)
    entries = read_entries(visit.heartline, profile.customer_id)
    wanted = Asked(channel=channel, kind=kind)
    fitting = [entry for entry in entries[:READ] if wanted.fits(entry)]
    shown, onward = paging.cut(fitting, lambda entry: (-entry.ts_us, -entry.seq), order="timeline", width=2)
    visit.note_seen("customer.seen", profile.ref)
    items = [tell_happened(entry) for entry in shown]
    return Timeline(total=len(fitting), more=len(entries) > READ, items=items, next=onward)


routes: Final[list[HTTPRouteHandler]] = [list_customers, show_customer, list_happened]
