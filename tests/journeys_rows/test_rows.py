"""Mission rows A1, A2 and A4, as their sentences say, through the real door of an installation in memory."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from heartline.app import Heartline, open_twin
from heartline.collect import Door
from heartline.records import Identifier, IdentifierKind, Journey, Source, Stage, Trust
from heartline.store import Entry, Span
from heartline.understand import Level, find_runs, find_variants

NOW_S = time.time() - 3_600
BROWSER = {"page": {"url": "https://shop.example/", "path": "/"}, "library": {"name": "analytics.js"}}
PHONE = {"library": {"name": "analytics-ios"}, "device": {"type": "ios"}}
SERVER = {"library": {"name": "analytics-python"}}


@pytest.fixture
def heartline() -> Iterator[Heartline]:
    with open_twin() as opened:
        opened.stores.kept.add_source(name="Browser", trust=Trust.PUBLIC)
        opened.stores.kept.add_source(name="Server", trust=Trust.TRUSTED)
        opened.sources.reload()
        yield opened


def source(heartline: Heartline, name: str) -> Source:
    return next(each for each in heartline.stores.kept.sources() if each.name == name)


def at(minutes: float) -> str:
    return datetime.fromtimestamp(NOW_S - 86_400 + minutes * 60, UTC).isoformat()


def send(heartline: Heartline, name: str, path: str, message: dict[str, Any]) -> None:
    """Send one message to the door as its SDK does, and project it."""
    key, body = source(heartline, name).write_key, json.dumps(message).encode()
    basic = base64.b64encode(f"{key}:".encode())
    headers = [(b"authorization", b"Basic " + basic), (b"content-type", b"application/json")]
    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [*headers, (b"content-length", str(len(body)).encode())], "client": ("203.0.113.7", 1),
        "server": ("heartline.test", 443), "scheme": "https", "http_version": "1.1",
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def answer(message: Any) -> None:
        sent.append(message)

    asyncio.run(Door(heartline.intake, heartline.sources, heartline.settings)(scope, receive, answer))
    assert sent[0]["status"] == 200, sent
    heartline.catch_up()


def owner(heartline: Heartline, kind: IdentifierKind, value: str) -> int | None:
    """Whose an identifier is now."""
    derived = heartline.stores.derived
    return derived.customer_of_handle(derived.handle(Identifier(kind, value)).hex())


def timeline(heartline: Heartline, customer: int | None) -> list[Entry]:
    """What happened to a customer, as their page reads it: newest first."""
    assert customer is not None
    spans = [Span(o.subject_id, o.from_us, o.to_us) for o in heartline.stores.derived.owned_by(customer)]
    return [entry for entry in heartline.stores.history.timeline(spans, limit=100) if entry.touch]


def block(**told: Any) -> dict[str, Any]:
    return {**SERVER, "heartline": told}


KNOWN = {
    "type": "identify", "messageId": "i1", "userId": "u1", "timestamp": at(0), "context": SERVER,
    "traits": {"email": "ada@example.com", "phone": "+4930123456"},
}  # fmt: skip
CARD = {
    "type": "identify", "messageId": "i2", "userId": "u1", "timestamp": at(0),
    "context": block(identifiers={"loyalty_card": "C-77"}),
}  # fmt: skip
LOGIN = {"type": "identify", "messageId": "i3", "userId": "u1", "anonymousId": "cookie-1", "timestamp": at(2),
         "context": BROWSER}  # fmt: skip

TOUCHES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "web": ("Browser", "/v1/page", {
        "type": "page", "name": "Home", "anonymousId": "cookie-1", "timestamp": at(1), "context": BROWSER,
        "properties": {"path": "/", "title": "Shop"},
    }),
    "app": ("Browser", "/v1/screen", {
        "type": "screen", "name": "Order ahead", "userId": "u1", "timestamp": at(20), "context": PHONE,
    }),
    "email": ("Server", "/v1/track", {
        "type": "track", "event": "Email Opened", "timestamp": at(30), "properties": {"email_subject": "New beans"},
        "context": {**SERVER, "externalIds": [{"type": "email", "id": "Ada@Example.com"}]},
    }),
    "social": ("Server", "/v1/track", {
        "type": "track", "event": "Post about us", "timestamp": at(40),
        "context": block(channel="social", area="marketing", text="Best cup in town",
                         identifiers={"email": "ada@example.com"}),
    }),
    "phone": ("Server", "/v1/track", {
        "type": "track", "event": "Call answered", "timestamp": at(50),
        "context": block(channel="phone", area="service", employee="Ben", identifiers={"phone": "+49 30 123456"}),
    }),
    "store": ("Server", "/v1/track", {
        "type": "track", "event": "Bought at the till", "timestamp": at(60),
        "context": block(channel="store", area="place", place="Mill Lane", amount=4.2, currency="GBP",
                         identifiers={"loyalty_card": "C-77"}),
    }),
    "ads": ("Browser", "/v1/track", {
        "type": "track", "event": "Promotion Clicked", "anonymousId": "cookie-1", "timestamp": at(0.5),
        "context": {**BROWSER, "campaign": {"source": "search"}, "heartline": {"channel": "ads"}},
    }),
    "product": ("Server", "/v1/track", {
        "type": "track", "event": "Brewed a cup", "userId": "u1", "timestamp": at(70),
        "context": block(channel="product", area="product", product="Grinder One"),
    }),
    "personal": ("Server", "/v1/track", {
        "type": "track", "event": "Talk at the counter", "userId": "u1", "timestamp": at(80),
        "context": block(channel="personal", area="sales", employee="Cleo", text="Asked for decaf"),
    }),
}  # fmt: skip
"""One touch of each channel in its native shape: source, path, message."""


def test_a1_every_channel_stands_on_one_timeline_and_sent_again_adds_nothing(heartline: Heartline) -> None:
    sent = [(name, path, {**message, "messageId": f"m-{key}"}) for key, (name, path, message) in TOUCHES.items()]
    sent += [("Server", "/v1/identify", KNOWN), ("Server", "/v1/identify", CARD), ("Browser", "/v1/identify", LOGIN)]
    for name, path, message in sent:
        send(heartline, name, path, message)
    found = timeline(heartline, owner(heartline, IdentifierKind.USER_ID, "u1"))
    expected = sorted(TOUCHES, key=lambda key: TOUCHES[key][2]["timestamp"], reverse=True)
    assert [entry.channel for entry in found] == expected
    assert len(heartline.log().customers) == 1
    assert heartline.log().ts_us.tolist() == sorted(entry.ts_us for entry in found)
    before = heartline.account()
    for name, path, message in reversed(sent):
        send(heartline, name, path, message)
    after = heartline.account()
    assert timeline(heartline, owner(heartline, IdentifierKind.USER_ID, "u1")) == found
    assert (after.stored, after.duplicate - before.duplicate) == (before.stored, len(sent))
    assert after.balanced


def test_a2_three_ids_are_one_profile_and_two_at_one_device_stay_two(heartline: Heartline) -> None:
    visit = {"type": "page", "name": "Home", "context": BROWSER}
    send(heartline, "Browser", "/v1/page", {**visit, "messageId": "p1", "anonymousId": "c1", "timestamp": at(0)})
    known = {"type": "identify", "anonymousId": "c1", "traits": {"email": "ada@example.com"}, "timestamp": at(1)}
    send(heartline, "Server", "/v1/identify", {**known, "messageId": "i1", "context": SERVER})
    till = block(channel="store", identifiers={"loyalty_card": "C-77", "email": "ada@example.com"})
    bought = {"type": "track", "event": "Till", "messageId": "t1", "timestamp": at(2), "context": till}
    send(heartline, "Server", "/v1/track", bought)
    ids = [(IdentifierKind.ANONYMOUS_ID, "c1"), (IdentifierKind.EMAIL, "ada@example.com"),
           (IdentifierKind.LOYALTY_CARD, "C-77")]  # fmt: skip
    assert len({owner(heartline, *each) for each in ids}) == 1
    assert [entry.channel for entry in timeline(heartline, owner(heartline, *ids[0]))] == ["store", "web"]

    for minutes, user in ((10, "bo"), (20, "cy")):
        login = {"type": "identify", "userId": user, "anonymousId": "tablet", "timestamp": at(minutes)}
        send(heartline, "Browser", "/v1/identify", {**login, "messageId": f"l-{user}", "context": BROWSER})
        looked = {**visit, "anonymousId": "tablet", "messageId": f"v-{user}", "timestamp": at(minutes + 5)}
        send(heartline, "Browser", "/v1/page", looked)
    bo, cy = (owner(heartline, IdentifierKind.USER_ID, user) for user in ("bo", "cy"))
    assert bo != cy
    assert [len(timeline(heartline, each)) for each in (bo, cy)] == [1, 1]
    assert timeline(heartline, bo)[0].ts_us < timeline(heartline, cy)[0].ts_us


def test_a4_what_began_on_the_web_and_was_bought_in_the_shop_is_one_path(heartline: Heartline) -> None:
    for n, name in enumerate(("Beans", "Product")):
        page = {"type": "page", "name": name, "anonymousId": "c1", "messageId": f"p{n}", "timestamp": at(n)}
        send(heartline, "Browser", "/v1/page", {**page, "context": BROWSER})
    till = block(channel="store", place="Mill Lane", amount=9, identifiers={"loyalty_card": "C-77"})
    bought = {"type": "track", "event": "Till", "messageId": "t1", "timestamp": at(90), "context": till}
    send(heartline, "Server", "/v1/track", bought)
    journey = Journey(
        journey_id="j",
        name="J",
        stages=(Stage(name="Look", touchpoints=("Beans", "Product")), Stage(name="Buy", touchpoints=("Till",))),
    )
    apart = find_variants(find_runs(heartline.log(), journey), Level.TOUCHPOINTS)
    assert {one.steps for one in apart.shown} == {("Beans", "Product"), ("Till",)}
    joined = {"type": "identify", "anonymousId": "c1", "messageId": "i1", "timestamp": at(120)}
    send(heartline, "Server", "/v1/identify", {**joined, "context": block(identifiers={"loyalty_card": "C-77"})})
    together = find_variants(find_runs(heartline.log(), journey), Level.TOUCHPOINTS)
    assert [(one.steps, one.runs, one.reached) for one in together.shown] == [(("Beans", "Product", "Till"), 1, 1)]
