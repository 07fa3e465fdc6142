"""Reading a planned company from its messages alone, as a stranger to its truth would."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from heartline.simulate import Simulation
from heartline.simulate.dates import DAY

Moments = dict[str, list[int]]


def rows_of(made: Simulation, *tags: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the events of blocks, unsent: time and message. A block that is empty in a small company is not there."""
    for block in made.world.ledger.blocks:
        if block.tag in tags:
            for row, at_us in enumerate(block.at_us.tolist()):
                yield at_us, block.make(row)


def heartline_of(message: dict[str, Any]) -> dict[str, Any]:
    """Return the heartline block of a message."""
    block: dict[str, Any] = message["context"]["heartline"]
    return block


def nps(scores: Iterable[int]) -> float:
    """Return the NPS of scores 0–10."""
    values = np.array(list(scores))
    return 100 * float((values >= 9).mean() - (values <= 6).mean())


def list_purchases(made: Simulation) -> Moments:
    """List when everybody bought anything, in the web shop, the app or at a till: by user id, or card without one."""
    people = made.world.people
    user_of = {card: user for card, user in zip(people.card, people.user_id, strict=True) if card}
    found: Moments = defaultdict(list)
    for at_us, message in rows_of(made, "shop.order", "again.order", "workshop.order", "ahead.placed"):
        found[message.get("userId", "")].append(at_us)
    for at_us, message in rows_of(made, "till.sale"):
        card = heartline_of(message)["identifiers"]["loyalty_card"]
        found[user_of.get(card) or card].append(at_us)
    return found


def has_within(moments: Moments, who: str, from_us: int, days: int) -> bool:
    """Say whether somebody did it within days after a moment."""
    return any(from_us < at <= from_us + days * DAY for at in moments.get(who, ()))
