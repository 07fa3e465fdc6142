"""The keeper of the packed log: what it makes of changes equals what a fresh one makes of everything."""

from __future__ import annotations

import json
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heartline.app import Heartline, LogKeeper, open_twin
from heartline.config import Settings
from heartline.records import Body, Trust
from heartline.understand import PackedLog


def a_twin() -> Heartline:
    heartline = open_twin(Settings(project=False))
    heartline.stores.kept.add_source(name="Site", trust=Trust.PUBLIC)
    heartline.sources.reload()
    return heartline


def send(heartline: Heartline, messages: list[dict[str, Any]]) -> None:
    payload = json.dumps({"batch": messages}).encode()
    body = Body(source_id=1, received_us=1_790_000_000_000_000, payload=payload, events=len(messages))
    heartline.stores.journal.append([body])
    heartline.catch_up()


def told(log: PackedLog) -> list[Any]:
    return [log.customers.tolist(), log.offsets.tolist(), log.seq.tolist(), log.ts_us.tolist()]


def a_message(kind: str, at: int, cookie: str, user: str) -> dict[str, Any]:
    message: dict[str, Any] = {"type": kind, "timestamp": f"2026-01-{at:02}T10:00:00Z", "anonymousId": cookie}
    message |= {"userId": user} if kind == "identify" else {"name": "Home"}
    return message | {"messageId": json.dumps(message, sort_keys=True)}


messages = st.builds(
    a_message,
    st.sampled_from(["page", "identify"]),
    st.integers(1, 28),
    st.sampled_from(["tablet", "phone", "laptop"]),
    st.sampled_from(["u1", "u2", "u3"]),
)


@settings(max_examples=25, deadline=None)
@given(parts=st.lists(st.lists(messages, min_size=1, max_size=6), min_size=2, max_size=4))
def test_owners_read_in_parts_make_the_same_log(parts: list[list[dict[str, Any]]]) -> None:
    with a_twin() as heartline:
        for part in parts:
            send(heartline, part)
            assert told(heartline.log()) == told(LogKeeper(heartline.stores).current())


def test_a_large_log_is_packed_behind_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    with a_twin() as heartline:
        send(heartline, [a_message("page", 1, "tablet", "")])
        keeper = LogKeeper(heartline.stores, clock=lambda: now[0])
        plain, let_go = LogKeeper._pack, threading.Event()

        def slow(self: LogKeeper) -> PackedLog:
            now[0] += 10
            return plain(self)

        monkeypatch.setattr(LogKeeper, "_pack", slow)
        first = keeper.current()
        send(heartline, [a_message("page", 2, "tablet", "")])
        now[0] += 19
        assert keeper.current() is first, "packed for 10 s, so it rests for 20"
        now[0] += 2
        monkeypatch.setattr(LogKeeper, "_pack", lambda self: (let_go.wait(120), slow(self))[1])
        assert keeper.current() is first, "packed behind"
        let_go.set()
        keeper.close()
        assert len(keeper.current()) == 2
        assert np.array_equal(np.sort(keeper.current().seq), keeper.current().seq)
