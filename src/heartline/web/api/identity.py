"""Changes of identity by call: the same acts as the pages', with the same reasons and refusals."""

from __future__ import annotations

from heartline.errors import Conflict, Invalid
from heartline.records import SetIdentityRules, SetTraits
from heartline.unify import Change
from heartline.web.api.shapes.identity import IdentityChange, IdentityOutcome, RulesChange, TraitsChange, tell_outlook
from heartline.web.identity import decide
from heartline.web.kinship import choose_first
from heartline.web.lives import find_profile
from heartline.web.outlooks import own_identifiers, propose_link, read_change, read_outlook
from heartline.web.violations import LIMITED
from heartline.web.visit import Visit


def change_asked(visit: Visit, ref: str, asked: IdentityChange) -> IdentityOutcome:
    """Make a change, or say what it would make.

    Raises:
        Invalid: no reason is given, or it names nothing of theirs.
        Missing: there is no such customer or decision.
        Conflict: a rule keeps the two apart, or the decision was taken back already.
    """
    heartline, by, reason = visit.heartline, visit.require_user().email, " ".join(asked.reason.split())
    profile = find_profile(heartline, ref)
    about, act = [profile], None
    if asked.do == "join":
        about.append(find_profile(heartline, asked.other))
        act = propose_link(heartline, *about, by=by, now_us=visit.now_us, reason=reason, over_limit=asked.over_limit)
    given = {"do": asked.do, "one": asked.one, "two": asked.two, "act": str(asked.act), "reason": reason}
    change: Change = act or read_change(heartline, profile, given, by=by, now_us=visit.now_us)
    outlook = read_outlook(heartline, change, about=about)
    if asked.dry:
        return tell_outlook(outlook, ref=profile.ref, done=False)
    _want(reason)
    if outlook.barred is not None:
        raise Conflict("kept_apart", f"A rule keeps them apart: {outlook.barred.value}.", "Nothing was changed.")
    decide(visit, change, about=profile.ref)
    return tell_outlook(outlook, ref=find_profile(heartline, profile.ref).ref, done=True)


def keep_traits(visit: Visit, ref: str, asked: TraitsChange) -> None:
    """Keep what staff say of a customer.

    Raises:
        Missing: there is no such customer.
    """
    profile = find_profile(visit.heartline, ref)
    handle = choose_first(own_identifiers(visit.heartline, profile.customer_id)).handle
    by, reason = visit.require_user().email, " ".join(asked.reason.split())
    act = SetTraits(handle=handle, traits=asked.traits, by=by, at_us=visit.now_us, reason=reason)
    visit.heartline.act(act)
    visit.note("identity.settraits", f"{profile.ref}: {', '.join(asked.traits)}")


def keep_rules(visit: Visit, asked: RulesChange) -> None:
    """Keep limits and quarantine.

    Raises:
        Invalid: no reason is given.
    """
    reason = _want(" ".join(asked.reason.split()))
    limits = {kind.value: getattr(asked, kind.value) for kind in LIMITED}
    by = visit.require_user().email
    act = SetIdentityRules(
        limits=limits, quarantine_over=asked.quarantine_over, by=by, at_us=visit.now_us, reason=reason
    )
    visit.heartline.act(act)
    visit.note("identity.rules", f"{limits}, quarantine over {asked.quarantine_over}: {reason}")


def _want(reason: str) -> str:
    if not reason:
        raise Invalid("no_reason", "Say why.", "A few words are enough: your colleagues read them.")
    return reason
