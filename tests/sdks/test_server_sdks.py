"""The public server SDKs, unchanged, against a whole heartline (protocols.md C10): what they are told is stored.

All of them speak at once to one server, each in a process of its own and through relays of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sdk_installation import Books, Installation
from sdk_relay import Exchange, Relay, a_relay
from sdk_story import BATCH, Call, tell, visitor

from heartline.records import Trust

HERE = Path(__file__).parent
SEGMENT_PYTHON, RUDDER_PYTHON, POSTHOG_PYTHON = "segment-python", "rudder-python", "posthog-python"
SEGMENT_NODE, RUDDER_NODE, POSTHOG_NODE = "segment-node", "rudder-node", "posthog-node"
PYTHONS = (SEGMENT_PYTHON, RUDDER_PYTHON, POSTHOG_PYTHON)
SDKS = (*PYTHONS, SEGMENT_NODE, RUDDER_NODE, POSTHOG_NODE)
POSTHOGS = (POSTHOG_PYTHON, POSTHOG_NODE)
UNZIPPED = (SEGMENT_NODE,)
WAITERS = {503: (SEGMENT_PYTHON, POSTHOG_PYTHON, RUDDER_NODE), 429: (SEGMENT_PYTHON, POSTHOG_PYTHON, SEGMENT_NODE)}
"""Those that heed Retry-After; the others have pauses of their own (protocols.md §1.3)."""
WAYS = ("plain", "gzip", "full", "limited", "large", "bad", "strange")
STORED = ("plain", "gzip", "full", "limited")
REFUSALS = {"full": 503, "limited": 429, "bad": 400}
TIMES = 2
KILLS = ("after_journal:9", "before_journal:4", "")


@dataclass(frozen=True, kw_only=True)
class Told:
    """What an SDK was told of its messages, in the order it was told."""

    queued: list[str]
    delivered: list[str]
    failed: dict[str, str]


class Driver:
    """Runs one SDK in a process of its own; ``ways`` are its clients, all at once."""

    def __init__(self, sdk: str, node: Path, ways: dict[str, dict[str, Any]], *, pause_s: float = 0) -> None:
        python, drive = [sys.executable, str(HERE / "drivers" / "drive_python.py")], str(HERE / "node" / "drive.mjs")
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            python if sdk in PYTHONS else [str(node), drive], stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"sdk": sdk, "batch": BATCH, "pause_s": pause_s, "ways": ways}))
        self._process.stdin.close()
        self._process.stdin = None

    def hear(self) -> dict[str, Told]:
        with self._process as process:
            try:
                out, err = process.communicate(timeout=120)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert process.returncode == 0, err
        return {name: Told(**told) for name, told in json.loads(out).items()}


def of_messages(posts: list[Exchange], status: int) -> list[str]:
    return sorted(i for post in posts if post.status == status for i in post.message_ids)


def check_shape(sdk: str, posts: list[Exchange], *, zipped: bool) -> None:
    """The wire looks as protocols.md §1.2 says, so that the SDK under test is the one described there."""
    for post in posts:
        assert post.path == ("/batch/" if sdk in POSTHOGS else "/v1/batch")
        assert post.headers.get("authorization", "").startswith("Basic ") == (sdk not in POSTHOGS)
        assert post.body.startswith(b"\x1f\x8b") == zipped
        assert (post.headers.get("content-encoding") == "gzip") == zipped
        assert ("writeKey" in post.json) == (sdk in {SEGMENT_PYTHON, SEGMENT_NODE})
        assert ("api_key" in post.json) == (sdk in POSTHOGS)
        assert "sent_at" in post.json if sdk in POSTHOGS else "sentAt" in post.json
    events = [event for post in posts for event in post.events]
    if sdk in {SEGMENT_PYTHON, RUDDER_PYTHON}:
        assert any(event["anonymousId"] is None for event in events)
    if sdk == RUDDER_NODE:
        assert all("originalTimestamp" in event and "sentAt" in event for event in events)
        assert not zipped or {post.headers["content-type"] for post in posts} == {"application/x-www-form-urlencoded"}
    elif sdk not in POSTHOGS:
        assert {"traits" in event for event in events if event["type"] == "identify"} == {sdk != RUDDER_PYTHON}


def check_peaceful(told: Told, posts: list[Exchange]) -> None:
    """Every message delivered, each crossed the wire once and was answered 200."""
    assert told.failed == {}
    assert sorted(told.delivered) == sorted(told.queued)
    assert of_messages(posts, 200) == sorted(told.delivered)
    assert {post.status for post in posts} == {200}
    assert len(posts) > 1, "one request proves little"


def check_refused(sdk: str, told: Told, posts: list[Exchange], status: int) -> None:
    """After a refusal that passes the SDK sent the same messages again, none was lost; it waited as its kind does."""
    assert told.failed == {}
    assert sorted(told.delivered) == sorted(told.queued)
    assert of_messages(posts, 200) == sorted(told.delivered)
    refused = [post for post in posts if post.status == status]
    assert len(refused) == TIMES
    for post in refused:
        again = next(each for each in posts if each.at_s > post.at_s and set(each.message_ids) & set(post.message_ids))
        if sdk in WAITERS[status]:
            assert again.at_s - post.at_s > 0.9, "Retry-After: 1 was not heard"
        if sdk == SEGMENT_NODE:
            assert int(again.headers["x-retry-count"]) > int(post.headers.get("x-retry-count", "0"))


def check_final(sdk: str, told: Told, posts: list[Exchange], status: int) -> None:
    """A final refusal is no reason to try again, and the caller is told (rudder-sdk-python: only with our body)."""
    refused = of_messages(posts, status)
    assert refused
    assert len(refused) == len(set(refused)), "a final refusal was sent again"
    # posthog-node may not even try the rest of a queue after an error on its way out.
    assert set(told.failed) >= set(refused) if sdk == POSTHOG_NODE else set(told.failed) == set(refused)
    assert set(told.delivered) == set(told.queued) - set(told.failed)


def check_large(sdk: str, told: Told, posts: list[Exchange]) -> None:
    """413: posthog-node halves its batch until it fits and loses nothing; the others drop it and say so."""
    if sdk != POSTHOG_NODE:
        check_final(sdk, told, posts, 413)
        return
    assert told.failed == {}
    assert of_messages(posts, 200) == sorted(told.delivered) == sorted(told.queued)
    assert any(post.status == 413 for post in posts)


def check_way(sdk: str, way: str, told: Told, posts: list[Exchange]) -> None:
    if way in {"plain", "gzip"}:
        check_shape(sdk, posts, zipped=way == "gzip" and sdk not in UNZIPPED)
        check_peaceful(told, posts)
    elif way in {"full", "limited"}:
        check_refused(sdk, told, posts, REFUSALS[way])
    elif way == "large":
        check_large(sdk, told, posts)
    else:
        check_final(sdk, told, posts, 401 if way == "strange" else 400)
        assert way == "bad" or told.delivered == []


def check_customers(books: Books, prefix: str) -> None:
    """The visitor, the older id and the name are one customer; the other, who named only himself, is another."""
    mei = books.owner(f"{prefix}-mei")
    assert books.owner(visitor(prefix, "laptop")) == mei
    assert books.owner(visitor(prefix, "before")) == mei
    assert books.owner(f"{prefix}-jonas") != mei
    assert books.profiles[mei].name == f"Mei {prefix}"


def names_of(prefix: str) -> list[str]:
    return [f"{prefix}-mei", f"{prefix}-jonas", visitor(prefix, "laptop"), visitor(prefix, "before")]


def story_of(sdk: str, way: str) -> list[Call]:
    return tell(f"{sdk}-{way}", touches=3 if way in {"bad", "strange"} else 6)


def set_up(relay: Relay, way: str) -> None:
    relay.refusals, relay.refusal = (TIMES if way in REFUSALS else 0), REFUSALS.get(way, 503)
    relay.most = 2 if way == "large" else relay.most


def test_what_an_sdk_was_told_is_what_is_stored(installation: Installation, node: Path, node_modules: Path) -> None:
    pairs = [(sdk, way) for sdk in SDKS for way in WAYS]
    sources = installation.add_sources(*(f"{sdk}-{way}" for sdk, way in pairs), trust=Trust.TRUSTED)
    keys = {pair: "nobodys-key" if pair[1] == "strange" else sources["-".join(pair)].write_key for pair in pairs}
    with ExitStack() as open_, installation.serve() as server:
        relays = {pair: open_.enter_context(a_relay(server.port)) for pair in pairs}
        for (_, way), relay in relays.items():
            set_up(relay, way)
        drivers = {
            sdk: Driver(
                sdk,
                node,
                {
                    way: {
                        "url": relays[sdk, way].url,
                        "key": keys[sdk, way],
                        "gzip": way == "gzip",
                        "calls": story_of(sdk, way),
                    }
                    for way in WAYS
                },
            )
            for sdk in SDKS
        }
        told = {(sdk, way): heard for sdk, driver in drivers.items() for way, heard in driver.hear().items()}
        crossed = {pair: relays[pair].take_posts() for pair in pairs}
        for pair in pairs:
            check_way(*pair, told[pair], crossed[pair])
    books = installation.read(*(name for sdk in SDKS for way in STORED for name in names_of(f"{sdk}-{way}")))
    for sdk, way in pairs:
        stored = sorted(books.stored[f"{sdk}-{way}"])
        assert stored == of_messages(crossed[sdk, way], 200), (sdk, way)
        # After an error posthog-node may tell its caller that all failed, and send what is left on its way out.
        assert stored == sorted(told[sdk, way].delivered) or (sdk, way) == (POSTHOG_NODE, "bad"), (sdk, way)
        if way in STORED:
            check_customers(books, f"{sdk}-{way}")
    assert books.account.balanced
    sent = sum(len(of_messages(crossed[pair], 200)) for pair in pairs)
    assert books.account.received == books.account.stored == sent
    assert (books.account.duplicate, books.account.refused, books.account.pending) == (0, 0, 0)


def test_kills_in_the_middle_lose_and_double_nothing(
    installation: Installation, node: Path, node_modules: Path
) -> None:
    """Killed after batches were durable but unanswered, and before some were; up again on the same port."""
    sources = installation.add_sources(*SDKS, trust=Trust.TRUSTED)
    drivers: dict[str, Driver] = {}
    port = 0
    for fail_point in KILLS:
        with installation.serve(port=port, fail_point=fail_point) as server:
            port = server.port
            for sdk in SDKS if not drivers else ():
                way = {"url": server.url, "key": sources[sdk].write_key, "gzip": True, "calls": tell(sdk, touches=33)}
                drivers[sdk] = Driver(sdk, node, {"kills": way}, pause_s=0.05)
            if fail_point:
                server.await_kill()
            else:
                told = {sdk: driver.hear()["kills"] for sdk, driver in drivers.items()}
    books = installation.read(*(name for sdk in SDKS for name in names_of(sdk)))
    for sdk in SDKS:
        assert told[sdk].failed == {}, sdk
        assert sorted(told[sdk].delivered) == sorted(told[sdk].queued)
        assert sorted(books.stored[sdk]) == sorted(told[sdk].delivered), sdk
        check_customers(books, sdk)
    assert books.account.balanced
    assert (books.account.refused, books.account.pending) == (0, 0)
    assert books.account.stored == sum(len(heard.queued) for heard in told.values())
    # What was durable when its answer was lost came again, and was known.
    assert books.account.duplicate >= 1


@pytest.mark.parametrize("status", [503, 429, 413, 400])
def test_the_relay_says_what_the_door_says(status: int) -> None:
    from sdk_relay import ask_refusing_door  # noqa: PLC0415  # looked into, not used by the stories

    said, headers, body = ask_refusing_door(status, "/batch/", {}, b'{"api_key":"any","batch":[{"event":"x"}]}')
    assert said == status
    assert {"code", "message", "detail"} <= set(json.loads(body))
    assert (dict(headers).get("retry-after") == "1") == (status in {503, 429})
