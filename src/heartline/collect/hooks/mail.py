"""What comes back of e-mail: bounces and complaints, as Mailgun, SendGrid and Resend sign and tell them.

Only these two are taken; that something was delivered or opened is not. Of a notice only the address, what happened,
its code and its time go on: the words beside them name people.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from heartline.collect.bodies import Rejection
from heartline.collect.hooks.shape import BAD_SIGNATURE, NOT_READ, POSTS_ONLY, HookCall, Verified, read_json, sign
from heartline.collect.hooks.standard import STALE, prove
from heartline.collect.plain import name_person
from heartline.collect.telling import Shaped, Telling, read_dict
from heartline.records import BounceKind, SourceRules, find_status, weigh_failure

BOUNCE_MARK: Final = "mail_bounce"
"""The property by which a touch says that e-mail came back, and how."""
MAILGUN_PATIENCE_S: Final = 9 * 3_600
"""Mailgun tries again for eight hours."""
SENDGRID_PATIENCE_S: Final = 25 * 3_600
"""SendGrid tries again for a day. It signs the body, and events have ids: an old call says nothing new."""
_TOUCHES: Final = {
    BounceKind.HARD: "E-mail not delivered",
    BounceKind.SOFT: "E-mail not delivered for now",
    BounceKind.COMPLAINT: "E-mail called unwanted",
}
_MAILGUN_KNEW: Final = 605
"""Mailgun did not even try: the address had bounced before."""
_SENDGRID_DROPPED: Final = frozenset({"bounced address", "invalid"})


def write_notice(
    service: str, kind: BounceKind, *, email: object, status: str = "", identity: object, at: object
) -> Shaped:
    """Write what is kept of a notice."""
    return {"service": service, "bounce": kind.value, "email": email, "status": status, "id": identity, "at": at}


def shape_notice(given: Mapping[str, Any]) -> Shaped:
    """Return a notice as the gate reads events; what says nothing of a bounce is of no type."""
    kind = given.get("bounce")
    if kind not in set(BounceKind):
        return {"type": None}
    service, identity = given.get("service"), given.get("id")
    return {
        "type": "track",
        "event": _TOUCHES[BounceKind(kind)],
        "messageId": f"{service} {identity}" if isinstance(identity, str) and identity else None,
        "timestamp": given.get("at"),
        "properties": {BOUNCE_MARK: kind, "status": given.get("status"), "service": service},
        "context": {
            "heartline": {
                "channel": "email",
                "area": "service",
                "action": "fail",
                "identifiers": name_person(email=given.get("email")),
            }
        },
    }


class MailgunHook:
    """See ``Hook``. The signature is over a time and a token, not over the body: it is TLS that guards that."""

    def verify(self, call: HookCall, rules: SourceRules) -> Rejection | Verified:
        """See ``Hook``."""
        if call.method != "POST":
            return POSTS_ONLY
        body = read_dict(read_json(call.body))
        proof = read_dict(body.get("signature"))
        stamp, token, given = (_word(proof.get(name)) for name in ("timestamp", "token", "signature"))
        signed = f"{stamp}{token}".encode("utf-8", "replace")
        wanted = [sign(secret.encode(), signed).hex().encode() for secret in rules.hook_secrets]
        held = given.lower().encode("utf-8", "replace")
        if not _is_stamp(stamp) or not any(hmac.compare_digest(held, one) for one in wanted):
            return BAD_SIGNATURE
        if abs(call.now_us // 1_000_000 - int(stamp)) > MAILGUN_PATIENCE_S:
            return STALE
        return Verified(messages=list(_read_mailgun(read_dict(body.get("event-data")))))

    def translate(self, given: Mapping[str, Any], _telling: Telling) -> Shaped:
        """See ``Hook``."""
        return shape_notice(given)


def _read_mailgun(event: Mapping[str, Any]) -> Iterator[object]:
    name, told = event.get("event"), read_dict(event.get("delivery-status"))
    notice = partial(
        write_notice, "mailgun", email=event.get("recipient"), identity=event.get("id"),
        at=_seconds(event.get("timestamp")),
    )  # fmt: skip
    if name == "complained":
        yield notice(BounceKind.COMPLAINT)
    elif name == "failed":
        status = find_status(_word(told.get("enhanced-code")))
        knew = told.get("code") == _MAILGUN_KNEW
        kind = weigh_failure(permanent=event.get("severity") == "permanent", status="" if knew else status)
        yield notice(kind, status=status)


class SendgridHook:
    """See ``Hook``. Its secret is the public key that SendGrid shows; the signature is over time and body (ECDSA)."""

    def verify(self, call: HookCall, rules: SourceRules) -> Rejection | Verified:
        """See ``Hook``."""
        if call.method != "POST":
            return POSTS_ONLY
        stamp = call.header("x-twilio-email-event-webhook-timestamp")
        given = call.header("x-twilio-email-event-webhook-signature")
        if not _is_stamp(stamp) or not is_ecdsa_signed(given, stamp.encode() + call.body, rules.hook_secrets):
            return BAD_SIGNATURE
        if abs(call.now_us // 1_000_000 - int(stamp)) > SENDGRID_PATIENCE_S:
            return STALE
        body = read_json(call.body)
        if not isinstance(body, list):
            return NOT_READ
        return Verified(messages=[notice for one in body for notice in _read_sendgrid(read_dict(one))])

    def translate(self, given: Mapping[str, Any], _telling: Telling) -> Shaped:
        """See ``Hook``."""
        return shape_notice(given)


def is_ecdsa_signed(given: str, signed: bytes, keys: tuple[str, ...]) -> bool:
    """Tell whether a signature (base64 of DER) over a text was made by any of some public keys (base64 of DER)."""
    # Only who takes SendGrid's calls pays for loading it.
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415

    for text in keys:
        try:
            key = load_der_public_key(base64.b64decode(text, validate=True))
            if isinstance(key, EllipticCurvePublicKey):
                key.verify(base64.b64decode(given, validate=True), signed, ECDSA(SHA256()))
                return True
        except (InvalidSignature, ValueError, binascii.Error, TypeError):
            continue
    return False


def _read_sendgrid(event: Mapping[str, Any]) -> Iterator[object]:
    name, reason = event.get("event"), _word(event.get("reason")).lower()
    notice = partial(
        write_notice, "sendgrid", email=event.get("email"), identity=event.get("sg_event_id"),
        at=_seconds(event.get("timestamp")),
    )  # fmt: skip
    if name == "spamreport":
        yield notice(BounceKind.COMPLAINT)
    elif name == "bounce":
        status = find_status(_word(event.get("status")) or reason)
        sure = _word(event.get("bounce_classification")).lower() == "invalid address"
        kind = weigh_failure(permanent=event.get("type") != "blocked", status="" if sure else status)
        yield notice(kind, status=status)
    elif name == "dropped" and reason in _SENDGRID_DROPPED:
        yield notice(BounceKind.HARD)


class ResendHook:
    """See ``Hook``. The scheme is that of Standard Webhooks, under the headers it had before it was one."""

    def verify(self, call: HookCall, rules: SourceRules) -> Rejection | Verified:
        """See ``Hook``."""
        proof = prove(call, rules, prefix="svix")
        if isinstance(proof, Rejection):
            return proof
        body = read_json(call.body)
        if not isinstance(body, dict):
            return NOT_READ
        return Verified(messages=list(_read_resend(body, proof.identity)))

    def translate(self, given: Mapping[str, Any], _telling: Telling) -> Shaped:
        """See ``Hook``."""
        return shape_notice(given)


def _read_resend(body: Mapping[str, Any], identity: str) -> Iterator[object]:
    name, data = body.get("type"), read_dict(body.get("data"))
    told = read_dict(data.get("bounce"))
    to = data.get("to")
    for place, email in enumerate(to if isinstance(to, list) else [to]):
        notice = partial(write_notice, "resend", email=email, identity=f"{identity} {place}", at=body.get("created_at"))
        if name == "email.complained":
            yield notice(BounceKind.COMPLAINT)
        elif name == "email.bounced":
            status = find_status(_word(told.get("message")))
            kind = weigh_failure(permanent=told.get("type") == "Permanent", status=status)
            yield notice(kind, status=status)


def _word(given: object) -> str:
    return given if isinstance(given, str) else ""


def _is_stamp(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12


def _seconds(given: object) -> int | None:
    return int(given) if isinstance(given, (int, float)) and 0 < given < 1e11 else None
