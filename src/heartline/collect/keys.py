"""The write key of a request, wherever a client puts it (C3), and what else stands in headers."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qs

from heartline.collect.answers import Headers

_LONGEST: Final = 2_100
"""How much of the authorization is looked at: no key is so long, and what is remembered of senders stays small."""


def find_key(headers: Headers, query: bytes) -> str | None:
    """Return the key of a request's Basic user or of ``?writeKey=``; None sends the search on to the body."""
    authorization = headers.get(b"authorization")
    if authorization is not None and (key := _read_basic(authorization[:_LONGEST])):
        return key
    if b"writeKey=" in query:
        return parse_qs(query.decode("latin-1"), max_num_fields=100).get("writeKey", [""])[0] or None
    return None


def fold_headers(headers: Headers) -> dict[str, str]:
    """Return what RudderStack's browser SDK says in headers, as fields of the envelope."""
    extras: dict[str, str] = {}
    sent_at = headers.get(b"sentat")
    if sent_at is not None:
        extras["sentAt"] = sent_at[:100].decode("latin-1")
    anonymous_id = headers.get(b"anonymousid")
    if anonymous_id is not None:
        extras["anonymousId"] = _decode_base64(anonymous_id[:1000]) or anonymous_id[:1000].decode("latin-1")
    return extras


@lru_cache(maxsize=1024)
def _read_basic(authorization: bytes) -> str:
    """Return the user of Basic credentials, "" where they are none; the closing colon may be missing."""
    if authorization[:6].lower() != b"basic ":
        return ""
    return _decode_base64(authorization[6:].strip()[:2000]).partition(":")[0]


def _decode_base64(encoded: bytes) -> str:
    try:
        return base64.b64decode(encoded + b"=" * (-len(encoded) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
