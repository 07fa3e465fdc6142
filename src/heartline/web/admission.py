"""Letting people in: fresh sessions, the forms of those not signed in, the first owner."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from htpy import Node
from litestar.datastructures import Cookie

from heartline.errors import Conflict, HeartlineError, Invalid, Missing, NotAllowed, Unavailable
from heartline.language import _
from heartline.records import Role, User
from heartline.web.answers import Answer, bare_page, redirect, status_of
from heartline.web.audits import forget_audit
from heartline.web.links import SECOND, SETUP, Link, find_link, issue_second_link, spend_link
from heartline.web.pages.sign import LANGUAGES, draw_second_step, draw_sign_in
from heartline.web.parts import View
from heartline.web.passwords import check_password, hash_password, is_password
from heartline.web.second import prove_second
from heartline.web.security import is_https
from heartline.web.sessions import BY_LINK, BY_PASSWORD, OIDC, cookie_name, end_session, start_session
from heartline.web.visit import FORM_COOKIE, Visit
from heartline.web.workspaces import check_currency, is_zone, read_person

SECOND_COOKIE: Final = "heartline_second"
OIDC_COOKIE: Final = "heartline_oidc"


def let_in(visit: Visit, user: User, onward: str, *, way: str) -> Answer:
    """Let somebody in who has shown the first thing they must: at once, or to where the second factor is asked for."""
    heartline = visit.heartline
    if not heartline.stores.kept.standing(user.user_id).guarded:
        return welcome(visit, user, onward, way=way)
    token = issue_second_link(heartline, user)
    answer = redirect(visit, "/sign-in/second" + ("" if onward == "/" else f"?next={quote(onward, safe='/')}"))
    answer.cookies.append(_cookie(visit, SECOND_COOKIE, f"{way}.{token}", 600))
    return answer


def read_second(visit: Visit) -> tuple[User, str, str]:
    """Return who has shown the first thing and by which way, and the token that says so.

    Raises:
        NotAllowed: nobody has, lately.
    """
    way, _rest, token = visit.asked.cookies.get(SECOND_COOKIE, "").partition(".")
    try:
        user = user_of(visit, find_link(visit.heartline, token, SECOND))
    except (Missing, NotAllowed):
        raise NotAllowed("signed_out", _("Sign in again."), _("The first step was too long ago.")) from None
    return user, way if way in {BY_PASSWORD, BY_LINK} else BY_LINK, token


def ask_second(visit: Visit, user: User, *, error: HeartlineError | None = None) -> Answer:
    """Ask for the second factor, with what was wrong."""
    onward = path_onward(visit.query.get("next", "") or visit.field("next"))
    told = "" if error is None else f"{error}"
    answer = open_form(
        visit, lambda view: draw_second_step(view, email=user.email, onward=onward, error=told), title="Second factor"
    )
    answer.status_code = 200 if error is None else status_of(error)
    if isinstance(error, Unavailable):
        answer.headers["retry-after"] = str(error.retry_after_s)
    return answer


def finish_second(visit: Visit) -> Answer:
    """Take the code of the second factor and let its user in.

    Raises:
        NotAllowed: nobody has shown the first thing, lately.
    """
    user, way, token = read_second(visit)
    try:
        proved = prove_second(visit, user, visit.field("code"))
    except HeartlineError as error:
        visit.heartline.stores.kept.note_audit(who=user.email, what="sign_in.refused", detail="second factor")
        return ask_second(visit, user, error=error)
    spend_link(visit.heartline, token, SECOND)
    answer = welcome(visit, user, path_onward(visit.field("next")), way=way, proved=proved)
    answer.cookies.append(_cookie(visit, SECOND_COOKIE, "", 0))
    return answer


def begin_oidc(visit: Visit) -> Answer:
    """Send the browser to the company's provider.

    Raises:
        Missing: the operator has set none up.
        Unavailable: it does not answer.
    """
    if not visit.shared.offers_provider:
        raise Missing("no_provider", _("No sign-in by a company is set up here."), _("Use your password."))
    browser, onward = secrets.token_urlsafe(32), path_onward(visit.query.get("next", ""))
    answer = redirect(visit, visit.shared.provider.begin(address=visit.address, onward=onward, browser=browser))
    answer.cookies.append(_cookie(visit, OIDC_COOKIE, browser, 600))
    return answer


def finish_oidc(visit: Visit) -> Answer:
    """Let in whom the provider sent back, or ask again and say why not."""
    browser = visit.asked.cookies.get(OIDC_COOKIE, "")
    try:
        user, onward = visit.shared.provider.finish(visit.heartline, visit.query, browser=browser)
    except (NotAllowed, Unavailable) as error:
        detail = f"oidc: {error.message} From {visit.asked.address}"
        visit.heartline.stores.kept.note_audit(who="", what="sign_in.refused", detail=detail)
        return ask_again(visit, "", error)
    answer = welcome(visit, user, onward, way=OIDC)
    answer.cookies.append(_cookie(visit, OIDC_COOKIE, "", 0))
    return answer


def welcome(visit: Visit, user: User, onward: str, *, way: str, proved: str = "") -> Answer:
    """Begin a session under a fresh token, ending the one before, and send the user on."""
    end_session(visit.heartline, visit.session)
    answer = redirect(visit, onward)
    hours = visit.heartline.settings.session_hours
    token = start_session(visit.heartline, user, asked=visit.asked, way=way)
    answer.cookies.append(session_cookie(visit, token, hours * 3_600))
    detail = f"by {way}{' and ' if proved else ''}{proved}, from {visit.asked.address}"
    visit.heartline.stores.kept.note_audit(who=user.email, what="sign_in.done", detail=detail)
    forget_audit(visit.heartline)
    return answer


def confirm_password(visit: Visit, email: str, password: str, *, refusal: str) -> User:
    """Return the user whose password this is, slower for those who guess; a stranger costs the same time.

    Raises:
        NotAllowed: it is not; the message is ``refusal`` in either case.
        Unavailable: too many tries failed lately.
    """
    throttle = visit.shared.throttle
    throttle.check(account=email, address=visit.asked.address)
    known = visit.heartline.stores.kept.user_by_email(email)
    if not is_password(password, known[1] if known else None) or known is None:
        throttle.fail(account=email, address=visit.asked.address)
        detail = f"password, from {visit.asked.address}"
        visit.heartline.stores.kept.note_audit(who=email.lower()[:320], what="sign_in.refused", detail=detail)
        raise NotAllowed("wrong_password", refusal)
    throttle.succeed(account=email)
    return known[0]


def open_form(visit: Visit, draw: Callable[[View], Node], *, title: str) -> Answer:
    """Answer with a form for somebody not signed in, giving their browser the cookie its token hangs on."""
    kept = visit.asked.cookies.get(FORM_COOKIE, "")
    cookie = kept if len(kept) >= 32 else secrets.token_urlsafe(32)
    if visit.session is None:
        visit.hold_form(cookie)
    answer = bare_page(visit, draw(visit.plain_view), title=title)
    answer.cookies.append(_cookie(visit, FORM_COOKIE, cookie, None))
    return answer


def _cookie(visit: Visit, name: str, value: str, max_age: int | None) -> Cookie:
    return Cookie(
        key=name,
        value=value,
        max_age=max_age,
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_https(visit.asked, visit.heartline.settings),
    )


def path_onward(asked: str) -> str:
    """Return where to go next: a path of ours, or home. Browsers read a second slash, of either kind, as a host."""
    if not asked.startswith("/") or asked[1:2] == "/" or "\\" in asked or not asked.isprintable():
        return "/"
    return asked


def ask_again(visit: Visit, email: str, error: HeartlineError) -> Answer:
    """Show the way in again, with what was wrong."""
    onward, company = path_onward(visit.field("next")), visit.shared.offers_provider
    answer = open_form(
        visit,
        lambda view: draw_sign_in(view, email=email, onward=onward, error=f"{error}", company=company),
        title=_("Sign in"),
    )
    answer.status_code = status_of(error)
    if isinstance(error, Unavailable):
        answer.headers["retry-after"] = str(error.retry_after_s)
    return answer


def make_owner(visit: Visit, given: dict[str, str]) -> User:
    """Make the first owner, spending the set-up link.

    Raises:
        Invalid: a field cannot be used; ``workspaces.FIELD_OF`` says which.
        Conflict: there are users already.
    """
    name, email = read_person(given["name"], given["email"])
    password = visit.form.get("password", [""])[0]
    check_password(password, name=name, email=email)
    if not is_zone(given["timezone"]):
        raise Invalid("bad_zone", _("This time zone is not known."), _("Choose one of the list."))
    currency = (given["currency"] or visit.heartline.workspace.currency).upper()
    check_currency(currency)
    language = next((choice.value for choice in LANGUAGES if choice.value == given["language"]), "en")
    hashed, heartline = hash_password(password), visit.heartline
    spend_link(heartline, given["token"], SETUP)
    if heartline.stores.kept.users():
        raise Conflict("set_up", _("heartline is set up already."), _("Sign in, or ask an owner for a link."))
    heartline.change_workspace(timezone=given["timezone"], currency=currency)
    return heartline.stores.kept.add_user(
        email=email, name=name, role=Role.OWNER, language=language, password_hash=hashed
    )


def user_of(visit: Visit, link: Link) -> User:
    """Return whose link it is.

    Raises:
        NotAllowed: they may sign in no more.
    """
    for user in visit.heartline.stores.kept.users():
        if user.user_id == link.user_id and user.enabled:
            return user
    raise NotAllowed("no_user", _("The user of this link is here no more."), _("Ask an owner of this workspace."))


def session_cookie(visit: Visit, value: str, max_age: int) -> Cookie:
    """Return the cookie that holds a session's token; ``max_age`` in seconds, 0 ends it."""
    return _cookie(visit, cookie_name(visit.asked, visit.heartline), value, max_age)
