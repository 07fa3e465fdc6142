"""Signing in and out, first set-up, one-time links, the theme."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.datastructures import Cookie
from litestar.handlers import HTTPRouteHandler

from heartline.errors import HeartlineError, Invalid
from heartline.language import _, mark
from heartline.records import Right
from heartline.web.admission import (
    ask_again,
    ask_second,
    begin_oidc,
    confirm_password,
    finish_oidc,
    finish_second,
    let_in,
    make_owner,
    open_form,
    path_onward,
    read_second,
    session_cookie,
    user_of,
    welcome,
)
from heartline.web.answers import Answer, bare_page, redirect
from heartline.web.links import ENTER, PASSWORD, SETUP, find_link, spend_link
from heartline.web.pages.sign import draw_password, draw_setup, draw_sign_in
from heartline.web.passwords import check_password, hash_password
from heartline.web.sessions import BY_LINK, BY_PASSWORD, end_session
from heartline.web.visit import Visit
from heartline.web.workspaces import FIELD_OF

_YEAR_S: Final = 31_536_000
_WRONG: Final = mark("The e-mail or the password is not right.")


@get("/sign-in", opt={"open": True}, sync_to_thread=True)
def show_sign_in(visit: Visit) -> Answer:
    """Show the way in."""
    if visit.user is not None:
        return redirect(visit, "/")
    onward = path_onward(visit.query.get("next", ""))
    company = visit.shared.offers_provider
    return open_form(visit, lambda view: draw_sign_in(view, onward=onward, company=company), title=_("Sign in"))


@post("/sign-in", opt={"open": True}, sync_to_thread=True)
def sign_in(visit: Visit) -> Answer:
    """Check a password, slower for those who guess."""
    email, password = visit.field("email")[:320], visit.form.get("password", [""])[0]
    try:
        user = confirm_password(visit, email, password, refusal=_WRONG)
    except HeartlineError as error:
        return ask_again(visit, email, error)
    return let_in(visit, user, path_onward(visit.field("next")), way=BY_PASSWORD)


@get("/sign-in/second", opt={"open": True}, sync_to_thread=True)
def show_second_step(visit: Visit) -> Answer:
    """Ask for the second factor of somebody whose password was right."""
    return ask_second(visit, read_second(visit)[0])


@post("/sign-in/second", opt={"open": True}, sync_to_thread=True)
def take_second_step(visit: Visit) -> Answer:
    """Check the second factor, slower for those who guess."""
    return finish_second(visit)


@get("/sign-in/oidc", opt={"open": True}, sync_to_thread=True)
def go_to_provider(visit: Visit) -> Answer:
    """Send the browser to the company's own sign-in."""
    return begin_oidc(visit)


@get("/sign-in/oidc/back", opt={"open": True}, sync_to_thread=True)
def come_back(visit: Visit) -> Answer:
    """Let in whom the company's sign-in sent back."""
    return finish_oidc(visit)


@post("/sign-out", opt={"right": Right.SIGN_IN}, sync_to_thread=True)
def sign_out(visit: Visit) -> Answer:
    """End the session here and on the server."""
    end_session(visit.heartline, visit.session)
    answer = redirect(visit, "/sign-in")
    answer.cookies.append(session_cookie(visit, "", 0))
    answer.headers["clear-site-data"] = '"cache", "storage"'
    return answer


@get("/enter", opt={"open": True}, sync_to_thread=True)
def enter(visit: Visit) -> Answer:
    """Sign in by a one-time link. Who is signed in already is let through, so that a reload does no harm."""
    if visit.user is not None:
        return redirect(visit, "/")
    link = spend_link(visit.heartline, visit.query.get("token", ""), ENTER)
    return let_in(visit, user_of(visit, link), "/", way=BY_LINK)


@get("/setup", opt={"open": True}, sync_to_thread=True)
def show_setup(visit: Visit) -> Answer:
    """Ask who the first owner is."""
    token = visit.query.get("token", "")
    find_link(visit.heartline, token, SETUP)
    return open_form(visit, lambda view: draw_setup(view, token=token, given={}), title=_("Welcome"))


@post("/setup", opt={"open": True}, sync_to_thread=True)
def set_up(visit: Visit) -> Answer:
    """Make the first owner, once."""
    given = {name: visit.field(name) for name in ("token", "name", "email", "language", "timezone", "currency")}
    find_link(visit.heartline, given["token"], SETUP)
    try:
        owner = make_owner(visit, given)
    except Invalid as error:
        problem = (FIELD_OF.get(error.code, ""), f"{error}")
        body = draw_setup(visit.plain_view, token=given["token"], given=given, problem=problem)
        return bare_page(visit, body, title=_("Welcome"), status=400)
    return welcome(visit, owner, "/begin", way=BY_LINK)


@get("/password", opt={"open": True}, sync_to_thread=True)
def show_password(visit: Visit) -> Answer:
    """Ask for a new password, by a link."""
    token = visit.query.get("token", "")
    user = user_of(visit, find_link(visit.heartline, token, PASSWORD))
    return open_form(
        visit, lambda view: draw_password(view, token=token, email=user.email), title=_("Choose a password")
    )


@post("/password", opt={"open": True}, sync_to_thread=True)
def set_password(visit: Visit) -> Answer:
    """Keep a new password, end every session of the user, and sign in afresh."""
    token, password = visit.field("token"), visit.form.get("password", [""])[0]
    user = user_of(visit, find_link(visit.heartline, token, PASSWORD))
    try:
        check_password(password, name=user.name, email=user.email)
    except Invalid as error:
        body = draw_password(visit.plain_view, token=token, email=user.email, error=f"{error}")
        return bare_page(visit, body, title=_("Choose a password"), status=400)
    hashed = hash_password(password)
    spend_link(visit.heartline, token, PASSWORD)
    visit.heartline.stores.kept.set_password(user.user_id, hashed)
    return let_in(visit, user, "/", way=BY_LINK)


@post("/theme", opt={"right": Right.SIGN_IN}, sync_to_thread=True)
def set_theme(visit: Visit) -> Answer:
    """Keep light, dark or the system's own for this browser."""
    theme = visit.field("theme")
    answer = redirect(visit, path_onward(visit.field("back")))
    if theme in {"light", "dark", "system"}:
        # The shell's script changes it without a reload, so this one cookie may be read by it.
        answer.cookies.append(Cookie(key="theme", value=theme, max_age=_YEAR_S, path="/", samesite="lax"))
    return answer


routes: Final[list[HTTPRouteHandler]] = [
    show_sign_in,
    sign_in,
    show_second_step,
    take_second_step,
    go_to_provider,
    come_back,
    sign_out,
    enter,
    show_setup,
    set_up,
    show_password,
    set_password,
    set_theme,
]
