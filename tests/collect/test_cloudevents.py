"""CloudEvents 1.0 in its three modes; the pair of source and id is the message's name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from heartline.collect import GateRules, pass_gate
from heartline.records import Interaction, Refusal, Source

EVENT = {
    "specversion": "1.0",
    "id": "A-1",
    "source": "/shop",
    "type": "com.example.order.placed",
    "time": "2026-11-18T11:06:00Z",
    "data": {"userId": "u-1", "order_id": "o-1", "text": "Grüße", "heartline": {"channel": "phone"}},
}
ATTRIBUTES = {f"ce-{key}": value for key, value in EVENT.items() if isinstance(value, str)}
MODES: dict[str, tuple[Any, dict[str, str]]] = {
    "structured": (EVENT, {"content-type": "application/cloudevents+json; charset=utf-8"}),
    "batch": ([EVENT], {"content-type": "application/cloudevents-batch+json"}),
    "binary": (EVENT["data"], {"content-type": "application/json", **ATTRIBUTES}),
    "said as plain JSON": (EVENT, {"content-type": "application/json"}),
}


def judge(doorstep: Any, source: Source) -> list[Any]:
    return pass_gate(doorstep.bodies[-1], source, GateRules())


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_says_the_same(doorstep: Any, trusted: Source, mode: str) -> None:
    body, headers = MODES[mode]
    reply = doorstep.post("/v1/cloudevents", body, key="server-key", headers=headers)
    assert (reply.status, reply.json["accepted"]) == (200, 1)
    (outcome,) = judge(doorstep, trusted)
    assert isinstance(outcome, Interaction)
    assert (outcome.message_id, outcome.touchpoint, outcome.channel) == (
        "/shop A-1",
        "com.example.order.placed",
        "phone",
    )
    assert (outcome.text, outcome.order, outcome.subject.value) == ("Grüße", "o-1", "u-1")
    assert outcome.original_us == 1_795_000_000_000_000 - 40_000_000


def test_two_sources_may_use_one_id(doorstep: Any, trusted: Source) -> None:
    batch = [EVENT, {**EVENT, "source": "/other"}, {**EVENT, "id": "A-2"}]
    headers = {"content-type": "application/cloudevents-batch+json"}
    assert doorstep.post("/v1/cloudevents", batch, key="server-key", headers=headers).json["accepted"] == 3
    assert len({outcome.message_id for outcome in judge(doorstep, trusted)}) == 3


def test_percents_in_headers_are_read_and_other_data_is_kept_as_text(doorstep: Any, trusted: Source) -> None:
    headers = {**ATTRIBUTES, "ce-type": "Gr%C3%BC%C3%9Fe", "ce-userid": "u-9", "content-type": "text/plain"}
    assert doorstep.call("POST", "/v1/cloudevents", b"Too cold", key="server-key", headers=headers).status == 200
    (outcome,) = judge(doorstep, trusted)
    assert (outcome.touchpoint, outcome.text, outcome.subject.value) == ("Grüße", "Too cold", "u-9")


def test_data_may_be_a_call_of_its_own(doorstep: Any, trusted: Source) -> None:
    data = {"type": "identify", "userId": "u-2", "traits": {"plan": "gold"}}
    assert doorstep.post("/v1/cloudevents", {**EVENT, "data": data}, key="server-key").status == 200
    (outcome,) = judge(doorstep, trusted)
    assert (outcome.kind, outcome.traits, outcome.message_id) == ("identify", {"plan": "gold"}, "/shop A-1")


@pytest.mark.parametrize("body", [b"", b"5", b'"x"', b"not json", b"{}{}"])
def test_what_is_no_event_is_refused_whole(doorstep: Any, body: bytes) -> None:
    reply = doorstep.call("POST", "/v1/cloudevents", body, key="server-key")
    assert reply.status == 400
    assert doorstep.bodies == []


def test_an_event_that_names_nobody_is_set_aside(doorstep: Any, trusted: Source) -> None:
    bare = {key: value for key, value in EVENT.items() if key != "data"}
    assert doorstep.post("/v1/cloudevents", bare, key="server-key").status == 200
    (outcome,) = judge(doorstep, trusted)
    assert isinstance(outcome, Refusal)
    assert json.loads(outcome.raw) == bare


def test_a_sender_may_ask_leave_first(doorstep: Any) -> None:
    reply = doorstep.call("OPTIONS", "/v1/cloudevents", headers={"webhook-request-origin": "events.example"})
    assert (reply.status, reply.headers["webhook-allowed-origin"]) == (200, "events.example")
