"""The site: one ASGI application. The door takes what is sent by SDKs; everything else is pages.

The way of a page's request: read it, bounded (``asked``), find the session (``visit``), let Litestar route it, let
``admit`` judge it (signed in? owner? from our own form?), handle it, answer with guarded headers. What goes wrong
becomes a designed page with an id; the traceback goes to the log alone.
"""

from __future__ import annotations

import asyncio
import secrets
import warnings
from typing import Any, Final
from urllib.parse import quote

from litestar import Litestar, Request, Router
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import HTTPException, LitestarDeprecationWarning
from litestar.handlers import BaseRouteHandler

from heartline.app import Heartline
from heartline.collect import Door
from heartline.errors import HeartlineError, Invalid, Missing, NotAllowed, Unavailable
from heartline.language import _, mark, speaking
from heartline.log import get_logger
from heartline.web.answers import Answer, redirect, refuse
from heartline.web.api import Api, read_bearer
from heartline.web.asked import Asked, Message, Receive, Scope, Send, read_asked, read_form
from heartline.web.handlers import ROUTES
from heartline.web.local import LocalRoutes
from heartline.web.security import STRICT, check_csrf, check_origin, guard_headers, is_https, make_nonce
from heartline.web.sessions import Session, find_session, find_token
from heartline.web.turnstile import Turnstile, send_away
from heartline.web.visit import Shared, Visit, judge

_log = get_logger("web")
_LARGEST_ID: Final = 2**63 - 1
_BROKEN: Final = HeartlineError(
    "broken", mark("Something broke on our side. Nothing was lost."), mark("Its trace is in the log.")
)
_NO_PAGE: Final = Missing(
    "no_page", mark("There is no page at this address."), mark("It may have been moved or removed.")
)
_NO_METHOD: Final = Invalid(
    "no_method", mark("This address does not take that."), mark("Open it from a page of heartline.")
)


def make_site(heartline: Heartline) -> Site:
    """Return the ASGI application of an installation."""
    return Site(heartline)


class Site:
    """The door and the pages as one ASGI application."""

    def __init__(self, heartline: Heartline) -> None:
        self._heartline = heartline
        self._door = Door(heartline.intake, heartline.sources, heartline.settings)
        self._local = LocalRoutes(heartline)
        self._shared = Shared(heartline.settings)
        self.turnstile = Turnstile()
        self._always_https = heartline.settings.secure_cookies or heartline.settings.base_url.startswith("https://")
        self._api = Api(heartline, self._shared)
        with warnings.catch_warnings():
            # Handlers name what they want in plain types; Litestar 2 infers it, and we stay below 3.
            warnings.simplefilter("ignore", LitestarDeprecationWarning)
            self._pages = _make_pages()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        elif self._door.owns(scope["path"]):
            await self._door(scope, receive, self._strictly(send) if self._over_https(scope) else send)
        elif self._local.owns(scope):
            await self._local(scope, receive, send)
        elif self._api.owns(scope["path"]):
            await self._api(scope, receive, send)
        elif scope["path"].startswith("/s/"):
            await self._ask(scope, receive, send)
        else:
            await self._show(scope, receive, send)

    def _over_https(self, scope: Scope) -> bool:
        return self._always_https or scope.get("scheme") == "https"

    def _strictly(self, send: Send) -> Send:
        """Return a way to send that asks browsers never to come by http again; the door knows nothing of https."""

        async def strict(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], STRICT]}
            await send(message)

        return strict

    async def _ask(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Show a survey, unless as many are at one as are served soon."""
        if not self.turnstile.enter(begun=scope["method"] == "POST" or scope["path"].count("/") > 2):
            workspace, https = self._heartline.workspace.name, self._over_https(scope)
            await send_away(scope, send, workspace=workspace, https=https)
            return
        try:
            await self._show(scope, receive, send)
        finally:
            self.turnstile.leave()

    async def _show(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = scope["method"] == "HEAD"
        nonce, asked = make_nonce(), read_asked(scope, {})
        guard = guard_headers(nonce, https=is_https(asked, self._heartline.settings), path=asked.path)
        sender = _GuardedSend(send, guard, head=head)
        trouble: HeartlineError | None = None
        try:
            if asked.changes:
                asked = read_asked(scope, await read_form(scope, receive))
        except HeartlineError as error:
            trouble = error
        visit, away = await asyncio.to_thread(self._open_visit, asked, nonce)
        with speaking(visit.language):
            await self._tell(visit, away or trouble, scope, receive, sender)

    async def _tell(
        self, visit: Visit, trouble: HeartlineError | None, scope: Scope, receive: Receive, sender: _GuardedSend
    ) -> None:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        inner: Scope = {**scope, "method": method, "state": {"visit": visit}}
        inner["path"] = scope["path"].replace("\0", "") or "/"
        if trouble is not None:
            away = isinstance(trouble, Unavailable)
            answer = tell_failure(visit, trouble) if away else refuse(visit, trouble, status=413)
            await _send_answer(answer, inner, receive, sender)
            return
        try:
            await self._pages(inner, receive, sender)  # type: ignore[arg-type]  # ASGI's shapes, typed twice
        except Exception as error:
            if sender.started:
                raise
            await _send_answer(tell_failure(visit, error), inner, receive, sender)

    def _open_visit(self, asked: Asked, nonce: str) -> tuple[Visit, Unavailable | None]:
        identity = secrets.token_hex(6)
        session, away = None, None
        try:
            session = None if asked.path.startswith("/assets/") else self._find_reader(asked)
        except Unavailable as error:
            # Whoever is signed in stays so: asking them to sign in again would be a lie.
            away = error
        except Exception:  # noqa: BLE001  # without a session the page asks to sign in; the trace is logged
            _log.exception("web.session_failed", identity=identity)
        return Visit(self._heartline, self._shared, asked, session=session, nonce=nonce, identity=identity), away

    def _find_reader(self, asked: Asked) -> Session | None:
        """Find whose session it is. Prometheus reads one page, and shows a token as programs do at the API."""
        bearer = read_bearer(asked) if asked.path == "/metrics" else None
        return find_session(self._heartline, asked) if bearer is None else find_token(self._heartline, bearer)


class _GuardedSend:
    """Sends an answer with the guarding headers added; to a HEAD, without its body."""

    def __init__(self, send: Send, headers: list[tuple[bytes, bytes]], *, head: bool) -> None:
        self._send = send
        self._headers = headers
        self._head = head
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            own = {name for name, _rest in self._headers}
            kept = [(name, value) for name, value in message.get("headers", []) if name.lower() not in own]
            message = {**message, "headers": [*kept, *self._headers]}
        elif self._head and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)


def _make_pages() -> Litestar:
    return Litestar(
        # In a router, or Litestar 2.25 wraps twice what shares a path with another method.
        route_handlers=[Router(path="/", route_handlers=list(ROUTES))],
        dependencies={"visit": Provide(find_visit, sync_to_thread=False)},
        guards=[admit],
        exception_handlers={Exception: answer_failure},
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,
    )


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _send_answer(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    ready = answer.to_asgi_response(None, Request(scope))  # type: ignore[arg-type]  # ASGI's shapes, typed twice
    await ready(scope, receive, send)  # type: ignore[arg-type]


def find_visit(request: Request[Any, Any, Any]) -> Visit:
    """Return the visit of a request."""
    visit: Visit = request.scope["state"]["visit"]
    return visit


def admit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Judge a request before it is handled, by the ``opt`` of its route; see ``judge`` for ``right`` and ``open``.

    ``streams``: the handler reads the body itself, and checks the form's token itself before it keeps anything.
    ``by_link``: the opaque token in the path is all the proof there is; mail programs and people without a session ask.

    Raises:
        NotAllowed: not signed in, without the right, or not from our own form.
        Missing: a number in the path is too large to be the number of anything.
    """
    visit: Visit = connection.scope["state"]["visit"]
    if any(isinstance(value, int) and value > _LARGEST_ID for value in connection.path_params.values()):
        raise _NO_PAGE
    judge(visit, handler.opt)
    if visit.asked.changes:
        check_origin(visit.asked, visit.heartline.settings)
        if not handler.opt.get("streams") and not handler.opt.get("by_link"):
            check_csrf(visit.asked, visit.csrf)


def answer_failure(request: Request[Any, Any, Any], error: Exception) -> Answer:
    """Answer what was raised while a request was routed, judged or handled."""
    return tell_failure(find_visit(request), error)


def tell_failure(visit: Visit, error: Exception) -> Answer:
    """Turn an error into an answer. Only what nobody expected is logged with its trace."""
    if isinstance(error, NotAllowed) and error.code == "signed_out":
        return _ask_to_sign_in(visit, error)
    if isinstance(error, NotAllowed) and error.code == "enrol_first" and not visit.asked.wants_json:
        return redirect(visit, "/account/second")
    if isinstance(error, HeartlineError):
        if isinstance(error, Unavailable):
            _log.warning("web.unavailable", code=error.code, path=visit.asked.path[:200], identity=visit.identity)
        return refuse(visit, error)
    if isinstance(error, HTTPException) and error.status_code < 500:
        known = {404: _NO_PAGE, 405: _NO_METHOD}
        asked_wrongly = Invalid("bad_request", _("That cannot be read."), "")
        return refuse(visit, known.get(error.status_code, asked_wrongly), status=error.status_code)
    _log.error("web.failed", path=visit.asked.path[:200], identity=visit.identity, exc_info=error)
    return refuse(visit, _BROKEN, status=500)


def _ask_to_sign_in(visit: Visit, error: NotAllowed) -> Answer:
    if visit.asked.wants_json or visit.asked.path == "/metrics":
        return refuse(visit, error, status=401)
    onward = visit.asked.path if visit.asked.method == "GET" and not visit.asked.is_fragment else "/"
    return redirect(visit, "/sign-in" if onward == "/" else f"/sign-in?next={quote(onward, safe='/')}")
