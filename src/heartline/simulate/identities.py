"""Who everybody truly is, for story 10: the identifiers of each person, and when a shared thing changed hands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from heartline.simulate.people import BY_HAND
from heartline.simulate.world import FIRST_ORDER, Claim, World, name_order


def list_identities(world: World) -> Iterator[dict[str, Any]]:
    """List persons as ``{"person", "name", "identifiers": [{"kind", "value", "from_us", "to_us"}]}``.

    After the company's own people come the strangers: who reviews on a portal, and staff who report. Values are
    normalised as the engine keeps them; ``from_us`` and ``to_us`` are None where there is no bound.
    """
    people = world.people
    orders = _orders_by_person(world)
    claims: dict[int, list[Claim]] = defaultdict(list)
    for claim in world.claims:
        claims[claim.person].append(claim)
    for person in range(len(people)):
        owned: list[tuple[str, str, int | None, int | None]] = []
        if people.kind[person] != BY_HAND:
            owned = [(kind, value, None, None) for kind, value in _own(world, person) if value]
        owned += [("external", f"order:{name_order(order)}", None, None) for order in orders[person]]
        owned += [(c.kind, c.value, c.from_us, c.to_us) for c in claims[person]]
        identifiers = [dict(zip(("kind", "value", "from_us", "to_us"), row, strict=True)) for row in owned]
        yield {"person": person, "name": people.name[person], "identifiers": identifiers}
    for number, token in enumerate(world.strangers):
        identifiers = [{"kind": "anonymous_id", "value": token, "from_us": None, "to_us": None}]
        yield {"person": len(people) + number, "name": "", "identifiers": identifiers}


def _own(world: World, person: int) -> list[tuple[str, str]]:
    people = world.people
    return [
        ("user_id", people.user_id[person]),
        ("loyalty_card", people.card[person]),
        ("email", people.email[person].lower()),
        ("phone", people.phone[person].replace(" ", "")),
        ("anonymous_id", people.cookie[person]),
        ("anonymous_id", people.second_cookie[person]),
        ("anonymous_id", people.app_id[person]),
    ]


def _orders_by_person(world: World) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    if world.orders:
        for number, person in enumerate(np.concatenate(world.orders).tolist()):
            found[person].append(FIRST_ORDER + number)
    return found
