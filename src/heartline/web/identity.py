"""Changes of identity on their way: shown with their outlook, made with a reason, noted in the audit."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from msgspec.structs import replace

from heartline.errors import Conflict, Invalid, Missing
from heartline.language import _
from heartline.records import Block, Profile, SetTraits, Unblock
from heartline.unify import Change
from heartline.web.answers import Answer, page, redirect
from heartline.web.kinship import choose_first
from heartline.web.lives import find_profile
from heartline.web.outlooks import own_identifiers, propose_link, read_change, read_outlook
from heartline.web.pages.identity import LOOKS_LIMITED, draw_change, draw_join, draw_search
from heartline.web.violations import read_block
from heartline.web.visit import Visit

_ASKED = ("do", "one", "two", "act")
_FOUND = 20
_LONGEST = 300


def want_reason(visit: Visit) -> str:
    """Return why somebody decided.

    Raises:
        Invalid: they do not say.
    """
    reason = " ".join(visit.field("reason").split())[:_LONGEST]
    if not reason:
        raise Invalid("no_reason", _("Say why."), _("A few words are enough: your colleagues read them."))
    return reason


def ask_change(
    visit: Visit, profile: Profile, given: Mapping[str, str], *, problem: str = "", status: int = 200
) -> Answer:
    """Answer with what a change would make of a customer."""
    asked = {name: given[name] for name in _ASKED if given.get(name)}
    act = read_change(visit.heartline, profile, asked, by=visit.require_user().email, now_us=visit.now_us)
    outlook = read_outlook(visit.heartline, act, about=[profile])
    body = draw_change(visit.plain_view, profile, outlook, list(asked.items()), problem=problem)
    return page(visit, body, title=_("Who is who"), crumbs=_crumbs(profile), controls=False, status=status)


def make_change(visit: Visit, profile: Profile) -> Answer:
    """Make a change of a customer's identity, or show it again where no reason is given."""
    asked = {name: visit.field(name) for name in _ASKED if visit.field(name)}
    try:
        asked["reason"] = want_reason(visit)
    except Invalid as error:
        return ask_change(visit, profile, asked, problem=f"{error}", status=400)
    act = read_change(visit.heartline, profile, asked, by=visit.require_user().email, now_us=visit.now_us)
    decide(visit, act, about=profile.ref)
    return redirect(visit, visit.plain_view.url(f"/customers/{profile.ref}") + "#identity", notice=_("It is done."))


def decide(visit: Visit, act: Change, *, about: str) -> None:
    """Let an act happen, and note who decided it and why."""
    visit.heartline.act(act)
    visit.note(f"identity.{type(act).__name__.lower()}", f"{about}: {act.reason}")


def ask_join(
    visit: Visit, profile: Profile, *, other: str, problem: str = "", over_limit: bool = False, status: int = 200
) -> Answer:
    """Answer with a search for the other customer, or with what the two would be."""
    view, by = visit.plain_view, visit.require_user().email
    try:
        second = find_profile(visit.heartline, other) if other else None
        if second is not None:
            act = propose_link(
                visit.heartline, profile, second, by=by, now_us=visit.now_us, reason="", over_limit=over_limit
            )
            outlook = read_outlook(visit.heartline, act, about=[profile, second])
            if outlook.barred in LOOKS_LIMITED:
                # What they would be all the same, beside the rule that has to be set aside for it.
                freed = read_outlook(visit.heartline, replace(act, over_limit=True), about=[profile, second])
                outlook = dataclasses.replace(freed, barred=outlook.barred)
            body = draw_join(view, profile, second, outlook, problem=problem, over_limit=over_limit)
            return page(visit, body, title=_("Who is who"), crumbs=_crumbs(profile), controls=False, status=status)
    except (Invalid, Missing) as error:
        problem, status = f"{error}", 400
    text = " ".join(visit.query.get("q", "").split())
    found = visit.heartline.stores.derived.search(text, limit=_FOUND) if text else []
    body = draw_search(view, profile, text=text, found=found, problem=problem)
    return page(visit, body, title=_("Who is who"), crumbs=_crumbs(profile), controls=False, status=status)


def make_join(visit: Visit, profile: Profile) -> Answer:
    """Make two customers one, or show the outlook again with what stands in the way."""
    ref, over_limit = visit.field("other"), visit.field("over_limit") == "1"
    try:
        link_customers(
            visit, profile, find_profile(visit.heartline, ref), reason=want_reason(visit), over_limit=over_limit
        )
    except (Invalid, Conflict) as error:
        status = 409 if isinstance(error, Conflict) else 400
        return ask_join(visit, profile, other=ref, problem=f"{error}", over_limit=over_limit, status=status)
    present = find_profile(visit.heartline, profile.ref)
    return redirect(
        visit, visit.plain_view.url(f"/customers/{present.ref}") + "#identity", notice=_("They are one now.")
    )


def link_customers(visit: Visit, left: Profile, right: Profile, *, reason: str, over_limit: bool) -> None:
    """Make two customers one.

    Raises:
        Conflict: a rule keeps them apart; nothing was decided.
        Invalid: they are one already.
    """
    act = propose_link(
        visit.heartline,
        left,
        right,
        by=visit.require_user().email,
        now_us=visit.now_us,
        reason=reason,
        over_limit=over_limit,
    )
    barred = read_outlook(visit.heartline, act, about=[left, right]).barred
    if barred is not None:
        hint = (
            _("Tick “Join them all the same”.")
            if barred in LOOKS_LIMITED
            else _("Take back what keeps them apart first.")
        )
        raise Conflict("kept_apart", _("A rule keeps them apart."), hint)
    decide(visit, act, about=f"{left.ref}, {right.ref}")


def set_trait(visit: Visit, profile: Profile) -> str:
    """Keep a trait as staff say it; without a value it is removed. Returns what to say about it.

    Raises:
        Invalid: it has no name.
    """
    name = " ".join(visit.field("name").split())[:100]
    if not name:
        raise Invalid("no_name", _("A name is missing."), _("Say which trait it is."))
    value = visit.field("value")[:400] or None
    handle = choose_first(own_identifiers(visit.heartline, profile.customer_id)).handle
    act = SetTraits(
        handle=handle,
        traits={name: value},
        by=visit.require_user().email,
        at_us=visit.now_us,
        reason=" ".join(visit.field("reason").split())[:_LONGEST],
    )
    visit.heartline.act(act)
    visit.note("identity.settraits", f"{profile.ref}: {name}")
    return _("Kept: your word counts from now on.") if value is not None else _("Removed.")


def decide_mark(visit: Visit) -> str:
    """Let an identifier link again, or block it; returns what to say about it.

    Raises:
        Invalid: no reason is given, or it is no handle.
    """
    handle, reason, by = visit.field("handle"), want_reason(visit), visit.require_user().email
    if len(handle) != 32 or handle.strip("0123456789abcdef"):
        raise Invalid("no_handle", _("This is no identifier."), _("Choose one of the list."))
    kind = Unblock if visit.field("do") == "free" else Block
    decide(visit, kind(handle=handle, by=by, at_us=visit.now_us, reason=reason), about=handle)
    return _("It links again.") if kind is Unblock else _("It stands for nobody from now on.")


def block_value(visit: Visit) -> None:
    """Say of a value that it stands for nobody, whether it was met yet or not.

    Raises:
        Invalid: no reason is given, the kind is none, or the value is refused everywhere already.
    """
    kind, value, by = visit.field("kind"), visit.field("value"), visit.require_user().email
    act = read_block(visit.heartline, kind, value, by=by, now_us=visit.now_us, reason=want_reason(visit))
    visit.heartline.act(act)
    visit.note("identity.blocked", f"{act.handle}: {act.reason}")


def _crumbs(profile: Profile) -> tuple[tuple[str, str], ...]:
    return (("/customers", _("Customers")), (f"/customers/{profile.ref}", profile.title))
