"""``/account``: each reader's own page, their password, second factor, sessions and tokens."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import HeartlineError, Invalid, NotAllowed, Unavailable
from heartline.language import LANGUAGES, _
from heartline.records import Right
from heartline.web.admission import confirm_password, welcome
from heartline.web.answers import Answer, page, redirect, status_of
from heartline.web.map_talk import list_mentions
from heartline.web.pages.account import draw_account, draw_recovery, draw_second, draw_sessions
from heartline.web.pages.tokens import draw_token, draw_tokens
from heartline.web.passwords import check_password, hash_password, is_unset
from heartline.web.praise import list_praise
from heartline.web.second import (
    address_factor,
    begin_factor,
    confirm_factor,
    prove_second,
    renew_recovery,
)
from heartline.web.sessions import BY_PASSWORD, find_own_session, list_sessions
from heartline.web.tokens import find_own_token, list_places, make_token, read_token_form, read_tokens
from heartline.web.visit import Visit
from heartline.web.ways_in import demands_second

_OWN: Final = {"wrong_password": "current"}
_OPT: Final = {"right": Right.SIGN_IN}


def _say_crumbs() -> tuple[tuple[str, str], ...]:
    return (("/account", _("You")), ("", _("Second factor")))


@get("/account", opt=_OPT, sync_to_thread=True)
def show_account(visit: Visit) -> Answer:
    """Show the reader's own page."""
    return account_page(visit)


def account_page(visit: Visit, problem: tuple[str, str] = ("", "")) -> Answer:
    """Compose it, with what was wrong."""
    places = visit.session.places if visit.session and visit.bounds.narrow else None
    me, first = visit.require_user(), has_none(visit)
    told = draw_account(
        visit.plain_view,
        me,
        places=places,
        mentions=list_mentions(visit),
        praise=list_praise(visit),
        first=first,
        problem=problem,
    )
    return page(visit, told, title=_("You"), controls=False, status=400 if problem[1] else 200)


def has_none(visit: Visit) -> bool:
    """Whether the reader came in by a link and has no password yet."""
    known = visit.heartline.stores.kept.user_by_email(visit.require_user().email)
    return known is not None and is_unset(known[1])


@post("/account/password", opt=_OPT, sync_to_thread=True)
def change_password(visit: Visit) -> Answer:
    """Change the reader's password, ending all other sessions."""
    me, password = visit.require_user(), visit.form.get("password", [""])[0]
    try:
        if not has_none(visit):
            confirm_password(
                visit, me.email, visit.form.get("current", [""])[0], refusal=_("This is not your password.")
            )
        check_password(password, name=me.name, email=me.email)
    except (Invalid, NotAllowed) as error:
        return account_page(visit, (_OWN.get(error.code, "password"), f"{error}"))
    visit.heartline.stores.kept.set_password(me.user_id, hash_password(password))
    visit.note("password.changed")
    return welcome(visit, me, "/account", way=BY_PASSWORD)


@post("/account/language", opt=_OPT, sync_to_thread=True)
def change_language(visit: Visit) -> Answer:
    """Change the language the reader is spoken to in; empty is the browser's."""
    wanted = visit.field("language")
    if wanted and wanted not in LANGUAGES:
        raise Invalid("bad_language", _("heartline does not speak that language."), _("Choose one of the list."))
    visit.heartline.stores.kept.set_user(visit.require_user().user_id, language=wanted)
    return redirect(visit, "/account")


@get("/account/second", opt=_OPT, sync_to_thread=True)
def show_second(visit: Visit) -> Answer:
    """Show the second factor, or how to set it up."""
    return second_page(visit)


def second_page(visit: Visit, error: HeartlineError | None = None, *, on: str = "") -> Answer:
    """Compose it, with what was wrong on which form."""
    heartline, me = visit.heartline, visit.require_user()
    guarded = heartline.stores.kept.standing(me.user_id).guarded
    secret = "" if guarded else begin_factor(heartline, me)
    body = draw_second(
        visit.plain_view,
        address=address_factor(heartline, me, secret) if secret else "",
        secret=secret,
        left=heartline.stores.kept.recovery_left(me.user_id),
        demanded=demands_second(heartline, me.role),
        problem="" if error is None else f"{error}",
        on=on,
    )
    return page(
        visit, body, title=_("Second factor"), controls=False, status=200 if error is None else status_of(error)
    )


@post("/account/second", opt=_OPT, sync_to_thread=True)
def confirm_second(visit: Visit) -> Answer:
    """Switch the second factor on by its first code; show the recovery codes once."""
    try:
        codes = confirm_factor(visit.heartline, visit.require_user(), visit.field("code"))
    except Invalid as error:
        return second_page(visit, error, on="confirm")
    visit.note("second_factor.on")
    return page(
        visit, draw_recovery(visit.plain_view, codes), title=_("Recovery codes"), crumbs=_say_crumbs(), controls=False
    )


@post("/account/second/codes", opt=_OPT, sync_to_thread=True)
def make_codes(visit: Visit) -> Answer:
    """Make new recovery codes, for a code."""
    me = visit.require_user()
    try:
        prove_second(visit, me, visit.field("code"))
    except (NotAllowed, Unavailable) as error:
        return second_page(visit, error, on="codes")
    codes = renew_recovery(visit.heartline, me)
    visit.note("second_factor.codes")
    return page(
        visit, draw_recovery(visit.plain_view, codes), title=_("Recovery codes"), crumbs=_say_crumbs(), controls=False
    )


@post("/account/second/drop", opt=_OPT, sync_to_thread=True)
def drop_second(visit: Visit) -> Answer:
    """Take the second factor away, for a code."""
    me = visit.require_user()
    try:
        prove_second(visit, me, visit.field("code"))
    except (NotAllowed, Unavailable) as error:
        return second_page(visit, error, on="drop")
    visit.heartline.stores.kept.drop_second_factor(me.user_id)
    visit.note("second_factor.off")
    return redirect(visit, "/account/second", notice=_("Your password alone opens heartline again."))


@get("/account/sessions", opt=_OPT, sync_to_thread=True)
def show_sessions(visit: Visit) -> Answer:
    """Show where the reader is signed in."""
    lines = list_sessions(visit.heartline, visit.require_user())
    current = visit.session.token_hash if visit.session else b""
    body = draw_sessions(visit.plain_view, lines, current=current, zone=visit.zone, now_us=visit.now_us)
    return page(visit, body, title=_("Sessions"), controls=False)


@post("/account/sessions", opt=_OPT, sync_to_thread=True)
def end_own_sessions(visit: Visit) -> Answer:
    """End one of the reader's sessions, or all but this one."""
    me, kept = visit.require_user(), visit.heartline.stores.kept
    if visit.field("others"):
        ended = kept.end_sessions(me.user_id, but=visit.session.token_hash if visit.session else b"")
    else:
        kept.end_session(find_own_session(visit.heartline, me, visit.field("session")).token_hash)
        ended = 1
    visit.note("sessions.ended", f"{ended} of their own")
    return redirect(visit, "/account/sessions", notice=_("Ended."))


@get("/account/tokens", opt=_OPT, sync_to_thread=True)
def show_tokens(visit: Visit) -> Answer:
    """Show the tokens of the reader's programs."""
    return tokens_page(visit)


def tokens_page(visit: Visit, problem: str = "") -> Answer:
    """Compose it, with what was wrong."""
    chosen = visit.form.get("token_right", [Right.SEE_FIGURES.value])
    body = draw_tokens(visit.plain_view, read_tokens(visit), now_us=visit.now_us, problem=problem, chosen=chosen)
    return page(visit, body, title=_("Tokens"), controls=False, status=400 if problem else 200)


@post("/account/tokens", opt=_OPT, sync_to_thread=True)
def add_token(visit: Visit) -> Answer:
    """Make a token and show it once."""
    name, rights, days = read_token_form(lambda key: visit.form.get(key, []), may=visit.rights)
    places = tuple(place for place in list_places(visit) if place in visit.form.get("token_place", []))
    try:
        token, made = make_token(
            visit.heartline, visit.require_user(), name=name, rights=rights, places=places, days=days
        )
    except Invalid as error:
        return tokens_page(visit, f"{error}")
    visit.note("token.made", f"{made.token_id} {name}: {', '.join(sorted(made.rights))}"[:500])
    body = draw_token(visit.plain_view, token, made)
    return page(visit, body, title=_("A token"), crumbs=(("/account/tokens", _("Tokens")),), controls=False)


@post("/account/tokens/{token_id:int}/revoke", opt=_OPT, sync_to_thread=True)
def revoke_token(visit: Visit, token_id: int) -> Answer:
    """Revoke one of the reader's tokens."""
    token = find_own_token(visit.heartline, visit.require_user(), token_id)
    visit.heartline.stores.kept.drop_api_token(token_id)
    visit.note("token.revoked", f"{token_id} {token.name}")
    return redirect(visit, "/account/tokens", notice=_("{name} opens nothing any more.").format(name=token.name))


routes: Final[list[HTTPRouteHandler]] = [
    show_account,
    change_password,
    change_language,
    show_second,
    confirm_second,
    make_codes,
    drop_second,
    show_sessions,
    end_own_sessions,
    show_tokens,
    add_token,
    revoke_token,
]
