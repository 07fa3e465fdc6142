"""What a source may send, and what of its traffic is left out (protocols.md §4.3, C5, C9)."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartline.app import open_twin
from heartline.collect import GateRules, SourceBook, pass_gate
from heartline.collect.addresses import cut_address, cut_addresses, find_range
from heartline.collect.bots import name_robot
from heartline.collect.limits import BURST_S, LONGEST_WAIT_S, Buckets
from heartline.config import Settings
from heartline.records import Body, Interaction, Refusal, Source, SourceRules, TrafficFilters, Trust
from heartline.store import open_memory

EVENT = {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "m1"}
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
PEOPLE = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1 Version/19.1 Mobile/15E1 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:148.0) Gecko/20100101 Firefox/148.0",
    "Mozilla/5.0 (Linux; Android 13; CUBOT P80) AppleWebKit/537.36 Chrome/156.0 Mobile Safari/537.36",
    "Dalvik/2.1.0 (Linux; U; Android 15; Pixel 9)",
    "okhttp/5.1.0",
    "analytics-node/3.0.13",
    "python-requests/2.32",
    "",
]
ROBOTS = [
    GOOGLEBOT,
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
    "Baiduspider+(+http://www.baidu.com/search/spider.htm)",
    "WhatsApp/2.23.20.0",
]


def judge(body: Body, source: Source) -> list[Any]:
    return pass_gate(body, source, GateRules())


def reasons(body: Body, source: Source) -> list[str]:
    return [outcome.reason.value if isinstance(outcome, Refusal) else "" for outcome in judge(body, source)]


# How much


def test_over_its_bound_a_source_waits_whole_seconds(doorstep: Any) -> None:
    doorstep.settings = Settings(source_rate=2)
    assert doorstep.post("/v1/batch", {"batch": [EVENT] * 2 * BURST_S * 2}).status == 200, "a large batch gets through"
    reply = doorstep.post("/v1/batch", {"batch": [EVENT]})
    assert (reply.status, reply.json["code"]) == (429, "rate_limited")
    assert reply.headers["retry-after"] == reply.headers["x-ratelimit-reset"] == "10"
    assert doorstep.post("/v1/batch", {"batch": [EVENT]}, key="server-key").status == 200, "each source has its own"
    assert doorstep.refused == [("rate_limited", 1)]


def test_a_key_in_the_body_is_bounded_too(doorstep: Any) -> None:
    doorstep.asked[1] = SourceRules(events_per_s=1)
    body = {"api_key": "public-key", "batch": [{"event": "x", "distinct_id": "u"}] * 2 * BURST_S}
    assert doorstep.post("/batch/", body, key=None).status == 200
    assert doorstep.post("/batch/", body, key=None).status == 429


@given(
    rate=st.integers(1, 50),
    sends=st.lists(st.tuples(st.floats(0, 30), st.integers(1, 300)), max_size=60),
)
def test_a_bucket_lets_in_no_more_than_it_says_and_nobody_waits_in_vain(
    rate: int, sends: list[tuple[float, int]]
) -> None:
    now = 0.0
    buckets = Buckets(lambda: now)
    let_in: list[int] = []
    for pause_s, events in sends:
        now += pause_s
        wait_s = buckets.wait_s(1, rate)
        assert 0 <= wait_s <= LONGEST_WAIT_S
        if wait_s == 0:
            buckets.spend(1, rate, events=events)
            let_in.append(events)
        elif wait_s < LONGEST_WAIT_S:
            later = now + wait_s + 1e-6
            assert Buckets.wait_s(_at(buckets, later), 1, rate) <= 1, "who waited as told is let in, or nearly"
    assert sum(let_in[:-1]) <= rate * (now + BURST_S) + 1e-6


def _at(buckets: Buckets, now: float) -> Buckets:
    other = Buckets(lambda: now)
    other._held = dict(buckets._held)
    return other


def test_large_events_are_kept_and_counted(doorstep: Any) -> None:
    large = {**EVENT, "properties": {"x": "y" * 40_000}}
    assert doorstep.post("/v1/batch", {"batch": [large, EVENT, large]}).status == 200
    assert doorstep.post("/v1/track", large).status == 200
    assert doorstep.post("/v1/batch", {"batch": [EVENT] * 1_000}).status == 200
    assert doorstep.warned == [("oversized", 1, 2), ("oversized", 1, 1)]


# From where


def test_only_pages_on_the_list_may_send(doorstep: Any) -> None:
    doorstep.asked[1] = SourceRules(origins=("https://shop.example",))
    for origin, status in [
        ("https://shop.example", 200),
        ("https://evil.example", 403),
        ("https://shop.example.evil", 403),
    ]:
        assert doorstep.post("/v1/batch", {"batch": [EVENT]}, headers={"origin": origin}).status == status
    reply = doorstep.post("/v1/batch", {"batch": [EVENT]})
    assert (reply.status, reply.json["code"]) == (403, "origin_not_allowed")
    assert len(doorstep.bodies) == 1


def test_robots_are_left_out_by_what_event_or_request_says(doorstep: Any, public: Source, trusted: Source) -> None:
    said = {**EVENT, "context": {"userAgent": GOOGLEBOT}}
    doorstep.post("/v1/batch", {"batch": [said, EVENT]})
    assert reasons(doorstep.bodies[-1], public) == ["bot", ""]
    doorstep.post("/v1/batch", {"batch": [EVENT]}, headers={"user-agent": GOOGLEBOT})
    assert reasons(doorstep.bodies[-1], public) == ["bot"]
    doorstep.post("/v1/batch", {"batch": [EVENT]}, headers={"user-agent": GOOGLEBOT}, key="server-key")
    assert reasons(doorstep.bodies[-1], trusted) == [""], "a server speaks for others"
    doorstep.left_out = TrafficFilters(let_bots_in=True)
    doorstep.post("/v1/batch", {"batch": [said]}, headers={"user-agent": GOOGLEBOT})
    assert reasons(doorstep.bodies[-1], public) == [""]


@pytest.mark.parametrize("user_agent", PEOPLE)
def test_people_are_no_robots(user_agent: str) -> None:
    assert name_robot(user_agent) == ""


@pytest.mark.parametrize("user_agent", ROBOTS)
def test_robots_are(user_agent: str) -> None:
    assert name_robot(user_agent)


def test_one_s_own_people_are_left_out(doorstep: Any, public: Source) -> None:
    doorstep.left_out = TrafficFilters(ranges=("203.0.113.0/24", "2001:db8::/32"), domains=("acme.example",))
    for address, reason in [("203.0.113.9", "internal"), ("::ffff:203.0.113.9", "internal"), ("198.51.100.1", "")]:
        doorstep.post("/v1/batch", {"batch": [EVENT]}, address=address)
        assert reasons(doorstep.bodies[-1], public) == [reason]
        assert address.encode() not in doorstep.bodies[-1].payload, "no address of a sender is kept"
    staff = {"type": "identify", "userId": "u9", "traits": {"email": "Ada@ACME.example"}}
    doorstep.post("/v1/batch", {"batch": [staff, {**staff, "traits": {"email": "ada@acme.example.org"}}]})
    assert reasons(doorstep.bodies[-1], public) == ["internal", ""]
    doorstep.post("/v1/batch", {"batch": [{**EVENT, "userId": "ada@acme.example"}]})
    assert reasons(doorstep.bodies[-1], public) == ["internal"]


# What


def test_a_source_sends_what_is_on_its_list(doorstep: Any, public: Source) -> None:
    doorstep.asked[1] = SourceRules(only=("Order Completed", "page"))
    batch = [EVENT, {**EVENT, "event": "Other"}, {"type": "page", "userId": "u1"}, {"type": "identify", "userId": "u1"}]
    doorstep.post("/v1/batch", {"batch": batch})
    assert reasons(doorstep.bodies[-1], public) == ["", "not_wanted", "", ""]


@pytest.mark.parametrize("call", ["identify", "alias", "group"])
def test_with_identify_off_nobody_is_told_apart(doorstep: Any, public: Source, call: str) -> None:
    doorstep.asked[1] = SourceRules(identify=False)
    doorstep.post("/v1/batch", {"batch": [{"type": call, "userId": "u1", "previousId": "a1"}, EVENT]})
    assert reasons(doorstep.bodies[-1], public) == ["not_wanted", ""]


def test_a_rule_travels_with_its_body(doorstep: Any, public: Source) -> None:
    doorstep.asked[1] = SourceRules(only=("Other",))
    doorstep.post("/v1/batch", {"batch": [EVENT]})
    doorstep.asked.clear()
    doorstep.post("/v1/batch", {"batch": [EVENT]})
    assert [reasons(body, public) for body in doorstep.bodies] == [["not_wanted"], [""]]


@pytest.mark.parametrize("note", [{"bots": True}, {"identify": False}, 5, None, {"only": 7}])
def test_a_client_s_own_note_counts_for_nothing(doorstep: Any, public: Source, note: Any) -> None:
    said = {**EVENT, "type": "identify", "context": {"userAgent": GOOGLEBOT}}
    doorstep.post("/v1/batch", {"_heartline": note, "batch": [said, {"type": "identify", "userId": "u"}], "": note})
    assert reasons(doorstep.bodies[-1], public) == ["bot", ""]


# Addresses


@pytest.mark.parametrize(
    ("whole", "cut"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2:3::7", "2001:db8:1::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("fe80::1%eth0", "fe80::"),
        ("not one", "not one"),
    ],
)
def test_addresses_are_cut(whole: str, cut: str) -> None:
    assert cut_address(whole) == cut


@given(st.ip_addresses(), st.sampled_from(["ip", "$ip"]))
def test_no_address_under_such_a_key_stays_whole(address: Any, key: str) -> None:
    body = json.dumps({"context": {key: str(address)}, "note": f'{{"ip":"{address}"}}', "other": str(address)}).encode()
    told = json.loads(cut_addresses(body))
    assert told["context"][key] == cut_address(str(address))
    assert told["other"] == str(address), "only what is called an address is one"
    assert str(address) in told["note"], "a text that looks like JSON stays text"


def test_whole_addresses_are_kept_where_that_was_asked_for(doorstep: Any) -> None:
    body = {"batch": [{**EVENT, "context": {"ip": "203.0.113.77"}}]}
    doorstep.post("/v1/batch", body)
    doorstep.left_out = TrafficFilters(whole_addresses=True)
    doorstep.post("/v1/batch", body)
    assert [b"203.0.113.77" in each.payload for each in doorstep.bodies] == [False, True]


def test_what_cannot_be_read_lies_in_no_range() -> None:
    assert find_range("testclient", ("203.0.113.0/24",)) == ""
    assert find_range("203.0.113.1", ("rubbish", "203.0.113.0/24")) == "203.0.113.0/24"


# Kept


def test_a_replaced_key_is_good_for_as_long_as_was_said() -> None:
    stores = open_memory()
    source = stores.kept.add_source(name="Shop", trust=Trust.PUBLIC)
    stores.kept.set_source_rules(source.source_id, SourceRules(only=("A",)))
    now_us = time.time_ns() // 1_000
    for until_us, is_good in [(now_us + 60_000_000, True), (now_us - 1, False)]:
        before = stores.kept.sources()[0].write_key
        fresh = stores.kept.rotate_key(source.source_id, until_us=until_us)
        book = SourceBook(stores)
        assert fresh.write_key != before
        found = book.by_key(fresh.write_key)
        assert found is not None
        assert found.source_id == source.source_id
        assert (book.by_key(before) is not None) == is_good
        assert book.rules(source.source_id).only == ("A",), "its other rules stay"
    stores.kept.set_source(source.source_id, enabled=False)
    book.reload()
    assert book.by_key(fresh.write_key) is None


def test_what_is_left_out_is_in_the_account() -> None:
    heartline = open_twin()
    source = heartline.stores.kept.add_source(name="Shop", trust=Trust.PUBLIC)
    heartline.sources.reload()
    payload = json.dumps({"batch": [EVENT, {**EVENT, "messageId": "m2", "context": {"userAgent": GOOGLEBOT}}]}).encode()
    heartline.intake.submit(
        Body(source_id=source.source_id, received_us=1_795_000_000_000_000, payload=payload, events=2)
    )
    heartline.catch_up()
    account = heartline.account()
    assert (account.stored, account.refused, account.balanced) == (1, 1, True)
    (refused,) = heartline.stores.derived.refused(limit=5)
    assert (refused.reason, json.loads(refused.raw)["messageId"]) == ("bot", "m2")
    heartline.close()


def test_rules_leave_a_plain_body_as_it_came(doorstep: Any, public: Source) -> None:
    sent = json.dumps({"batch": [EVENT]}).encode()
    doorstep.call("POST", "/v1/batch", sent)
    doorstep.left_out = TrafficFilters(domains=("acme.example",))
    doorstep.call("POST", "/v1/batch", sent + b"\n")
    assert doorstep.bodies[0].payload == sent
    assert doorstep.bodies[1].payload.startswith(sent[:-1])
    assert isinstance(judge(doorstep.bodies[1], public)[0], Interaction)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (rb'{"\u0069p":"203.0.113.77"}', "203.0.113.0"),
        (rb'{"\u0024i\u0070" : "203\u002e0.113.77","x":"\u0069"}', "203.0.113.0"),
        (rb'{"ip":"caf\u00e9"}', "café"),
        (rb'{"ip":"\u0022"}', '"'),
    ],
)
def test_an_address_that_json_escapes_is_cut_too(sent: bytes, kept: str) -> None:
    assert next(iter(json.loads(cut_addresses(sent)).values())) == kept
