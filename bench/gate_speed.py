"""How much CPU the gate takes for an event: ``python bench/gate_speed.py [rounds]``. The budget is 15 µs."""

from __future__ import annotations

import json
import platform
import sys
import time

from heartline.collect import GateRules, pass_gate
from heartline.records import Body, Interaction, Source, Trust

BATCH = 100
RECEIVED_US = 1_795_000_000_000_000
BUDGET_US = 15.0


def make_event(index: int) -> dict[str, object]:
    """A typical event of about 420 bytes, as segment-analytics-python sends it."""
    return {
        "integrations": {},
        "anonymousId": None,
        "timestamp": "2026-11-18T10:26:40.123456+00:00",
        "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
        "userId": f"customer-{index % 5000}",
        "event": "Order Completed" if index % 10 == 0 else "Product Viewed",
        "properties": {
            "order_id": f"o-{index}",
            "product_id": f"p-{index % 40}",
            "name": "Ethiopia Guji",
            "revenue": 19.9,
            "currency": "GBP",
        },
        "messageId": f"8f14e45f-ceea-467f-a{index:07d}",
        "type": "track",
    }


def main() -> None:
    """Time passes over many bodies with a public and a trusted source."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(f"python {platform.python_version()} on {platform.machine()}, {rounds} bodies of {BATCH} events")
    bodies = []
    for number in range(rounds):
        events = [make_event(number * BATCH + i) for i in range(BATCH)]
        payload = json.dumps({"batch": events, "sentAt": "2026-11-18T10:26:40.5Z"}, separators=(",", ":")).encode()
        bodies.append(Body(source_id=1, received_us=RECEIVED_US, payload=payload, events=BATCH, seq=number + 1))
    print(f"{len(bodies[0].payload) / BATCH:.0f} bytes an event")
    for trust in Trust:
        source = Source(source_id=1, name="bench", write_key="key", trust=trust)
        best = float("inf")
        for _ in range(5):
            started = time.process_time()
            kept = sum(isinstance(out, Interaction) for body in bodies for out in pass_gate(body, source, GateRules()))
            best = min(best, time.process_time() - started)
        assert kept == rounds * BATCH
        print(f"{trust.value:8} {best / kept * 1e6:6.2f} CPU-µs an event (budget {BUDGET_US:.0f})")


if __name__ == "__main__":
    main()
