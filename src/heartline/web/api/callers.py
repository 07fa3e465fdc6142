"""Who calls: somebody signed in, by the session of their browser, or a program by its token. And what they may do."""

from __future__ import annotations

import secrets
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from heartline.app import Heartline
from heartline.errors import Invalid, Missing, NotAllowed
from heartline.web.asked import Asked
from heartline.web.security import check_csrf, check_origin
from heartline.web.sessions import find_session, find_token
from heartline.web.visit import Shared, Visit, judge

BEARER: Final = "bearer"
_LARGEST_ID: Final = 2**63 - 1


def read_bearer(asked: Asked) -> str | None:
    """Return the token of the header ``Authorization``; "" where it holds none we take, None without such a header."""
    header = asked.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == BEARER else ""


def name_caller(visit: Visit) -> str:
    """Return by what a caller's calls are counted: their token or session; the address of one who is nobody."""
    if visit.session is not None:
        return visit.session.token_hash.hex()
    return f"address {visit.asked.address}"


def open_visit(heartline: Heartline, shared: Shared, asked: Asked) -> Visit:
    """Open the visit of a call: of the token it shows, else of its session. Who shows a token is never taken for who
    the browser is signed in as.
    """
    token = read_bearer(asked)
    session = find_session(heartline, asked) if token is None else find_token(heartline, token)
    return Visit(heartline, shared, asked, session=session, nonce="", identity=secrets.token_hex(6))


def admit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Judge a call before it is handled, by the right its route names (``opt``). One that names none is the owner's.

    Raises:
        NotAllowed: nobody is signed in, they may not do it, or another site's page asked for a change.
        Missing: a number in the path is too large to be the number of anything.
        Invalid: a change is not sent as JSON.
    """
    visit: Visit = connection.scope["state"]["visit"]
    if any(isinstance(value, int) and not 0 <= value <= _LARGEST_ID for value in connection.path_params.values()):
        raise Missing("not_here", "There is nothing of this number.", "See the list.")
    if handler.opt.get("open"):
        return
    if visit.user is None and read_bearer(visit.asked) is not None:
        raise NotAllowed("signed_out", "This token is not known, or it has ended.", "Make one on the page “You”.")
    judge(visit, handler.opt)
    if visit.asked.changes:
        _check_change(visit)


def _check_change(visit: Visit) -> None:
    """A browser sends its session by itself, so a change by session must prove that our own page asked for it."""
    if read_bearer(visit.asked) is None:
        check_origin(visit.asked, visit.heartline.settings)
        check_csrf(visit.asked, visit.csrf)
    headers = visit.asked.headers
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    empty = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers
    # Some changes say all they have to say in their address.
    if kind != "application/json" and (kind or not empty):
        raise Invalid("no_json", "The body is not sent as JSON.", "Send it with Content-Type: application/json.")
