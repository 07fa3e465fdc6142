"""CloudEvents 1.0 at the door and at the gate: structured, batched and binary (protocols.md §5).

``(source, id)`` is the message id. The data is read like a webhook's: it may be a Segment-shaped call, or anything that
names its customer.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from heartline.collect.bodies import BATCH, Packed, Rejection, pack, pack_items
from heartline.collect.lenience import read_leniently
from heartline.collect.plain import shape_plain
from heartline.collect.telling import Shaped, Telling, read_dict

_STRUCTURED: Final = b"application/cloudevents+json"
_BATCHED: Final = b"application/cloudevents-batch+json"
_MOST_ATTRIBUTES: Final = 60
_NO_EVENT: Final = Rejection(
    400, "bad_body", "The body is no CloudEvent.", "Send application/cloudevents+json, its batch, or ce- headers."
)


def pack_cloudevents(body: bytes, headers: Mapping[bytes, bytes]) -> Packed | Rejection:
    """Pack a body of CloudEvents for the journal, in whichever of the three modes it was sent."""
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind not in {_STRUCTURED, _BATCHED} and b"ce-id" in headers:
        return pack_items([_read_binary(body, headers, kind)])
    body = body.strip()
    if body.startswith(b"["):
        return pack(body, BATCH, {})
    if not body.startswith(b"{") or kind == _BATCHED:
        return _NO_EVENT
    packed = pack(b"[" + body + b"]", BATCH, {})
    return packed if isinstance(packed, Rejection) or packed.events == 1 else _NO_EVENT


def translate_cloudevent(given: Mapping[str, Any], _telling: Telling) -> Shaped:
    """Return a CloudEvent as the gate reads events."""
    data = given.get("data")
    if isinstance(data, str):
        data = {"text": data}
    identity, source = given.get("id"), given.get("source")
    return shape_plain(
        read_dict(data),
        name=given.get("type"),
        # A source is a URI, which holds no blank: so the pair is one name and no other pair's.
        message_id=f"{source} {identity}" if isinstance(source, str) and isinstance(identity, str) else None,
        at=given.get("time"),
        user_id=given.get("userid"),
        anonymous_id=given.get("anonymousid"),
    )


def _read_binary(body: bytes, headers: Mapping[bytes, bytes], kind: bytes) -> dict[str, object]:
    """Put a binary message together: attributes from headers, data from the body."""
    names = [name for name in headers if name.startswith(b"ce-")][:_MOST_ATTRIBUTES]
    event: dict[str, object] = {
        name[3:].decode("latin-1"): unquote(headers[name].decode("latin-1"), errors="replace") for name in names
    }
    event["datacontenttype"] = kind.decode("latin-1")
    if not body:
        return event
    if not kind or kind.endswith((b"/json", b"+json")):
        try:
            event["data"] = read_leniently(body)
        except (ValueError, RecursionError):
            event["data_base64"] = base64.b64encode(body).decode()
        return event
    try:
        event["data"] = body.decode()
    except UnicodeDecodeError:
        event["data_base64"] = base64.b64encode(body).decode()
    return event
