"""The pages of what a source may send: what is said there is what the door heeds."""

from __future__ import annotations

import re
from typing import Any

import pytest
from browsing import Browser

from heartline.app import Heartline
from heartline.records import NO_FILTERS, Source, SourceRules, TrafficFilters, Trust

EVENT = {"userId": "u", "event": "Order Completed"}
SAID = {
    "origins": "",
    "only": "",
    "identify": "1",
    "events_per_s": "0",
    "hook": "",
    "hook_secrets": "",
    "hook_token": "",
}


@pytest.fixture
def shop(heartline: Heartline) -> Source:
    source = heartline.stores.kept.add_source(name="Shop", trust=Trust.PUBLIC)
    heartline.sources.reload()
    return source


@pytest.fixture
def till(heartline: Heartline) -> Source:
    source = heartline.stores.kept.add_source(name="Till", trust=Trust.TRUSTED)
    heartline.sources.reload()
    return source


def track(browser: Browser, key: str, **headers: str) -> int:
    return browser.ask("POST", "/v1/track", json={**EVENT, "writeKey": key}, headers=headers).status_code


def keep(owner: Browser, source: Source, **said: str) -> Any:
    path = f"/data/sources/{source.source_id}/rules"
    return owner.post(path, {**SAID, **said}, form=path)


def test_the_door_heeds_what_the_form_said(owner: Browser, heartline: Heartline, shop: Source) -> None:
    said = {"origins": "https://Shop.example/\n\nhttps://shop.example", "only": "Order Completed\npage", "identify": ""}
    assert keep(owner, shop, **said, events_per_s="7").status_code == 303
    rules = heartline.sources.rules(shop.source_id)
    assert rules == SourceRules(
        origins=("https://shop.example",), only=("Order Completed", "page"), identify=False, events_per_s=7
    )
    assert track(owner, shop.write_key) == 403
    assert track(owner, shop.write_key, origin="https://shop.example") == 200
    shown = owner.get(f"/data/sources/{shop.source_id}/rules").text
    assert "https://shop.example" in shown
    assert "7 a second" in shown
    assert owner.post(f"/data/sources/{shop.source_id}/test").status_code == 303, "our own page may send"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"origins": "shop.example"}, "origins"),
        ({"origins": "https://shop.example/path"}, "origins"),
        ({"only": "x" * 300}, "only"),
        ({"events_per_s": "many"}, "events_per_s"),
        ({"hook": "twilio", "hook_secrets": "12345678"}, "hook"),
    ],
)
def test_what_cannot_be_read_is_said_beside_its_field(
    owner: Browser, heartline: Heartline, shop: Source, said: dict[str, str], field: str
) -> None:
    refused = keep(owner, shop, **said)
    assert refused.status_code == 400
    assert f'id="e-{field}"' in refused.text
    assert heartline.stores.kept.source_rules() == {}


def test_a_webhook_needs_a_secret_which_is_never_shown_again(
    owner: Browser, heartline: Heartline, till: Source
) -> None:
    assert keep(owner, till, hook="shopify").status_code == 400
    assert keep(owner, till, hook="shopify", hook_secrets="a-secret-of-ours\nthe-next-one").status_code == 303
    shown = owner.get(f"/data/sources/{till.source_id}/rules").text
    assert f"http://heartline.test/hooks/{till.source_id}" in shown
    assert "a-secret-of-ours" not in shown
    assert re.search(r"2\Wsecrets kept", shown)
    assert keep(owner, till, hook="shopify", events_per_s="5").status_code == 303
    assert heartline.sources.rules(till.source_id).hook_secrets == ("a-secret-of-ours", "the-next-one")
    assert owner.ask("POST", f"/hooks/{till.source_id}", content=b"{}").status_code == 401
    assert keep(owner, till).status_code == 303
    assert heartline.sources.rules(till.source_id).hook_secrets == ()
    assert owner.ask("POST", f"/hooks/{till.source_id}", content=b"{}").status_code == 404


@pytest.mark.parametrize(("days", "is_good"), [("7", True), ("0", False), ("9999", False)])
def test_a_replaced_key_overlaps_for_as_long_as_was_chosen(
    owner: Browser,
    heartline: Heartline,
    shop: Source,
    days: str,
    is_good: bool,  # noqa: FBT001
) -> None:
    done = owner.post(f"/data/sources/{shop.source_id}/key", {"days": days})
    assert done.status_code == 303
    fresh = heartline.stores.kept.sources()[0].write_key
    assert fresh != shop.write_key
    assert track(owner, fresh) == 200
    assert track(owner, shop.write_key) == (200 if is_good else 401)
    assert ("key before is good until" in owner.get(f"/data/sources/{shop.source_id}/rules").text) == is_good


def test_traffic_is_left_out_from_now_on(owner: Browser, heartline: Heartline, shop: Source) -> None:
    said = {"ranges": "10.1.2.3/8\n2001:db8::/32", "domains": "@ACME.example", "whole_addresses": "1"}
    assert owner.post("/data/traffic", said, form="/data/traffic").status_code == 303
    assert heartline.sources.filters() == TrafficFilters(
        ranges=("10.0.0.0/8", "2001:db8::/32"), domains=("acme.example",), whole_addresses=True
    )
    assert "10.0.0.0/8" in owner.get("/data/traffic").text
    staff = {"userId": "ada@acme.example", "event": "E", "writeKey": shop.write_key}
    assert owner.ask("POST", "/v1/track", json=staff).status_code == 200
    heartline.catch_up()
    assert (heartline.account().refused, heartline.account().balanced) == (1, True)
    assert "internal" in owner.get("/data/refused").text
    assert owner.post("/data/traffic", {}, form="/data/traffic").status_code == 303
    assert heartline.sources.filters() is NO_FILTERS


@pytest.mark.parametrize(("said", "field"), [({"ranges": "here"}, "ranges"), ({"domains": "a b"}, "domains")])
def test_filters_that_cannot_be_read_are_refused(owner: Browser, said: dict[str, str], field: str) -> None:
    refused = owner.post("/data/traffic", said, form="/data/traffic")
    assert refused.status_code == 400
    assert f'id="e-{field}"' in refused.text


def test_a_viewer_sees_the_rules_and_changes_none(viewer: Browser, heartline: Heartline, shop: Source) -> None:
    heartline.stores.kept.set_source_rules(shop.source_id, SourceRules(only=("Order Completed",)))
    path = f"/data/sources/{shop.source_id}/rules"
    shown = viewer.get(path).text
    assert "Order Completed" in shown
    assert not re.search(r'<form[^>]*action="/data/sources', shown)
    for address in (path, f"/data/sources/{shop.source_id}/key", "/data/traffic"):
        assert viewer.post(address, SAID).status_code == 403
    assert "left out" in viewer.get("/data/traffic").text


def test_large_events_are_told_on_the_page(owner: Browser, shop: Source) -> None:
    large = {**EVENT, "writeKey": shop.write_key, "properties": {"x": "y" * 40_000}}
    assert owner.ask("POST", "/v1/track", json=large).status_code == 200
    shown = owner.get(f"/data/sources/{shop.source_id}/rules").text
    assert re.search(r"Events over 32 KiB so far</dt>\s*<dd[^>]*>1<", shown), shown[:2000]
