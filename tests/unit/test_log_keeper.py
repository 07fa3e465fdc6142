"""The keeper of the packed log: what it makes of changes equals what a fresh one makes of everything."""

from __future__ import annotations

import json
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heartline.app import Heartline, open_twin
from heartline.config import Settings
from heartline.keeper import Kept, LogKeeper, Standing
from heartline.records import Body, Trust
from heartline.understand import PackedLog
from tries import some


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


@settings(max_examples=some(25), deadline=None)
@given(parts=st.lists(st.lists(messages, min_size=1, max_size=6), min_size=2, max_size=4))
def test_owners_read_in_parts_make_the_same_log(parts: list[list[dict[str, Any]]]) -> None:
    with a_twin() as heartline:
        for part in parts:
            send(heartline, part)
            assert told(heartline.log()) == told(LogKeeper(heartline.stores).current())


@pytest.mark.parametrize("way", ["packed", "spliced"])
def test_a_large_log_is_renewed_behind_the_reader(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now, let_go = [0.0], threading.Event()
    let_go.set()
    with a_twin() as heartline:
        keeper = LogKeeper(heartline.stores, clock=lambda: now[0])
        plain = {"packed": LogKeeper._pack, "spliced": LogKeeper._splice}[way]

        def slow(*asked: Any) -> Kept:
            let_go.wait(120)
            now[0] += 10
            return plain(*asked)

        def change(day: int) -> None:
            send(heartline, [a_message("page", day, "tablet", "")])
            if way == "packed":
                heartline.stores.history.rewrite()

        monkeypatch.setattr(LogKeeper, plain.__name__, slow)
        change(1)
        keeper.current()
        change(2)
        first = keeper.fresh()
        change(3)
        now[0] += 19
        assert keeper.current() is first, "it took 10 s, so it rests for 20"
        now[0] += 2
        let_go.clear()
        assert keeper.current() is first, "renewed behind"
        let_go.set()
        keeper.close()
        assert len(keeper.current()) == 3
        assert keeper.renewals == ({"packed": 3} if way == "packed" else {"packed": 1, "spliced": 2})
        assert np.array_equal(np.sort(keeper.current().seq), keeper.current().seq)


def test_what_takes_long_one_way_is_waited_for_the_other_way(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    with a_twin() as heartline:
        keeper = LogKeeper(heartline.stores, clock=lambda: now[0])
        plain = LogKeeper._pack

        def slow(self: LogKeeper, standing: Standing) -> Kept:
            now[0] += 10
            return plain(self, standing)

        monkeypatch.setattr(LogKeeper, "_pack", slow)
        send(heartline, [a_message("page", 1, "tablet", "")])
        assert len(keeper.current()) == 1
        send(heartline, [a_message("page", 2, "tablet", "")])
        assert len(keeper.current()) == 2, "packing took 10 s; splicing takes none"
