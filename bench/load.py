"""Send bounded load to a door over loopback and print what the askers saw, as one line of JSON.

python bench/load.py 8118 --key KEY --events 20 --requests 2000 --connections 16 [--rate 200]

Without ``--rate`` each connection asks again as soon as it was answered; with it requests leave on a fixed schedule and
a latency counts from when the request was due, so a slow server cannot hide behind a slow client.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import statistics
import time

MARK = b"@@@@@@@@"
EVENTS = ("Product Viewed", "Product Added", "Checkout Started", "Email Opened", "Product List Viewed")


def make_template(events: int) -> bytes:
    """Return a batch of events of about 420 bytes, with a mark where each request writes its own number."""
    batch = [
        {
            "type": "track",
            "event": EVENTS[n % len(EVENTS)],
            "messageId": f"ajs-next-{MARK.decode()}-{n:04d}-aaaa-bbbb-cccc",
            "anonymousId": f"9f86d081-884c-4d65-{n % 10:04d}-0000{MARK.decode()}",
            "timestamp": "2026-11-18T10:00:00.000Z",
            "properties": {"product_id": f"p{n}", "price": 12.5, "currency": "EUR", "category": "Beans"},
            "context": {"page": {"path": "/shop", "url": "https://shop.example/shop"}, "library": {"name": "a.js"}},
        }
        for n in range(events)
    ]
    return json.dumps({"batch": batch, "sentAt": "2026-11-18T10:00:01.000Z"}, separators=(",", ":")).encode()


class Load:
    """One run of requests, shared by its connections."""

    def __init__(self, template: bytes, head: bytes, *, requests: int, first: int, rate: float) -> None:
        self.template = template
        self.head = head
        self.left = requests
        self.number = first
        self.gap = 1 / rate if rate else 0.0
        self.begun = 0.0
        self.sent = 0
        self.latencies: list[float] = []
        self.failures: dict[int, int] = {}

    def next_request(self) -> tuple[bytes, float] | None:
        """Return the next request and the seconds until it is due, or None when all were sent."""
        if not self.left:
            return None
        self.left -= 1
        self.number += 1
        body = self.template.replace(MARK, b"%08d" % self.number)
        due = self.begun + self.sent * self.gap if self.gap else time.perf_counter()
        self.sent += 1
        return self.head + body, due


async def ask(load: Load, port: int) -> None:
    """Ask over one kept connection until the load is spent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (request := load.next_request()) is not None:
        data, due = request
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        began = due if load.gap else time.perf_counter()
        writer.write(data)
        head = await reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        at = lower.index(b"content-length:") + 15
        await reader.readexactly(int(lower[at : lower.index(b"\r\n", at)]))
        load.latencies.append(time.perf_counter() - began)
        status = int(head[9:12])
        if status != 200:
            load.failures[status] = load.failures.get(status, 0) + 1
    writer.close()


async def send(load: Load, port: int, connections: int) -> float:
    """Send all of a load; return the seconds it took."""
    load.begun = time.perf_counter()
    await asyncio.gather(*(ask(load, port) for _ in range(connections)))
    return time.perf_counter() - load.begun


def main() -> None:
    """Send, then print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--key", default="")
    parser.add_argument("--events", type=int, default=1)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--first", type=int, default=0, help="Numbers begin after this one.")
    parser.add_argument("--rate", type=float, default=0.0)
    asked = parser.parse_args()
    template = make_template(asked.events)
    basic = base64.b64encode(f"{asked.key}:".encode()).decode()
    head = (
        f"POST /v1/batch HTTP/1.1\r\nhost: 127.0.0.1:{asked.port}\r\nauthorization: Basic {basic}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(template)}\r\n\r\n"
    ).encode()
    load = Load(template, head, requests=asked.requests, first=asked.first, rate=asked.rate)
    seconds = asyncio.run(send(load, asked.port, asked.connections))
    ranked = sorted(load.latencies)
    print(json.dumps({
        "requests": len(ranked),
        "seconds": seconds,
        "failures": load.failures,
        "p50_ms": statistics.median(ranked) * 1e3,
        "p99_ms": ranked[min(len(ranked) - 1, int(len(ranked) * 0.99))] * 1e3,
        "worst_ms": ranked[-1] * 1e3,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
