"""The sample company: Harbour & Bean, streamed through the real door, so that it is told from real data by nothing."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine, Iterable
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import msgspec

from heartline.app import Heartline
from heartline.collect import Door
from heartline.errors import Unavailable
from heartline.language import _
from heartline.records import Source
from heartline.simulate import Simulation, simulate
from heartline.web.market import write_market
from heartline.web.regions import keep_regions

BATCH: Final = 100
_AT_ONCE: Final = 64


def fill_with_sample(
    heartline: Heartline,
    *,
    customers: int,
    seed: int,
    end_us: int | None = None,
    progress: Callable[[float], None] = lambda _share: None,
) -> int:
    """Make the sample company and project it whole; return how many events were sent.

    Times end at ``end_us`` (µs UTC, default: now). What was planted is kept beside the data as ``truth.json``.
    """
    simulation = simulate(seed=seed, customers=customers, end_us=end_us or time.time_ns() // 1_000)
    heartline.change_workspace(name="Harbour & Bean", timezone="Europe/London", currency="GBP", sample=True)
    keep_regions(heartline, simulation.regions)
    write_market(heartline, own=(), rivals=[(name,) for name in simulation.rivals])
    sources = _add_sources(heartline, simulation)
    sent = asyncio.run(_stream(heartline, simulation, sources, progress))
    heartline.catch_up()
    if heartline.stores.directory is not None:
        path = heartline.stores.directory.path / "truth.json"
        path.write_text(json.dumps(simulation.truth, ensure_ascii=False, indent=1), encoding="utf-8")
    progress(1.0)
    return sent


def _add_sources(heartline: Heartline, simulation: Simulation) -> dict[str, Source]:
    added = {
        name: heartline.stores.kept.add_source(name=name, trust=trust) for name, trust, _what in simulation.sources
    }
    heartline.sources.reload()
    return added


async def _stream(
    heartline: Heartline, simulation: Simulation, sources: dict[str, Source], progress: Callable[[float], None]
) -> int:
    door = Door(heartline.intake, heartline.sources, heartline.settings)
    expected = max(1, len(simulation.post))
    sent = 0
    # Many at once share a commit of the journal; the door takes them in the order in which they were begun.
    under_way: list[Coroutine[Any, Any, None]] = []
    for name, messages in _batches(simulation.messages()):
        under_way.append(post(door, sources[name].write_key, messages))
        sent += len(messages)
        project = sent % (BATCH * 20) < len(messages)
        if project or len(under_way) == _AT_ONCE:
            await asyncio.gather(*under_way)
            under_way.clear()
        # The projector may run in a thread of its own beside us; where it does not, it takes its turn here.
        if project:
            await asyncio.to_thread(heartline.project)
            progress(min(0.99, sent / expected))
    await asyncio.gather(*under_way)
    return sent


def _batches(messages: Iterable[tuple[str, dict[str, Any]]]) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    for name, run in groupby(messages, key=itemgetter(0)):
        batch: list[dict[str, Any]] = []
        for _rest, message in run:
            batch.append(message)
            if len(batch) == BATCH:
                yield name, batch
                batch = []
        if batch:
            yield name, batch


async def post(door: Door, write_key: str, messages: list[dict[str, Any]], *, origin: str = "") -> None:
    """Post a batch to the door as an SDK would from a page of ``origin``, without a network between.

    Raises:
        Unavailable: the door did not answer 200.
    """
    payload = msgspec.json.encode({"batch": messages, "writeKey": write_key})
    answers: list[dict[str, Any]] = []
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/v1/batch",
        "raw_path": b"/v1/batch",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(payload)).encode())],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
        "scheme": "http",
        "http_version": "1.1",
    }

    if origin:
        scope["headers"].append((b"origin", origin.encode()))

    async def receive() -> dict[str, Any]:  # ASGI's shape
        return {"type": "http.request", "body": payload, "more_body": False}

    async def send(message: Any) -> None:  # noqa: ANN401  # ASGI's shape
        answers.append(message)

    await door(scope, receive, send)
    if answers[0]["status"] != 200:
        raise Unavailable(
            "sample_refused",
            _("The door answered {answers}: {what!r}").format(
                answers=answers[0]["status"], what=answers[-1].get("body")
            ),
        )
