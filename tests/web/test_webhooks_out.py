"""Webhooks out from page to receiver: set up by an owner, sent by the courier, taken by the reference library."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from html import unescape
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from browsing import Browser, a_user
from receiver import Receiver, receiving
from standardwebhooks import Webhook, WebhookVerificationError

from heartline.app import Account, Heartline, open_twin
from heartline.config import Settings
from heartline.records import CaseStatus, Delivery, DeliveryState, Happening, Role, SourceRules, Trust
from heartline.store import IdentityFacts, Mark
from heartline.web import Courier
from heartline.web.alarms import Alarms

SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{40,}")
FIELDS = {"event": ["case.opened", "case.closed"]}
PATH = "/settings/webhooks"


@contextmanager
def going(heartline: Heartline) -> Iterator[Courier]:
    courier = Courier(heartline, every_s=0.02)
    courier.start()
    try:
        yield courier
    finally:
        courier.stop()


def wait_for(what: Callable[[], object], *, seconds: float = 120) -> None:
    ends = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends, "it did not come to pass"
        time.sleep(0.01)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


@pytest.fixture
def heartline(receiver: Receiver) -> Iterator[Heartline]:
    with open_twin(Settings(webhook_allow="127.0.0.1", webhook_ports=f"443,{receiver.port}")) as opened:
        yield opened


def settled(heartline: Heartline, endpoint_id: int = 1) -> list[Delivery]:
    """The deliveries that were tried, the latest first."""
    return [one for one in heartline.stores.kept.deliveries(endpoint_id, limit=50) if one.attempts]


def add(owner: Browser, receiver: Receiver) -> str:
    """Add a webhook on the page and return its secret."""
    shown = owner.post(PATH, {"url": receiver.url, **FIELDS}, form=PATH)
    assert shown.status_code == 200, shown.text[:500]
    secret = SECRET.search(unescape(shown.text))
    assert secret
    return secret.group()


def add_alone(heartline: Heartline, receiver: Receiver, *, slow: bool = False) -> int:
    """Add a webhook without the page."""
    url = receiver.url + ("&slow" if slow else "")
    return heartline.stores.kept.add_endpoint(url=url, events=[Happening.CASE_OPENED], secret="whsec_AAAA").endpoint_id


def open_case(heartline: Heartline) -> int:
    kept = heartline.stores.kept
    return kept.open_case(title="Call Mira", handle="ab12", seq=0, owner="", due_us=0, opened_by="Jo").case_id


def test_a_case_reaches_the_receiver_as_the_reference_library_reads_it(
    owner: Browser, heartline: Heartline, receiver: Receiver
) -> None:
    secret = add(owner, receiver)
    number = open_case(heartline)
    with going(heartline):
        wait_for(lambda: settled(heartline))
    headers, body = receiver.got[0]
    told = Webhook(secret).verify(body, headers)
    assert (told["type"], told["data"]["case"], told["subject"]) == ("case.opened", number, "customers/ab12")
    assert told["id"] == headers["webhook-id"]
    assert b"Mira" not in body
    assert receiver.paths == ["/in?for=us"]
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body + b" ", headers)
    source = heartline.stores.kept.add_source(name="Another heartline", trust=Trust.TRUSTED)
    heartline.stores.kept.set_source_rules(source.source_id, SourceRules(hook="standard", hook_secrets=(secret,)))
    heartline.sources.reload()
    assert owner.ask("POST", f"/hooks/{source.source_id}", content=body, headers=headers).status_code == 200
    page = owner.get(f"{PATH}/1").text
    assert "A case was opened" in page
    assert "Delivered" in page
    assert secret not in unescape(page), "it was shown once"


def test_both_signatures_hold_while_a_secret_is_replaced(
    owner: Browser, heartline: Heartline, receiver: Receiver
) -> None:
    former = add(owner, receiver)
    found = SECRET.search(unescape(owner.post(f"{PATH}/1/secret", form=f"{PATH}/1").text))
    assert found
    assert found.group() != former
    open_case(heartline)
    with going(heartline):
        wait_for(lambda: settled(heartline))
    headers, body = receiver.got[0]
    for secret in (former, found.group()):
        assert Webhook(secret).verify(body, headers)
    stranger = heartline.stores.kept.endpoint(1)
    heartline.stores.kept.set_endpoint(replace(stranger, former_until_us=1))
    open_case(heartline)
    with going(heartline):
        wait_for(lambda: len(receiver.got) == 2)
    headers, body = receiver.got[1]
    with pytest.raises(WebhookVerificationError):
        Webhook(former).verify(body, headers)


def test_the_test_goes_the_way_of_every_event_and_the_page_shows_it(
    owner: Browser, heartline: Heartline, receiver: Receiver
) -> None:
    add(owner, receiver)
    assert owner.post(f"{PATH}/1/test", form=f"{PATH}/1").status_code == 303
    waiting = owner.get(f"{PATH}/1", headers={"hx-request": "true"}).text
    assert 'hx-trigger="every 2s"' in waiting
    receiver.say("503 Not <b>now</b>")
    with going(heartline):
        wait_for(lambda: settled(heartline))
    shown = owner.get(f"{PATH}/1").text
    assert "503 · refused" in shown
    assert "Nothing has got through since" in shown
    assert "<b>now</b>" not in unescape(shown)
    receiver.say("200 OK")
    first = settled(heartline)[0]
    again = owner.post(f"{PATH}/1/deliveries/{first.delivery_id}", form=f"{PATH}/1")
    assert again.status_code == 303
    with going(heartline):
        wait_for(lambda: settled(heartline)[:1] and settled(heartline)[0].state is DeliveryState.DELIVERED)
    assert receiver.ids == [first.message_id] * 2, "the id tells the receiver that it is the same message"
    assert 'hx-trigger="every 2s"' not in owner.get(f"{PATH}/1").text
    assert heartline.stores.kept.endpoint(1).failing_us == 0


def test_410_switches_a_webhook_off_at_once(owner: Browser, heartline: Heartline, receiver: Receiver) -> None:
    add(owner, receiver)
    open_case(heartline)
    open_case(heartline)
    receiver.say("410 Gone")
    with going(heartline):
        wait_for(lambda: not heartline.stores.kept.endpoint(1).enabled)
        time.sleep(0.1)
    assert len(receiver.got) == 1
    shown = unescape(owner.get(f"{PATH}/1").text)
    assert "It answered 410" in shown
    assert owner.post(f"{PATH}/1/test", form=f"{PATH}/1").status_code == 409
    receiver.say("200 OK")
    assert owner.post(f"{PATH}/1/switch", {"on": "1"}, form=f"{PATH}/1").status_code == 303
    with going(heartline):
        wait_for(lambda: len(receiver.got) == 2)
    assert any(line.what == "webhook.off" for line in heartline.stores.kept.audit(limit=20))


def test_a_slow_endpoint_holds_up_itself_alone(heartline: Heartline, receiver: Receiver) -> None:
    add_alone(heartline, receiver)
    slow = add_alone(heartline, receiver, slow=True)
    let_go = threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path.endswith("slow"):
            let_go.wait(120)
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")

    receiver.answer = answer
    for _ in range(5):
        open_case(heartline)
    with going(heartline):
        wait_for(lambda: len(settled(heartline)) == 5)
        assert settled(heartline, slow) == []
        assert receiver.paths.count("/in?for=us&slow") == 1, "one at a time"
        let_go.set()
        wait_for(lambda: len(settled(heartline, slow)) == 5)


def test_what_was_sent_but_not_marked_is_sent_again_under_the_same_id(heartline: Heartline, receiver: Receiver) -> None:
    add_alone(heartline, receiver)
    open_case(heartline)

    def cut(point: str) -> None:
        assert point == "webhook_sent"
        raise ConnectionAbortedError("cut between sending and marking")

    heartline.reach = cut
    with going(heartline):
        wait_for(lambda: len(receiver.got) >= 1)
    heartline.reach = lambda _point: None
    assert settled(heartline) == []
    before = len(receiver.got)
    with going(heartline):
        wait_for(lambda: settled(heartline))
    assert len(receiver.got) == before + 1
    assert len(set(receiver.ids)) == 1


def test_the_inside_is_refused_when_saving_when_testing_and_when_sending(
    owner: Browser, heartline: Heartline, receiver: Receiver
) -> None:
    port = receiver.port
    for url in (f"https://127.0.0.3:{port}", f"http://127.0.0.2:{port}", "https://169.254.169.254/latest", "ftp://x"):
        refused = owner.post(PATH, {"url": url, **FIELDS}, form=PATH)
        assert refused.status_code == 400, url
        assert 'id="e-url"' in refused.text
    assert heartline.stores.kept.endpoints() == []
    add(owner, receiver)
    moved = owner.post(f"{PATH}/1", {"url": f"http://127.0.0.2:{port}", **FIELDS}, form=f"{PATH}/1")
    assert moved.status_code == 400
    # Saved while it was allowed, or its name moved since: what counts is where it leads when something is sent.
    outside = replace(heartline.stores.kept.endpoint(1), url=f"http://127.0.0.2:{port}/")
    heartline.stores.kept.set_endpoint(outside)
    assert owner.post(f"{PATH}/1/test", form=f"{PATH}/1").status_code == 303
    with going(heartline):
        wait_for(lambda: settled(heartline))
    assert (settled(heartline)[0].told, receiver.got) == ("inside_address", [])
    assert "not on the public internet" in owner.get(f"{PATH}/1").text


def test_only_who_may_change_the_workspace_sees_and_changes_webhooks(
    owner: Browser, heartline: Heartline, receiver: Receiver
) -> None:
    add(owner, receiver)
    with Browser(heartline) as browser:
        manager = browser.sign_in(a_user(heartline, role=Role.MANAGER, email="manager@example.com"))
        assert manager.get(PATH).status_code == 403
        assert "Webhooks" not in manager.get("/settings").text
        for path in ("", "/1", "/1/switch", "/1/secret", "/1/test", "/1/deliveries/1", "/1/drop"):
            assert manager.post(PATH + path).status_code == 403, path
    assert owner.post(PATH, {"url": receiver.url}, form=PATH).status_code == 400, "nothing was chosen"
    assert owner.post(f"{PATH}/1/drop", form=f"{PATH}/1").status_code == 303
    assert owner.get(f"{PATH}/1").status_code == 404
    whats = {line.what for line in heartline.stores.kept.audit(limit=20)}
    assert {"webhook.added", "webhook.dropped"} <= whats


def test_what_happens_by_itself_is_told_once(heartline: Heartline, receiver: Receiver) -> None:
    kept = heartline.stores.kept
    events = [Happening.PROJECTOR_STOPPED, Happening.CASE_CLOSED]
    kept.add_endpoint(url=receiver.url, events=events, secret="whsec_AAAA")
    heartline.projector_error = "mira@example.com broke it"
    number = open_case(heartline)
    kept.change_case(number, author="Jo", status=CaseStatus.CLOSED, reason="Mira is content")
    with going(heartline):
        wait_for(lambda: len(receiver.got) == 2)
        time.sleep(0.1)
    told = [json.loads(body) for _, body in receiver.got]
    assert sorted(one["type"] for one in told) == ["case.closed", "projector.stopped"]
    assert not any(b"ira" in body for _, body in receiver.got)


def test_the_account_and_quarantine_are_looked_at_once_a_minute_and_told_when_they_turn(
    heartline: Heartline, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, now = heartline.stores.kept, [0.0]
    events = [Happening.ACCOUNT_UNBALANCED, Happening.IDENTIFIER_QUARANTINED]
    kept.add_endpoint(url="https://a.example/", events=events, secret="whsec_AAAA")
    marks: dict[bytes, Mark] = {b"old": Mark.QUARANTINED, b"blocked": Mark.BLOCKED}
    account = Account(received=1, stored=1, duplicate=0, refused=0, pending=0)
    alarms = Alarms(heartline, clock=lambda: now[0])

    def look(minutes: float) -> list[tuple[str, dict[str, Any]]]:
        now[0] += minutes * 60
        monkeypatch.setattr(heartline, "account", lambda: account)
        monkeypatch.setattr(heartline.stores.derived, "identity_facts", lambda: IdentityFacts(marks=dict(marks)))
        before = len(kept.deliveries(1, limit=50))
        alarms.look()
        fresh = kept.deliveries(1, limit=50)[: len(kept.deliveries(1, limit=50)) - before]
        return [(one.kind.value, json.loads(one.data)) for one in reversed(fresh)]

    assert look(0) == [], "what was so before is old"
    marks |= {b"new": Mark.QUARANTINED, b"newer": Mark.QUARANTINED}
    account = replace(account, received=3)
    assert look(0.5) == [], "not yet a minute"
    assert look(1) == [
        ("account.unbalanced", {"received": 3, "stored": 1, "path": "/data/account"}),
        ("identifier.quarantined", {"new": 2, "quarantined": 3, "path": "/data/identity"}),
    ]
    assert look(2) == [], "told once"
    account = replace(account, received=1)
    assert look(2) == []
    account = replace(account, received=3)
    assert [kind for kind, _ in look(2)] == ["account.unbalanced"], "and again when it happens again"
