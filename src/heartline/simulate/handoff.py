"""Story 4: chat, then phone. For six weeks the call has opened with what was said in the chat; before, it did not.

Without the context 38 in a hundred are asked the same question again and say so; with it, 7. Ease goes from 3.1 to 5.2
of 7.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from heartline.simulate.dates import DAY, HOUR, MINUTE, WEEK, write_iso
from heartline.simulate.ledger import SUPPORT, SURVEYS, Block, Bools, Ints, Message, track
from heartline.simulate.people import BY_HAND
from heartline.simulate.scores import draw_steps, feel_of
from heartline.simulate.speech import THEMES
from heartline.simulate.stories import (
    ASKED_AGAIN,
    EASE,
    EASE_SHARES,
    HANDOFF_AT_FULL_SIZE,
    TEAM_A,
    TEAM_B,
    scale_count,
)
from heartline.simulate.voices import EMOTIONS, draw_from, draw_texts, find_theme
from heartline.simulate.world import World

COUNTED_WEEKS: Final = 20
_WEEKS: Final = 60
_ANSWER_SHARE: Final = 0.7
_TEAM: Final = TEAM_A + TEAM_B


def plan_handoffs(world: World) -> None:
    """Write the chats, the calls that follow within the hour, and how easy it was."""
    rng, dates = world.rng("handoff"), world.dates
    person, at, counted = _draw_callers(world, rng)
    n = len(person)
    new = at >= dates.handoff_us
    again = rng.random(n) < np.where(new, ASKED_AGAIN[1], ASKED_AGAIN[0])
    theme = draw_from(rng, n, {"subscription": 4, "order": 4, "grind": 2, "delivery day": 2}, THEMES)
    call = at + (rng.uniform(4, 45, n) * MINUTE).astype(np.int64)
    _write_chats(world, rng, person, at, theme)
    seat = rng.integers(0, len(_TEAM), n)
    _write_calls(world, rng, person, call, theme=theme, again=again, new=new, seat=seat)
    answered = _write_ease(world, rng, person, call, new=new, seat=seat)
    world.stories["4"] = _tell(world, counted=counted, new=new, again=again, answered=answered)


def _draw_callers(world: World, rng: np.random.Generator) -> tuple[Ints, Ints, Bools]:
    """Draw who chats in vain, when, and who is counted: 1,150 at full size in the last twenty weeks. As many a week
    come before, so that no mixture of old and new questions moves the company's ease. Each comes once where others can.
    """
    dates, people = world.dates, world.people
    able = np.array([bool(user) and bool(phone) for user, phone in zip(people.user_id, people.phone, strict=True)])
    ready = np.flatnonzero(able & (people.kind != BY_HAND))
    ready = ready[np.argsort(people.joined_us[ready], kind="stable")]
    last = dates.today_us - 2 * DAY
    since = last - COUNTED_WEEKS * WEEK
    first = max(last - _WEEKS * WEEK, dates.start_us + 8 * WEEK)
    n = scale_count(HANDOFF_AT_FULL_SIZE, customers=world.customers)
    early = round(n * (since - first) / (last - since))
    counted, before = since + rng.random(n) * (last - since), first + rng.random(early) * (since - first)
    at = np.concatenate([counted, before]).astype(np.int64)
    at = at - at % DAY + (rng.normal(13, 2.4, len(at)).clip(9, 17.5) * HOUR).astype(np.int64)
    there = np.searchsorted(people.joined_us[ready], at - DAY)
    tries = (rng.random((len(at), 40)) * there[:, None]).astype(np.int64)
    taken: set[int] = set()
    person = np.full(len(at), -1, dtype=np.int64)
    for row in np.flatnonzero(there).tolist():
        picks = tries[row].tolist()
        pick = next((p for p in picks if p not in taken), picks[0])
        taken.add(pick)
        person[row] = ready[pick]
    rows = np.flatnonzero(person >= 0)
    return person[rows], at[rows], rows < n


def _write_chats(world: World, rng: np.random.Generator, person: Ints, at_us: Ints, theme: Ints) -> None:
    people, who, about = world.people, person.tolist(), theme.tolist()
    emotion = draw_from(rng, len(who), {"neutral": 5, "confusion": 5}, EMOTIONS)
    texts = draw_texts(rng, language=people.language[person], theme=theme, emotion=emotion, share=1.0)

    def make(row: int) -> Message:
        heartline = {"channel": "Chat", "touchpoint": "Chat", "area": "service"}
        given: Message = {"conversation": f"ct-{world.seed:x}-{row}", "answered_by": "bot", "solved": False}
        facts = {"about": THEMES[about[row]], "tried": ("the website", "the app", "nothing yet")[row % 3]}
        event = "Live Chat Conversation Started"
        return track(event, heartline, user=people.user_id[who[row]], **given, collected=facts)

    world.ledger.write(Block(tag="handoff.chat", source=SUPPORT, at_us=at_us, make=make, texts=texts))


def _write_calls(  # noqa: PLR0913  # one call is all this
    world: World,
    rng: np.random.Generator,
    person: Ints,
    at_us: Ints,
    *,
    theme: Ints,
    again: Bools,
    new: Bools,
    seat: Ints,
) -> None:
    people, who, seats = world.people, person.tolist(), seat.tolist()
    repeated, context = again.tolist(), new.tolist()
    cross = draw_from(rng, len(who), {"annoyance": 6, "anger": 2, "disappointment": 2}, EMOTIONS)
    calm = draw_from(rng, len(who), {"neutral": 6, "confusion": 4}, EMOTIONS)
    texts = draw_texts(
        rng,
        language=people.language[person],
        theme=np.where(again, find_theme("repeated question"), theme),
        emotion=np.where(again, cross, calm),
        share=1.0,
    )

    def make(row: int) -> Message:
        heartline = {
            "channel": "Phone",
            "touchpoint": "Phone call",
            "area": "service",
            "employee": _TEAM[seats[row]],
            "identifiers": {"phone": people.phone[who[row]]},
        }
        given = {
            "conversation": f"ct-{world.seed:x}-{row}",
            "after": "Chat",
            "handoff": "with context" if context[row] else "none",
            "repeated_question": repeated[row],
        }
        return track("Call Received", heartline, **given)

    world.ledger.write(Block(tag="handoff.call", source=SUPPORT, at_us=at_us, make=make, texts=texts))


def _write_ease(  # one answer is all this
    world: World, rng: np.random.Generator, person: Ints, call_us: Ints, *, new: Bools, seat: Ints
) -> Bools:
    n = len(person)
    at = call_us + (rng.uniform(12, 150, n) * MINUTE).astype(np.int64)
    ease = np.where(new, draw_steps(rng, n, EASE_SHARES[1]), draw_steps(rng, n, EASE_SHARES[0]))
    said: Bools = rng.random(n) < _ANSWER_SHARE
    texts = draw_texts(
        rng,
        language=world.people.language[person],
        theme=np.full(n, find_theme("support")),
        emotion=feel_of(rng, (ease - 4) / 3),
        share=0.4,
    )
    who, users, values, seats = person.tolist(), world.people.user_id, ease.tolist(), seat.tolist()

    def make(row: int) -> Message:
        heartline = {
            "channel": "Phone",
            "touchpoint": "Phone call",
            "area": "service",
            "employee": _TEAM[seats[row]],
            "score": {"kind": "ces", "value": values[row], "top": 7},
        }
        return track("Survey Answered", heartline, user=users[who[row]], survey="Ease of help")

    block = Block(tag="handoff.ease", source=SURVEYS, at_us=at, make=make, texts=texts)
    world.ledger.write(block.only(np.flatnonzero(said)))
    return said


def _tell(world: World, *, counted: Bools, new: Bools, again: Bools, answered: Bools) -> dict[str, object]:
    sides = {"without": ~new, "with context": new}
    return {
        "title": "Chat then phone",
        "cause": f"Since {write_iso(world.dates.handoff_us)[:10]} the call opens with what was said in the chat",
        "at": write_iso(world.dates.handoff_us),
        "where": {"touchpoint": "Phone call", "after": "Chat", "score": "ces"},
        "people": int(counted.sum()),
        "people_before": int((~counted).sum()),
        "weeks": COUNTED_WEEKS,
        "people_at_full_size": HANDOFF_AT_FULL_SIZE,
        "asked_again_rate": dict(zip(sides, ASKED_AGAIN, strict=True)),
        "ease": dict(zip(sides, EASE, strict=True)),
        "calls": {name: int(rows.sum()) for name, rows in sides.items()},
        "asked_again": {name: int((rows & again).sum()) for name, rows in sides.items()},
        "ease_answers": {name: int((rows & answered).sum()) for name, rows in sides.items()},
    }
