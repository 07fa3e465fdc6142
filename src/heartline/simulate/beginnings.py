"""How people find the coffee: discover, choose, sign up; and the many who look and leave."""

from __future__ import annotations

from typing import Final

import numpy as np

from heartline.simulate.dates import DAY, MINUTE, SECOND
from heartline.simulate.ledger import DESK, MAILINGS, SURVEYS, WEB, Block, Bools, Ints, Message, track, view_page
from heartline.simulate.people import PROSPECT, SUBSCRIBER
from heartline.simulate.scores import draw_steps, feel_of
from heartline.simulate.speech import THEMES
from heartline.simulate.stories import UNSERVED_HOST
from heartline.simulate.subscriptions import draw_plans
from heartline.simulate.voices import draw_from, draw_texts
from heartline.simulate.world import World, name_order

_DOORS: Final = (
    ("Advert", "/?utm_source=search", "marketing", "https://search.example/"),
    ("Article", "/journal/why-fresh", "marketing", "https://search.example/"),
    ("Friend's link", "/friends", "marketing", "https://mail.example/"),
    ("Review site", "/?from=reviews", "marketing", "https://reviews.example/"),
)
_FINDER: Final = ("Plan finder", "/plans", "sales", "")
_QUIZ: Final = ("Taster quiz", "/quiz", "sales", "")
_PRODUCT: Final = ("Coffee page", "/coffee/kenyan", "product", "")
Place = tuple[str, str, str, str]


def plan_beginnings(world: World) -> None:
    """Write the way of every subscriber to the checkout, and of the lookers as far as they went."""
    rng = world.rng("beginnings")
    people = world.people
    subscribers = people.of(SUBSCRIBER)
    checkout = people.joined_us[subscribers]
    choose = checkout - _wait(rng, len(subscribers), median_h=14.0, spread=1.5, cap_d=9)
    discover = choose - _wait(rng, len(subscribers), median_h=30.0, spread=1.5, cap_d=14)
    floor = world.dates.start_us
    discover = np.maximum(discover, floor + (checkout - floor) // 3)
    choose = np.maximum(choose, discover + (checkout - discover) // 4)
    _write_looking(world, rng, "sub", subscribers, discover, choose, leaves=np.zeros(len(subscribers), dtype=np.bool_))
    _write_checkout(world, rng, subscribers, checkout)
    lookers = people.of(PROSPECT)
    first = people.joined_us[lookers]
    then = first + _wait(rng, len(lookers), median_h=20.0, spread=1.6, cap_d=20)
    gone = then + DAY > world.dates.end_us
    then = np.where(gone, first + (world.dates.end_us - first) // 3, then)
    leaves = (rng.random(len(lookers)) < 0.42) | gone
    _write_looking(world, rng, "looker", lookers, first, then, leaves=leaves)
    stay = ~leaves & (rng.random(len(lookers)) < 0.16)
    _write_started(world, "looker.checkout", lookers[stay], then[stay] + 25 * MINUTE)


def _wait(rng: np.random.Generator, n: int, *, median_h: float, spread: float, cap_d: float) -> Ints:
    hours = rng.lognormal(np.log(median_h), spread, n).clip(0.1, cap_d * 24)
    return (hours * 3600 * SECOND).astype(np.int64)


def _write_looking(
    world: World, rng: np.random.Generator, tag: str, persons: Ints, discover: Ints, choose: Ints, *, leaves: Bools
) -> None:
    n = len(persons)
    door = rng.choice(len(_DOORS), n, p=(0.42, 0.26, 0.2, 0.12))
    for number, place in enumerate(_DOORS):
        mine = door == number
        _write_page(world, f"{tag}.door{number}", persons[mine], discover[mine], place)
    again = (rng.random(n) < 0.3) & (choose - discover > 10 * MINUTE)
    _write_page(world, f"{tag}.again", persons[again], (discover + (choose - discover) // 2)[again], _DOORS[1])
    stays = ~leaves
    _write_page(world, f"{tag}.finder", persons[stays], choose[stays], _FINDER)
    twice = stays & (rng.random(n) < 0.38)
    minutes = (rng.uniform(1, 4, n) * MINUTE).astype(np.int64)
    _write_page(world, f"{tag}.finder2", persons[twice], (choose + minutes)[twice], _FINDER)
    quiz = stays & (rng.random(n) < 0.34)
    _write_page(world, f"{tag}.quiz", persons[quiz], (choose + 5 * MINUTE)[quiz], _QUIZ)
    page = stays & (rng.random(n) < 0.5)
    _write_viewed(world, f"{tag}.product", persons[page], (choose + 9 * MINUTE)[page])
    asked = stays & (rng.random(n) < 0.09)
    _write_exit_survey(world, rng, f"{tag}.exit", persons[asked], (choose + 12 * MINUTE)[asked])


def _write_page(world: World, tag: str, persons: Ints, at_us: Ints, place: Place) -> None:
    who, cookies, unserved = persons.tolist(), world.people.cookie, world.people.unserved
    touchpoint, path, area, referrer = place

    def make(row: int) -> Message:
        heartline = {"channel": "Web", "touchpoint": touchpoint, "area": area}
        source = _MESSENGER if unserved[who[row]] else referrer
        return view_page(touchpoint, path, heartline, anonymous=cookies[who[row]], referrer=source)

    world.ledger.write(Block(tag=tag, source=WEB, at_us=at_us, make=make))


_MESSENGER: Final = f"https://{UNSERVED_HOST}/"


def _write_viewed(world: World, tag: str, persons: Ints, at_us: Ints) -> None:
    who, cookies = persons.tolist(), world.people.cookie

    def make(row: int) -> Message:
        heartline = {"channel": "Web", "touchpoint": _PRODUCT[0], "area": "product", "product": "Kenyan AA"}
        return track("Product Viewed", heartline, anonymous=cookies[who[row]], name="Kenyan AA", price=10.9)

    world.ledger.write(Block(tag=tag, source=WEB, at_us=at_us, make=make))


def _write_exit_survey(world: World, rng: np.random.Generator, tag: str, persons: Ints, at_us: Ints) -> None:
    """“How easy was it to find your plan?” Its answers come from whoever is still on the page."""
    n = len(persons)
    ease = draw_steps(rng, n, (0.05, 0.08, 0.12, 0.18, 0.24, 0.2, 0.13))
    texts = draw_texts(
        rng,
        language=world.people.language[persons],
        theme=draw_from(rng, n, {"grind": 6, "price": 2, "delivery day": 1, "order": 1}, THEMES),
        emotion=feel_of(rng, (ease - 4) / 3),
        share=0.4,
    )
    who, values, cookies = persons.tolist(), ease.tolist(), world.people.cookie

    def make(row: int) -> Message:
        heartline = {"channel": "Web", "touchpoint": "Plan finder", "area": "sales"}
        score = {"kind": "ces", "value": values[row], "top": 7}
        return track("Survey Answered", heartline | {"score": score}, anonymous=cookies[who[row]], survey="Ease")

    world.ledger.write(Block(tag=tag, source=SURVEYS, at_us=at_us, make=make, texts=texts))


def _write_started(world: World, tag: str, persons: Ints, at_us: Ints) -> None:
    who, cookies = persons.tolist(), world.people.cookie

    def make(row: int) -> Message:
        heartline = {"channel": "Web", "touchpoint": "Checkout", "area": "sales"}
        return track("Checkout Started", heartline, anonymous=cookies[who[row]])

    world.ledger.write(Block(tag=tag, source=WEB, at_us=at_us, make=make))


def _write_checkout(world: World, rng: np.random.Generator, persons: Ints, at_us: Ints) -> None:
    people, plans = world.people, draw_plans(world)
    minutes = (rng.lognormal(np.log(3.1), 0.7, len(persons)).clip(0.8, 40) * MINUTE).astype(np.int64)
    _write_started(world, "sub.checkout", persons, at_us - minutes)
    orders, who = world.take_orders(persons).tolist(), persons.tolist()
    pounds = ((plans.boxes * plans.pence)[persons] / 100).round(2).tolist()

    def make_order(row: int) -> Message:
        name = name_order(orders[row])
        heartline = {
            "channel": "Web",
            "touchpoint": "Signed up",
            "area": "sales",
            "order": name,
            "amount": pounds[row],
            "currency": "GBP",
        }
        return track("Order Completed", heartline, user=people.user_id[who[row]], order_id=name, total=pounds[row])

    world.ledger.write(Block(tag="sub.order", source=DESK, at_us=at_us + 40 * SECOND, make=make_order))
    _write_ease(world, rng, persons, at_us + 3 * MINUTE)
    opened = at_us + _wait(rng, len(persons), median_h=3.0, spread=1.3, cap_d=2)
    read = (rng.random(len(persons)) < 0.72) & (opened < world.dates.end_us)
    readers = persons[read].tolist()

    def make_mail(row: int) -> Message:
        heartline = {"channel": "Mail", "touchpoint": "Welcome mail", "area": "marketing"}
        return track("Email Opened", heartline, user=people.user_id[readers[row]], email_subject="Welcome aboard")

    world.ledger.write(Block(tag="sub.welcome", source=MAILINGS, at_us=opened[read], make=make_mail))


def _write_ease(world: World, rng: np.random.Generator, persons: Ints, at_us: Ints) -> None:
    rows = np.flatnonzero(rng.random(len(persons)) < 0.22)
    who, users = persons[rows].tolist(), world.people.user_id
    ease = draw_steps(rng, len(rows), (0.03, 0.05, 0.08, 0.14, 0.24, 0.26, 0.2))
    texts = draw_texts(
        rng,
        language=world.people.language[persons[rows]],
        theme=draw_from(rng, len(rows), {"order": 5, "delivery day": 4, "price": 2}, THEMES),
        emotion=feel_of(rng, (ease - 4) / 3),
        share=0.35,
    )
    values = ease.tolist()

    def make(row: int) -> Message:
        heartline = {"channel": "Web", "touchpoint": "Checkout", "area": "sales"}
        score = {"kind": "ces", "value": values[row], "top": 7}
        return track("Survey Answered", heartline | {"score": score}, user=users[who[row]], survey="Ease")

    world.ledger.write(Block(tag="sub.ease", source=SURVEYS, at_us=at_us[rows], make=make, texts=texts))
