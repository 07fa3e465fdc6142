"""Standard Webhooks 1.0: ``webhook-id``, ``webhook-timestamp`` and several signatures, five minutes old at most."""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

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
from heartline.collect.plain import shape_plain
from heartline.collect.telling import Shaped, Telling, read_dict
from heartline.records import SourceRules

TOLERANCE_S: Final = 5 * 60
_PREFIX: Final = "whsec_"
_MOST_SIGNATURES: Final = 20
STALE: Final = Rejection(
    401, "stale_signature", "The signature is too old, or from the future.", "Check the sender's clock."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a signature vouches for: the message's own id, and when it was sent."""

    identity: str
    sent_s: int


class StandardHook:
    """See ``Hook``."""

    def verify(self, call: HookCall, rules: SourceRules) -> Rejection | Verified:
        """See ``Hook``."""
        proof = prove(call, rules)
        if isinstance(proof, Rejection):
            return proof
        body = read_json(call.body)
        if not isinstance(body, dict):
            return NOT_READ
        return Verified(messages=[{"id": proof.identity, "sent": proof.sent_s, "body": body}])

    def translate(self, given: Mapping[str, Any], _telling: Telling) -> Shaped:
        """See ``Hook``. The body is ``{"type", "timestamp", "data"}``; what has no ``data`` is data itself."""
        body = read_dict(given.get("body"))
        data = body.get("data")
        return shape_plain(
            data if isinstance(data, dict) else body,
            name=body.get("type"),
            message_id=given.get("id"),
            at=body.get("timestamp") or given.get("sent"),
        )


def prove(call: HookCall, rules: SourceRules, *, prefix: str = "webhook") -> Rejection | Proof:
    """Prove a call by its signature, whatever its body is; ``prefix`` is how its headers begin."""
    if call.method != "POST":
        return POSTS_ONLY
    identity, stamp = call.header(f"{prefix}-id"), call.header(f"{prefix}-timestamp")
    given = [
        signature
        for version, _, signature in (each.partition(",") for each in call.header(f"{prefix}-signature").split())
        if version == "v1"
    ]
    if not identity or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        return BAD_SIGNATURE
    signed = f"{identity}.{stamp}.".encode("latin-1") + call.body
    wanted = [sign(key, signed) for secret in rules.hook_secrets for key in _keys_of(secret)]
    if not is_signed(given[:_MOST_SIGNATURES], wanted):
        return BAD_SIGNATURE
    if abs(call.now_us // 1_000_000 - int(stamp)) > TOLERANCE_S:
        return STALE
    return Proof(identity=identity, sent_s=int(stamp))


def _keys_of(secret: str) -> list[bytes]:
    """Return what a secret may stand for: base64 after ``whsec_``; without the prefix its own bytes too."""
    bare = secret.removeprefix(_PREFIX)
    keys = [] if bare != secret else [secret.encode()]
    with contextlib.suppress(binascii.Error, ValueError):
        keys.append(base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True))
    return keys
