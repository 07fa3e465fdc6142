"""What each SDK sends, as the table of protocols.md §1.2 records it, through door and gate.

The shapes are written by hand after that table; the SDKs themselves run against the whole server elsewhere.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from heartline.collect import GateRules, pass_gate, paths
from heartline.records import Interaction, Source

HTTP_PAGE = Path(__file__).parents[2] / "docs/reference/http-api.md"
BASIC = {"authorization": "Basic " + base64.b64encode(b"server-key:").decode()}
PUBLIC_BASIC = {"authorization": "Basic " + base64.b64encode(b"public-key:").decode()}


def deliver(doorstep: Any, source: Source, path: str, body: bytes, **given: Any) -> list[Interaction]:
    reply = doorstep.call("POST", path, body, key=None, **given)
    assert reply.status == 200, reply.body
    outcomes = pass_gate(doorstep.bodies[-1], source, GateRules())
    assert all(isinstance(outcome, Interaction) for outcome in outcomes), outcomes
    return outcomes  # type: ignore[return-value]


def claimed(outcome: Interaction) -> list[tuple[str, str]]:
    return [each.key for each in outcome.identifiers]


@pytest.mark.parametrize("zipped", ["plain", "gzip"])
def test_segment_analytics_python(doorstep: Any, trusted: Source, zipped: str) -> None:
    body = json.dumps(
        {
            "batch": [
                {
                    "integrations": {},
                    "anonymousId": None,
                    "timestamp": "2026-11-18T11:06:35+00:00",
                    "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
                    "userId": "u1",
                    "event": "Order Completed",
                    "properties": {"order_id": "o1", "revenue": 19.9},
                    "messageId": "m1",
                    "type": "track",
                }
            ],
            "writeKey": "server-key",
            "sentAt": "2026-11-18T11:06:40.000001+00:00",
        }
    ).encode()
    headers = {**BASIC, "content-type": "application/json", "x-retry-count": "1"}
    if zipped == "gzip":
        body, headers = gzip.compress(body), {**headers, "content-encoding": "gzip"}
    (outcome,) = deliver(doorstep, trusted, "/v1/batch", body, headers=headers)
    assert (outcome.touchpoint, outcome.amount_minor, outcome.order) == ("Order placed", 1990, "o1")
    assert claimed(outcome) == [("user_id", "u1"), ("external", "order:o1")]


def test_segment_analytics_node(doorstep: Any, trusted: Source) -> None:
    event = {
        "anonymousId": "a1",
        "userId": "u1",
        "event": "Signed Up",
        "type": "track",
        "properties": {},
        "integrations": {},
        "timestamp": "2026-11-18T11:06:35.123Z",
        "messageId": "node-next-1795000000000-0b5c",
        "context": {"library": {"name": "@segment/analytics-node", "version": "3.1.0"}},
        "_metadata": {"nodeVersion": "24.0.0", "jsRuntime": "node"},
    }
    body = json.dumps({"batch": [event], "writeKey": "server-key", "sentAt": "2026-11-18T11:06:36Z"}).encode()
    (outcome,) = deliver(doorstep, trusted, "/v1/batch", body, headers=BASIC)
    assert (outcome.message_id, outcome.touchpoint) == ("node-next-1795000000000-0b5c", "Signed up")
    assert (claimed(outcome), outcome.linked) == ([("user_id", "u1"), ("anonymous_id", "a1")], True)


def test_segment_analytics_next_one_by_one(doorstep: Any, public: Source) -> None:
    """JSON as ``text/plain``, the type told by path and body; late binding puts the user on the first page call."""
    common = {
        "anonymousId": "a1",
        "userId": "u1",
        "integrations": {},
        "timestamp": "2026-11-18T11:06:35.123Z",
        "sentAt": "2026-11-18T11:06:36.000Z",
        "writeKey": "public-key",
        "context": {
            "page": {"path": "/", "referrer": "", "search": "", "title": "Shop", "url": "https://shop.example/"},
            "userAgent": "Mozilla/5.0",
            "library": {"name": "analytics.js", "version": "npm:next-1.84.3"},
        },
        "_metadata": {"bundled": ["Segment.io"], "unbundled": []},
    }
    headers = {**PUBLIC_BASIC, "content-type": "text/plain", "origin": "https://shop.example"}
    calls = {
        "/v1/p": {"type": "page", "name": "Home", "properties": {"title": "Shop"}},
        "/v1/i": {"type": "identify", "traits": {"email": "ada@example.com"}},
        "/v1/t": {"type": "track", "event": "Product Viewed", "properties": {"product_id": "p1"}},
        "/v1/a": {"type": "alias", "previousId": "u1"},
        "/v1/g": {"type": "group", "groupId": "g1", "traits": {}},
        "/v1/s": {"type": "screen", "name": "Basket"},
    }
    seen = {}
    for number, (path, event) in enumerate(calls.items()):
        body = json.dumps({**common, **event, "messageId": f"ajs-next-{number}"}).encode()
        (seen[path],) = deliver(doorstep, public, path, body, headers=headers)
    assert [outcome.linked for outcome in seen.values()] == [False, True, False, False, False, False]
    assert (seen["/v1/p"].touchpoint, seen["/v1/p"].channel) == ("Home", "web")
    assert (seen["/v1/t"].touchpoint, seen["/v1/t"].channel) == ("Product viewed", "web")
    assert claimed(seen["/v1/i"]) == [("user_id", "u1"), ("anonymous_id", "a1")]


def test_segment_analytics_next_in_batches(doorstep: Any, public: Source) -> None:
    event = {"type": "page", "anonymousId": "a1", "messageId": "ajs-next-1", "name": "Home", "properties": {}}
    body = json.dumps({"writeKey": "public-key", "batch": [event], "sentAt": "2026-11-18T11:06:36.000Z"}).encode()
    (outcome,) = deliver(doorstep, public, "/v1/b", body, headers={"content-type": "text/plain"})
    assert outcome.sent_us is not None


def test_rudder_sdk_python(doorstep: Any, trusted: Source) -> None:
    """gzip by default, no key in the body, traits in the context."""
    event = {
        "integrations": {"All": True},
        "anonymousId": None,
        "channel": "server",
        "timestamp": "2026-11-18T11:06:35.000000+00:00",
        "context": {
            "library": {"name": "rudder-analytics-python", "version": "2.1.9"},
            "traits": {"email": "ada@example.com"},
        },
        "type": "identify",
        "userId": "u1",
        "messageId": "m1",
    }
    body = gzip.compress(json.dumps({"batch": [event], "sentAt": "2026-11-18T11:06:36Z"}).encode())
    (outcome,) = deliver(doorstep, trusted, "/v1/batch", body, headers={**BASIC, "content-encoding": "gzip"})
    assert claimed(outcome) == [("user_id", "u1"), ("email", "ada@example.com")]
    assert outcome.traits == {"email": "ada@example.com"}


def test_rudder_sdk_node(doorstep: Any, trusted: Source) -> None:
    """A form's content type around gzipped JSON; the times stand in each message."""
    event = {
        "type": "track",
        "event": "Order Completed",
        "userId": "u1",
        "anonymousId": "",
        "originalTimestamp": "2026-11-18T11:06:30.000Z",
        "sentAt": "2026-11-18T11:06:31.000Z",
        "messageId": "m1",
        "properties": {"revenue": "19.90"},
        "integrations": {"All": True},
        "context": {"library": {"name": "@rudderstack/rudder-sdk-node", "version": "3.0.13"}},
        "_metadata": {"nodeVersion": "24.0.0"},
    }
    body = gzip.compress(json.dumps({"batch": [event], "sentAt": "2026-11-18T11:06:39.000Z"}).encode())
    headers = {**BASIC, "content-encoding": "gzip", "content-type": "application/x-www-form-urlencoded"}
    (outcome,) = deliver(doorstep, trusted, "/v1/batch", body, headers=headers)
    assert outcome.received_us - outcome.ts_us == 1_000_000
    assert (claimed(outcome), outcome.amount_minor) == ([("user_id", "u1")], 1990)


def test_rudder_analytics_js(doorstep: Any, public: Source) -> None:
    """One by one, with the anonymous id and the time of sending in headers too."""
    event = {
        "type": "page",
        "name": "Home",
        "channel": "web",
        "anonymousId": "a1",
        "userId": "",
        "originalTimestamp": "2026-11-18T11:06:30.000Z",
        "sentAt": "2026-11-18T11:06:31.000Z",
        "messageId": "m1",
        "properties": {"path": "/", "name": "Home"},
        "context": {"library": {"name": "RudderLabs JavaScript SDK"}, "traits": {}, "sessionId": 1},
        "integrations": {"All": True},
    }
    headers = {
        **PUBLIC_BASIC,
        "anonymousid": base64.b64encode(b"a1").decode(),
        "sentat": "2026-11-18T11:06:31.000Z",
        "content-type": "application/json;charset=UTF-8",
    }
    (outcome,) = deliver(doorstep, public, "/v1/page", json.dumps(event).encode(), headers=headers)
    assert (claimed(outcome), outcome.channel, outcome.touchpoint) == ([("anonymous_id", "a1")], "web", "Home")


def test_rudder_analytics_js_beacon(doorstep: Any, public: Source) -> None:
    event = {"type": "track", "event": "Left", "anonymousId": "a1", "messageId": "m1"}
    body = json.dumps({"batch": [event]}).encode()
    headers = {"content-type": "text/plain;charset=UTF-8"}
    (outcome,) = deliver(doorstep, public, "/beacon/v1/batch", body, query="writeKey=public-key", headers=headers)
    assert outcome.touchpoint == "Left"


def test_the_page_names_every_path_and_every_code_of_the_door() -> None:
    page = HTTP_PAGE.read_text()
    assert [
        path
        for path in [*paths.CALLS, *paths.UNKEPT_PATHS, *paths.FLAG_PATHS, "/sourceConfig/"]
        if f"{path}`" not in page
    ] == []
    room = Path(paths.__file__).parent
    codes = re.findall(r'Rejection\(\s*\d+,\s*"(\w+)"', "".join(file.read_text() for file in room.rglob("*.py")))
    assert len(codes) > 8
    assert [code for code in codes if f"`{code}`" not in page] == []
