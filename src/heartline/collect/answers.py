"""Answers of the door: always JSON, always with CORS, errors always with ``code``, ``message`` and ``detail``.

The error shape is load-bearing: rudder-sdk-python retries a permanent refusal whose body lacks ``code`` and
``message`` (trap 2), and the PostHog client reads ``detail``. Success is exactly 200 (trap 1). A browser that may not
read an answer drops its events, so every answer mirrors the origin (trap 4); the door reads no cookie, so nothing is
given away by it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import msgspec

from heartline.collect.bodies import Rejection

Scope = MutableMapping[str, Any]
Headers = dict[bytes, bytes]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Pairs = list[tuple[bytes, bytes]]

JSON: Final = (b"content-type", b"application/json")
SCRIPT: Final = (b"content-type", b"application/javascript; charset=utf-8")
PLAIN: Final = (b"content-type", b"text/plain; charset=utf-8")
XML: Final = (b"content-type", b"text/xml; charset=utf-8")
_UNSTORED: Final = (b"cache-control", b"no-store")
_UNSNIFFED: Final = (b"x-content-type-options", b"nosniff")
_INERT: Final = (b"content-security-policy", b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox")
"""Whoever opens an answer of the door as a page sees text, whatever it holds."""
_GUARDS: Final = (_UNSTORED, _UNSNIFFED, _INERT)
_ANY_ORIGIN: Final = (b"access-control-allow-origin", b"*")
_VARY: Final = (b"vary", b"origin")
_WITH_CREDENTIALS: Final = (b"access-control-allow-credentials", b"true")
_EXPOSED: Final = (b"access-control-expose-headers", b"retry-after, x-ratelimit-reset")
_METHODS: Final = (b"access-control-allow-methods", b"GET, HEAD, POST, OPTIONS")
_MAX_AGE: Final = (b"access-control-max-age", b"900")
_USUAL_HEADERS: Final = (
    b"authorization",
    b"content-type",
    b"content-encoding",
    b"anonymousid",
    b"sentat",
    b"x-retry-count",
)
_HEADER_NAME: Final = re.compile(rb"^[a-z0-9!#$%&'*+.^_`|~-]{1,100}$")
_ORIGIN: Final = re.compile(rb"^[\x21-\x7e]{1,300}$")


async def answer(  # all that an answer has
    send: Send,
    headers: Headers,
    status: int,
    body: bytes,
    *,
    more: Pairs | None = None,
    kind: tuple[bytes, bytes] | None = None,
) -> None:
    """Send one complete answer, JSON unless ``kind`` says otherwise."""
    pairs = [kind or JSON, (b"content-length", b"%d" % len(body)), *_GUARDS, *allow_origin(headers)]
    if more:
        pairs += more
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


async def answer_rejection(send: Send, headers: Headers, rejection: Rejection, *, more: Pairs | None = None) -> None:
    """Send an error. One that passes carries ``Retry-After`` in whole seconds (C9, trap 11)."""
    body = msgspec.json.encode(
        {
            "success": False,
            "code": rejection.code,
            "message": rejection.message,
            "detail": rejection.detail or rejection.message,
        }
    )
    pairs = list(more or ())
    if rejection.retry_after_s is not None:
        seconds = b"%d" % max(1, rejection.retry_after_s)
        # Browser clients multiply X-RateLimit-Reset by 1000 and wait so long: it is a span, not a date.
        pairs += [(b"retry-after", seconds), (b"x-ratelimit-reset", seconds)]
    await answer(send, headers, rejection.status, body, more=pairs)


async def answer_preflight(send: Send, headers: Headers) -> None:
    """Allow what a browser asks for: refusing a header here loses every event of the page."""
    asked = headers.get(b"access-control-request-headers", b"")[:4000].lower()
    names = dict.fromkeys(_USUAL_HEADERS)
    names.update(dict.fromkeys(name for part in asked.split(b",")[:50] if _HEADER_NAME.match(name := part.strip())))
    more = [_METHODS, (b"access-control-allow-headers", b", ".join(names)), _MAX_AGE]
    sender = headers.get(b"webhook-request-origin", b"")
    if _ORIGIN.match(sender):
        # How a sender of CloudEvents asks leave (HTTP webhooks for event delivery, §4.1).
        more += [(b"webhook-allowed-origin", sender), (b"webhook-allowed-rate", b"*")]
    await answer(send, headers, 200, b"{}", more=more)


def allow_origin(headers: Headers) -> Pairs:
    """Return the CORS headers of every answer."""
    origin = headers.get(b"origin")
    if origin is None or not _ORIGIN.match(origin):
        return [_ANY_ORIGIN]
    return [(b"access-control-allow-origin", origin), _VARY, _WITH_CREDENTIALS, _EXPOSED]
