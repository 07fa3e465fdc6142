"""R7 by machine: whatever bytes come, the door never answers 5xx and the gate never raises or miscounts."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import os
import time
from typing import Any

import msgspec
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from heartline.collect import HOOKS, GateRules, pass_gate
from heartline.records import Body, Interaction, Refusal, Source, SourceRules, Trust
from tries import some

RECEIVED_US = 1_795_000_000_000_000
TRUSTED = Source(source_id=2, name="s", write_key="k", trust=Trust.TRUSTED)
PATHS = [
    "/v1/batch",
    "/v1/track",
    "/v1/i",
    "/beacon/v1/batch",
    "/v1/m",
    "/sourceConfig/",
    "/v1/projects/x/settings",
    "/v1/",
    *("/batch/", "/e", "/i/v0/e/", "/engage", "/capture", "/track/", "/s/", "/flags/", "/decide", "/i/v1/x"),
    *("/array/x/config.js", "/array/x/config", "/array/", "/static/array.js"),
    *("/v1/cloudevents", "/hooks/2", "/hooks/", "/hooks/99999999999"),
]
HEADERS = [
    {},
    {"content-encoding": "gzip"},
    {"content-encoding": "deflate"},
    {"content-type": "application/cloudevents+json"},
    {"content-type": "application/cloudevents-batch+json"},
    {"ce-id": "1", "ce-source": "%F0%9F%98", "ce-type": "x", "content-type": "application/json"},
    {"ce-id": "1", "content-type": "text/plain"},
    {"origin": "null", "user-agent": "bot", "access-control-request-headers": "a,,\x00"},
    {"authorization": "Basic !!!!", "anonymousid": "====", "sentat": "\xff"},
]
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
KEYS = [
    *("type", "event", "name", "userId", "anonymousId", "previousId", "messageId", "timestamp", "originalTimestamp"),
    *("sentAt", "context", "properties", "traits", "heartline", "identifiers", "external", "externalIds", "device"),
    *("id", "strong", "score", "kind", "value", "top", "amount", "currency", "order_id", "revenue", "email", "phone"),
    *("library", "page", "batch", "sent_at", "api_key", "token", "_heartline", "dialect", "only", "staff", "userAgent"),
]
SAID: dict[str, list[str]] = {
    "posthog": [
        *("event", "distinct_id", "$distinct_id", "uuid", "timestamp", "offset", "sent_at", "properties", "$set"),
        *("$set_once", "alias", "$anon_distinct_id", "$device_id", "$user_id", "$is_identified", "$group_type"),
        *("$group_key", "$group_set", "$lib", "$os", "$current_url", "$raw_user_agent", "heartline", "$insert_id"),
    ],
    "cloudevents": [
        "specversion",
        "id",
        "source",
        "type",
        "time",
        "data",
        "userid",
        "userId",
        "email",
        "customer",
        "text",
    ],
    "standard": ["id", "sent", "body", "type", "timestamp", "data", "userId", "customer", "email", "heartline"],
    "twilio": ["MessageSid", "From", "To", "Body", "MessageStatus", "data", "from", "to", "timestamp", "time"],
    "meta": [
        *("message", "status", "contact", "metadata", "id", "from", "timestamp", "text", "body", "type", "button"),
        *("interactive", "list_reply", "title", "image", "caption", "recipient_id", "profile", "name", "context"),
    ],
    "shopify": [
        *(
            "topic",
            "id",
            "at",
            "body",
            "customer",
            "email",
            "phone",
            "order_id",
            "line_items",
            "transactions",
            "amount",
        ),
        *("kind", "currency", "total_price", "first_name", "product_id", "contact_email", "updated_at"),
    ],
}
"""What the messages of each dialect hold."""
CALLED = ["$identify", "$create_alias", "$groupidentify", "$pageview", "$screen", "orders/create", "refunds/create"]
WORDS = [
    "track",
    "identify",
    "alias",
    "page",
    "nps",
    "u1",
    "2026-11-18T10:00:00Z",
    "Order Completed",
    "1e999",
    "null",
    "+44",
]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS) | ANY_TEXT
ANY_JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | ANY_TEXT, inner, max_size=8),
    max_leaves=25,
)
EVENTS = st.dictionaries(st.sampled_from(KEYS), ANY_JSON, max_size=12).map(
    lambda event: {"type": "track", "userId": "u", **event}
)
EXAMPLES = 150 * int(os.environ.get("FUZZ", "1"))
"""``make fuzz`` asks for more."""


def speak(dialect: str) -> st.SearchStrategy[Any]:
    """Make messages of a dialect, whose fields hold anything at all."""
    keys = st.sampled_from(SAID[dialect])
    leaves = LEAVES | st.sampled_from(CALLED)
    anything = st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys | ANY_TEXT, inner, max_size=6),
        max_leaves=15,
    )
    return st.dictionaries(keys, anything, max_size=10)


FEWER = settings(
    deadline=None,
    max_examples=some(80),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
QUIET = settings(
    deadline=None,
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def check(outcomes: list[Any], count: int) -> None:
    assert len(outcomes) == count
    for outcome in outcomes:
        assert isinstance(outcome, (Interaction, Refusal))
        if isinstance(outcome, Interaction):
            assert isinstance(msgspec.json.decode(outcome.properties), dict)
            assert outcome.identifiers
            assert 0 <= outcome.ts_us <= outcome.received_us
            assert len(outcome.touchpoint) <= 200
            outcome.touchpoint.encode()
            outcome.message_id.encode()
            msgspec.json.encode(outcome.traits)


@QUIET
@given(
    body=st.binary(max_size=300),
    path=st.sampled_from(PATHS),
    method=st.sampled_from(["POST", "GET", "OPTIONS", "HEAD", "PUT"]),
    headers=st.sampled_from(HEADERS),
    query=st.sampled_from(
        ["", "data=%F0%9F", "data=eyJhIjoxfQ", "writeKey=", "bodySHA256=x", "hub.mode=subscribe&hub.challenge=1"]
    ),
)
@example(body=b'{"batch":[{"a":"\\ud800"}]}', path="/v1/batch", method="POST", headers={}, query="")
@example(body=b"[" * 5_000, path="/v1/cloudevents", method="POST", headers=HEADERS[5], query="")
@example(body=b"[" * 5_000, path="/batch", method="POST", headers={}, query="")
@example(body=b"data=%FF", path="/e", method="POST", headers={}, query="")
def test_no_bytes_make_the_door_fail(
    doorstep: Any, body: bytes, path: str, method: str, headers: dict[str, str], query: str
) -> None:
    doorstep.asked[2] = SourceRules(hook=sorted(HOOKS)[len(body) % len(HOOKS)], hook_secrets=("s",), hook_token="t")
    began = time.process_time()
    for sent in (body, gzip.compress(body), b'{"batch":[' + body + b"]}", b"data=" + base64.b64encode(body)):
        reply = doorstep.call(method, path, sent, headers=headers, query=query, address="203.0.113.9")
        assert 200 <= reply.status < 500, reply.body
        if not path.startswith(("/static", "/array")):
            json.loads(reply.body)
    assert time.process_time() - began < 10, "it hung"
    for journaled in doorstep.bodies:
        check(pass_gate(journaled, TRUSTED, GateRules()), journaled.events)
    doorstep.bodies.clear()


@FEWER
@given(data=st.data(), dialect=st.sampled_from(sorted(SAID)), trust=st.sampled_from(Trust))
def test_any_message_of_any_dialect_becomes_an_interaction_or_a_refusal(
    data: st.DataObject, dialect: str, trust: Trust
) -> None:
    batch = data.draw(st.lists(speak(dialect) | ANY_JSON, min_size=1, max_size=4))
    note = {"dialect": dialect, "only": data.draw(st.sampled_from([[], ["x"]])), "staff": ["x.example"]}
    payload = json.dumps({"batch": batch, "sent_at": data.draw(LEAVES), "_heartline": note}).encode()
    source = Source(source_id=1, name="s", write_key="k", trust=trust)
    body = Body(source_id=1, received_us=RECEIVED_US, payload=payload, events=len(batch))
    check(pass_gate(body, source, GateRules()), len(batch))


@FEWER
@given(data=st.data(), dialect=st.sampled_from(["meta", "shopify", "standard", "twilio"]))
def test_any_signed_call_is_taken_or_refused(doorstep: Any, data: st.DataObject, dialect: str) -> None:
    """What is signed rightly may still say anything."""
    body = json.dumps(data.draw(st.dictionaries(st.sampled_from(["entry", "changes", "value", "messages"]), ANY_JSON)))
    if dialect == "meta":
        body = json.dumps({"entry": [{"changes": [{"value": data.draw(speak("meta"))}, data.draw(ANY_JSON)]}]})
    doorstep.asked[2] = SourceRules(hook=dialect, hook_secrets=("s",))
    raw = body.encode()
    signature = base64.b64encode(hmac.new(b"s", raw, "sha256").digest()).decode()
    digest = hashlib.sha256(raw).hexdigest()
    query = f"bodySHA256={digest}" if dialect == "twilio" else ""
    address = f"http://localhost/hooks/2?{query}"
    stamp = RECEIVED_US // 1_000_000
    headers = {
        "host": "localhost",
        "x-hub-signature-256": hmac.new(b"s", raw, "sha256").hexdigest(),
        "x-shopify-hmac-sha256": signature,
        "x-shopify-topic": data.draw(st.sampled_from(["orders/create", "", "customers/update", "refunds/create"])),
        "webhook-id": "1",
        "webhook-timestamp": str(stamp),
        "webhook-signature": "v1,"
        + base64.b64encode(hmac.new(b"s", f"1.{stamp}.".encode() + raw, "sha256").digest()).decode(),
        "x-twilio-signature": base64.b64encode(hmac.new(b"s", address.encode(), "sha1").digest()).decode(),
    }
    reply = doorstep.call("POST", "/hooks/2", raw, key=None, headers=headers, query=query)
    assert reply.status == 200, reply.body
    for journaled in doorstep.bodies:
        check(pass_gate(journaled, TRUSTED, GateRules()), journaled.events)
    doorstep.bodies.clear()


@QUIET
@given(event=ANY_JSON | EVENTS, single=st.booleans())
def test_any_value_becomes_an_interaction_or_a_refusal(
    doorstep: Any,
    public: Source,
    trusted: Source,
    event: Any,
    single: bool,  # noqa: FBT001
) -> None:
    body = event if single else {"batch": [event, {"type": "page", "userId": "u2"}, event], "context": event}
    reply = doorstep.post("/v1/track" if single else "/v1/batch", body)
    if reply.status == 400:
        assert single
        assert not isinstance(event, dict)
        return
    journaled = doorstep.bodies[-1]
    for source in (public, trusted):
        outcomes = pass_gate(journaled, source, GateRules())
        check(outcomes, journaled.events)
        assert outcomes == pass_gate(journaled, source, GateRules())
        if not single:
            assert isinstance(outcomes[1], Interaction)


@QUIET
@given(payload=st.binary(max_size=300), events=st.integers(0, 3))
def test_no_journaled_bytes_make_the_gate_fail(payload: bytes, events: int) -> None:
    source = Source(source_id=1, name="s", write_key="k", trust=Trust.TRUSTED)
    for sent in (payload, b'{"batch":[' + payload + b"]}", b'{"batch":[{"type":"page","userId":"' + payload + b'"}]}'):
        for outcome in pass_gate(
            Body(source_id=1, received_us=RECEIVED_US, payload=sent, events=events), source, GateRules()
        ):
            assert isinstance(outcome, (Interaction, Refusal))
