"""Meta's WhatsApp Cloud API: a challenge to begin with, then messages and what became of them, signed over the body."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from heartline.collect.answers import PLAIN
from heartline.collect.bodies import Rejection
from heartline.collect.hooks.shape import BAD_SIGNATURE, NOT_READ, POSTS_ONLY, Echo, HookCall, Verified, read_json, sign
from heartline.collect.plain import name_person
from heartline.collect.telling import Shaped, Telling, read_dict
from heartline.records import SourceRules

_CHALLENGE: Final = re.compile(r"^[\w.-]{1,200}$", re.ASCII)
_WRONG_TOKEN: Final = Rejection(403, "bad_token", "The token is not this source's.", "Copy it from the source's page.")
_STATES: Final = {
    "sent": ("WhatsApp message sent", "send"),
    "delivered": ("WhatsApp message delivered", "receive"),
    "read": ("WhatsApp message read", "open"),
    "failed": ("WhatsApp message not delivered", "fail"),
}


class MetaHook:
    """See ``Hook``."""

    def verify(self, call: HookCall, rules: SourceRules) -> Rejection | Verified | Echo:
        """See ``Hook``."""
        if call.method in {"GET", "HEAD"}:
            return _answer_challenge(call, rules)
        if call.method != "POST":
            return POSTS_ONLY
        given = call.header("x-hub-signature-256").removeprefix("sha256=").lower().encode()
        wanted = [sign(secret.encode(), call.body).hex().encode() for secret in rules.hook_secrets]
        if not any(hmac.compare_digest(given, one) for one in wanted):
            return BAD_SIGNATURE
        body = read_json(call.body)
        return Verified(messages=list(_split(body))) if isinstance(body, dict) else NOT_READ

    def translate(self, given: Mapping[str, Any], _telling: Telling) -> Shaped:
        """See ``Hook``."""
        message, status = read_dict(given.get("message")), read_dict(given.get("status"))
        if message:
            return _shape_message(message, read_dict(given.get("contact")))
        if status:
            return _shape_status(status)
        return {"type": None}


def _answer_challenge(call: HookCall, rules: SourceRules) -> Rejection | Echo:
    asked = call.asked()
    token, challenge = asked.get("hub.verify_token", [""])[0], asked.get("hub.challenge", [""])[0]
    is_ours = bool(rules.hook_token) and hmac.compare_digest(token.encode(), rules.hook_token.encode())
    if asked.get("hub.mode") != ["subscribe"] or not is_ours or not _CHALLENGE.match(challenge):
        return _WRONG_TOKEN
    return Echo(answer=challenge.encode(), kind=PLAIN)


def _split(body: Mapping[str, Any]) -> Iterator[object]:
    """Take a call apart into one object a message, a status, or a change of another kind."""
    for entry in _list(body.get("entry")):
        for change in _list(read_dict(entry).get("changes")):
            value = read_dict(read_dict(change).get("value"))
            contacts = {read_dict(one).get("wa_id"): one for one in _list(value.get("contacts")) if _has_word(one)}
            metadata = value.get("metadata")
            for message in _list(value.get("messages")):
                sender = read_dict(message).get("from")
                contact = contacts.get(sender) if isinstance(sender, str) else None
                yield {"message": message, "contact": contact, "metadata": metadata}
            for status in _list(value.get("statuses")):
                yield {"status": status, "metadata": metadata}
            if not value.get("messages") and not value.get("statuses"):
                yield {"change": change}


def _list(given: object) -> list[Any]:
    return given if isinstance(given, list) else []


def _has_word(contact: object) -> bool:
    return isinstance(read_dict(contact).get("wa_id"), str)


def _shape_message(message: Mapping[str, Any], contact: Mapping[str, Any]) -> Shaped:
    kind = message.get("type")
    name = read_dict(contact.get("profile")).get("name")
    return {
        "type": "track",
        "event": "WhatsApp message from customer",
        "messageId": message.get("id"),
        "timestamp": _read_seconds(message.get("timestamp")),
        "properties": {"kind": kind, "metadata": read_dict(message.get("context"))},
        "traits": {"name": name} if name else {},
        "context": {
            "heartline": {
                "channel": "whatsapp",
                "area": "service",
                "action": "write",
                "text": _find_text(message),
                "identifiers": name_person(phone=_write_phone(message.get("from"))),
            }
        },
    }


def _shape_status(status: Mapping[str, Any]) -> Shaped:
    state, identity = status.get("status"), status.get("id")
    touchpoint, action = _STATES.get(state, (f"WhatsApp message {state}", "")) if isinstance(state, str) else (None, "")
    return {
        "type": "track",
        "event": touchpoint,
        "messageId": f"{identity} {state}" if isinstance(identity, str) else None,
        "timestamp": _read_seconds(status.get("timestamp")),
        "properties": {key: value for key, value in status.items() if key in {"status", "errors", "conversation"}},
        "context": {
            "heartline": {
                "channel": "whatsapp",
                "area": "service",
                "action": action,
                "identifiers": name_person(phone=_write_phone(status.get("recipient_id"))),
            }
        },
    }


def _find_text(message: Mapping[str, Any]) -> object:
    """Return what was written, or chosen, or stands under a picture."""
    interactive = read_dict(message.get("interactive"))
    for part, key in (
        (message.get("text"), "body"),
        (message.get("button"), "text"),
        (interactive.get("button_reply"), "title"),
        (interactive.get("list_reply"), "title"),
        (message.get("image"), "caption"),
        (message.get("video"), "caption"),
        (message.get("document"), "caption"),
    ):
        found = read_dict(part).get(key)
        if found:
            return found
    return None


def _write_phone(given: object) -> str | None:
    """Meta writes numbers without their plus."""
    return f"+{given.lstrip('+')}" if isinstance(given, str) and given else None


def _read_seconds(given: object) -> object:
    return int(given) if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 15 else given
