"""A small company made of random touches, sent through the intake: what journeys, scores and Home are tested over."""

from __future__ import annotations

import json
import random
import time
from datetime import UTC, datetime
from typing import Any

from heartline.app import Heartline
from heartline.records import Body, Trust

DAY_S = 86_400
WAY = (
    ("Advert", "web", None),
    ("Checkout", "web", "csat"),
    ("Courier", "courier", "nps"),
    ("First cup", "app", "stars"),
    ("Chat", "chat", "ces"),
)
PLACES = ("North", "South", "West")
TOPS = {"nps": 10, "csat": 5, "ces": 7, "stars": 5}
WORDS = ("Late again.", "Splendid, thank you", "«Кофе отличный»", "第一口就值了", "=1+1", "It is fine & cheap <really>")


def a_touch(user: str, at_s: float, touchpoint: str, **block: Any) -> dict[str, Any]:
    """One message as an SDK sends it."""
    return {
        "type": "track",
        "event": touchpoint,
        "messageId": f"{user}:{touchpoint}:{at_s:.3f}",
        "userId": user,
        "timestamp": datetime.fromtimestamp(at_s, UTC).isoformat(),
        "context": {"heartline": {"touchpoint": touchpoint, **block}},
    }


def some_touches(*, seed: int, customers: int = 90, days: int = 200, fall: bool = False) -> list[dict[str, Any]]:
    """Touches of some customers along the way, ending today. ``fall`` makes the Courier in the North bad lately."""
    draw = random.Random(seed)
    now = time.time()
    sent: list[dict[str, Any]] = []
    for number in range(customers):
        place = PLACES[number % 3]
        at = now - draw.uniform(1, days) * DAY_S
        for touchpoint, channel, kind in WAY[: draw.choice((1, 3, 4, 5, 5))]:
            at += draw.expovariate(1 / (3 * DAY_S))
            if at >= now:
                break
            block: dict[str, Any] = {"channel": channel, "place": place}
            if kind and draw.random() < 0.8:
                low = 0 if kind == "nps" else 1
                bad = fall and touchpoint == "Courier" and place == "North" and at > now - 60 * DAY_S
                value = draw.randint(low, 5) if bad and kind == "nps" else draw.randint(TOPS[kind] - 2, TOPS[kind])
                value = value if draw.random() < 0.8 or bad else draw.randint(low, TOPS[kind])
                block["score"] = {"kind": kind, "value": value, "top": TOPS[kind]}
                if draw.random() < 0.5:
                    block["text"] = draw.choice(WORDS)
            sent.append(a_touch(f"u{number}", at, touchpoint, **block))
    return sent


def send(heartline: Heartline, messages: list[dict[str, Any]]) -> None:
    """Journal messages of a trusted source and project them."""
    sources = heartline.stores.kept.sources()
    source = sources[0] if sources else heartline.stores.kept.add_source(name="Shop", trust=Trust.TRUSTED)
    heartline.sources.reload()
    for start in range(0, len(messages), 500):
        batch = messages[start : start + 500]
        payload = json.dumps({"batch": batch}).encode()
        received_us = time.time_ns() // 1_000
        body = Body(source_id=source.source_id, received_us=received_us, payload=payload, events=len(batch))
        heartline.intake.submit(body)
    heartline.catch_up()


def a_company(heartline: Heartline, *, seed: int = 1, **given: Any) -> Heartline:
    """Fill an installation with some touches."""
    send(heartline, some_touches(seed=seed, **given))
    return heartline
