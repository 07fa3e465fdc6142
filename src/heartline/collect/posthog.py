"""What PostHog's clients say, in the words of the gate: one of their events becomes one Segment-shaped event.

Pure, and part of gate version 2: whatever is changed here changes how a journal is judged, so a change is a new
version. Sources: the published SDKs (protocols.md §1.2 and trap 8) and their capture API.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from heartline.collect.telling import Shaped, Telling, read_dict

_CALLS: Final = {
    "$identify": "identify",
    "$set": "identify",
    "$set_once": "identify",
    "$create_alias": "alias",
    "$merge_dangerously": "alias",
    "$groupidentify": "group",
    "$pageview": "page",
    "$screen": "screen",
}
# Events of the library's own that are touches, in words people read.
_NAMES: Final = {
    "$pageleave": "Page left",
    "$autocapture": "Clicked on page",
    "$rageclick": "Clicked in anger",
    "$dead_click": "Clicked in vain",
    "$exception": "Error seen",
    "$feature_flag_called": "Feature flag read",
    "$web_vitals": "Page speed measured",
    "survey shown": "Survey shown",
    "survey dismissed": "Survey dismissed",
    "survey sent": "Survey answered",
}
# What their clients make up for a visitor who has not said who he is.
_MADE_UP: Final = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", re.IGNORECASE)
_MADE_UP_LONG_AGO: Final = re.compile(r"^[0-9a-f]{8,20}(-[0-9a-f]{5,20}){4}$", re.IGNORECASE)
_UNKEPT: Final = ("token", "heartline")


def translate_posthog(given: Mapping[str, Any], telling: Telling) -> Shaped:
    """Return a PostHog event as the gate reads events."""
    properties = read_dict(given.get("properties"))
    name = given.get("event")
    call = _CALLS.get(name, "track") if isinstance(name, str) else "track"
    if name is None and ("$set" in given or "$set_once" in given):
        call = "identify"  # what comes to /engage names no event
    shaped: Shaped = {
        "type": call,
        "event": _NAMES.get(name, name) if isinstance(name, str) else name,
        "messageId": given.get("uuid") or properties.get("$insert_id"),
        "context": _read_context(properties),
        "properties": {key: value for key, value in properties.items() if key not in _UNKEPT},
        "traits": _read_traits(given, properties, call),
        **_read_times(given, properties, telling),
        **_read_ids(given, properties, call),
    }
    if call in {"page", "screen"}:
        shaped["name"] = properties.get("$screen_name") if call == "screen" else None
    return {key: value for key, value in shaped.items() if value is not None}


def find_posthog_key(given: Mapping[str, Any]) -> object:
    """Return the key as an object of their API may carry it."""
    found = given.get("api_key") or given.get("token") or given.get("$token")
    return found or read_dict(given.get("properties")).get("token")


def _read_ids(given: Mapping[str, Any], properties: Mapping[str, Any], call: str) -> Shaped:
    distinct = _first(given.get("distinct_id"), given.get("$distinct_id"), properties.get("distinct_id"))
    if call == "alias":
        return _read_alias(distinct, properties)
    if call == "group":
        kind, key = properties.get("$group_type"), properties.get("$group_key")
        # Without a person their libraries make one up of the group; a group is no customer.
        if distinct in (f"${kind}_{key}", f"{kind}_{key}"):
            return {"groupId": key}
        return {"groupId": key, **_name_visitor(distinct, properties)}
    if properties.get("$anon_distinct_id") is not None:
        return {"userId": distinct, "anonymousId": properties["$anon_distinct_id"]}
    return _name_visitor(distinct, properties)


def _name_visitor(distinct: object, properties: Mapping[str, Any]) -> Shaped:
    """Tell a user's id from a visitor's: by what the event says, else by the look of it."""
    device = properties.get("$device_id")
    said = properties.get("$is_identified")
    if isinstance(said, bool):
        is_user = said
    elif properties.get("$user_id") is not None and properties["$user_id"] == distinct:
        is_user = True
    elif properties.get("$process_person_profile") is False or (device is not None and device == distinct):
        is_user = False
    else:
        is_user = not _is_made_up(distinct)
    if not is_user:
        return {"anonymousId": distinct}
    return {"userId": distinct, "anonymousId": device if device != distinct else None}


def _read_alias(distinct: object, properties: Mapping[str, Any]) -> Shaped:
    """Link two ids, whichever way round they were sent (trap 8): the made-up one is the visitor's.

    Where neither or both are made up, the older id is the one that the library's own order says.
    """
    other = properties.get("alias")
    if _is_made_up(distinct) != _is_made_up(other):
        visitor, user = (distinct, other) if _is_made_up(distinct) else (other, distinct)
    elif properties.get("$lib") == "posthog-python":
        visitor, user = distinct, other
    else:
        visitor, user = other, distinct
    return {"userId": user, "previousId": visitor}


def _read_traits(given: Mapping[str, Any], properties: Mapping[str, Any], call: str) -> Shaped | None:
    if call == "group":
        return read_dict(properties.get("$group_set")) or None
    found: Shaped = {}
    for key in ("$set_once", "$set"):
        found.update(read_dict(properties.get(key)))
        found.update(read_dict(given.get(key)))
    # What their browser library adds by itself (the first referrer, the page) is of a visit, not of a person.
    return {name: value for name, value in found.items() if not name.startswith("$")} or None


def _read_times(given: Mapping[str, Any], properties: Mapping[str, Any], telling: Telling) -> Shaped:
    sent = _first(given.get("sent_at"), given.get("$sent_at"), telling.sent_at)
    stated = _first(given.get("timestamp"), properties.get("timestamp"))
    offset = given.get("offset")
    if stated is None and isinstance(offset, (int, float)) and 0 <= offset < 1e11:
        # How many milliseconds ago it was when it was sent.
        return {"timestamp": telling.received_us - round(offset * 1000)}
    return {"timestamp": stated, "sentAt": sent}


def _read_context(properties: Mapping[str, Any]) -> Shaped:
    context: Shaped = {
        "library": {"name": properties.get("$lib")},
        "os": {"name": properties.get("$os")},
        "userAgent": _first(properties.get("$raw_user_agent"), properties.get("$user_agent")),
        "heartline": properties.get("heartline"),
    }
    if properties.get("$current_url") is not None:
        context["page"] = {"url": properties["$current_url"], "title": properties.get("$title")}
    return {key: value for key, value in context.items() if value is not None}


def _is_made_up(given: object) -> bool:
    return isinstance(given, str) and (_MADE_UP.match(given) or _MADE_UP_LONG_AGO.match(given)) is not None


def _first(*given: object) -> object:
    return next((value for value in given if value is not None and value != ""), None)
