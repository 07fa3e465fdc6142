"""Twilio: messages by SMS and WhatsApp, signed over the public address and the form's fields.

The address signed is the one Twilio called, so behind a proxy it is made from the configured public base.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from heartline.collect.answers import XML
from heartline.collect.bodies import Rejection
from heartline.collect.hooks.shape import (
    BAD_SIGNATURE,
    NOT_READ,
    POSTS_ONLY,
    HookCall,
    Verified,
    is_signed,
    read_json,
    sign,
)
from heartline.collect.plain import name_person
from heartline.collect.telling import Shaped, Telling, read_dict
from heartline.records import SourceRules

_NOTHING_TO_SAY: Final = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
_MOST_FIELDS: Final = 500
_PORTS: Final = {"https": 443, "http": 80}
_WHATSAPP: Final = "whatsapp:"
# What becomes of a message that the company sent.
_STATES: Final = {
    "sent": ("Text message sent", "send"),
    "delivered": ("Text message delivered", "receive"),
    "read": ("Text message read", "open"),
    "undelivered": ("Text message not delivered", "fail"),
    "failed": ("Text message not delivered", "fail"),
}


class TwilioHook:
    """See ``Hook``."""

    def verify(self, call: HookCall, rules: SourceRules) -> Rejection | Verified:
        """See ``Hook``."""
        if call.method != "POST":
            return POSTS_ONLY
        digest = call.asked().get("bodySHA256", [""])[0]
        if digest:
            fields: dict[str, list[str]] = {}
            if not hmac.compare_digest(digest.lower().encode(), hashlib.sha256(call.body).hexdigest().encode()):
                return BAD_SIGNATURE
        else:
            try:
                fields = _read_form(call.body)
            except ValueError:
                return NOT_READ
        told = "".join(name + value for name in sorted(fields) for value in sorted(set(fields[name])))
        wanted = [
            sign(secret.encode(), (url + told).encode(), how="sha1")
            for secret in rules.hook_secrets
            for url in _spell(call.url)
        ]
        if not is_signed([call.header("x-twilio-signature")], wanted):
            return BAD_SIGNATURE
        if not digest:
            messages: list[object] = [{name: values[-1] for name, values in fields.items()}]
        else:
            body = read_json(call.body)
            messages = [*body] if isinstance(body, list) else [body]
        return Verified(messages=messages, answer=_NOTHING_TO_SAY, kind=XML)

    def translate(self, given: Mapping[str, Any], _telling: Telling) -> Shaped:
        """See ``Hook``. Fields of a form begin with capitals, those of an event stream do not."""
        told = {key[:1].lower() + key[1:]: value for key, value in {**given, **read_dict(given.get("data"))}.items()}
        state = _word(told.get("messageStatus") or told.get("smsStatus"))
        identity = _word(told.get("messageSid") or told.get("smsSid"))
        inbound = state in {"", "received"}
        person = _word(told.get("from") if inbound else told.get("to"))
        on_whatsapp = person.startswith(_WHATSAPP)
        touchpoint, action = ("Text message from customer", "write") if inbound else _STATES.get(state, ("", ""))
        if on_whatsapp:
            touchpoint = touchpoint.replace("Text message", "WhatsApp message")
        return {
            "type": "track",
            "event": touchpoint or (f"Text message {state}" if identity else None),
            "messageId": (identity if inbound else f"{identity} {state}") if identity else None,
            "timestamp": told.get("timestamp") or given.get("time"),
            "properties": {
                key: value for key, value in told.items() if key not in {"accountSid", "apiVersion", "data"}
            },
            "context": {
                "heartline": {
                    "channel": "whatsapp" if on_whatsapp else "sms",
                    "area": "service",
                    "action": action,
                    "text": told.get("body") if inbound else None,
                    "identifiers": name_person(phone=person.removeprefix(_WHATSAPP)),
                }
            },
        }


def _word(given: object) -> str:
    return given if isinstance(given, str) else ""


def _read_form(body: bytes) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS):
        fields.setdefault(name, []).append(value)
    return fields


def _spell(url: str) -> Iterator[str]:
    """Spell an address with and without its usual port: senders differ."""
    yield url
    parts = urlsplit(url)
    usual = _PORTS.get(parts.scheme)
    host, _, port = parts.netloc.rpartition(":")
    if host and port == str(usual):
        yield urlunsplit(parts._replace(netloc=host))
    elif not port.isdigit():
        yield urlunsplit(parts._replace(netloc=f"{parts.netloc}:{usual}"))
