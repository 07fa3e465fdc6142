"""Calls of mail services, signed as each signs them: what the tests of webhooks post at the door."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NOW_S = 1_795_000_000
SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four b").decode()
BOUNCED: dict[str, Any] = {
    "mailgun": {
        "event-data": {
            "event": "failed",
            "severity": "permanent",
            "id": "G9Bn5sl1TC6nu79C8C0bwg",
            "timestamp": NOW_S - 30.25,
            "recipient": "ada@example.com",
            "delivery-status": {"code": 550, "enhanced-code": "5.1.1", "message": "no ada@example.com here"},
        }
    },
    "sendgrid": [
        {
            "email": "ada@example.com",
            "timestamp": NOW_S - 30,
            "event": "bounce",
            "type": "bounce",
            "status": "5.1.1",
            "reason": "550 no ada@example.com here",
            "sg_event_id": "e-1",
        }
    ],
    "resend": {
        "type": "email.bounced",
        "created_at": "2026-11-18T11:06:00.000Z",
        "data": {
            "email_id": "m-1",
            "to": ["ada@example.com"],
            "subject": "Hello Ada",
            "bounce": {"type": "Permanent", "subType": "General", "message": "550 5.1.1 no ada@example.com here"},
        },
    },
}
REPORT = b"""\
From: MAILER-DAEMON@mx.example
To: care@example.org
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Original-Recipient: rfc822;Ada@example.com
Final-Recipient: rfc822; a.lovelace@elsewhere.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

Final-Recipient: rfc822; bo@example.com
Action: delayed
Status: 4.4.1
--b
Content-Type: message/rfc822

Subject: Hello

secret words
--b--
"""


def b64(secret: bytes, text: bytes, how: str = "sha256") -> str:
    return base64.b64encode(hmac.new(secret, text, how).digest()).decode()


def sign_standard(body: bytes, *, stamp: int = NOW_S, secret: str = SECRET) -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = b64(key, f"msg_1.{stamp}.".encode() + body)
    return {"webhook-id": "msg_1", "webhook-timestamp": str(stamp), "webhook-signature": f"v1,{signature}"}


def sign_mailgun(said: dict[str, Any], *, stamp: int = NOW_S, secret: str = SECRET) -> bytes:
    """The proof of Mailgun lies in the body, over a time and a token."""
    token = "a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0"
    proof = hmac.new(secret.encode(), f"{stamp}{token}".encode(), "sha256").hexdigest()
    return json.dumps({"signature": {"timestamp": str(stamp), "token": token, "signature": proof}, **said}).encode()


def key_of(secret: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(hashlib.sha256(secret.encode()).digest()), ec.SECP256R1())


def kept_secret(shape: str, secret: str = SECRET) -> str:
    """What is pasted on the source's page: SendGrid shows its public key, all others a secret."""
    if shape != "sendgrid":
        return secret
    public = key_of(secret).public_key()
    return base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def sign_sendgrid(body: bytes, *, stamp: int = NOW_S, secret: str = SECRET) -> dict[str, str]:
    signature = key_of(secret).sign(str(stamp).encode() + body, ec.ECDSA(SHA256()))
    head = "x-twilio-email-event-webhook"
    return {f"{head}-signature": base64.b64encode(signature).decode(), f"{head}-timestamp": str(stamp)}


def sign_resend(body: bytes, *, secret: str = SECRET) -> dict[str, str]:
    told = sign_standard(body, secret=secret).items()
    return {name.replace("webhook-", "svix-"): value for name, value in told}


def a_bounce(shape: str, said: object, *, secret: str = SECRET) -> tuple[bytes, dict[str, str]]:
    """A call of a mail service that says something."""
    if shape == "mailgun":
        assert isinstance(said, dict)
        return sign_mailgun(said, secret=secret), {}
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    sign = {"sendgrid": sign_sendgrid, "resend": sign_resend, "report": sign_standard}[shape]
    return body, sign(body, secret=secret)
