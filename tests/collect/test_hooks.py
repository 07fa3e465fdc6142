"""Signed webhooks: what proves itself is journaled once by its own id, all else is refused whole and never kept.

Origins of the goldens: the test vectors of Standard Webhooks and of Twilio's own library; the shapes of messages are
written by hand after the senders' documentation.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from mail_calls import BOUNCED, NOW_S, REPORT, SECRET, a_bounce, b64, kept_secret, sign_standard

from heartline.collect import HOOKS, MAIL_HOOKS, GateRules, pass_gate
from heartline.collect.hooks import HookCall, Verified
from heartline.collect.hooks.standard import TOLERANCE_S
from heartline.config import Settings
from heartline.records import Interaction, Refusal, Source, SourceRules

TEXT = {"MessageSid": "SM1", "AccountSid": "AC1", "From": "+442079460000", "To": "+442079460001", "Body": "Wo? & wann?"}
WHATSAPP = {
    "object": "whatsapp_business_account",
    "entry": [
        {
            "id": "1",
            "changes": [
                {
                    "field": "messages",
                    "value": {
                        "metadata": {"phone_number_id": "9"},
                        "contacts": [{"wa_id": "442079460000", "profile": {"name": "Ada"}}],
                        "messages": [
                            {
                                "id": "wamid.1",
                                "from": "442079460000",
                                "timestamp": "1794999970",
                                "type": "text",
                                "text": {"body": "Kalt"},
                            },
                            {
                                "id": "wamid.2",
                                "from": "442079460000",
                                "timestamp": "1794999971",
                                "type": "button",
                                "button": {"text": "Yes"},
                            },
                        ],
                    },
                },
                {
                    "field": "messages",
                    "value": {
                        "statuses": [
                            {
                                "id": "wamid.3",
                                "status": state,
                                "timestamp": "1794999980",
                                "recipient_id": "442079460000",
                            }
                            for state in ("delivered", "read")
                        ]
                    },
                },
            ],
        }
    ],
}
ORDER = {
    "id": 4501,
    "name": "#1001",
    "currency": "EUR",
    "total_price": "19.90",
    "email": "ada@example.com",
    "customer": {"id": 77, "phone": "+442079460000"},
}


def sign_twilio(
    fields: dict[str, str], *, url: str = "http://localhost/hooks/2", secret: str = SECRET
) -> dict[str, str]:
    told = url + "".join(name + fields[name] for name in sorted(fields))
    return {"x-twilio-signature": b64(secret.encode(), told.encode(), "sha1")}


def sign_meta(body: bytes, *, secret: str = SECRET) -> dict[str, str]:
    return {"x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()}


def sign_shopify(body: bytes, *, topic: str = "orders/create", secret: str = SECRET) -> dict[str, str]:
    return {
        "x-shopify-hmac-sha256": b64(secret.encode(), body),
        "x-shopify-topic": topic,
        "x-shopify-event-id": "e-1",
        "x-shopify-triggered-at": "2026-11-18T11:06:00Z",
    }


def a_call(shape: str, *, secret: str = SECRET) -> tuple[bytes, dict[str, str]]:
    if shape in MAIL_HOOKS:
        return a_bounce(shape, BOUNCED.get(shape, REPORT), secret=secret)
    if shape == "standard":
        body = json.dumps({"type": "ticket.closed", "data": {"email": "ada@example.com"}}).encode()
        return body, sign_standard(body, secret=secret)
    if shape == "twilio":
        return urlencode(TEXT).encode(), sign_twilio(TEXT, secret=secret)
    if shape == "meta":
        body = json.dumps(WHATSAPP).encode()
        return body, sign_meta(body, secret=secret)
    body = json.dumps(ORDER).encode()
    return body, sign_shopify(body, secret=secret)


def ask(doorstep: Any, shape: str, body: bytes, headers: dict[str, str], **given: Any) -> Any:
    rules = SourceRules(hook=shape, hook_secrets=(kept_secret(shape),), hook_token="a token")
    doorstep.asked.setdefault(2, rules)
    return doorstep.call("POST", "/hooks/2", body, key=None, headers={"host": "localhost", **headers}, **given)


def judge(doorstep: Any, source: Source) -> list[Any]:
    return pass_gate(doorstep.bodies[-1], source, GateRules())


@pytest.mark.parametrize("shape", HOOKS)
def test_a_signed_call_is_stored_and_said_in_our_words(doorstep: Any, trusted: Source, shape: str) -> None:
    reply = ask(doorstep, shape, *a_call(shape))
    assert reply.status == 200
    assert shape != "twilio" or (reply.headers["content-type"].startswith("text/xml") and b"<Response/>" in reply.body)
    outcomes = judge(doorstep, trusted)
    assert all(isinstance(outcome, Interaction) for outcome in outcomes)
    by_phone = {"twilio", "meta"}
    assert outcomes[0].subject.kind.value == ("phone" if shape in by_phone else "email")


@pytest.mark.parametrize("shape", HOOKS)
@pytest.mark.parametrize("harm", ["secret", "body", "unsigned", "empty signature", "no secret set"])
def test_what_does_not_prove_itself_is_refused_whole(doorstep: Any, shape: str, harm: str) -> None:
    other = "whsec_" + base64.b64encode(b"another secret, as long as").decode()
    body, headers = a_call(shape, secret=other if harm == "secret" else SECRET)
    if harm == "body":
        body = body.replace(b"a", b"b")
    elif harm in {"unsigned", "empty signature"} and shape == "mailgun":
        nothing = {"timestamp": str(NOW_S), "token": "", "signature": ""}
        body = json.dumps(BOUNCED[shape] | {"signature": nothing}).encode()
    elif harm == "unsigned":
        headers = {}
    elif harm == "empty signature":
        headers = {name: "" if "sig" in name or "hmac" in name else value for name, value in headers.items()}
    elif harm == "no secret set":
        doorstep.asked[2] = SourceRules(hook=shape)
    reply = ask(doorstep, shape, body, headers)
    assert (reply.status, reply.json["code"]) == (401, "bad_signature")
    assert doorstep.bodies == []
    assert doorstep.refused == [("bad_signature", 2)]


@pytest.mark.parametrize("shape", HOOKS)
def test_while_a_secret_is_replaced_both_are_good(doorstep: Any, shape: str) -> None:
    new = "whsec_" + base64.b64encode(b"the next one, no less long").decode()
    doorstep.asked[2] = SourceRules(hook=shape, hook_secrets=(kept_secret(shape), kept_secret(shape, new)))
    for secret in (SECRET, new):
        assert ask(doorstep, shape, *a_call(shape, secret=secret)).status == 200


@pytest.mark.parametrize("shape", HOOKS)
def test_the_same_call_again_has_the_same_message_ids(doorstep: Any, trusted: Source, shape: str) -> None:
    told = []
    for _ in range(2):
        ask(doorstep, shape, *a_call(shape))
        told.append([outcome.message_id for outcome in judge(doorstep, trusted)])
    assert told[0] == told[1]
    assert len(set(told[0])) == len(told[0])
    assert not any(name.startswith("heartline-") for name in told[0]), "its own ids, not ours"


@pytest.mark.parametrize(("off_s", "status"), [(TOLERANCE_S, 200), (TOLERANCE_S + 1, 401), (-TOLERANCE_S - 1, 401)])
def test_a_standard_webhook_is_five_minutes_old_at_most(doorstep: Any, off_s: int, status: int) -> None:
    body = b'{"type":"x","data":{"userId":"u"}}'
    reply = ask(doorstep, "standard", body, sign_standard(body, stamp=NOW_S - off_s))
    assert reply.status == status
    assert status == 200 or reply.json["code"] == "stale_signature"


def test_one_of_several_signatures_is_enough(doorstep: Any) -> None:
    body = b'{"type":"x","data":{"userId":"u"}}'
    headers = sign_standard(body)
    headers["webhook-signature"] = f"v1a,AAAA v1,AAAA {headers['webhook-signature']}"
    assert ask(doorstep, "standard", body, headers).status == 200


def call_of(body: bytes, headers: dict[str, str], *, url: str = "", query: str = "", at_s: int = NOW_S) -> HookCall:
    pairs = {name.encode(): value.encode() for name, value in headers.items()}
    return HookCall(method="POST", body=body, headers=pairs, query=query.encode(), url=url, now_us=at_s * 1_000_000)


def test_the_vector_of_standard_webhooks() -> None:
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    rules = SourceRules(hook_secrets=("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",))
    call = call_of(b'{"test": 2432232314}', headers, at_s=1_614_265_330)
    assert isinstance(HOOKS["standard"].verify(call, rules), Verified)


@pytest.mark.parametrize("port", ["", ":443"])
def test_the_vectors_of_twilio(port: str) -> None:
    rules = SourceRules(hook_secrets=("12345",))
    url = f"https://mycompany.com{port}/myapp.php?foo=1&bar=2"
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
        "Caller": "+14158675309",
    }
    call = call_of(urlencode(form).encode(), {"x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}, url=url)
    assert isinstance(HOOKS["twilio"].verify(call, rules), Verified)
    digest = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
    query = f"foo=1&bar=2&bodySHA256={digest}"
    said = call_of(
        b'{"property": "value", "boolean": true}',
        {"x-twilio-signature": "a9nBmqA0ju/hNViExpshrM61xv4="},
        url=url.replace("foo=1&bar=2", query),
        query=query,
    )
    assert isinstance(HOOKS["twilio"].verify(said, rules), Verified)
    assert not isinstance(HOOKS["twilio"].verify(replace(said, body=b"{}"), rules), Verified)


def test_twilio_signs_the_public_address_not_the_one_behind_the_proxy(doorstep: Any) -> None:
    doorstep.settings = Settings(base_url="https://cx.example")
    body = urlencode(TEXT).encode()
    assert ask(doorstep, "twilio", body, sign_twilio(TEXT)).status == 401
    assert ask(doorstep, "twilio", body, sign_twilio(TEXT, url="https://cx.example/hooks/2")).status == 200


def test_messages_become_touches_with_their_text(doorstep: Any, trusted: Source) -> None:
    ask(doorstep, "twilio", *a_call("twilio"))
    (text,) = judge(doorstep, trusted)
    assert (text.channel, text.touchpoint, text.action) == ("sms", "Text message from customer", "write")
    assert (text.text, text.subject.value, text.message_id) == ("Wo? & wann?", "+442079460000", "SM1")
    doorstep.asked.clear()
    ask(doorstep, "meta", *a_call("meta"))
    said, chosen, delivered, read = judge(doorstep, trusted)
    assert (said.channel, said.text, said.traits, said.ts_us) == (
        "whatsapp",
        "Kalt",
        {"name": "Ada"},
        1_794_999_970_000_000,
    )
    assert (chosen.text, chosen.message_id) == ("Yes", "wamid.2")
    assert [delivered.touchpoint, read.touchpoint] == ["WhatsApp message delivered", "WhatsApp message read"]
    assert {each.subject.value for each in (said, chosen, delivered, read)} == {"+442079460000"}


def test_an_order_is_paid_and_a_refund_given_back(doorstep: Any, trusted: Source) -> None:
    ask(doorstep, "shopify", *a_call("shopify"))
    (order,) = judge(doorstep, trusted)
    assert (order.touchpoint, order.amount_minor, order.currency, order.order) == ("Order placed", 1990, "EUR", "4501")
    body = json.dumps(
        {"order_id": 4501, "transactions": [{"kind": "refund", "amount": "5.00", "currency": "EUR"}]}
    ).encode()
    ask(doorstep, "shopify", body, sign_shopify(body, topic="refunds/create"))
    (refund,) = judge(doorstep, trusted)
    assert (refund.touchpoint, refund.amount_minor, refund.order) == ("Order refunded", -500, "4501")
    assert set(refund.identifiers) & set(order.identifiers), "the refund finds the customer by the order"
    changed = json.dumps(ORDER).encode()
    ask(doorstep, "shopify", changed, sign_shopify(changed, topic="orders/updated"))
    assert judge(doorstep, trusted)[0].amount_minor is None, "the same money is not counted twice"
    ask(doorstep, "shopify", b"{}", sign_shopify(b"{}", topic="customers/redact"))
    assert isinstance(judge(doorstep, trusted)[0], Refusal)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"hub.mode": "subscribe", "hub.verify_token": "a token", "hub.challenge": "1158201444"}, 200),
        ({"hub.mode": "subscribe", "hub.verify_token": "another", "hub.challenge": "1"}, 403),
        ({"hub.mode": "subscribe", "hub.verify_token": "a token", "hub.challenge": "<script>"}, 403),
        ({"hub.verify_token": "a token", "hub.challenge": "1"}, 403),
        ({}, 403),
    ],
)
def test_meta_s_challenge_is_answered_to_who_knows_the_token(doorstep: Any, asked: dict[str, str], status: int) -> None:
    doorstep.asked[2] = SourceRules(hook="meta", hook_secrets=(SECRET,), hook_token="a token")
    reply = doorstep.call("GET", "/hooks/2", key=None, query=urlencode(asked))
    assert reply.status == status
    if status == 200:
        assert (reply.body, reply.headers["content-type"]) == (b"1158201444", "text/plain; charset=utf-8")
    assert doorstep.bodies == []


def test_without_a_token_of_ours_no_challenge_is_answered(doorstep: Any) -> None:
    doorstep.asked[2] = SourceRules(hook="meta", hook_secrets=(SECRET,))
    query = urlencode({"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"})
    assert doorstep.call("GET", "/hooks/2", key=None, query=query).status == 403


@pytest.mark.parametrize("path", ["/hooks/1", "/hooks/3", "/hooks/99", "/hooks/", "/hooks/x", "/hooks/٣", "/hooks/2/x"])
def test_where_no_webhook_is_expected_nothing_is_served(doorstep: Any, path: str) -> None:
    rules = SourceRules(hook="meta", hook_secrets=(SECRET,))
    doorstep.asked.update({2: rules, 3: rules})
    body, headers = a_call("meta")
    assert doorstep.call("POST", path, body, key=None, headers=headers).status == 404


@pytest.mark.parametrize("shape", [shape for shape in HOOKS if shape != "meta"])
def test_webhooks_are_posted(doorstep: Any, shape: str) -> None:
    doorstep.asked[2] = SourceRules(hook=shape, hook_secrets=(SECRET,))
    assert doorstep.call("GET", "/hooks/2", key=None).status == 405


def test_no_whole_address_is_kept(doorstep: Any) -> None:
    body = json.dumps({"type": "x", "data": {"userId": "u", "ip": "203.0.113.77"}}).encode()
    ask(doorstep, "standard", body, sign_standard(body))
    assert b"203.0.113.0" in doorstep.bodies[0].payload
    assert b"203.0.113.77" not in doorstep.bodies[0].payload


def test_signatures_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch, doorstep: Any) -> None:
    compared: list[int] = []
    real = hmac.compare_digest

    def note(one: bytes, other: bytes) -> bool:
        compared.append(len(other))
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", note)
    # Whoever signs by a key of which we have the public half leaves us no secret to guard.
    for shape in HOOKS.keys() - {"sendgrid"}:
        doorstep.asked.clear()
        before = len(compared)
        ask(doorstep, shape, *a_call(shape))
        assert len(compared) > before, shape
    assert hashlib.sha256().digest_size * 2 in compared


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/e/", b"", 405),
        ("POST", "/e/", b"data=1&" * 100, 400),
        ("POST", "/capture/", b"data=&" * 100, 400),
        ("GET", "/hooks/2", b"", 403),
    ],
)
def test_a_query_or_form_of_too_many_fields_is_refused_for_good(
    doorstep: Any, method: str, path: str, body: bytes, status: int
) -> None:
    doorstep.asked[2] = SourceRules(hook="meta", hook_secrets=(SECRET,), hook_token="a token")
    assert doorstep.call(method, path, body, key=None, query="data=1" + "&a=1" * 200).status == status
    doorstep.asked[2] = SourceRules(hook="twilio", hook_secrets=(SECRET,))
    assert doorstep.call("POST", "/hooks/2", b"a=1", key=None, query="&a=1" * 200).status == 401
