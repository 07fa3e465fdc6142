"""A simulation of Harbour & Bean: everything planned from one seed, then streamed message by message."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from heartline.errors import Invalid
from heartline.records import Trust
from heartline.simulate import ledger as names
from heartline.simulate.accounts import plan_accounts
from heartline.simulate.beginnings import plan_beginnings
from heartline.simulate.cafes import plan_cafes
from heartline.simulate.dates import lay_dates
from heartline.simulate.deliveries import plan_deliveries
from heartline.simulate.evenings import plan_evenings
from heartline.simulate.gestures import plan_gestures
from heartline.simulate.handoff import plan_handoffs
from heartline.simulate.household import plan_households
from heartline.simulate.identities import list_identities
from heartline.simulate.ledger import Ledger, Message
from heartline.simulate.order_ahead import plan_order_ahead
from heartline.simulate.oven import plan_reports
from heartline.simulate.people import draw_people
from heartline.simulate.post import Post
from heartline.simulate.prices import plan_prices
from heartline.simulate.returns import plan_returns
from heartline.simulate.reviews import plan_reviews
from heartline.simulate.shop import plan_shop
from heartline.simulate.staff import plan_counters
from heartline.simulate.stories import CAFES, REGIONS, RIVALS
from heartline.simulate.support import plan_support
from heartline.simulate.truth import tell_all
from heartline.simulate.workshop import plan_workshops
from heartline.simulate.world import World

LEAST_CUSTOMERS: Final = 50

Step = Callable[[World], None]

STEPS: Final[tuple[Step, ...]] = (
    plan_accounts,
    plan_beginnings,
    plan_deliveries,  # stories 1 and 2; draws who of 8 gets a note
    plan_cafes,  # story 11, and the oven of 12
    plan_order_ahead,  # story 3
    plan_shop,  # story 5, at the prices of 9
    plan_support,  # stories 2, 5 and 6
    plan_households,  # story 10
    plan_evenings,
    plan_handoffs,  # story 4
    plan_gestures,  # story 8
    plan_workshops,  # story 7
    plan_prices,  # story 9
    plan_reviews,  # story 9
    plan_counters,  # story 12
    plan_reports,  # story 12
    plan_returns,  # story 12
)

SOURCES: Final = (
    (names.WEB, Trust.PUBLIC, "Pages and baskets of the web shop, from the browser"),
    (names.APP, Trust.PUBLIC, "Screens of the app, from the phone"),
    (names.DESK, Trust.TRUSTED, "Accounts, orders and renewals, from the shop's server"),
    (names.TILLS, Trust.TRUSTED, "Sales at the tills of the twelve cafés"),
    (names.SUPPORT, Trust.TRUSTED, "Chat, phone and mail of the support desk"),
    (names.COURIER, Trust.TRUSTED, "Deliveries, by order number"),
    (names.SURVEYS, Trust.TRUSTED, "Answers, ratings, reviews and staff reports"),
    (names.MAILINGS, Trust.TRUSTED, "Mails opened and clicked"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """A planned company. ``sources`` are (name, trust, description); ``truth`` is JSON-able (written as truth.json)."""

    sources: tuple[tuple[str, Trust, str], ...]
    truth: Mapping[str, Any] = field(repr=False)
    post: Post = field(repr=False)
    world: World = field(repr=False)

    def messages(self) -> Iterator[tuple[str, Message]]:
        """Stream (source name, message) in the order of sending; every call streams the same.

        A message carries its own ``timestamp`` and no ``sentAt``: it tells of the past, so nothing may be corrected.
        """
        return iter(self.post)

    @property
    def regions(self) -> Mapping[str, str]:
        """The region of each place: of the cafés, and of what is delivered to a region as such."""
        return {**dict(CAFES), **{name: name for name in REGIONS}}

    @property
    def rivals(self) -> tuple[str, ...]:
        """Who else sells coffee there."""
        return RIVALS

    def identities(self) -> Iterator[Mapping[str, Any]]:
        """Stream who everybody truly is: each person's identifiers, with bounds where a thing changed hands."""
        return list_identities(self.world)


def simulate(*, seed: int, customers: int = 5000, months: int = 18, end_us: int) -> Simulation:
    """Plan Harbour & Bean: ``customers`` people over ``months`` until ``end_us`` (microseconds UTC, exclusive).

    Raises:
        Invalid: too few customers or months for a company with twelve cafés.
    """
    if customers < LEAST_CUSTOMERS or months < 9:
        raise Invalid(
            "too_small", "A simulation needs 50 customers and 9 months at least.", "The demo has 5,000 and 18."
        )
    dates = lay_dates(end_us=end_us, months=months)
    people = draw_people(np.random.default_rng([seed, 0]), dates, customers)
    ledger = Ledger(start_us=dates.start_us, end_us=dates.end_us)
    world = World(seed=seed, customers=customers, dates=dates, people=people, ledger=ledger)
    for step in STEPS:
        step(world)
    post = Post(world.rng("post"), ledger.blocks, seed=seed, end_us=end_us)
    return Simulation(sources=SOURCES, truth=tell_all(world, post), post=post, world=world)
