"""The world that planners share: people, dates, the ledger, and random streams that do not disturb each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np

from heartline.simulate.dates import Dates
from heartline.simulate.ledger import Bools, Ints, Ledger
from heartline.simulate.people import People

FIRST_ORDER = 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Moments at which somebody turns to support: who, when, about which theme, in which order (−1: none), and which
    team takes it (0 A, 1 B, −1 whoever is free). Who is ``spared`` would have asked and does not (story 2).
    """

    person: Ints
    at_us: Ints
    theme: Ints
    order: Ints
    team: Ints
    spared: Bools


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """``value`` belongs to ``person`` while ``from_us <= t < to_us`` (None: without bound)."""

    person: int
    kind: str
    value: str
    from_us: int | None = None
    to_us: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchases:
    """One row an order or a sale: who, when, and the order's number (−1: none)."""

    person: Ints
    at_us: Ints
    order: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Thirds:
    """One row a customer's third box: who, when it came, with which mark (story 8)."""

    person: Ints
    at_us: Ints
    mark: Ints


@dataclass(slots=True, kw_only=True)
class World:
    """What a planner gets. ``stories`` collects what each story truly is; ``claims`` the identifiers with a bound;
    ``orders`` who placed which orders; ``requests`` what support will be asked, ``more_requests`` what stories add;
    ``purchases`` what was bought, by the kind of sale; ``strangers`` the cookies of who is nobody's customer.
    """

    seed: int
    customers: int
    dates: Dates
    people: People
    ledger: Ledger
    stories: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    orders: list[Ints] = field(default_factory=list)
    requests: list[Requests] = field(default_factory=list)
    more_requests: list[Requests] = field(default_factory=list)
    purchases: dict[str, Purchases] = field(default_factory=dict)
    thirds: list[Thirds] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def rng(self, name: str) -> np.random.Generator:
        """Open the random stream of one planner: adding a story leaves the draws of the others as they were."""
        return np.random.default_rng([self.seed, crc32(name.encode())])

    def take_orders(self, persons: Ints) -> Ints:
        """Hand out one new order number for each person named, and remember whose it is."""
        taken = sum(map(len, self.orders))
        self.orders.append(persons.astype(np.int64))
        return FIRST_ORDER + taken + np.arange(len(persons), dtype=np.int64)


def name_order(number: int) -> str:
    """Write an order number the way the shop does."""
    return f"HB-{number}"
