"""The through bar: CPU µs an event on its way journal → gate → State → History, with many customers already known.

python bench/through.py --customers 1000000 --events 200000

The events are of about 420 bytes, as a browser's SDK sends them: 40 % carry a user id, 10 % are identify calls, each is
of a customer drawn at random, so that nearly every one misses every cache. They come in order of time, but two in a
hundred are up to a day late.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bars import Bar

from heartline.collect import GateRules
from heartline.records import Body, Source, Trust
from heartline.store import open_stores
from heartline.unify import Projector

BOUND_US = 60.0
SOURCE = Source(source_id=1, name="Site", write_key="k", trust=Trust.PUBLIC)
NAMES = ("Product Viewed", "Product Added", "Checkout Started", "Order Completed", "Email Opened")
BEGAN_S = 1_790_000_000
BATCH = 100
PART = 50_000


def write_time(second: float) -> str:
    """Write a time as SDKs do."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def make_event(n: int, customer: int, rng: random.Random) -> dict[str, object]:
    """Make the n-th event; one is sent each second."""
    late = rng.randrange(86_400) if rng.random() < 0.02 else 0
    event: dict[str, object] = {
        "type": "track",
        "event": rng.choice(NAMES),
        "messageId": f"ajs-next-{n}-aaaaaaaa-bbbb-cccc-dddd",
        "anonymousId": f"9f86d081-884c-4d65-9a2f-{customer:012d}",
        "timestamp": write_time(BEGAN_S + n - late),
        "properties": {"product_id": f"p{n % 500}", "price": 12.5, "currency": "EUR", "category": "Beans"},
        "context": {"page": {"path": "/shop", "url": "https://shop.example/shop"}, "library": {"name": "analytics.js"}},
    }
    if rng.random() < 0.4:
        event["userId"] = f"user-{customer}"
    if rng.random() < 0.1:
        event |= {"type": "identify", "userId": f"user-{customer}", "traits": {"plan": "filter", "region": "North"}}
        del event["event"]
    return event


def make_bodies(first: int, count: int, customers: int, rng: random.Random) -> Iterator[Body]:
    """Make bodies of 100 events from the n-th on: first one of each customer, then of customers at random."""
    for start in range(first, first + count, BATCH):
        events = [
            make_event(n, n if n < customers else rng.randrange(customers), rng) for n in range(start, start + BATCH)
        ]
        sent = BEGAN_S + start + BATCH
        payload = json.dumps({"batch": events, "sentAt": write_time(sent)}).encode()
        yield Body(source_id=1, received_us=sent * 1_000_000, payload=payload, events=BATCH)


def measure_through(customers: int, events: int, *, state_url: str = "") -> Bar:
    """Seed the customers, then time the events; with an address State is on PostgreSQL, whose own work is not in it."""
    rng = random.Random(1)
    with tempfile.TemporaryDirectory(prefix="heartline-through-") as folder:
        stores = open_stores(Path(folder) / "data", state_url=state_url)
        projector = Projector(
            journal=stores.journal, derived=stores.derived, history=stores.history, sources=lambda: {1: SOURCE},
            gate_rules=GateRules, refused_quota_bytes=10**8,
        )  # fmt: skip
        for first in range(0, customers, PART):
            for body in make_bodies(first, min(PART, customers - first), customers, rng):
                stores.journal.append([body])
            projector.drain()
        for body in make_bodies(customers, events, customers, rng):
            stores.journal.append([body])
        projector.seconds.clear()
        began, started = time.process_time(), time.perf_counter()
        done = projector.drain()
        spent, took = time.process_time() - began, time.perf_counter() - started
        stores.close()
    steps = {name: round(seconds / done * 1e6, 1) for name, seconds in projector.seconds.items()}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Bar(
        name=f"through, an event, {customers:,} customers known",
        figure=spent / done * 1e6,
        bound=BOUND_US,
        unit="CPU-µs",
        ours=f"peak {peak:,.0f} MB",
        note=f"{done:,} events in {took:.1f} s: " + ", ".join(f"{name} {cost}" for name, cost in steps.items()),
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--state-url", default="", help="an empty PostgreSQL database")
    asked = parser.parse_args()
    bar = measure_through(asked.customers, asked.events, state_url=asked.state_url)
    print(json.dumps(bar.as_json(), ensure_ascii=False))


if __name__ == "__main__":
    main()
