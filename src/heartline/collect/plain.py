"""Events of senders that know no protocol of ours: a name, an id, a time, and data that says who and what.

Pure, and part of gate version 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from heartline.collect.telling import Shaped, read_dict

_CALLS: Final = frozenset({"identify", "track", "page", "screen", "group", "alias"})
_IDS: Final = ("userId", "user_id", "customerId", "customer_id")
_ANONYMOUS_IDS: Final = ("anonymousId", "anonymous_id", "visitorId", "visitor_id")


def shape_plain(  # each is one thing that an envelope says
    data: Mapping[str, Any],
    *,
    name: object,
    message_id: object,
    at: object,
    user_id: object = None,
    anonymous_id: object = None,
) -> Shaped:
    """Return an event whose envelope says ``name``, ``message_id`` and ``at``, and whose data may say all else.

    Data that is a call of its own (``{"type": "identify", "userId": …}``) is taken as that call.
    """
    user = next((data[key] for key in _IDS if data.get(key) is not None), user_id)
    anonymous = next((data[key] for key in _ANONYMOUS_IDS if data.get(key) is not None), anonymous_id)
    call = data.get("type")
    if isinstance(call, str) and call in _CALLS and (user is not None or anonymous is not None):
        shaped: Shaped = {"messageId": message_id, "timestamp": at, **data, "userId": user, "anonymousId": anonymous}
    else:
        shaped = {
            "type": "track",
            "event": data.get("event") or name,
            "messageId": message_id,
            "timestamp": at,
            "userId": user,
            "anonymousId": anonymous,
            "properties": dict(data),
            "traits": read_dict(data.get("traits")),
            "context": {"heartline": _tell(data)},
        }
    return {key: value for key, value in shaped.items() if value is not None}


def name_person(*, email: object = None, phone: object = None, external: Mapping[str, object] | None = None) -> Shaped:
    """Return the ``identifiers`` of a heartline block. ``external`` are ids by their type, strong: the sender's own."""
    found: Shaped = {}
    if email:
        found["email"] = email
    if phone:
        found["phone"] = phone
    if external:
        found["external"] = [{"type": kind, "id": value, "strong": True} for kind, value in external.items() if value]
    return found


def _tell(data: Mapping[str, Any]) -> Shaped:
    """Read what data says of its customer, and in heartline's own words."""
    customer = read_dict(data.get("customer"))
    people = name_person(
        email=data.get("email") or customer.get("email"), phone=data.get("phone") or customer.get("phone")
    )
    block = {"text": data.get("text"), **read_dict(data.get("heartline"))}
    return {**block, "identifiers": {**people, **read_dict(block.get("identifiers"))}}
