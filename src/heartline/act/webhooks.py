"""Webhooks out: what is said, how it is signed (Standard Webhooks 1.0), and what comes of an attempt. All pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from heartline.records import Delivery, DeliveryState, Endpoint

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
OVERLAP_US: Final = 24 * 3_600_000_000
"""How long a replaced secret signs beside the new one."""
AGAIN_S: Final = (10, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""How long after each failed attempt the next one comes, before chance adds up to a fifth: about three days in all."""
LONGEST_WAIT_S: Final = 86_400
FAILING_US: Final = 3 * 86_400_000_000
"""After so long without one delivery an endpoint is switched off."""
OFF_GONE: Final = "gone"
OFF_FAILING: Final = "failing"
_GONE: Final = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an attempt: an HTTP status (0: no answer), why in a word, and for how long the other side asks."""

    status: int
    told: str = ""
    retry_after_s: int = 0

    @property
    def delivered(self) -> bool:
        """Whether the other side took it."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A delivery after an attempt, and why its endpoint is switched off now (empty: it is not)."""

    delivery: Delivery
    why_off: str = ""


def write_secret(random: bytes) -> str:
    """Return random bytes as a secret that every Standard Webhooks library reads."""
    return PREFIX + base64.b64encode(random).decode()


def secrets_of(endpoint: Endpoint, now_us: int) -> tuple[str, ...]:
    """Return what a message is signed with now: two secrets while one is being replaced."""
    former = endpoint.former_secret if endpoint.former_until_us > now_us else ""
    return tuple(filter(None, (endpoint.secret, former)))


def sign_message(secrets: tuple[str, ...], *, message_id: str, at_s: int, body: bytes) -> str:
    """Return ``webhook-signature``: ``v1,`` and base64 of HMAC-SHA256 over id, time and body, one for each secret."""
    signed = f"{message_id}.{at_s}.".encode() + body
    keys = [base64.b64decode(secret.removeprefix(PREFIX)) for secret in secrets]
    return " ".join(f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}" for key in keys)


def write_body(delivery: Delivery) -> bytes:
    """Return what is sent, as a CloudEvents 1.0 object. It is the same for each attempt.

    Of a customer it says only the ref by which heartline knows them.
    """
    at = datetime.fromtimestamp(delivery.at_us / 1_000_000, UTC)
    said: dict[str, object] = {
        "specversion": "1.0",
        "id": delivery.message_id,
        "source": "heartline",
        "type": delivery.kind.value,
        "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": json.loads(delivery.data),
    }
    if delivery.subject:
        said["subject"] = f"customers/{delivery.subject}"
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def write_headers(endpoint: Endpoint, delivery: Delivery, body: bytes, *, now_us: int) -> dict[str, str]:
    """Return the headers that prove who sent a message and when."""
    at_s = now_us // 1_000_000
    signature = sign_message(secrets_of(endpoint, now_us), message_id=delivery.message_id, at_s=at_s, body=body)
    return {
        "content-type": "application/json",
        "webhook-id": delivery.message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": signature,
    }


def judge_attempt(endpoint: Endpoint, delivery: Delivery, outcome: Outcome, *, now_us: int, chance: float) -> Verdict:
    """Say what becomes of a delivery and its endpoint. ``chance`` in 0…1 spreads the attempts of many."""
    tried = replace(delivery, attempts=delivery.attempts + 1, status=outcome.status, told=outcome.told, tried_us=now_us)
    if outcome.delivered:
        return Verdict(delivery=replace(tried, state=DeliveryState.DELIVERED))
    if outcome.status == _GONE:
        return Verdict(delivery=replace(tried, state=DeliveryState.FAILED), why_off=OFF_GONE)
    failing_us = now_us - endpoint.failing_us if endpoint.failing_us else 0
    why_off = OFF_FAILING if failing_us >= FAILING_US else ""
    if tried.attempts > len(AGAIN_S):
        return Verdict(delivery=replace(tried, state=DeliveryState.FAILED), why_off=why_off)
    wait_s = AGAIN_S[tried.attempts - 1] * (1 + 0.2 * chance)
    wait_s = min(LONGEST_WAIT_S * 1.2, max(wait_s, min(outcome.retry_after_s, LONGEST_WAIT_S)))
    return Verdict(delivery=replace(tried, due_us=now_us + int(wait_s * 1_000_000)), why_off=why_off)
