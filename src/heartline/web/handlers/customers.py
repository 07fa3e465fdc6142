"""``/customers``: the list and its search; ``/customers/{ref}``: one life."""

from __future__ import annotations

from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.answers import Answer, redirect, whole
from heartline.web.drilldown import read_page
from heartline.web.lives import find_profile, read_asked, read_life
from heartline.web.pages.customer import customer_page
from heartline.web.pages.customers import customers_page
from heartline.web.people import LATEST, UNHAPPY, list_people, search_people
from heartline.web.visit import Visit


@get("/customers", opt={"right": Right.SEE_CUSTOMERS}, sync_to_thread=True)
def show_customers(visit: Visit) -> Answer:
    """Show whom a search finds; without one, who was unhappy last."""
    text, page = " ".join(visit.query.get("q", "").split()), read_page(visit.query)
    order = LATEST if visit.query.get("list") == LATEST else UNHAPPY
    if text:
        found = search_people(visit.heartline, visit.whole_log, text, page=page)
    else:
        found = list_people(visit.heartline, visit.whole_log, visit.log, order=order, page=page)
    return whole(visit, customers_page(visit.view, found, text=text, order=order, page=page, now_us=visit.now_us))


@get("/customers/{ref:str}", opt={"right": Right.SEE_CUSTOMERS}, sync_to_thread=True)
def show_customer(visit: Visit, ref: str) -> Answer:
    """Show a customer; an earlier ref leads on to whoever has it now."""
    profile = find_profile(visit.heartline, ref)
    if profile.ref != ref:
        return redirect(visit, visit.plain_view.url(f"/customers/{profile.ref}"))
    visit.note_seen("customer.seen", ref)
    view, asked = visit.plain_view, read_asked(visit.query)
    life = read_life(visit.heartline, visit.whole_log, profile, asked, view=view, now_us=visit.now_us)
    return whole(visit, customer_page(view, life, now_us=visit.now_us))


routes: Final[list[HTTPRouteHandler]] = [show_customers, show_customer]
