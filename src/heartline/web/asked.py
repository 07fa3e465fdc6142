"""What was asked: the facts of one request, read once, bounded, with every oddity made harmless.

Query strings, forms and cookies of strangers never raise: undecodable bytes become replacement signs, what is over a
bound is left out, and NULs go, because no store can hold them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qsl

from heartline.errors import Invalid
from heartline.language import _

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

FORM_CAP_BYTES: Final = 256 * 1024
_QUERY_CAP: Final = 8_192
_VALUE_CAP: Final = 1_000
_FIELDS_CAP: Final = 2_000
URLENCODED: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request. ``query`` holds the first value of each key, ``form`` every value; ``address`` is who is calling."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    scheme: str = "http"
    address: str = ""

    @property
    def host(self) -> str:
        """The host the browser asked for, with its port."""
        return self.headers.get("host", "")

    @property
    def is_fragment(self) -> bool:
        """Whether htmx (or the palette) asks for a piece of a page."""
        return self.headers.get("hx-request") == "true" and self.headers.get("hx-boosted") != "true"

    @property
    def wants_json(self) -> bool:
        """Whether a program asks, not a person."""
        return self.headers.get("accept", "").startswith("application/json")

    @property
    def changes(self) -> bool:
        """Whether the request may change something."""
        return self.method not in {"GET", "HEAD", "OPTIONS"}


def read_asked(scope: Scope, form: Mapping[str, list[str]]) -> Asked:
    """Read the facts of an HTTP scope."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    client = scope.get("client")
    return Asked(
        method=scope["method"],
        path=scope["path"],
        query=read_query(scope.get("query_string", b"")),
        form=form,
        headers=headers,
        cookies=read_cookies(headers.get("cookie", "")),
        scheme=scope.get("scheme", "http"),
        address=client[0] if client else "local",
    )


def read_query(raw: bytes) -> dict[str, str]:
    """Read a query string; the first value of a key counts."""
    query: dict[str, str] = {}
    for name, value in _pairs(raw[:_QUERY_CAP], fields=100):
        query.setdefault(name, value[:_VALUE_CAP])
    return query


def read_fields(raw: bytes) -> dict[str, list[str]]:
    """Read an urlencoded form, all values of each name in order."""
    fields: dict[str, list[str]] = {}
    for name, value in _pairs(raw, fields=_FIELDS_CAP):
        fields.setdefault(name, []).append(value)
    return fields


def _pairs(raw: bytes, *, fields: int) -> list[tuple[str, str]]:
    text = raw.decode("utf-8", "replace")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=fields)
    except ValueError:
        return []
    return [(name.replace("\0", "")[:100], value.replace("\0", "")) for name, value in pairs]


def read_cookies(header: str) -> dict[str, str]:
    """Read cookies; a header that is no cookie header is no cookies."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(header[:_QUERY_CAP])
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}


async def read_form(scope: Scope, receive: Receive) -> dict[str, list[str]]:
    """Read the whole body of an ordinary form.

    Raises:
        Invalid: it is larger than a form of ours can be.
    """
    kind = dict(scope["headers"]).get(b"content-type", b"").split(b";")[0].strip().lower()
    if kind != URLENCODED.encode():
        return {}
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return {}
        body += message.get("body", b"")
        if len(body) > FORM_CAP_BYTES:
            raise Invalid("form_too_large", _("That is more than this form takes."), _("Shorten what you wrote."))
        if not message.get("more_body"):
            return read_fields(bytes(body))
