"""The API as one ASGI application."""

from __future__ import annotations

import asyncio
import re
import secrets
import warnings
from functools import cache
from typing import Any, Final

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import HTTPException, LitestarDeprecationWarning, ValidationException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from heartline.app import Heartline
from heartline.errors import HeartlineError, Invalid, Unavailable
from heartline.log import get_logger
from heartline.web.api.asking import check_query
from heartline.web.api.buckets import Buckets
from heartline.web.api.callers import admit, name_caller, open_visit
from heartline.web.api.document import (
    DOCUMENT_PATH,
    PREFIX,
    describe_shapes,
    make_config,
    name_methods,
    name_queries,
    tell_taken,
)
from heartline.web.api.handlers import ROUTES
from heartline.web.api.problems import NO_ADDRESS, PROBLEM, Problem, judge, read_refusal, tell_problem
from heartline.web.api.sending import ApiSend
from heartline.web.asked import Receive, Scope, Send, read_asked
from heartline.web.security import guard_headers, is_https
from heartline.web.visit import Shared, Visit

BODY_CAP_BYTES: Final = 64 * 1024
_LONGEST_TARGET: Final = 8_192
_log = get_logger("api")


class Api:
    """Everything under ``/api/``. ``shared`` is what the pages share, so that a selection is cut once for both."""

    def __init__(self, heartline: Heartline, shared: Shared) -> None:
        self._heartline = heartline
        self._shared = shared
        self._buckets = Buckets(heartline.settings.api_calls_a_minute)

    def owns(self, path: str) -> bool:
        """Tell whether a path is of the API. ``/api`` itself is a page."""
        return path.startswith("/api/") and path != "/api/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        asked = read_asked(scope, {})
        guard = guard_headers("", https=is_https(asked, self._heartline.settings))
        sender = ApiSend(send, asked, guard=[*_only_json(guard), (b"cache-control", b"no-store")])
        inner: Scope = {**scope, "method": "GET" if asked.method == "HEAD" else asked.method}
        try:
            visit = await asyncio.to_thread(open_visit, self._heartline, self._shared, asked)
            inner["state"] = {"visit": visit}
            self._count(visit)
            _check_target(scope)
            if asked.method == "OPTIONS":
                await _tell_methods(asked.path, sender)
                return
            await make_app()(inner, receive, sender)  # type: ignore[arg-type]  # ASGI's shapes, typed twice
        except Exception as error:
            if sender.started:
                raise
            answer = tell_failure(error, path=asked.path)
            ready = answer.to_asgi_response(None, Request(inner))  # type: ignore[arg-type]
            await ready(inner, receive, sender)  # type: ignore[arg-type]

    def _count(self, visit: Visit) -> None:
        wait_s = self._buckets.take(name_caller(visit))
        if wait_s:
            hint = f"Wait {wait_s} seconds, then go on."
            raise Unavailable("too_many_calls", "These are too many calls at once.", hint, retry_after_s=wait_s)


@cache
def make_app() -> Litestar:
    """Return the routes, made at the first call: a server that nobody asks for JSON starts the sooner."""
    with warnings.catch_warnings():
        # Handlers name what they want in plain types; Litestar 2 infers it, and we stay below 3.
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        return Litestar(
            route_handlers=[
                Router(path=DOCUMENT_PATH, route_handlers=[show_document]),
                Router(path=PREFIX, route_handlers=list(ROUTES)),
            ],
            dependencies={"visit": Provide(find_visit, sync_to_thread=False)},
            guards=[admit, check_names, check_body],
            exception_handlers={Exception: answer_failure},
            openapi_config=make_config(),
            logging_config=None,
            request_max_body_size=BODY_CAP_BYTES,
        )


@cache
def make_document() -> dict[str, Any]:
    """Return the OpenAPI document."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        return describe_shapes(make_app().openapi_schema.to_schema())


@cache
def _name_queries() -> dict[str, frozenset[str]]:
    return name_queries(make_document())


@cache
def _tell_taken() -> dict[str, dict[str, str]]:
    return tell_taken(make_document())


@cache
def _name_methods() -> tuple[tuple[re.Pattern[str], str], ...]:
    return name_methods(make_document())


@get("/", opt={"open": True}, include_in_schema=False, sync_to_thread=True)
def show_document() -> dict[str, Any]:
    """Show the OpenAPI document."""
    return make_document()


def check_names(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuse a query that names what its route does not take. Raises Invalid as ``check_query`` does."""
    known = _name_queries().get(handler.handler_name, frozenset())
    check_query(connection.scope.get("query_string", b""), known)


async def check_body(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuse a body whose values would have to be bent to fit: Litestar takes 0 for false and "3" for 3.

    Raises:
        ValidationException: the body is JSON, and not of the shape that is taken.
    """
    field = handler.parsed_data_field if isinstance(handler, HTTPRouteHandler) else None
    if field is None or not isinstance(connection, Request):
        return
    try:
        msgspec.json.decode(await connection.body(), type=field.annotation)
    except msgspec.ValidationError as error:
        raise ValidationException(extra=[{"message": str(error), "source": "body"}]) from error
    except msgspec.DecodeError:
        # What is no JSON at all is refused where it is read.
        return


def find_visit(request: Request[Any, Any, Any]) -> Visit:
    """Return the visit of a call."""
    visit: Visit = request.scope["state"]["visit"]
    return visit


def answer_failure(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Answer what was raised while a call was routed, judged or handled."""
    handler = request.scope.get("route_handler")
    known = handler if isinstance(handler, HTTPRouteHandler) else None
    return tell_failure(error, path=request.scope["path"], handler=known)


def tell_failure(error: Exception, *, path: str, handler: HTTPRouteHandler | None = None) -> Response[Problem]:
    """Turn an error into a problem. Only what nobody expected is logged with its trace."""
    headers: dict[str, str] = {}
    if isinstance(error, HTTPException) and error.status_code < 500:
        headers = {"allow": _find_methods(path) or ""} if error.status_code == 405 else {}
        taken = _tell_taken().get(handler.handler_name, {}) if handler is not None else {}
        refusal, status = read_refusal(error, handler, taken)
    elif isinstance(error, HeartlineError):
        refusal, status = error, judge(error)
    elif isinstance(error, RecursionError):
        refusal, status = Invalid("bad_body", "The body is nested too deeply.", "Send the shape that is taken."), 400
    else:
        identity = secrets.token_hex(6)
        _log.error("api.failed", path=path[:200], identity=identity, exc_info=error)
        told = "Something broke on our side. Nothing was lost."
        refusal, status = HeartlineError("broken", told, f"Its trace is in the log under {identity}."), 500
    problem, own = tell_problem(refusal, status)
    return Response(problem, status_code=status, media_type=PROBLEM, headers={**headers, **own})


def _find_methods(path: str) -> str | None:
    return next((allow for pattern, allow in _name_methods() if pattern.fullmatch(path.rstrip("/"))), None)


async def _tell_methods(path: str, send: Send) -> None:
    """Answer OPTIONS: what Litestar would say forgets all but the first method of an address. No other site is let in,
    so nothing is said of origins.
    """
    allow = _find_methods(path)
    if allow is None:
        raise NO_ADDRESS
    await send({"type": "http.response.start", "status": 204, "headers": [(b"allow", allow.encode())]})
    await send({"type": "http.response.body", "body": b""})


def _check_target(scope: Scope) -> None:
    """Refuse what no store can hold, and what no call of ours needs."""
    raw, path = scope.get("query_string", b""), scope["path"]
    if "\0" in path:
        raise NO_ADDRESS
    if len(raw) > _LONGEST_TARGET or b"%00" in raw or b"\0" in raw:
        raise Invalid("bad_query", "The query is too long, or holds a NUL.", "Shorten it.")


def _only_json(guard: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    policy = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
    return [(name, policy if name == b"content-security-policy" else value) for name, value in guard]
