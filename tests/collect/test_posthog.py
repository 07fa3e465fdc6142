"""PostHog's paths and events (protocols.md §1.2, traps 8 and 10) beyond what their SDKs say in tests/sdks."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from heartline.collect import GateRules, pass_gate
from heartline.config import Settings
from heartline.records import Body, IdentifierKind, Interaction, Refusal, RefusalReason, Source

COOKIE = "0199aa00-0000-7000-8000-00000000abcd"
EVENT = {"event": "Order Completed", "distinct_id": "u-1", "uuid": "p-1", "properties": {"token": "server-key"}}
RULES = GateRules()


def judge(body: Body, source: Source) -> list[Any]:
    return pass_gate(body, source, RULES)


def judge_one(doorstep: Any, source: Source, event: dict[str, Any]) -> Any:
    reply = doorstep.post("/e/", {"api_key": source.write_key, **event}, key=None)
    assert reply.status == 200, reply.body
    (outcome,) = judge(doorstep.bodies[-1], source)
    return outcome


def ids(interaction: Interaction) -> set[tuple[str, str]]:
    return {(each.kind.value, each.value) for each in interaction.identifiers}


@pytest.mark.parametrize("path", ["/batch", "/e", "/i/v0/e", "/track", "/capture"])
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    "body",
    [
        {"api_key": "server-key", "batch": [EVENT]},
        {"token": "server-key", "batch": [EVENT]},
        {"api_key": "server-key", **EVENT},
        EVENT,
        [EVENT],
        {"batch": [EVENT]},
    ],
    ids=["batch", "token", "single", "key-in-properties", "list", "batch-key-in-properties"],
)
def test_every_path_takes_every_form(doorstep: Any, trusted: Source, path: str, slash: str, body: Any) -> None:
    reply = doorstep.post(path + slash, body, key=None, headers={"content-type": "text/plain"})
    assert (reply.status, reply.json["accepted"]) == (200, 1)
    (outcome,) = judge(doorstep.bodies[0], trusted)
    assert (outcome.message_id, outcome.touchpoint) == ("p-1", "Order placed")
    assert ids(outcome) == {("user_id", "u-1")}
    assert "token" not in json.loads(outcome.properties)


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("written", ["plain", "base64"])
def test_older_clients_put_it_into_a_form(doorstep: Any, trusted: Source, written: str, zipped: bool) -> None:  # noqa: FBT001
    text = json.dumps(EVENT)
    body = ("data=" + quote(text if written == "plain" else base64.b64encode(text.encode()).decode())).encode()
    reply = doorstep.call("POST", "/e/", gzip.compress(body) if zipped else body, key=None)
    assert reply.status == 200
    assert judge(doorstep.bodies[0], trusted)[0].message_id == "p-1"


def test_an_image_s_address_may_carry_an_event(doorstep: Any, trusted: Source) -> None:
    query = urlencode({"data": base64.b64encode(json.dumps(EVENT).encode()).decode()})
    assert doorstep.call("GET", "/e/", key=None, query=query).status == 200
    assert judge(doorstep.bodies[0], trusted)[0].message_id == "p-1"
    assert doorstep.call("GET", "/e/", key=None).status == 405


def test_engage_says_traits(doorstep: Any, trusted: Source) -> None:
    body = {"$token": "server-key", "$distinct_id": "u-1", "$set": {"plan": "gold"}}
    assert doorstep.post("/engage/", body, key=None).status == 200
    (outcome,) = judge(doorstep.bodies[0], trusted)
    assert (outcome.kind, outcome.traits, ids(outcome)) == ("identify", {"plan": "gold"}, {("user_id", "u-1")})


@pytest.mark.parametrize("path", ["/s/", "/flags/?v=2", "/flags", "/decide/?v=3"])
def test_what_carries_no_events_is_answered_and_not_kept(doorstep: Any, path: str) -> None:
    path, _, query = path.partition("?")
    reply = doorstep.call("POST", path, gzip.compress(b"[1]"), key=None, query=query)
    assert reply.status == 200
    assert path.startswith("/s") or reply.json["featureFlags"] == reply.json["flags"] == {}
    assert doorstep.bodies == []


def test_the_browser_s_config_names_the_key_and_switches_off_what_is_not_here(doorstep: Any) -> None:
    told = doorstep.call("GET", "/array/public-key/config", key=None).json
    assert told["token"] == "public-key"
    assert [told[part] for part in ("sessionRecording", "surveys", "heatmaps")] == [False] * 3
    script = doorstep.call("GET", "/array/public-key/config.js", key=None)
    assert script.headers["content-type"].startswith("application/javascript")
    assert b'_POSTHOG_REMOTE_CONFIG["public-key"]={"config":{' in script.body
    assert doorstep.call("GET", '/array/x"];alert(1);["/config.js', key=None).status == 401
    empty = doorstep.call("GET", "/static/1.449.2/surveys.js", key=None)
    assert (empty.status, empty.body) == (200, b"")


def test_their_larger_batches_go_in_and_others_do_not(doorstep: Any) -> None:
    doorstep.settings = Settings(body_cap_bytes=1_000, posthog_cap_bytes=5_000)
    padded = {"api_key": "public-key", "batch": [EVENT], "padding": "x" * 2_000}
    assert doorstep.post("/batch/", padded, key=None).status == 200
    assert doorstep.post("/v1/batch", padded).status == 413
    assert doorstep.post("/batch/", {**padded, "padding": "x" * 5_000}, key=None).status == 413


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({}, IdentifierKind.USER_ID),
        ({"$is_identified": False}, IdentifierKind.ANONYMOUS_ID),
        ({"$process_person_profile": False}, IdentifierKind.ANONYMOUS_ID),
        ({"$device_id": "u-1"}, IdentifierKind.ANONYMOUS_ID),
        ({"$device_id": "u-1", "$user_id": "u-1"}, IdentifierKind.USER_ID),
    ],
)
def test_a_distinct_id_is_a_visitor_s_where_the_event_says_so(
    doorstep: Any, trusted: Source, said: dict[str, Any], kind: IdentifierKind
) -> None:
    outcome = judge_one(doorstep, trusted, {"event": "Seen", "distinct_id": "u-1", "properties": said})
    assert outcome.identifiers[0].kind is kind


def test_a_made_up_id_is_a_visitor_s_unless_the_event_says_otherwise(doorstep: Any, trusted: Source) -> None:
    seen = {"event": "Seen", "distinct_id": COOKIE, "properties": {}}
    assert ids(judge_one(doorstep, trusted, seen)) == {("anonymous_id", COOKIE)}
    said = {**seen, "properties": {"$is_identified": True}}
    assert ids(judge_one(doorstep, trusted, said)) == {("user_id", COOKIE)}


@pytest.mark.parametrize("library", ["posthog-python", "posthog-node", "web"])
@pytest.mark.parametrize("pair", [(COOKIE, "u-1"), ("u-1", COOKIE)])
def test_an_alias_is_undirected(doorstep: Any, trusted: Source, pair: tuple[str, str], library: str) -> None:
    properties = {"distinct_id": pair[0], "alias": pair[1], "$lib": library}
    outcome = judge_one(doorstep, trusted, {"event": "$create_alias", "distinct_id": pair[0], "properties": properties})
    assert ids(outcome) == {("user_id", "u-1"), ("anonymous_id", COOKIE)}
    assert outcome.linked


def test_a_public_key_ties_only_its_own_visitor(doorstep: Any, public: Source) -> None:
    told = {"event": "$identify", "distinct_id": "u-1", "properties": {"$anon_distinct_id": COOKIE}}
    outcome = judge_one(doorstep, public, {**told, "$set": {"email": "victim@example.com", "$initial_referrer": "x"}})
    assert ids(outcome) == {("user_id", "u-1"), ("anonymous_id", COOKIE)}
    assert outcome.linked
    assert set(outcome.traits) == {"email"}


def test_a_group_without_a_person_is_no_customer(doorstep: Any, trusted: Source) -> None:
    properties = {"$group_type": "company", "$group_key": "acme"}
    outcome = judge_one(
        doorstep, trusted, {"event": "$groupidentify", "distinct_id": "$company_acme", "properties": properties}
    )
    assert isinstance(outcome, Refusal)
    assert outcome.reason is RefusalReason.NO_IDENTITY


def test_sent_at_corrects_their_clock_as_it_does_others(doorstep: Any, trusted: Source) -> None:
    body = {
        "api_key": "server-key",
        "sent_at": "2030-01-01T00:00:10Z",
        "batch": [{**EVENT, "timestamp": "2030-01-01T00:00:00Z"}],
    }
    assert doorstep.post("/batch/", body, key=None).status == 200
    (outcome,) = judge(doorstep.bodies[0], trusted)
    assert outcome.ts_us == outcome.received_us - 10_000_000
    assert outcome.skewed
