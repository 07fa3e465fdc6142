"""The door against protocols.md §1: C1–C9, traps 1–5, 10, 11, and the poison of R7."""

from __future__ import annotations

import base64
import gzip
import json
import time
import zlib
from typing import Any

import pytest

from heartline.collect import Door, GateRules, pass_gate
from heartline.config import Settings
from heartline.errors import Unavailable
from heartline.records import Body, Interaction, Source

EVENT = {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "m1"}
SINGLES = {
    "identify": "i",
    "track": "t",
    "page": "p",
    "screen": "s",
    "group": "g",
    "alias": "a",
}


def judge(body: Body, source: Source) -> list[Any]:
    return pass_gate(body, source, GateRules())


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/import", "/v1/b", "/beacon/v1/batch", "/v1/batch/", "/v1/b/"])
def test_a_batch_is_journaled_as_it_was_sent_and_answered_exactly_200(doorstep: Any, path: str) -> None:
    sent = json.dumps({"batch": [EVENT, EVENT], "sentAt": "2026-11-22T10:00:00Z"}).encode()
    reply = doorstep.call("POST", path, sent)
    assert reply.status == 200
    assert reply.json == {"success": True, "accepted": 2}
    assert [(body.payload, body.events, body.source_id) for body in doorstep.bodies] == [(sent, 2, 1)]


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("form", ["word", "letter"])
@pytest.mark.parametrize("call", SINGLES)
def test_a_single_event_takes_its_type_from_the_path(
    doorstep: Any, public: Source, call: str, form: str, slash: str
) -> None:
    event = {"userId": "u1", "event": "Tried", "name": "Home", "previousId": "a1", "messageId": "m1"}
    reply = doorstep.post(f"/v1/{SINGLES[call] if form == 'letter' else call}{slash}", event)
    assert reply.json == {"success": True, "accepted": 1}
    (interaction,) = judge(doorstep.bodies[0], public)
    assert isinstance(interaction, Interaction)
    assert (interaction.kind, interaction.message_id) == (call, "m1")


def test_the_bytes_of_a_single_event_are_not_re_encoded(doorstep: Any) -> None:
    raw = b'{ "event":"Tried" , "properties": {"exact": 1.10, "big": 12345678901234567890123} }'
    doorstep.call("POST", "/v1/track", raw)
    assert raw in doorstep.bodies[0].payload


def test_a_bare_list_is_a_batch(doorstep: Any, public: Source) -> None:
    assert doorstep.post("/v1/batch", [EVENT]).json["accepted"] == 1
    assert isinstance(judge(doorstep.bodies[0], public)[0], Interaction)


def test_an_empty_batch_is_fine_and_leaves_nothing(doorstep: Any) -> None:
    assert doorstep.post("/v1/batch", {"batch": []}).json == {"success": True, "accepted": 0}
    assert doorstep.bodies == []


def test_metrics_are_answered_and_not_kept(doorstep: Any) -> None:
    assert doorstep.post("/v1/m", {"series": [1]}, key=None).status == 200
    assert doorstep.bodies == []


@pytest.mark.parametrize(
    "given",
    [
        {"key": "public-key"},
        {"key": None, "query": "writeKey=public-key"},
        {"key": None, "body": {"writeKey": "public-key"}},
        {"key": None, "headers": {"authorization": "Bearer token"}, "body": {"writeKey": "public-key"}},
        {"key": None, "headers": {"authorization": "basic " + base64.b64encode(b"public-key").decode()}},
        {
            "key": None,
            "headers": {"authorization": "Basic " + base64.b64encode(b":").decode()},
            "query": "writeKey=public-key",
        },
    ],
    ids=["basic", "query", "body", "bearer-and-body", "no-colon", "empty-basic-and-query"],
)
def test_the_key_is_found_wherever_sdks_put_it(doorstep: Any, given: dict[str, Any]) -> None:
    body = {"batch": [EVENT], **given.pop("body", {})}
    assert doorstep.post("/v1/batch", body, **given).status == 200
    assert doorstep.bodies[0].source_id == 1


def test_the_key_of_a_single_event_may_stand_in_its_body(doorstep: Any) -> None:
    assert doorstep.post("/v1/t", {**EVENT, "writeKey": "server-key"}, key=None).status == 200
    assert doorstep.bodies[0].source_id == 2


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"key": "wrong"}, "unknown_write_key"),
        ({"key": "old-key"}, "unknown_write_key"),
        ({"key": None}, "no_write_key"),
        ({"key": None, "query": "writeKey="}, "no_write_key"),
    ],
)
def test_an_unknown_key_is_401_with_a_body_every_sdk_can_read(doorstep: Any, given: dict[str, Any], code: str) -> None:
    reply = doorstep.post("/v1/batch", {"batch": [EVENT]}, **given)
    assert reply.status == 401
    assert reply.json["code"] == code
    assert reply.json["message"]
    assert reply.json["detail"]
    assert doorstep.refused == [(code, None)]
    assert doorstep.bodies == []


def test_a_key_store_that_is_down_is_503_and_never_401(doorstep: Any) -> None:
    doorstep.keys_down = True
    reply = doorstep.post("/v1/batch", {"batch": [EVENT]})
    assert (reply.status, reply.headers["retry-after"], reply.headers["x-ratelimit-reset"]) == (503, "7", "7")


@pytest.mark.parametrize("failure", [Unavailable("full", "Full.", retry_after_s=9), RuntimeError("a bug")])
def test_an_intake_that_fails_is_503_with_whole_seconds(doorstep: Any, failure: Exception) -> None:
    doorstep.failure = failure
    reply = doorstep.post("/v1/batch", {"batch": [EVENT]}, headers={"origin": "https://shop.example"})
    assert reply.status == 503
    assert int(reply.headers["retry-after"]) >= 1
    assert reply.headers["access-control-allow-origin"] == "https://shop.example"
    assert {"code", "message", "detail"} <= reply.json.keys()
    assert "bug" not in reply.body.decode()


def compress_raw(body: bytes) -> bytes:
    squeezer = zlib.compressobj(wbits=-15)
    return squeezer.compress(body) + squeezer.flush()


@pytest.mark.parametrize(
    ("pack", "headers"),
    [
        (gzip.compress, {"content-encoding": "gzip"}),
        (gzip.compress, {"content-encoding": "gzip", "content-type": "application/x-www-form-urlencoded"}),
        (gzip.compress, {"content-type": "text/plain"}),
        (lambda body: gzip.compress(gzip.compress(body)), {"content-encoding": "gzip"}),
        (lambda body: gzip.compress(body[:20]) + gzip.compress(body[20:]), {"content-encoding": "gzip"}),
        (bytes, {"content-encoding": "gzip"}),
        (zlib.compress, {"content-encoding": "deflate"}),
        (compress_raw, {"content-encoding": "deflate"}),
        (bytes, {"content-encoding": "deflate"}),
        (bytes, {"content-encoding": "identity", "content-type": "multipart/form-data"}),
    ],
)
def test_bodies_are_inflated_by_header_or_magic_whatever_their_type(
    doorstep: Any, pack: Any, headers: dict[str, str]
) -> None:
    plain = json.dumps({"batch": [EVENT]}).encode()
    assert doorstep.call("POST", "/v1/batch", pack(plain), headers=headers).status == 200
    assert doorstep.bodies[0].payload == plain


def test_an_encoding_that_is_not_served_says_so(doorstep: Any) -> None:
    reply = doorstep.call("POST", "/v1/batch", b"\x28\xb5\x2f\xfd", headers={"content-encoding": "zstd"})
    assert (reply.status, reply.json["code"]) == (415, "unknown_encoding")


@pytest.mark.parametrize("rounds", [1, 2])
def test_a_bomb_never_unfolds(doorstep: Any, rounds: int) -> None:
    bomb = b"0" * (64 * 1024 * 1024)
    for _ in range(rounds):
        bomb = gzip.compress(bomb)
    reply = doorstep.call("POST", "/v1/batch", bomb)
    assert (reply.status, reply.json["code"]) == (413, "too_large")
    assert doorstep.refused == [("too_large", 1)]


def test_a_body_of_very_many_members_costs_no_time(doorstep: Any) -> None:
    began = time.process_time()
    reply = doorstep.call("POST", "/v1/batch", gzip.compress(b"") * 200_000)
    assert (reply.status, reply.json["code"]) == (400, "bad_encoding")
    assert time.process_time() - began < 2
    event = b'{"batch":[{"type":"track","event":"x","userId":"u"}]}'
    few = gzip.compress(event[:20]) + gzip.compress(event[20:])
    assert doorstep.call("POST", "/v1/batch", few).status == 200


def test_the_cap_holds_for_plain_streamed_and_announced_bodies(doorstep: Any) -> None:
    doorstep.settings = Settings(body_cap_bytes=1000)
    fits = b'{"batch":[' + b" " * 988 + b"]}"
    assert doorstep.call("POST", "/v1/batch", fits).status == 200
    assert doorstep.call("POST", "/v1/batch", fits + b" ").status == 413
    assert doorstep.call("POST", "/v1/batch", [fits[:500], fits[500:], b" "]).status == 413
    assert doorstep.call("POST", "/v1/batch", [fits[:500], fits[500:], b""]).status == 200
    assert doorstep.call("POST", "/v1/batch", b"", headers={"content-length": "1001"}).status == 413


def test_a_full_rudder_batch_fits_the_default_cap(doorstep: Any) -> None:
    event = {**EVENT, "properties": {"text": "x" * 30_000}}
    batch = [event] * (4 * 1024 * 1024 // 30_000 + 2)
    assert doorstep.post("/v1/batch", {"batch": batch}).status == 200


def test_a_client_that_hangs_up_leaves_nothing(doorstep: Any) -> None:
    assert doorstep.call("POST", "/v1/batch", b'{"batch":[', hang_up=True).status == 0
    assert doorstep.bodies == []


POISON_REFUSED = {
    "empty": b"",
    "not json": b"hello",
    "deep": b'{"batch":[' + b"[" * 10_000 + b"]" * 10_000 + b"]}",
    "deep objects": b'{"batch":[' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"]}",
    "truncated": b'{"batch":[{"type":"track"',
    "truncated gzip": gzip.compress(b'{"batch":[{"type":"track"}]}', mtime=0)[:-12],
    "broken gzip": b"\x1f\x8b" + b"\xff" * 50,
    "a number": b"5",
    "null": b"null",
    "no batch": b"{}",
    "batch is no list": b'{"batch":{"a":1}}',
    "batch is null": b'{"batch":null}',
    "nul": b"\x00" * 100,
    "two bodies": b'{"batch":[]}{"batch":[]}',
}


@pytest.mark.parametrize("name", POISON_REFUSED)
def test_what_is_no_json_batch_is_400_and_counted(doorstep: Any, name: str) -> None:
    reply = doorstep.call("POST", "/v1/batch", POISON_REFUSED[name])
    assert reply.status == 400
    assert {"code", "message", "detail"} <= reply.json.keys()
    assert doorstep.refused == [(reply.json["code"], 1)]
    assert doorstep.bodies == []


POISON_KEPT = {
    "nan": b'{"a":NaN,"b":-Infinity,"c":[Infinity]}',
    "lone surrogates": rb'{"a":"\ud800 half","\udc00":"\ud83d\ude00"}',
    "nul": rb'{"a":"\u0000","\u0000":1}',
    "raw control": b'{"a":"\x01\x00"}',
    "bad utf-8": b'{"a":"\xff\xfe","b":"\xc3"}',
    "long string": b'{"a":"' + b"x" * 1_000_000 + b'"}',
    "duplicate keys": b'{"a":1,"a":2}',
    "huge numbers": b'{"a":1e999,"b":' + b"9" * 5000 + b',"c":' + b"9" * 60 + b"}",
    "nested": b'{"a":' + b"[" * 60 + b"]" * 60 + b"}",
}


@pytest.mark.parametrize("name", POISON_KEPT)
def test_one_poisoned_event_never_costs_its_batch(doorstep: Any, public: Source, name: str) -> None:
    """Trap 3: a 4xx means that the whole batch is lost, with every other event in it."""
    poisoned = b'{"type":"track","event":"Tried","userId":"u2","properties":' + POISON_KEPT[name] + b"}"
    good = json.dumps(EVENT).encode()
    reply = doorstep.call("POST", "/v1/batch", b'{"batch":[' + good + b"," + poisoned + b"," + good + b"]}")
    assert (reply.status, reply.json["accepted"]) == (200, 3)
    outcomes = judge(doorstep.bodies[0], public)
    assert [outcome.subject.value for outcome in outcomes] == ["u1", "u2", "u1"]
    assert isinstance(json.loads(outcomes[1].properties.decode()), dict)


def test_a_byte_order_mark_is_no_poison(doorstep: Any) -> None:
    assert doorstep.call("POST", "/v1/batch", b"\xef\xbb\xbf" + json.dumps({"batch": [EVENT]}).encode()).status == 200


def test_a_preflight_is_allowed_what_it_asks(doorstep: Any) -> None:
    asked = "AnonymousId,authorization,content-type,SentAt,x-funky,bad header\x01"
    reply = doorstep.call(
        "OPTIONS",
        "/v1/t",
        key=None,
        headers={"origin": "https://shop.example", "access-control-request-headers": asked},
    )
    assert reply.status == 200
    allowed = set(reply.headers["access-control-allow-headers"].split(", "))
    assert {"authorization", "content-type", "anonymousid", "sentat", "x-retry-count", "x-funky"} <= allowed
    assert not any("bad" in name for name in allowed)
    assert reply.headers["access-control-allow-origin"] == "https://shop.example"
    assert "POST" in reply.headers["access-control-allow-methods"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/batch", b'{"batch":[]}'),
        ("POST", "/v1/batch", b"junk"),
        ("POST", "/v1/nothing", b""),
        ("GET", "/v1/batch", b""),
        ("GET", "/v1/projects/wrong/settings", b""),
    ],
)
def test_every_answer_can_be_read_by_the_browser_that_asked(doorstep: Any, method: str, path: str, body: bytes) -> None:
    reply = doorstep.call(method, path, body, headers={"origin": "https://shop.example"})
    assert reply.headers["access-control-allow-origin"] == "https://shop.example"
    assert reply.headers["vary"] == "origin"
    assert "retry-after" in reply.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" in doorstep.call(method, path, body).headers


@pytest.mark.parametrize("origin", ["https://a.example\r\nset-cookie: x=1", "https://ä.example", "x" * 400])
def test_a_forged_origin_is_not_mirrored(doorstep: Any, origin: str) -> None:
    reply = doorstep.post("/v1/batch", {"batch": []}, headers={"origin": origin})
    assert reply.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("slash", ["", "/"])
def test_segment_settings_lead_the_browser_here(doorstep: Any, slash: str) -> None:
    """C2: with this answer analytics-next needs nothing but ``cdnURL``."""
    reply = doorstep.call(
        "GET", f"/v1/projects/public-key/settings{slash}", key=None, headers={"host": "cx.example:8118"}
    )
    assert reply.json["integrations"]["Segment.io"] == {
        "apiKey": "public-key",
        "apiHost": "cx.example:8118/v1",
        "protocol": "http",
    }
    assert reply.json["plan"]["track"]["__default"]["enabled"] is True
    assert reply.json["metrics"] == {"sampleRate": 0}


def test_segment_settings_name_the_public_base_url(doorstep: Any) -> None:
    doorstep.settings = Settings(base_url="https://cx.example/in/")
    reply = doorstep.call("GET", "/v1/projects/public-key/settings", key=None, headers={"host": "evil.example"})
    assert reply.json["integrations"]["Segment.io"]["apiHost"] == "cx.example/in/v1"
    assert reply.json["integrations"]["Segment.io"]["protocol"] == "https"


def test_a_hostile_host_is_not_repeated(doorstep: Any) -> None:
    reply = doorstep.call("GET", "/v1/projects/public-key/settings", headers={"host": "a/b?<script>"})
    assert reply.json["integrations"]["Segment.io"]["apiHost"] == "localhost/v1"


@pytest.mark.parametrize("given", [{"key": "public-key"}, {"key": None, "query": "p=npm&v=3.34.1&writeKey=public-key"}])
@pytest.mark.parametrize("path", ["/sourceConfig", "/sourceConfig/"])
def test_the_rudder_config_has_what_its_sdk_needs(doorstep: Any, given: dict[str, Any], path: str) -> None:
    source = doorstep.call("GET", path, **given).json["source"]
    assert (source["id"], source["enabled"], source["writeKey"]) == ("1", True, "public-key")
    assert (source["destinations"], source["dataplanes"]) == ([], {})
    assert source["config"]["statsCollection"]["errors"]["enabled"] is False


def test_settings_of_an_unknown_key_tell_nothing(doorstep: Any) -> None:
    for path in ("/v1/projects/wrong/settings", "/v1/projects/settings", "/v1/projects//settings"):
        assert doorstep.call("GET", path, key=None).status == 401
    assert doorstep.call("GET", "/sourceConfig/", key=None).status == 401
    doorstep.keys_down = True
    assert doorstep.call("GET", "/v1/projects/public-key/settings").status == 503


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_events_are_only_posted(doorstep: Any, method: str) -> None:
    reply = doorstep.call(method, "/v1/batch")
    assert (reply.status, reply.headers["allow"]) == (405, "POST, OPTIONS")
    assert doorstep.bodies == []


def test_other_paths_of_the_door_are_404_with_the_usual_body(doorstep: Any) -> None:
    reply = doorstep.post("/v1/merge", {})
    assert reply.status == 404
    assert {"code", "message", "detail"} <= reply.json.keys()


def test_no_answer_redirects_or_claims_anything_but_200(doorstep: Any) -> None:
    """Traps 1 and the 302 of segment-node: only 200 counts as delivered, and nothing else may look like it."""
    for path in ("/v1/batch", "/v1/track", "/v1/m"):
        assert doorstep.post(path, {"batch": []}).status == 200


def test_the_door_owns_its_paths_and_no_others(doorstep: Any) -> None:
    door = Door(doorstep, doorstep, Settings())
    for path in (
        "/v1/batch",
        "/v1/t/",
        "/v1/projects/k/settings",
        "/sourceConfig",
        "/sourceConfig/",
        "/beacon/v1/batch",
    ):
        assert door.owns(path)
    for path in ("/", "/journeys", "/assets/app.css", "/v10", "/data/sources", "/sourceConfigs"):
        assert not door.owns(path)


def test_rudder_headers_stand_in_and_the_body_wins(doorstep: Any, public: Source) -> None:
    headers = {"anonymousid": base64.b64encode(b"anon-9").decode(), "sentat": "2026-11-18T10:00:00Z"}
    doorstep.post("/v1/page", {"messageId": "m1", "name": "Home"}, headers=headers)
    doorstep.post("/v1/page", {"messageId": "m2", "name": "Home", "anonymousId": "own"}, headers=headers)
    doorstep.post(
        "/v1/batch", {"sentAt": "2026-11-18T11:00:00Z", "batch": [{**EVENT, "userId": None}]}, headers=headers
    )
    first, second, third = (judge(body, public)[0] for body in doorstep.bodies)
    assert (first.subject.value, second.subject.value, third.subject.value) == ("anon-9", "own", "anon-9")
    assert first.sent_us is not None
    assert third.sent_us == first.sent_us + 3600 * 1_000_000
