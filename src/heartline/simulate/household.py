"""Story 10: Mei, her partner and the tablet they share, written by hand; and other couples with a tablet, drawn.

Whoever signed in last owns the tablet's cookie from that moment on; before the first login it belongs to the first.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from heartline.simulate.dates import DAY, HOUR, MINUTE, write_iso
from heartline.simulate.ledger import (
    APP,
    COURIER,
    DESK,
    MAILINGS,
    SUPPORT,
    SURVEYS,
    TILLS,
    WEB,
    Block,
    Message,
    track,
    view_page,
)
from heartline.simulate.people import DANIEL, MEI, SUBSCRIBER
from heartline.simulate.stories import NEW_COURIER, OLD_COURIER
from heartline.simulate.world import Claim, World, name_order

MEI_USER: Final = "mz-2291"
MEI_MAIL: Final = "mei.zhang@example.org"
MEI_CARD: Final = "774011820093"
MEI_PHONE: Final = "+447700900482"
MEI_LAPTOP: Final = "c-91be44d2-7a60-4f1e-a2c9-60d1f0a7be35"
MEI_PHONE_APP: Final = "p-3cd0a5f1-22e8-4b7a-a9d4-5be1c0938f12"
TABLET: Final = "a-5f0c2b7e-8d41-4c93-a7f0-1d92b3c4d5e1"
DANIEL_USER: Final = "dw-3310"
DANIEL_MAIL: Final = "daniel.wright@example.com"
Entry = tuple[int, str, Message]


def plan_households(world: World) -> None:
    """Write Mei's and Daniel's lives and the tablets of other couples."""
    entries = _live_mei(world)
    handed, more = _live_daniel(world)
    parts: dict[tuple[str, bool], list[Entry]] = {}
    for entry in entries + more:
        parts.setdefault((entry[1], entry[2]["type"] != "identify"), []).append(entry)
    for (source, touches), rows in parts.items():
        _write_entries(world, source, rows, touches=touches)
    people = world.people
    people.name[MEI], people.name[DANIEL] = "Mei Zhang 张梅", "Daniel Wright"
    _claim_mei(world, handed)
    couples = _plan_couples(world)
    world.stories["10"] = {
        **world.stories.get("10", {}),
        "mei": {
            "user_id": MEI_USER,
            "identifiers": {
                "email": MEI_MAIL,
                "phone": MEI_PHONE,
                "loyalty_card": MEI_CARD,
                "anonymous_id": [MEI_LAPTOP, MEI_PHONE_APP],
                "shared": TABLET,
            },
        },
        "partner": {"user_id": DANIEL_USER, "email": DANIEL_MAIL, "tablet_from": write_iso(handed)},
        "other_couples": couples,
    }


def _write_entries(world: World, source: str, rows: list[Entry], *, touches: bool) -> None:
    at = np.array([moment for moment, _, _ in rows], dtype=np.int64)
    messages = [message for _, _, message in rows]

    def make(row: int) -> Message:
        message = messages[row]
        context: dict[str, Any] = {k: dict(v) for k, v in message["context"].items()}
        return message | {"context": context}

    tag = f"mei.{source.split(maxsplit=1)[0].lower()}" + ("" if touches else ".who")
    world.ledger.write(Block(tag=tag, source=source, at_us=at, make=make, touches=touches))


def _touch(channel: str, touchpoint: str, area: str, **more: object) -> Message:
    return {"channel": channel, "touchpoint": touchpoint, "area": area, **more}


def _identify(user: str, cookie: str, name: str) -> Message:
    return {"type": "identify", "userId": user, "anonymousId": cookie, "traits": {"name": name}, "context": {}}


def _live_mei(world: World) -> list[Entry]:
    """Mei: pleased for a year, hurt by a late box, coming back. Her stars are never part of a compared sample."""
    dates = world.dates

    def ago(days: float, hour: float) -> int:
        return dates.today_us - int(days) * DAY + int(hour * HOUR)

    orders = world.take_orders(np.full(9, MEI))
    names = [name_order(order) for order in orders.tolist()]
    late = (dates.today_us - dates.switch_us) // DAY - 16
    entries: list[Entry] = [
        (ago(250, 20.1), WEB, _page("Article", "/journal/water", MEI_LAPTOP)),
        (ago(249, 21.4), WEB, _page("Plan finder", "/plans", MEI_LAPTOP)),
        (ago(249, 21.6), WEB, _page("Taster quiz", "/quiz", MEI_LAPTOP)),
        (ago(248, 19.0), WEB, _identify(MEI_USER, MEI_LAPTOP, "Mei Zhang 张梅")),
        (ago(248, 19.01), DESK, _desk_identify()),
        (ago(248, 19.05), DESK, _order("Signed up", "Web", names[0], 32.7)),
        (ago(248, 20.3), MAILINGS, track("Email Opened", _touch("Mail", "Welcome mail", "marketing"), user=MEI_USER)),
        (ago(230, 8.2), APP, _identify(MEI_USER, MEI_PHONE_APP, "Mei Zhang 张梅")),
        (ago(228, 12.6), DESK, track("Loyalty Card Linked", _card_link(), user=MEI_USER)),
        (ago(215, 20.5), WEB, _page("Brew guide", "/guides/v60", TABLET)),
        (ago(214, 21.0), WEB, _identify(MEI_USER, TABLET, "Mei Zhang 张梅")),
    ]
    for number, day in enumerate((244, 216, 188, 160, 132, 104, late, 48), start=1):
        partner = NEW_COURIER if day <= late else OLD_COURIER
        entries += _box(ago(day, 16.0), names[number], late=day == late, partner=partner)
    for day in (200, 171, 143, 118, 96, 80, 66, 40, 26, 19, 5):
        entries.append(
            (ago(day, 11.2), WEB, _page("Coffee page", "/coffee/yirgacheffe", TABLET if day > 60 else MEI_LAPTOP))
        )
        entries.append((ago(day, 11.9), TILLS, track("Order Completed", _till())))
    entries += [
        (ago(late - 5, 18.4), SUPPORT, track("Live Chat Conversation Started", _say("Chat", _CHAT), user=MEI_USER)),
        (ago(late - 6, 10.2), SUPPORT, track("Call Received", _say("Phone", _CALL, phone=MEI_PHONE))),
        (ago(16, 9.0), MAILINGS, track("Email Opened", _touch("Mail", "Told what changed", "service"), user=MEI_USER)),
        (ago(4, 20.0), SURVEYS, track("Coffee Rated", _stars(names[8]), user=MEI_USER)),
    ]  # fmt: skip
    return entries


_CHAT: Final = "I have asked three times now. Where is my box? It was due on Monday."
_CALL: Final = "I typed it all in chat. Then I said it all again."


def _page(name: str, path: str, cookie: str) -> Message:
    area = "product" if path.startswith(("/coffee", "/guides")) else "marketing"
    return view_page(name, path, _touch("Web", name, area), anonymous=cookie, referrer="https://messenger.example/")


def _desk_identify() -> Message:
    traits = {
        "name": "Mei Zhang 张梅",
        "email": MEI_MAIL,
        "region": "North",
        "age_band": "35–54",
        "language": "zh",
        "plan": "subscription, filter grind",
        "came_by": "Web shop",
    }
    identifiers = {"email": MEI_MAIL, "phone": MEI_PHONE}
    context = {"heartline": {"identifiers": identifiers}}
    return {"type": "identify", "userId": MEI_USER, "traits": traits, "context": context}


def _card_link() -> Message:
    return _touch("Café", "Loyalty card", "place", identifiers={"loyalty_card": MEI_CARD})


def _order(touchpoint: str, channel: str, name: str, pounds: float) -> Message:
    heartline = _touch(channel, touchpoint, "sales", order=name, amount=pounds, currency="GBP")
    return track("Order Completed", heartline, user=MEI_USER, order_id=name, total=pounds)


def _box(shipped: int, name: str, *, late: bool, partner: str) -> list[Entry]:
    days = 6 if late else 2
    due = write_iso(shipped + 2 * DAY)[:10]
    note = _touch("Mail", "Dispatch note", "product", order=name)
    door = _touch("Courier", "Courier at the door", "product", place="North", order=name, partner=partner)
    return [
        (shipped, DESK, track("Order Shipped", note, user=MEI_USER, promised=due)),
        (
            shipped + days * DAY - 4 * HOUR,
            COURIER,
            track("Parcel Delivered", door, days=days, promised_days=2, promised=due, late=late),
        ),
    ]


def _till() -> Message:
    identifiers = {"loyalty_card": MEI_CARD}
    sale = {"place": "Mill Lane", "amount": 9.8, "currency": "GBP", "product": "Beans", "identifiers": identifiers}
    return _touch("Café", "Café till", "place", **sale)


def _say(channel: str, text: str, *, phone: str = "") -> Message:
    touchpoint = "Phone call" if phone else "Chat"
    heartline = _touch(channel, touchpoint, "service", employee="Tom Okafor", text=text)
    return heartline | ({"identifiers": {"phone": phone}} if phone else {})


def _stars(order: str) -> Message:
    said = "谢谢那张手写的小卡片，我贴在冰箱上了。"
    score = {"kind": "stars", "value": 5, "top": 5}
    return _touch("App", "First cup", "product", order=order, product="Yirgacheffe", score=score, text=said)


def _live_daniel(world: World) -> tuple[int, list[Entry]]:
    """Daniel signs in on the tablet at noon, fifty days before the end; from then on it is his."""
    handed = world.dates.today_us - 50 * DAY + 12 * HOUR
    identifiers = {"email": DANIEL_MAIL}
    traits = {"name": "Daniel Wright", "email": DANIEL_MAIL, "region": "North", "age_band": "35–54", "language": "en"}
    desk = {"type": "identify", "userId": DANIEL_USER, "traits": traits}
    entries: list[Entry] = [
        (handed, WEB, _identify(DANIEL_USER, TABLET, "Daniel Wright")),
        (handed + MINUTE, DESK, desk | {"context": {"heartline": {"identifiers": identifiers}}}),
    ]
    for day in (49, 44, 37, 29, 22, 11, 3):
        at = world.dates.today_us - day * DAY + 21 * HOUR
        entries.append((at, WEB, _page("Brew guide", "/guides/espresso", TABLET)))
    return handed, entries


def _claim_mei(world: World, handed: int) -> None:
    own = (
        ("user_id", MEI_USER),
        ("loyalty_card", MEI_CARD),
        ("email", MEI_MAIL),
        ("phone", MEI_PHONE),
        ("anonymous_id", MEI_LAPTOP),
        ("anonymous_id", MEI_PHONE_APP),
    )
    world.claims += [Claim(person=MEI, kind=kind, value=value) for kind, value in own]
    world.claims.append(Claim(person=MEI, kind="anonymous_id", value=TABLET, to_us=handed))
    world.claims.append(Claim(person=DANIEL, kind="anonymous_id", value=TABLET, from_us=handed))
    world.claims.append(Claim(person=DANIEL, kind="user_id", value=DANIEL_USER))
    world.claims.append(Claim(person=DANIEL, kind="email", value=DANIEL_MAIL))


def _plan_couples(world: World) -> int:
    """Every two-hundred-and-fiftieth customer shares a tablet with another subscriber; most take it back once."""
    rng = world.rng("couples")
    people, end = world.people, world.dates.end_us
    early = [p for p in people.of(SUBSCRIBER).tolist() if people.joined_us[p] < end - 90 * DAY]
    count = min(max(len(people) // 250, 1), len(early) // 2)
    picked = rng.permutation(np.array(early))[: 2 * count].reshape(count, 2)
    logins: list[tuple[int, int, str]] = []
    visits: list[tuple[int, str]] = []
    for number, (one, other) in enumerate(picked.tolist()):
        tablet = f"t-{world.seed:x}-{number:05d}-shared"
        since = max(people.joined_us[one], people.joined_us[other]) + DAY
        turns = np.sort(rng.uniform(0, 1, 3)) * (end - since - 2 * DAY)
        stops = [int(since + t) // 1000 * 1000 for t in turns][: 3 if rng.random() < 0.7 else 2]
        owners = (one, other, one)[: len(stops)]
        logins += [(at, owner, tablet) for at, owner in zip(stops, owners, strict=True)]
        bounds: list[int | None] = [None, *stops[1:], None]
        for turn, owner in enumerate(owners):
            claim = Claim(person=owner, kind="anonymous_id", value=tablet, from_us=bounds[turn], to_us=bounds[turn + 1])
            world.claims.append(claim)
            upper = stops[turn + 1] if turn + 1 < len(stops) else end
            visits += [(int(rng.integers(stops[turn] + 1, upper)), tablet) for _ in range(2)]
        visits.append((stops[0] - 2 * HOUR, tablet))
    _write_couples(world, logins, visits)
    return count


def _write_couples(world: World, logins: list[tuple[int, int, str]], visits: list[tuple[int, str]]) -> None:
    people = world.people

    def make_login(row: int) -> Message:
        _, person, tablet = logins[row]
        return _identify(people.user_id[person], tablet, people.name[person])

    def make_visit(row: int) -> Message:
        heartline = _touch("Web", "Brew guide", "product")
        return view_page("Brew guide", "/guides/cezve", heartline, anonymous=visits[row][1])

    at_login = np.array([at for at, _, _ in logins], dtype=np.int64)
    at_visit = np.array([at for at, _ in visits], dtype=np.int64)
    world.ledger.write(Block(tag="tablet.login", source=WEB, at_us=at_login, make=make_login, touches=False))
    world.ledger.write(Block(tag="tablet.page", source=WEB, at_us=at_visit, make=make_visit))
