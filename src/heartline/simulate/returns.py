"""Story 12, the contradiction: asked how long a bag may be returned, the bot says 30 days and the cafés say 14."""

from __future__ import annotations

from typing import Final

import numpy as np

from heartline.simulate.dates import DAY, HOUR, WEEK
from heartline.simulate.ledger import SUPPORT, TILLS, Block, Ints, Message, track
from heartline.simulate.people import BY_HAND
from heartline.simulate.staff import BARISTAS
from heartline.simulate.stories import CAFES, RETURN_CHATS_AT_FULL_SIZE, RETURN_DAYS, scale_count
from heartline.simulate.voices import EMOTIONS, Texts, draw_from, draw_texts, find_theme
from heartline.simulate.world import World

QUESTION: Final = "How long can I return a bag?"
_WEEKS: Final = 20
_BOTH: Final = 0.6
_BOT: Final = (
    "You can send it back within {days} days of delivery.",
    "Returns are free for {days} days.",
    "You have {days} days from the day it arrived.",
    "Within {days} days, with or without the box.",
)
_CAFE: Final = (
    "Two weeks with the receipt, so {days} days.",
    "We take it back for {days} days.",
    "{days} days, if the bag is closed.",
    "Up to {days} days, after that head office has to say.",
)


def plan_returns(world: World) -> None:
    """Write the same question asked in chat and at the counter; six in ten ask at both."""
    rng, people, dates = world.rng("returns"), world.people, world.dates
    since = max(dates.today_us - _WEEKS * WEEK, dates.cards_us)
    account = np.array([bool(user) for user in people.user_id]) & (people.joined_us < since)
    card = (people.card_us < since) & (people.kind != BY_HAND)
    n = scale_count(RETURN_CHATS_AT_FULL_SIZE, customers=world.customers)
    wanted = round(_BOTH * n)
    both = rng.permutation(np.flatnonzero(account & card))[:wanted]
    chats = np.concatenate(
        [both, rng.permutation(np.flatnonzero(account & ~card & (people.kind != BY_HAND)))[: n - len(both)]]
    )
    counter = np.concatenate([both, rng.permutation(np.flatnonzero(card & ~account))[: n - len(both)]])
    at = _draw_times(world, rng, since, len(chats))
    later = _draw_times(world, rng, since, len(counter))
    days = rng.uniform(1, 10, len(both)) * DAY
    after = at[: len(both)] + days.astype(np.int64)
    later[: len(both)] = np.where(after < dates.today_us - DAY, after - after % DAY + 12 * HOUR, later[: len(both)])
    _write_chats(world, chats, at, _draw_questions(world, rng, chats))
    _write_counter(world, rng, counter, later)
    world.stories["12"] = {
        **world.stories.get("12", {}),
        "returns": {
            "question": QUESTION,
            "where": {"Chat": "Chat", "Café": "Question at the counter"},
            "answers": {"Chat": f"{RETURN_DAYS[0]} days", "Café": f"{RETURN_DAYS[1]} days"},
            "chats": len(chats),
            "chats_at_full_size": RETURN_CHATS_AT_FULL_SIZE,
            "asked_at_both": len(both),
        },
    }


def _draw_times(world: World, rng: np.random.Generator, since: int, n: int) -> Ints:
    at = since + (rng.random(n) * (world.dates.today_us - 2 * DAY - since)).astype(np.int64)
    return at - at % DAY + (rng.normal(13, 2.2, n).clip(8, 17.5) * HOUR).astype(np.int64)


def _draw_questions(world: World, rng: np.random.Generator, person: Ints) -> Texts:
    n = len(person)
    return draw_texts(
        rng,
        language=world.people.language[person],
        theme=np.full(n, find_theme("returns")),
        emotion=draw_from(rng, n, {"neutral": 6, "confusion": 4}, EMOTIONS),
        share=1.0,
    )


def _write_chats(world: World, person: Ints, at_us: Ints, texts: Texts) -> None:
    users, who = world.people.user_id, person.tolist()

    def make(row: int) -> Message:
        heartline = {"channel": "Chat", "touchpoint": "Chat", "area": "service"}
        said = _BOT[row % len(_BOT)].format(days=RETURN_DAYS[0])
        given: Message = {"question": QUESTION, "answer": said, "answered_by": "bot", "solved": True}
        return track("Live Chat Conversation Started", heartline, user=users[who[row]], **given)

    world.ledger.write(Block(tag="returns.chat", source=SUPPORT, at_us=at_us, make=make, texts=texts))


def _write_counter(world: World, rng: np.random.Generator, person: Ints, at_us: Ints) -> None:
    people, who, n = world.people, person.tolist(), len(person)
    cafe = people.region[person] * 4 + rng.integers(0, 4, n)
    place, by = cafe.tolist(), (2 * cafe + rng.integers(0, 2, n)).tolist()

    def make(row: int) -> Message:
        heartline = {
            "channel": "Café",
            "touchpoint": "Question at the counter",
            "area": "service",
            "place": CAFES[place[row]][0],
            "employee": BARISTAS[by[row]],
            "identifiers": {"loyalty_card": people.card[who[row]]},
        }
        said = _CAFE[row % len(_CAFE)].format(days=RETURN_DAYS[1])
        return track("Question Asked", heartline, question=QUESTION, answer=said, answered_by="staff")

    block = Block(
        tag="returns.counter", source=TILLS, at_us=at_us, make=make, texts=_draw_questions(world, rng, person)
    )
    world.ledger.write(block)
