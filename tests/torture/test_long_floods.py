"""Floods, storms, poison and wrong clocks against a real server (R3, R4, R6, R7), a part of ``make torture``."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import multiprocessing
import random
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import duckdb
import pytest
from nursery import Nursery

from heartline.app import open_heartline
from heartline.config import Settings
from heartline.records import Trust

pytestmark = pytest.mark.torture

FLOOD_S = 60
CONNECTIONS = 32
EVENTS_A_BODY = 100
MOST_RESIDENT = 1 << 30


def found(data: Path) -> dict[str, Any]:
    """Catch up, take the account, and read the names and times of all that is stored: millions, so as two columns."""
    with open_heartline(Settings(data_dir=data)) as heartline:
        began = time.monotonic()
        heartline.catch_up()
        took = time.monotonic() - began
        account = heartline.account()
        assert account.balanced
        assert account.pending == 0
    (path,) = data.glob("history*.duckdb")
    with contextlib.closing(duckdb.connect(str(path), read_only=True)) as history:
        columns = history.execute("SELECT message_id, ts_us FROM interactions").fetchnumpy()
    return {"account": account, "names": list(columns["message_id"]), "times": columns["ts_us"], "caught_up_s": took}


def open_source(data: Path) -> str:
    with open_heartline(Settings(data_dir=data)) as heartline:
        return heartline.stores.kept.add_source(name="Load", trust=Trust.TRUSTED).write_key


def a_big_body(key: str, name: str) -> bytes:
    events = [
        {
            "type": "track",
            "event": "Product Viewed",
            "anonymousId": f"{name}-{n % 7}",
            "messageId": f"{name}-{n}",
            "properties": {"filler": "x" * 300},
        }
        for n in range(EVENTS_A_BODY)
    ]
    return json.dumps({"writeKey": key, "batch": events}).encode()


def flood(port: int, key: str, name: str, until: float, said: Queue[Any]) -> None:
    """Send as fast as answers come, over many connections, for a while; say what was acknowledged."""
    acknowledged: list[str] = []
    statuses: Counter[int] = Counter()

    def send(lane: int) -> None:
        number = 0
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            while time.time() < until:
                body_name = f"{name}-{lane}-{number}"
                try:
                    connection.request("POST", "/v1/batch", a_big_body(key, body_name))
                    answer = connection.getresponse()
                    answer.read()
                except (OSError, http.client.HTTPException):
                    statuses[0] += 1
                    connection.close()
                    continue
                statuses[answer.status] += 1
                number += 1
                if answer.status == 200:
                    acknowledged.append(body_name)
                elif answer.status in {429, 503}:
                    assert int(answer.headers["Retry-After"]) >= 1

    lanes = [threading.Thread(target=send, args=(lane,)) for lane in range(CONNECTIONS // 2)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    said.put((acknowledged, dict(statuses)))


def test_a_flood_is_answered_or_put_off_and_memory_stays_bounded(tmp_path: Path) -> None:
    data = tmp_path / "data"
    key = open_source(data)
    said: Queue[Any] = multiprocessing.Queue()
    with Nursery(data) as nursery:
        port = nursery.start()
        until = time.time() + FLOOD_S
        floods = [multiprocessing.Process(target=flood, args=(port, key, f"f{n}", until, said)) for n in range(2)]
        for one in floods:
            one.start()
        most = 0
        while any(one.is_alive() for one in floods) and said.qsize() < len(floods):
            most = max(most, nursery.resident_bytes())
            time.sleep(0.2)
        told = [said.get(timeout=60) for _ in floods]
        for one in floods:
            one.join()
        nursery.kill()
        nursery.await_end()
    statuses = sum((Counter(statuses) for _, statuses in told), Counter())
    acknowledged = [name for names, _ in told for name in names]
    after = found(data)
    stored = set(after["names"])
    assert set(statuses) <= {200, 429, 503}, statuses
    assert len(after["names"]) == len(stored)
    assert all(f"{name}-{n}" in stored for name in acknowledged for n in range(EVENTS_A_BODY))
    print(
        f"flood: {len(acknowledged) * EVENTS_A_BODY / FLOOD_S:,.0f} events/s acknowledged for {FLOOD_S} s, "
        f"answers {dict(statuses)}, at most {most / 2**20:,.0f} MiB resident, "
        f"{len(stored):,} stored, rest caught up in {after['caught_up_s']:.0f} s"
    )
    assert most <= MOST_RESIDENT


def test_a_storm_of_copies_is_stored_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    key = open_source(data)
    rng = random.Random(3)
    names = [f"s-{n}" for n in range(150)]
    posts = [a_big_body(key, name) for name in names for _ in range(rng.randint(2, 5))]
    rng.shuffle(posts)
    with Nursery(data) as nursery:
        port = nursery.start()

        def send(part: list[bytes]) -> None:
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
                for body in part:
                    connection.request("POST", "/v1/batch", body)
                    answer = connection.getresponse()
                    answer.read()
                    assert answer.status == 200

        lanes = [threading.Thread(target=send, args=(posts[n::8],)) for n in range(8)]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
        nursery.kill()
        nursery.await_end()
    after = found(data)
    assert len(after["names"]) == len(set(after["names"])) == len(names) * EVENTS_A_BODY
    assert after["account"].duplicate == (len(posts) - len(names)) * EVENTS_A_BODY


def test_clocks_a_year_off_give_times_that_are_bounded(tmp_path: Path) -> None:
    data = tmp_path / "data"
    key = open_source(data)
    now = datetime.now(UTC)
    odd = ["2024-02-29T23:59:60Z", "2026-03-29T02:30:00+01:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "now"]
    events: list[dict[str, Any]] = []
    for n, days in enumerate([-366, -1, 0, 1, 366, 4_000]):
        then = (now + timedelta(days=days)).isoformat()
        for sent in (then, now.isoformat(), None):
            event = {"type": "page", "anonymousId": "c", "messageId": f"{n}-{sent}", "timestamp": then}
            events.append(event if sent is None else {**event, "sentAt": sent, "originalTimestamp": then})
    events += [{"type": "page", "anonymousId": "c", "messageId": text, "timestamp": text} for text in odd]
    with Nursery(data) as nursery:
        port = nursery.start()
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            connection.request("POST", "/v1/batch", json.dumps({"writeKey": key, "batch": events}))
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
        nursery.kill()
        nursery.await_end()
    after = found(data)
    latest = (datetime.now(UTC) + timedelta(seconds=1)).timestamp() * 1e6
    assert after["account"].received == len(events)
    assert all(at <= latest for at in after["times"])


def poisons(rng: random.Random) -> list[bytes]:
    """Make bodies that no client should send (R7)."""
    deep = b'{"type":"track","event":"x","anonymousId":"a","properties":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001
    bomb = gzip.compress(b'{"batch":[' + b" " * (64 << 20) + b"]}")
    return [
        b"", b"{", b"null", b"[]", b'"text"', b"\xff\xfe\x00", b'{"batch":' + b"[" * 100_000,
        b'{"batch":[' + deep + b"]}",
        b'{"batch":[{"type":"track","event":"\\ud800","anonymousId":"\\udfff"}]}',
        b'{"batch":[{"type":"track","event":"a\\u0000b","anonymousId":"a","properties":{"v":NaN,"w":Infinity}}]}',
        b'{"batch":[{"type":"track","type":"page","event":"x","event":"y","anonymousId":"a"}]}',
        b'{"batch":[{"type":"track","event":"' + b"x" * 1_000_000 + b'","anonymousId":"a"}]}',
        b'{"batch":[{"type":"track","event":"n","anonymousId":"a","properties":{"n":' + b"9" * 5_000 + b"}}]}",
        bomb, bomb[: len(bomb) // 2], rng.randbytes(4_000), b"\x1f\x8b" + rng.randbytes(50),
    ]  # fmt: skip


def test_poison_is_answered_and_the_server_lives(tmp_path: Path) -> None:
    data = tmp_path / "data"
    key = open_source(data)
    rng = random.Random(5)
    paths = ["/v1/batch", "/v1/track", "/v1/identify", "/batch/", "/e/", "/v1/cloudevents", "/beacon/v1/batch"]
    statuses: Counter[int] = Counter()
    with Nursery(data) as nursery:
        port = nursery.start()
        for _ in range(6):
            for body in poisons(rng):
                for path in paths:
                    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
                        connection.request("POST", f"{path}?writeKey={key}", body, {"authorization": "Basic " + key})
                        answer = connection.getresponse()
                        answer.read()
                        statuses[answer.status] += 1
        most = nursery.resident_bytes()
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            connection.request("POST", "/v1/batch", a_big_body(key, "well"))
            assert connection.getresponse().status == 200
        nursery.kill()
        nursery.await_end()
    assert max(statuses) < 500, statuses
    assert most <= MOST_RESIDENT
    assert {f"well-{n}" for n in range(EVENTS_A_BODY)} <= set(found(data)["names"])
