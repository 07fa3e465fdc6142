"""Accounts, cards, browsers and phones: the events that say who is who (design rules 5 and 6).

A public source ties a user to its own cookie, by identify. The order desk, trusted, ties the user to e-mail, phone and
loyalty card. Every identifier that a person has is introduced here, once, before it is used for more.
"""

from __future__ import annotations

import numpy as np

from heartline.simulate.dates import MINUTE
from heartline.simulate.ledger import APP, DESK, MAILINGS, TILLS, WEB, Block, Ints, Message, track
from heartline.simulate.people import BY_HAND, NEVER, PROSPECT, SUBSCRIBER, People
from heartline.simulate.stories import AGE_BANDS, LANGUAGES, REGIONS
from heartline.simulate.world import World

_ORIGINS = ("", "Web shop", "Web shop", "Café", "Web shop")


def plan_accounts(world: World) -> None:
    """Write the identify calls and card registrations of everybody drawn."""
    people = world.people
    account = people.with_account()
    on_web = account[np.array([bool(people.cookie[p]) for p in account.tolist()], dtype=np.bool_)]
    _write_identify(world, "web.identify", WEB, on_web, people.joined_us[on_web], people.cookie)
    _write_desk(world, account)
    in_app = np.flatnonzero((people.app_us < NEVER) & (people.kind != BY_HAND))
    _write_identify(world, "app.identify", APP, in_app, people.app_us[in_app], people.app_id)
    browser = np.flatnonzero((people.browser_us < NEVER) & (people.kind != BY_HAND))
    _write_identify(world, "web.second", WEB, browser, people.browser_us[browser], people.second_cookie)
    _write_cards(world)
    _write_newsletter(world)


def describe(people: People, person: int) -> Message:
    """The traits a trusted source sends of a person."""
    kind = int(people.kind[person])
    traits: Message = {
        "name": people.name[person],
        "region": REGIONS[people.region[person]],
        "age_band": AGE_BANDS[people.age[person]],
        "language": LANGUAGES[people.language[person]],
        "came_by": _ORIGINS[kind],
    }
    if people.email[person]:
        traits["email"] = people.email[person]
    if kind == SUBSCRIBER:
        traits["plan"] = f"subscription, {_GRINDS[person % len(_GRINDS)]}"
    return traits


_GRINDS = ("whole beans", "filter grind", "espresso grind", "cafetière grind", "moka grind")


def _write_identify(world: World, tag: str, source: str, persons: Ints, at_us: Ints, tokens: list[str]) -> None:
    people, who = world.people, persons.tolist()

    def make(row: int) -> Message:
        person = who[row]
        traits = {"name": people.name[person], "email": people.email[person]}
        return {
            "type": "identify",
            "userId": people.user_id[person],
            "anonymousId": tokens[person],
            "traits": traits,
            "context": {},
        }

    world.ledger.write(Block(tag=tag, source=source, at_us=at_us, make=make, touches=False))


def _write_desk(world: World, persons: Ints) -> None:
    people, who = world.people, persons.tolist()

    def make(row: int) -> Message:
        person = who[row]
        identifiers = {"email": people.email[person]}
        if people.phone[person]:
            identifiers["phone"] = people.phone[person]
        return {
            "type": "identify",
            "userId": people.user_id[person],
            "traits": describe(people, person),
            "context": {"heartline": {"identifiers": identifiers}},
        }

    at = people.joined_us[persons] + 20_000_000
    world.ledger.write(Block(tag="desk.identify", source=DESK, at_us=at, make=make, touches=False))


def _write_cards(world: World) -> None:
    """Cards of account holders come from the order desk; guests without an account fill in a slip at the till."""
    people = world.people
    has = np.flatnonzero((people.card_us < NEVER) & (people.kind != BY_HAND))
    account = np.array([bool(people.user_id[p]) for p in has.tolist()], dtype=np.bool_)
    linked, slips = has[account].tolist(), has[~account].tolist()

    def make_linked(row: int) -> Message:
        person = linked[row]
        heartline = {
            "channel": "Café",
            "touchpoint": "Loyalty card",
            "area": "place",
            "identifiers": {"loyalty_card": people.card[person]},
        }
        return track("Loyalty Card Linked", heartline, user=people.user_id[person])

    def make_slip(row: int) -> Message:
        person = slips[row]
        identifiers = {"loyalty_card": people.card[person]}
        if people.email[person]:
            identifiers["email"] = people.email[person]
        heartline = {"identifiers": identifiers}
        return {"type": "identify", "traits": describe(people, person), "context": {"heartline": heartline}}

    world.ledger.write(Block(tag="desk.card", source=DESK, at_us=people.card_us[linked], make=make_linked))
    world.ledger.write(Block(tag="till.slip", source=TILLS, at_us=people.card_us[slips], make=make_slip, touches=False))


def _write_newsletter(world: World) -> None:
    """Lookers who leave an address confirm it in the mail they get: double opt-in ties cookie and address."""
    people = world.people
    has = np.array([bool(mail) for mail in people.email]) & (people.kind == PROSPECT)
    who = np.flatnonzero(has)
    at = people.joined_us[who] + 7 * MINUTE
    rows = who.tolist()

    def make(row: int) -> Message:
        person = rows[row]
        heartline = {
            "channel": "Mail",
            "touchpoint": "Newsletter sign-up",
            "area": "marketing",
            "identifiers": {"email": people.email[person]},
        }
        return track("Newsletter Confirmed", heartline, anonymous=people.cookie[person])

    world.ledger.write(Block(tag="mail.confirm", source=MAILINGS, at_us=at, make=make))
