"""Answers: pages, fragments, redirects, downloads and refusals, each with the headers it needs."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from dataclasses import replace
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from htpy import Node, Renderable
from litestar import Response
from litestar.datastructures import Cookie

from heartline.errors import Conflict, HeartlineError, Invalid, Missing, NotAllowed, Unavailable
from heartline.web.pages.failures import draw_failure, draw_guest_failure
from heartline.web.parts import bare, guest, shell
from heartline.web.security import is_https
from heartline.web.visit import NOTICE_COOKIE, Visit

HTML: Final = "text/html"
_WORTH_ZIPPING: Final = 1_400
_OF_GUESTS: Final = ("/s/", "/u/", "/y/")
"""Where customers are, who have no home here."""
_STATUS: Final = {Invalid: 400, NotAllowed: 403, Missing: 404, Conflict: 409, Unavailable: 503}

Answer = Response[bytes]


def page(
    visit: Visit,
    body: Node,
    *,
    title: str,
    crumbs: tuple[tuple[str, str], ...] = (),
    controls: bool = True,
    wide: bool = False,
    status: int = 200,
) -> Answer:
    """Answer with a whole page in the shell. ``controls`` False leaves range and filter out, and asks no log."""
    view = visit.view if controls else visit.plain_view
    document = shell(view, title=title, body=body, crumbs=crumbs, controls=controls, wide=wide)
    return whole(visit, document, status=status)


def bare_page(visit: Visit, body: Node, *, title: str, status: int = 200) -> Answer:
    """Answer with a page outside the shell, for those not signed in."""
    return whole(visit, bare(visit.plain_view, title=title, body=body), status=status)


def guest_page(visit: Visit, body: Node, *, title: str, language: str = "", status: int = 200) -> Answer:
    """Answer a customer, who is nobody here and needs not be; in a language of its own or in theirs."""
    view = replace(visit.plain_view, language=language or visit.language, csrf="", notice="")
    return whole(visit, guest(view, title=title, body=body), status=status)


def whole(visit: Visit, document: Renderable, *, status: int = 200) -> Answer:
    """Answer with a whole HTML document; the notice it shows is shown once."""
    answer = _html(visit, str(document).encode(), status=status)
    if visit.plain_view.notice:
        answer.cookies.append(Cookie(key=NOTICE_COOKIE, value="", max_age=0, path="/", httponly=True, samesite="lax"))
    return answer


def fragment(visit: Visit, element: Renderable, *, status: int = 200) -> Answer:
    """Answer with a piece of a page, for htmx."""
    return _html(visit, str(element).encode(), status=status)


def _html(visit: Visit, body: bytes, *, status: int) -> Answer:
    headers = {"cache-control": "no-store", "vary": "accept-encoding, cookie, hx-request"}
    if len(body) > _WORTH_ZIPPING and "gzip" in visit.asked.headers.get("accept-encoding", ""):
        body = gzip.compress(body, 4, mtime=0)
        headers["content-encoding"] = "gzip"
    return Response(body, media_type=HTML, status_code=status, headers=headers)


def redirect(visit: Visit, path: str, *, notice: str = "") -> Answer:
    """Send the reader on to a path of ours after a change; ``notice`` is shown there once."""
    headers = {"location": path, "cache-control": "no-store"}
    status = HTTPStatus.SEE_OTHER
    if visit.asked.is_fragment:
        headers = {"hx-redirect": path, "cache-control": "no-store"}
        status = HTTPStatus.OK
    answer: Answer = Response(b"", media_type=HTML, status_code=status, headers=headers)
    if notice:
        answer.cookies.append(
            Cookie(
                key=NOTICE_COOKIE,
                value=quote(notice[:300]),
                max_age=60,
                path="/",
                httponly=True,
                samesite="lax",
                secure=is_https(visit.asked, visit.heartline.settings),
            )
        )
    return answer


def download(body: bytes | Iterable[bytes], *, name: str, kind: str) -> Answer:
    """Answer with a file to keep. ``kind`` is its media type; the browser may not open it in our place."""
    content = body if isinstance(body, bytes) else b"".join(body)
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "cache-control": "no-store",
    }
    # Litestar says itself that text is UTF-8.
    return Response(content, media_type=kind.partition(";")[0], headers=headers)


def answer_json(content: object, *, status: int = 200) -> Answer:
    """Answer a program."""
    body = json.dumps(content, ensure_ascii=False).encode()
    return Response(body, media_type="application/json", status_code=status, headers={"cache-control": "no-store"})


def answer_text(body: bytes, *, media_type: str) -> Answer:
    """Answer a program with plain text of a kind of its own."""
    return Response(body, media_type=media_type, headers={"cache-control": "no-store"})


def status_of(error: HeartlineError) -> int:
    """Return the HTTP status of an error's family."""
    return next((status for family, status in _STATUS.items() if isinstance(error, family)), 500)


def refuse(visit: Visit, error: HeartlineError, *, status: int | None = None) -> Answer:
    """Answer with a refusal: JSON for programs, a line for htmx, a designed page for people."""
    code = status or status_of(error)
    if visit.asked.wants_json:
        told = {"success": False, "code": error.code, "message": error.message, "detail": error.hint or error.message}
        answer = answer_json(told, status=code)
    elif visit.asked.path.startswith(_OF_GUESTS):
        title, body = draw_guest_failure(error, identity=visit.identity if code == 500 else "")
        answer = guest_page(visit, body, title=title, status=code)
    else:
        title, body = draw_failure(visit.plain_view, error, status=code, identity=visit.identity if code >= 500 else "")
        if visit.asked.is_fragment:
            answer = fragment(visit, body, status=code)
        elif visit.user is None:
            answer = bare_page(visit, body, title=title, status=code)
        else:
            document = shell(visit.plain_view, title=title, body=body, controls=False)
            answer = whole(visit, document, status=code)
    if isinstance(error, Unavailable):
        answer.headers["retry-after"] = str(max(1, error.retry_after_s))
    return answer
