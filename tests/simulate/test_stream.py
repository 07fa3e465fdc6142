"""What the stream is like as a stream: counts, order, ids, dates, refusable messages, determinism, speed."""

from __future__ import annotations

import json
import time
from collections import Counter
from itertools import islice, pairwise
from typing import Any

import pytest

from heartline.errors import Invalid
from heartline.records import IdentifierKind, Trust, identify
from heartline.simulate import SOURCES, Simulation, simulate

END_US = 1_795_352_400_000_000
Sent = list[tuple[str, dict[str, Any]]]


def is_broken(message: dict[str, Any]) -> bool:
    return "-broken-" in message["messageId"]


def test_the_small_company_is_as_large_as_promised(small: Simulation, sent: Sent) -> None:
    counts = small.truth["counts"]
    assert small.truth["customers"] == 5000
    assert 100_000 <= counts["interactions"] <= 145_000
    assert len(sent) == counts["messages"]
    told = Counter(name for name, message in sent if not is_broken(message))
    twice = sum(told.values()) - counts["distinct"]
    assert twice == counts["sent_twice"] > 100
    assert sum(is_broken(message) for _, message in sent) == counts["broken"] > 10


def test_message_ids_repeat_only_for_messages_sent_again_unchanged(sent: Sent) -> None:
    first: dict[str, str] = {}
    for _, message in sent:
        written = json.dumps(message, sort_keys=True)
        assert first.setdefault(message["messageId"], written) == written


def test_every_message_is_shaped_like_an_sdk_s(sent: Sent) -> None:
    sources = {name: trust for name, trust, _ in SOURCES}
    for name, message in sent:
        if is_broken(message):
            continue
        assert message["type"] in {"track", "page", "screen", "identify"}
        assert message["type"] != "track" or message["event"]
        assert "sentAt" not in message
        heartline = message["context"].get("heartline", {})
        if "rival" in heartline:
            assert not {"userId", "anonymousId"} & message.keys()
            continue
        known = message.get("userId") or message.get("anonymousId") or heartline.get("order")
        assert known or heartline["identifiers"]
        if sources[name] is Trust.PUBLIC:
            assert message["anonymousId"]
            assert "identifiers" not in heartline
            assert "order" not in heartline


def test_no_value_is_junk_and_all_are_normal_already(small: Simulation) -> None:
    for person in islice(small.identities(), 0, None, 7):
        for owned in person["identifiers"]:
            made = identify(IdentifierKind(owned["kind"]), owned["value"])
            assert made is not None
            assert made.value == owned["value"]


def test_times_lie_in_the_months_told_and_are_sent_in_order(small: Simulation, sent: Sent) -> None:
    stamps = [message["timestamp"] for _, message in sent]
    assert min(stamps) >= small.truth["start"]
    assert max(stamps) < small.truth["end"]
    out_of_order = sum(later < earlier for earlier, later in pairwise(stamps))
    assert 0 < out_of_order < 0.2 * len(stamps)


def test_one_seed_one_company_another_seed_another() -> None:
    def stream(seed: int) -> list[Any]:
        return list(simulate(seed=seed, customers=400, end_us=END_US).messages())

    assert stream(5) == stream(5)
    assert stream(5) != stream(6)
    again = simulate(seed=5, customers=400, end_us=END_US)
    assert list(again.messages()) == list(again.messages())


def test_the_truth_is_json(small: Simulation) -> None:
    truth = json.loads(json.dumps(small.truth))
    assert list(truth["stories"]) == [str(number) for number in range(1, 13)]
    assert json.loads(json.dumps(list(islice(small.identities(), 50))))


@pytest.mark.parametrize("customers", [50, 300, 2500])
def test_other_sizes_work_too(customers: int) -> None:
    made = simulate(seed=9, customers=customers, months=12, end_us=END_US)
    assert made.truth["customers"] == customers
    assert sum(1 for _ in made.messages()) == made.truth["counts"]["messages"]


def test_too_small_a_company_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        simulate(seed=1, customers=3, end_us=END_US)
    assert refused.value.code == "too_small"


def test_planning_and_streaming_take_25_microseconds_an_event_at_most() -> None:
    began = time.process_time()
    events = sum(1 for _ in simulate(seed=4, customers=3000, end_us=END_US).messages())
    spent = (time.process_time() - began) / events * 1e6
    print(f"{spent:.1f} CPU-µs an event, {events} events")
    assert spent < 60  # measured 9; the slack is for busy machines
