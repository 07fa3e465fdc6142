"""Who is who: changes of a customer's identity with their outlook, and ``/data/identity``, what the rules hold back."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Right
from heartline.web.answers import Answer, page, redirect
from heartline.web.identity import (
    ask_change,
    ask_join,
    block_value,
    decide_mark,
    make_change,
    make_join,
    set_trait,
    want_reason,
)
from heartline.web.lives import find_profile
from heartline.web.pages.violations import draw_guarded
from heartline.web.violations import read_guarded, read_rules
from heartline.web.visit import Visit

_CHANGE: Final = {"right": Right.CHANGE_CUSTOMERS}


@get("/customers/{ref:str}/identity", opt=_CHANGE, sync_to_thread=True)
def show_change(visit: Visit, ref: str) -> Answer:
    """Show what a change would make of a customer."""
    return ask_change(visit, find_profile(visit.heartline, ref), visit.query)


@post("/customers/{ref:str}/identity", opt=_CHANGE, sync_to_thread=True)
def change_identity(visit: Visit, ref: str) -> Answer:
    """Make the change, if a reason was given."""
    return make_change(visit, find_profile(visit.heartline, ref))


@get("/customers/{ref:str}/join", opt=_CHANGE, sync_to_thread=True)
def show_join(visit: Visit, ref: str) -> Answer:
    """Find the other one, and show what the two would be."""
    return ask_join(visit, find_profile(visit.heartline, ref), other=visit.query.get("other", ""))


@post("/customers/{ref:str}/join", opt=_CHANGE, sync_to_thread=True)
def join_customers(visit: Visit, ref: str) -> Answer:
    """Make two customers one, if a reason was given and no rule stands in the way."""
    return make_join(visit, find_profile(visit.heartline, ref))


@post("/customers/{ref:str}/traits", opt=_CHANGE, sync_to_thread=True)
def change_trait(visit: Visit, ref: str) -> Answer:
    """Put what is known of a customer right."""
    profile = find_profile(visit.heartline, ref)
    done = set_trait(visit, profile)
    return redirect(visit, visit.plain_view.url(f"/customers/{profile.ref}"), notice=done)


@get("/data/identity", opt=_CHANGE, sync_to_thread=True)
def show_guarded(visit: Visit) -> Answer:
    """Show what the rules hold back."""
    return page(
        visit, draw_guarded(visit.plain_view, read_guarded(visit.heartline)), title=_("Who is who"), controls=False
    )


@post("/data/identity/marks", opt=_CHANGE, sync_to_thread=True)
def change_mark(visit: Visit) -> Answer:
    """Let an identifier link again, or block it."""
    return redirect(visit, "/data/identity", notice=decide_mark(visit))


@post("/data/identity/blocked", opt=_CHANGE, sync_to_thread=True)
def block_one(visit: Visit) -> Answer:
    """Say of a value that it stands for nobody."""
    try:
        block_value(visit)
    except Invalid as error:
        body = draw_guarded(visit.plain_view, read_guarded(visit.heartline), problem=error.message, form="block")
        return page(visit, body, title=_("Who is who"), controls=False, status=400)
    return redirect(visit, "/data/identity", notice=_("It stands for nobody from now on."))


@post("/data/identity/rules", opt={"right": Right.CHANGE_WORKSPACE}, sync_to_thread=True)
def change_rules(visit: Visit) -> Answer:
    """Change limits and quarantine."""
    form, by = {name: visit.field(name) for name in visit.form}, visit.require_user().email
    try:
        act = read_rules(form, by=by, now_us=visit.now_us, reason=want_reason(visit))
    except Invalid as error:
        body = draw_guarded(visit.plain_view, read_guarded(visit.heartline), problem=f"{error}", form="rules")
        return page(visit, body, title=_("Who is who"), controls=False, status=400)
    visit.heartline.act(act)
    visit.note("identity.rules", f"{act.limits}, quarantine over {act.quarantine_over}: {act.reason}")
    return redirect(visit, "/data/identity", notice=_("The rules hold from now on, also for what came before."))


routes: Final[list[HTTPRouteHandler]] = [
    show_change,
    change_identity,
    show_join,
    join_customers,
    change_trait,
    show_guarded,
    change_mark,
    block_one,
    change_rules,
]
