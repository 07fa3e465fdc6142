"""Single bags of coffee: looked at, ordered at the price of the day, promised by a date, brought by post.

Whoever buys one writes it here: the buyers of the web shop, and those whom a story makes buy.
"""

from __future__ import annotations

import numpy as np

from heartline.simulate.dates import DAY, HOUR, MINUTE, SECOND
from heartline.simulate.ledger import COURIER, DESK, WEB, Block, Bools, Ints, Message, track
from heartline.simulate.stories import OLD_COURIER, PARCEL_LATE, PRICE_RISE, REGIONS
from heartline.simulate.world import Purchases, World, name_order


def write_bags(
    world: World, rng: np.random.Generator, person: Ints, at_us: Ints, *, tag: str, kept: Bools | None = None
) -> None:
    """Write orders and their parcels; what is not ``kept`` is drawn and not written."""
    people, dates = world.people, world.dates
    n = len(person)
    pounds = rng.choice((9.8, 10.9, 15.9, 19.6, 21.8, 31.8), n)
    before = (rng.uniform(3, 25, n) * MINUTE).astype(np.int64)
    door = at_us - at_us % DAY + (rng.integers(2, 5, n) * 24 * HOUR)
    door += (rng.normal(12.5, 2.0, n).clip(8, 18) * HOUR).astype(np.int64)
    # What is promised is drawn apart: a few parcels come a day late, the same in every week and region.
    roll = world.rng(f"{tag}, promised").random(n)
    late = roll < PARCEL_LATE
    due = door - door % DAY + np.where(late, -1, np.where(roll < 0.5, 1, 0)) * DAY
    rows = np.arange(n) if kept is None else np.flatnonzero(kept)
    dear = np.where(at_us >= dates.price_us, 1 + PRICE_RISE, 1.0)
    price = (pounds * dear).round(2)[rows].tolist()
    who, at, orders_all = person[rows].tolist(), at_us[rows], world.take_orders(person[rows])
    orders, promised = orders_all.tolist(), np.datetime_as_string((due[rows] // DAY).astype("datetime64[D]")).tolist()

    def make_view(row: int) -> Message:
        heartline = {"channel": "Web", "touchpoint": "Coffee page", "area": "product"}
        cookie = people.cookie[who[row]]
        return track("Product Viewed", heartline, anonymous=cookie, name="Huila", price=price[row])

    def make_order(row: int) -> Message:
        name = name_order(orders[row])
        heartline: Message = {
            "channel": "Web",
            "touchpoint": "Order placed",
            "area": "sales",
            "order": name,
            "amount": price[row],
            "currency": "GBP",
        }
        given = {"order_id": name, "total": price[row], "promised": promised[row]}
        user = people.user_id[who[row]]
        if user:
            return track("Order Completed", heartline, user=user, **given)
        heartline["identifiers"] = {"email": people.email[who[row]]}
        return track("Order Completed", heartline, anonymous=people.cookie[who[row]], **given)

    seen = np.flatnonzero(np.array([bool(people.cookie[p]) for p in who], dtype=np.bool_))
    viewed = Block(tag=f"{tag}.viewed", source=WEB, at_us=at - before[rows], make=make_view)
    world.ledger.write(viewed.only(seen))
    world.ledger.write(Block(tag=f"{tag}.order", source=DESK, at_us=at + 30 * SECOND, make=make_order))
    world.purchases[tag] = Purchases(person=person[rows], at_us=at, order=orders_all)
    _write_parcels(world, f"{tag}.parcel", person[rows], door[rows], orders_all, promised, late[rows])


def _write_parcels(  # one parcel is all this
    world: World, tag: str, person: Ints, door: Ints, orders: Ints, promised: list[str], late: Bools
) -> None:
    """Parcels of single orders go by post, everywhere the same."""
    rows = np.flatnonzero(door < world.dates.end_us)
    numbers, belated = orders.tolist(), late.tolist()
    region = world.people.region[person].tolist()

    def make(row: int) -> Message:
        heartline = {
            "channel": "Courier",
            "touchpoint": "Parcel by post",
            "area": "product",
            "place": REGIONS[region[row]],
            "partner": "Letter post" if row % 3 else OLD_COURIER,
            "order": name_order(numbers[row]),
        }
        return track("Parcel Delivered", heartline, promised=promised[row], late=belated[row])

    world.ledger.write(Block(tag=tag, source=COURIER, at_us=door, make=make).only(rows))


def find_buyers(world: World, person: Ints, from_us: Ints, *, days: int) -> Bools:
    """Say who bought anything (a bag, at a till, in the app) within ``days`` after a moment, by all written so far."""
    keys = np.sort(np.concatenate([_key(world, p.person, p.at_us) for p in world.purchases.values()]))
    first = np.searchsorted(keys, _key(world, person, from_us), side="right")
    last = np.searchsorted(keys, _key(world, person, from_us + days * DAY), side="right")
    bought: Bools = last > first
    return bought


def _key(world: World, person: Ints, at_us: Ints) -> Ints:
    """Person and second in one number, sorted by person, then time."""
    seconds = ((at_us - world.dates.start_us) // SECOND).clip(0)
    key: Ints = (person.astype(np.int64) << 32) + seconds
    return key
