"""The support desk: chat, phone and mail; the two teams of story 5; and story 6, the burnt lot."""

from __future__ import annotations

from dataclasses import fields
from typing import Final

import numpy as np

from heartline.simulate.dates import DAY, MINUTE, SECOND, WEEK, write_iso
from heartline.simulate.ledger import SUPPORT, SURVEYS, Block, Ints, Message, track
from heartline.simulate.scores import draw_steps, feel_of
from heartline.simulate.stories import (
    BURNT_COMPLAINTS,
    BURNT_LOT,
    BURNT_MINUTES,
    RECONTACT_A,
    RECONTACT_B,
    TEAM_A,
    TEAM_B,
)
from heartline.simulate.voices import EMOTIONS, draw_from, draw_texts, find_theme
from heartline.simulate.world import Requests, World, name_order

CHAT, PHONE, MAIL = 0, 1, 2
WHERE: Final = "where is my order"
_TOUCHPOINTS: Final = ("Chat", "Phone call", "Mail to support")
_CHANNELS: Final = ("Chat", "Phone", "Mail")
_EVENTS: Final = ("Live Chat Conversation Started", "Call Received", "Mail Received")
_CSAT_SHARES: Final = ((0.05, 0.05, 0.08, 0.29, 0.53), (0.01, 0.02, 0.04, 0.22, 0.71))
_TONGUE_SHARE: Final = ((0, 41), (1, 9), (2, 11))


def plan_support(world: World) -> None:
    """Answer every request; some come again. Then the morning of lot 217."""
    _answer(world, "help", world.requests)
    _answer(world, "more", world.more_requests)
    world.stories["6"] = _write_burnt_lot(world)


def _answer(world: World, tag: str, asked: list[Requests]) -> None:
    """Draw for all who would ask, so that who is spared leaves the others' draws as they were; write who does."""
    if not asked:
        return
    rng = world.rng({"help": "support"}.get(tag, f"support, {tag}"))
    requests = _join(asked)
    team = np.where(requests.team < 0, (rng.random(len(requests.person)) < 0.4).astype(np.int64), requests.team)
    way = _choose_way(world, rng, requests)
    seat = rng.integers(0, 12, len(team))
    came = np.flatnonzero(~requests.spared)
    first = _make_contacts(world, rng, f"{tag}.first", requests, team=team, way=way, seat=seat)
    world.ledger.write(first.only(came))
    _write_csat(world, rng, f"{tag}.csat", requests, team=team, way=way, seat=seat)
    back = rng.random(len(team)) < np.where(team == 1, RECONTACT_B, RECONTACT_A)
    at = requests.at_us + ((0.2 + rng.exponential(1.8, len(team)).clip(0, 6.0)) * DAY).astype(np.int64)
    back &= at < world.dates.end_us
    again = Requests(
        person=requests.person[back],
        at_us=at[back],
        theme=np.full(int(back.sum()), find_theme("support")),
        order=requests.order[back],
        team=team[back],
        spared=requests.spared[back],
    )
    calls = _choose_way(world, rng, again, calls=0.7)
    other = rng.integers(0, 12, len(calls))
    second = _make_contacts(world, rng, f"{tag}.again", again, team=again.team, way=calls, seat=other)
    world.ledger.write(second.only(np.flatnonzero(~again.spared)))


def _join(requests: list[Requests]) -> Requests:
    return Requests(**{f.name: np.concatenate([getattr(r, f.name) for r in requests]) for f in fields(Requests)})


def _choose_way(world: World, rng: np.random.Generator, requests: Requests, *, calls: float = 0.3) -> Ints:
    """Chat is for who has an account, the phone for who left a number, mail for all who left an address."""
    people = world.people
    phone = np.array([bool(people.phone[p]) for p in requests.person.tolist()], dtype=np.bool_)
    account = np.array([bool(people.user_id[p]) for p in requests.person.tolist()], dtype=np.bool_)
    mail = (rng.random(len(phone)) < 0.22) | ~account
    return np.where(phone & (rng.random(len(phone)) < calls), PHONE, np.where(mail, MAIL, CHAT)).astype(np.int64)


def _draw_feelings(rng: np.random.Generator, theme: Ints) -> Ints:
    """How people sound who ask: worried or cross where something went wrong, else plain or lost."""
    n = len(theme)
    calm = draw_from(rng, n, {"neutral": 5, "confusion": 4, "disappointment": 1}, EMOTIONS)
    late = {"worry": 7, "neutral": 3, "annoyance": 5, "anger": 3, "disappointment": 2}
    cross = draw_from(rng, n, {"annoyance": 5, "anger": 3, "disappointment": 3}, EMOTIONS)
    chasing = draw_from(rng, n, late, EMOTIONS)
    felt = np.where(theme == find_theme("late delivery"), chasing, calm)
    hurt = (theme == find_theme("support")) | (theme == find_theme("burnt taste"))
    return np.where(hurt, cross, felt).astype(np.int64)


def _make_contacts(  # noqa: PLR0913  # every contact is made here
    world: World,
    rng: np.random.Generator,
    tag: str,
    requests: Requests,
    *,
    team: Ints,
    way: Ints,
    seat: Ints,
    product: str = "",
) -> Block:
    people = world.people
    texts = draw_texts(
        rng,
        language=people.language[requests.person],
        theme=requests.theme,
        emotion=_draw_feelings(rng, requests.theme),
        share=1.0,
    )
    who, ways, orders, teams = requests.person.tolist(), way.tolist(), requests.order.tolist(), team.tolist()
    seats = seat.tolist()
    chases = ((requests.theme == find_theme("late delivery")) & (requests.order >= 0)).tolist()

    def make(row: int) -> Message:
        person, by = who[row], ways[row]
        names = (TEAM_A, TEAM_B)[teams[row]]
        heartline: Message = {
            "channel": _CHANNELS[by],
            "touchpoint": _TOUCHPOINTS[by],
            "area": "service",
            "employee": names[seats[row] % len(names)],
        }
        if orders[row] >= 0:
            heartline["order"] = name_order(orders[row])
        if product:
            heartline["product"] = product
        user = people.user_id[person] if by == CHAT else ""
        if not user:
            key, value = ("phone", people.phone[person]) if by == PHONE else ("email", people.email[person])
            heartline["identifiers"] = {key: value}
        message = track(_EVENTS[by], heartline, user=user, team="AB"[teams[row]])
        if chases[row]:
            message["properties"]["reason"] = WHERE
        return message

    return Block(tag=tag, source=SUPPORT, at_us=requests.at_us, make=make, texts=texts)


def _write_csat(  # the rating of a contact knows all of the contact
    world: World, rng: np.random.Generator, tag: str, requests: Requests, *, team: Ints, way: Ints, seat: Ints
) -> None:
    people = world.people
    at = requests.at_us + (rng.lognormal(np.log(70), 0.8, len(team)).clip(6, 900) * MINUTE).astype(np.int64)
    rows = np.flatnonzero((rng.random(len(team)) < 0.42) & (at < world.dates.end_us))
    stars = [draw_steps(rng, len(rows), shares) for shares in _CSAT_SHARES]
    values = np.where(team[rows] == 1, stars[1], stars[0])
    person = requests.person[rows]
    texts = draw_texts(
        rng,
        language=people.language[person],
        theme=np.full(len(rows), find_theme("support")),
        emotion=feel_of(rng, (values - 3) / 2),
        share=0.3,
    )
    who, by, teams, score = person.tolist(), way[rows].tolist(), team[rows].tolist(), values.tolist()
    seats = seat[rows].tolist()

    def make(row: int) -> Message:
        names = (TEAM_A, TEAM_B)[teams[row]]
        heartline: Message = {
            "channel": _CHANNELS[by[row]],
            "touchpoint": _TOUCHPOINTS[by[row]],
            "area": "service",
            "employee": names[seats[row] % len(names)],
            "score": {"kind": "csat", "value": score[row], "top": 5},
        }
        user = people.user_id[who[row]]
        if not user:
            heartline["identifiers"] = {"email": people.email[who[row]]}
        return track("Survey Answered", heartline, user=user, survey="Support", team="AB"[teams[row]])

    block = Block(tag=tag, source=SURVEYS, at_us=at[rows], make=make, texts=texts)
    world.ledger.write(block.only(np.flatnonzero(~requests.spared[rows])))


def _write_burnt_lot(world: World) -> dict[str, object]:
    """Story 6: 61 complaints in 45 minutes, five days ago from 10:05, in three languages."""
    rng = world.rng("burnt lot")
    people, start = world.people, world.dates.burnt_us
    ready = np.array([bool(user) for user in people.user_id]) & (people.joined_us < start - WEEK)
    chosen = [_choose_speakers(rng, np.flatnonzero(ready & (people.language == code)), n) for code, n in _TONGUE_SHARE]
    person = rng.permutation(np.concatenate(chosen))
    offsets = np.sort(rng.uniform(0, BURNT_MINUTES * 60 - 1, len(person)))
    offsets[:1] = 12
    requests = Requests(
        person=person,
        at_us=start + (offsets * SECOND).astype(np.int64),
        theme=np.full(len(person), find_theme("burnt taste")),
        order=np.full(len(person), -1),
        team=(rng.random(len(person)) < 0.4).astype(np.int64),
        spared=np.zeros(len(person), dtype=np.bool_),
    )
    way = _choose_way(world, rng, requests)
    seat, product = rng.integers(0, 12, len(way)), f"Kenyan AA, lot {BURNT_LOT}"
    world.ledger.write(
        _make_contacts(world, rng, "burnt", requests, team=requests.team, way=way, seat=seat, product=product)
    )
    return {
        "title": f"Burnt lot {BURNT_LOT}",
        "cause": f"Lot {BURNT_LOT} of the Kenyan was roasted too long",
        "at": write_iso(start),
        "complaints": len(person),
        "complaints_at_any_size": BURNT_COMPLAINTS,
        "minutes": BURNT_MINUTES,
        "languages": {name: len(group) for name, group in zip(("en", "ru", "zh"), chosen, strict=True)},
        "theme": "burnt taste",
    }


def _choose_speakers(rng: np.random.Generator, speakers: Ints, n: int) -> Ints:
    return rng.choice(speakers, min(n, len(speakers)), replace=False).astype(np.int64)
