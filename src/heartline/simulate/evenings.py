"""The quiet rest of a company's life: newsletters, brewing guides read at night, the community."""

from __future__ import annotations

from typing import Final

import numpy as np

from heartline.simulate.dates import DAY, HOUR, MONTH
from heartline.simulate.ledger import MAILINGS, WEB, Block, Ints, Message, track, view_page
from heartline.simulate.people import BY_HAND, NEVER
from heartline.simulate.speech import THEMES
from heartline.simulate.voices import EMOTIONS, draw_from, draw_texts
from heartline.simulate.world import World

OPEN_SHARE: Final = 0.15
CLICK_SHARE: Final = 0.16


def plan_evenings(world: World) -> None:
    """Write newsletters, brew guides on the second browser, and community posts."""
    rng = world.rng("evenings")
    _write_newsletters(world, rng)
    _write_guides(world, rng)
    _write_community(world, rng)


def _write_newsletters(world: World, rng: np.random.Generator) -> None:
    people, dates = world.people, world.dates
    has = np.array([bool(mail) for mail in people.email]) & (people.kind != BY_HAND)
    known = np.maximum(people.joined_us, np.where(people.card_us < NEVER, people.card_us, 0)) + DAY
    readers, times = [], []
    issue = dates.start_us + 12 * DAY + 9 * HOUR
    number = 0
    while issue < dates.end_us - 3 * DAY:
        who = np.flatnonzero(has & (known < issue) & (rng.random(len(people)) < OPEN_SHARE))
        readers.append(who)
        times.append(issue + (rng.lognormal(np.log(6), 1.1, len(who)).clip(0.1, 70) * HOUR).astype(np.int64))
        issue += MONTH
        number += 1
    person, at = np.concatenate(readers), np.concatenate(times)
    _write_mail(world, "news.open", person, at, event="Email Opened")
    clicks = rng.random(len(person)) < CLICK_SHARE
    later = at + (rng.uniform(10, 240, len(at)) * 1_000_000).astype(np.int64)
    _write_mail(world, "news.click", person[clicks], later[clicks], event="Email Link Clicked")


def _write_mail(world: World, tag: str, person: Ints, at_us: Ints, *, event: str) -> None:
    people, who = world.people, person.tolist()

    def make(row: int) -> Message:
        heartline: Message = {"channel": "Mail", "touchpoint": "Newsletter", "area": "marketing"}
        user = people.user_id[who[row]]
        if not user:
            heartline["identifiers"] = {"email": people.email[who[row]]}
        return track(event, heartline, user=user, email_subject="News from the harbour")

    world.ledger.write(Block(tag=tag, source=MAILINGS, at_us=at_us, make=make))


def _write_guides(world: World, rng: np.random.Generator) -> None:
    """Read without signing in: only the second cookie, and who signed in on it, says who it was."""
    people = world.people
    who = np.repeat(np.flatnonzero((people.browser_us < NEVER) & (people.kind != BY_HAND)), 2)
    span = world.dates.end_us - people.browser_us[who]
    at = people.browser_us[who] + (rng.random(len(who)) * span).astype(np.int64)
    early = rng.random(len(who)) < 0.25
    at = np.where(early, people.browser_us[who] - (rng.uniform(0.02, 6, len(who)) * DAY).astype(np.int64), at)
    rows = who.tolist()

    def make(row: int) -> Message:
        heartline = {"channel": "Web", "touchpoint": "Brew guide", "area": "product"}
        return view_page("Brew guide", "/guides/v60", heartline, anonymous=people.second_cookie[rows[row]])

    world.ledger.write(Block(tag="web.guide", source=WEB, at_us=at, make=make))


def _write_community(world: World, rng: np.random.Generator) -> None:
    people = world.people
    writers = [p for p in people.with_account().tolist() if people.cookie[p]]
    who = rng.choice(np.array(writers), len(writers) // 8)
    joined = people.joined_us[who]
    at = joined + DAY // 2 + (rng.random(len(who)) * (world.dates.end_us - joined - DAY)).astype(np.int64)
    texts = draw_texts(
        rng,
        language=people.language[who],
        theme=draw_from(rng, len(who), {"community": 6, "taste": 3, "grind": 2}, THEMES),
        emotion=draw_from(rng, len(who), {"neutral": 6, "joy": 3, "gratitude": 1, "disappointment": 1}, EMOTIONS),
        share=1.0,
    )
    rows = who.tolist()

    def make(row: int) -> Message:
        person = rows[row]
        heartline = {"channel": "Community", "touchpoint": "Community post", "area": "marketing"}
        return track("Post Written", heartline, user=people.user_id[person], anonymous=people.cookie[person])

    world.ledger.write(Block(tag="web.post", source=WEB, at_us=at, make=make, texts=texts))
