"""Story 9: prices rise by 8 % eight weeks ago. Who is connected to the house stays; the others order less.

Twelve in a hundred are connected: they bring friends, write kindly in the community and read where the coffee comes
from. What they do, others do too, only less.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from heartline.simulate.dates import DAY, HOUR, MINUTE, WEEK, write_iso
from heartline.simulate.ledger import DESK, WEB, Block, Bools, Ints, Message, track, view_page
from heartline.simulate.people import BUYER
from heartline.simulate.speech import THEMES
from heartline.simulate.stories import CONNECTED, ORDERS_LOST, PRICE_RISE, PRICE_WEEKS, REFERRALS
from heartline.simulate.voices import EMOTIONS, draw_from, draw_texts
from heartline.simulate.world import World, name_order

_STORIES: Final = ("The farm at Nyeri", "Why we pay the growers first", "Forty years on the quay")
_POSTS: Final = (0.05, 0.7)
_READS: Final = (0.12, 1.4)


def draw_connected(world: World) -> Bools:
    """Draw who is connected, among all with an account and a browser."""
    people = world.people
    able = np.array([bool(user) and bool(cookie) for user, cookie in zip(people.user_id, people.cookie, strict=True)])
    connected: Bools = able & (world.rng("connected").random(len(people)) < CONNECTED)
    return connected


def keep_orders(world: World, person: Ints, at_us: Ints, *, promised: Bools) -> Bools:
    """Say which orders are still placed at the new price; those that another story promised always are."""
    rng = world.rng("price")
    connected = draw_connected(world)[person]
    kept = np.ones(len(person), dtype=np.bool_)
    for group, lost in ((~connected, ORDERS_LOST[0]), (connected, ORDERS_LOST[1])):
        dear = np.flatnonzero(group & (at_us >= world.dates.price_us))
        free = dear[~promised[dear]]
        share = min(lost * len(dear) / max(len(free), 1), 1.0)
        kept[free] = rng.random(len(free)) >= share
    after = at_us >= world.dates.price_us
    would = {"connected": connected & after, "others": ~connected & after}
    world.stories["9"] = {
        "orders_would_be": {name: int(rows.sum()) for name, rows in would.items()},
        "orders_placed": {name: int((rows & kept).sum()) for name, rows in would.items()},
    }
    return kept


def plan_prices(world: World) -> None:
    """Friends who were brought, what the connected write and read, and the story's numbers."""
    rng, connected = world.rng("prices"), draw_connected(world)
    brought = _write_referrals(world, rng, connected)
    _write_posts(world, rng, connected)
    _write_reading(world, rng, connected)
    able = _find_able(world)
    world.stories["9"] = {
        **world.stories.get("9", {}),
        "title": "Price",
        "cause": f"Single bags cost {PRICE_RISE:.0%} more since {write_iso(world.dates.price_us)[:10]}",
        "at": write_iso(world.dates.price_us),
        "weeks": PRICE_WEEKS,
        "where": {"touchpoint": "Order placed", "who": "buyers of single bags in the web shop"},
        "connected": CONNECTED,
        "order_change": {"connected": -ORDERS_LOST[1], "others": -ORDERS_LOST[0]},
        "referrals": {"connected": REFERRALS[1], "others": REFERRALS[0]},
        "customers": {"connected": int(connected[able].sum()), "others": int((~connected[able]).sum())},
        "referred": {name: int(count) for name, count in zip(("others", "connected"), brought, strict=True)},
        "persons": np.flatnonzero(connected).tolist(),
        "buyers_connected": int(connected[world.people.of(BUYER)].sum()),
    }


def _find_able(world: World) -> Ints:
    """Who could bring a friend: an account and a browser, a month with the house."""
    people = world.people
    early = people.joined_us < world.dates.end_us - 6 * WEEK
    able = [bool(user) and bool(cookie) for user, cookie in zip(people.user_id, people.cookie, strict=True)]
    return np.flatnonzero(np.array(able) & early)


def _write_referrals(world: World, rng: np.random.Generator, connected: Bools) -> tuple[int, int]:
    """Write who brought whom: the desk names the friend's first order. Counts the others' friends, the connected's."""
    people, bags, able = world.people, world.purchases["shop"], _find_able(world)
    person = np.repeat(able, rng.poisson(np.where(connected[able], REFERRALS[1], REFERRALS[0])))
    pairs = _pair_friends(world, rng, person)
    at = bags.at_us[[friend for _, friend in pairs]] + 2 * MINUTE if pairs else np.empty(0, dtype=np.int64)

    def make(row: int) -> Message:
        who, friend = pairs[row]
        heartline = {"channel": "Web", "touchpoint": "Friend joined", "area": "marketing"}
        given = {"code": f"FRIEND-{people.user_id[who][3:]}", "friend_order": name_order(int(bags.order[friend]))}
        return track("Referral Completed", heartline, user=people.user_id[who], **given)

    world.ledger.write(Block(tag="friend.joined", source=DESK, at_us=at, make=make))
    brought = sum(bool(connected[who]) for who, _ in pairs)
    return len(pairs) - brought, brought


def _pair_friends(world: World, rng: np.random.Generator, person: Ints) -> list[tuple[int, int]]:
    """Give each referral a friend of its own: a buyer whose first bag came after the referrer did (a row of bags)."""
    bags = world.purchases["shop"]
    ordered = np.lexsort((bags.at_us, bags.person))
    _, first = np.unique(bags.person[ordered], return_index=True)
    friends = ordered[first]
    friends = friends[np.argsort(-bags.at_us[friends], kind="stable")]
    fit = np.searchsorted(-bags.at_us[friends], -(world.people.joined_us[person] + DAY))
    tries = (rng.random((len(person), 24)) * fit[:, None]).astype(np.int64).tolist()
    taken: set[int] = set()
    pairs = []
    for who, some, picks in zip(person.tolist(), fit.tolist(), tries, strict=True):
        free = (p for p in picks if some and p not in taken and bags.person[friends[p]] != who)
        friend = next(free, None)
        if friend is not None:
            taken.add(friend)
            pairs.append((who, int(friends[friend])))
    return pairs


def _spread(world: World, rng: np.random.Generator, connected: Bools, rates: tuple[float, float]) -> tuple[Ints, Ints]:
    """Draw who does a thing how often, and when: at any time since they came."""
    able = _find_able(world)
    person = np.repeat(able, rng.poisson(np.where(connected[able], rates[1], rates[0])))
    joined = world.people.joined_us[person]
    at = joined + DAY + (rng.random(len(person)) * (world.dates.end_us - joined - 3 * DAY)).astype(np.int64)
    return person, at - at % DAY + (rng.normal(19.5, 1.8, len(person)).clip(8, 22.9) * HOUR).astype(np.int64)


def _write_posts(world: World, rng: np.random.Generator, connected: Bools) -> None:
    people = world.people
    person, at = _spread(world, rng, connected, _POSTS)
    texts = draw_texts(
        rng,
        language=people.language[person],
        theme=draw_from(rng, len(person), {"community": 4, "taste": 3, "café staff": 2, "subscription": 1}, THEMES),
        emotion=draw_from(rng, len(person), {"joy": 5, "gratitude": 4, "neutral": 1}, EMOTIONS),
        share=1.0,
    )
    who = person.tolist()

    def make(row: int) -> Message:
        heartline = {"channel": "Community", "touchpoint": "Community post", "area": "marketing"}
        return track("Post Written", heartline, user=people.user_id[who[row]], anonymous=people.cookie[who[row]])

    world.ledger.write(Block(tag="kind.post", source=WEB, at_us=at, make=make, texts=texts))


def _write_reading(world: World, rng: np.random.Generator, connected: Bools) -> None:
    person, at = _spread(world, rng, connected, _READS)
    who, cookies, title = person.tolist(), world.people.cookie, rng.integers(0, len(_STORIES), len(person)).tolist()

    def make(row: int) -> Message:
        heartline = {"channel": "Web", "touchpoint": "Grower's story", "area": "marketing"}
        message = view_page("Grower's story", f"/growers/{title[row]}", heartline, anonymous=cookies[who[row]])
        message["properties"]["title"] = _STORIES[title[row]]
        return message

    world.ledger.write(Block(tag="kind.reading", source=WEB, at_us=at, make=make))
