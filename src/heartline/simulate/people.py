"""The people of Harbour & Bean: who they are, where they live, what they can be known by.

Columns, not objects: one place a person, so that planners draw for all of them at once. Person 0 is Mei, person 1 her
partner; their lives are written by hand in ``household``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from heartline.simulate.dates import DAY, Dates
from heartline.simulate.ledger import Bools, Ints
from heartline.simulate.names import LONG, NAMERS, spell_latin
from heartline.simulate.stories import LANGUAGES, UNSERVED_AT_FULL_SIZE, UNSERVED_ODDS, scale_count

BY_HAND: Final = 0
SUBSCRIBER: Final = 1
PROSPECT: Final = 2
CAFE_GUEST: Final = 3
BUYER: Final = 4

MEI: Final = 0
DANIEL: Final = 1
NEVER: Final = 2**62

# Numbers that the regulator keeps free for stories: nobody answers them.
_PHONES: Final = (
    *("+44 7700 900", "+44 1632 960", "+44 113 496 0", "+44 114 496 0", "+44 115 496 0", "+44 116 496 0"),
    *("+44 117 496 0", "+44 118 496 0", "+44 121 496 0", "+44 131 496 0", "+44 141 496 0", "+44 151 496 0"),
    *("+44 161 496 0", "+44 20 7946 0", "+44 191 498 0", "+44 29 2018 0"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Columns of persons. Lists hold what is written into messages (empty: has none), arrays what is drawn upon.

    ``joined_us`` is the account (or the first visit of who has none); ``app_us``, ``card_us``, ``browser_us`` when the
    app, the loyalty card and the second browser came; ``NEVER`` where they did not.
    """

    name: list[str]
    email: list[str]
    phone: list[str]
    card: list[str]
    user_id: list[str]
    cookie: list[str]
    second_cookie: list[str]
    app_id: list[str]
    kind: Ints
    region: Ints
    language: Ints
    age: Ints
    ios: Bools
    unserved: Bools
    joined_us: Ints
    app_us: Ints
    card_us: Ints
    browser_us: Ints

    def __len__(self) -> int:
        return len(self.name)

    def of(self, kind: int) -> Ints:
        """List the persons of one kind."""
        return np.flatnonzero(self.kind == kind)

    def with_account(self) -> Ints:
        """List the drawn persons who have a user account."""
        has = np.array([bool(user) for user in self.user_id]) & (self.kind != BY_HAND)
        return np.flatnonzero(has)


def count_kinds(customers: int) -> tuple[dict[int, int], tuple[int, int, int]]:
    """Say how many there are of each kind, and the regions of the subscribers.

    Story 1 needs subscribers in the North; in a small company they are a larger share of it.
    """
    north = min(max(round(0.0945 * customers), 950), round(0.4 * customers))
    south = min(max(round(0.084 * customers), 420), round(0.12 * customers))
    west = min(max(round(0.066 * customers), 300), round(0.1 * customers))
    subscribers = north + south + west
    rest = max(customers - 2 - subscribers, 0)
    prospects, guests = round(rest * 0.43), round(rest * 0.35)
    counts = {BY_HAND: 2, SUBSCRIBER: subscribers, PROSPECT: prospects, CAFE_GUEST: guests}
    counts[BUYER] = rest - prospects - guests
    return counts, (north, south, west)


def draw_people(rng: np.random.Generator, dates: Dates, customers: int) -> People:
    """Draw everybody: kinds, regions, languages, names, when they came and what they can be known by."""
    counts, regions = count_kinds(customers)
    kind = np.repeat(list(counts), list(counts.values())).astype(np.int64)
    n = len(kind)
    region = rng.choice(3, n, p=(0.34, 0.38, 0.28)).astype(np.int64)
    region[kind == SUBSCRIBER] = rng.permutation(np.repeat(np.arange(3), regions))
    language = rng.choice(3, n, p=(0.85, 0.075, 0.075)).astype(np.int64)
    joined = _draw_joined(rng, dates, kind)
    account = (kind == SUBSCRIBER) | ((kind != PROSPECT) & (rng.random(n) < 0.68))
    account[kind == BY_HAND] = False
    app_us = _later(rng, dates, joined, (rng.random(n) < np.where(kind == CAFE_GUEST, 0.9, 0.5)) & account, days=25)
    wants_card = np.where(kind == CAFE_GUEST, 1.0, 0.3) * (account | (kind == CAFE_GUEST))
    card_us = _later(rng, dates, np.maximum(joined, dates.cards_us), rng.random(n) < wants_card, days=20)
    guest = kind == CAFE_GUEST
    card_us[guest] = joined[guest] + DAY // 24
    has_cookie = ((kind != BY_HAND) & (kind != CAFE_GUEST)) | (account & (rng.random(n) < 0.7))
    browser_us = _later(rng, dates, joined + 12 * DAY, (rng.random(n) < 0.35) & has_cookie & account, days=150)
    mail = account | (kind == BUYER) | (rng.random(n) < np.where(kind == PROSPECT, 0.3, 0.4))
    unserved = np.zeros(n, dtype=np.bool_)
    researchers = np.flatnonzero(account & (card_us < NEVER) & has_cookie)
    wanted = min(scale_count(UNSERVED_AT_FULL_SIZE, customers=customers), len(researchers))
    ours = rng.choice(researchers, wanted, replace=False)
    unserved[_choose_unserved(rng.spawn(1)[0], researchers, language, wanted=len(ours))] = True
    names, latin = _draw_names(rng, language)
    serial = rng.permutation(n)
    tokens = _draw_tokens(rng, 3 * n)
    phones = _deal_phones(rng, np.flatnonzero(account & (kind != BY_HAND)), n)
    return People(
        name=names,
        email=[f"{latin[i]}.{serial[i]}@{_HOSTS[i % 3]}" if mail[i] else "" for i in range(n)],
        phone=phones,
        card=[f"7740{10_000_000 + serial[i] * 37:08d}" if card_us[i] < NEVER else "" for i in range(n)],
        user_id=[f"hb-{100_000 + serial[i]}" if account[i] else "" for i in range(n)],
        cookie=[tokens[i] if has_cookie[i] else "" for i in range(n)],
        second_cookie=[tokens[n + i] if browser_us[i] < NEVER else "" for i in range(n)],
        app_id=[tokens[2 * n + i] if app_us[i] < NEVER else "" for i in range(n)],
        kind=kind,
        region=region,
        language=language,
        age=_draw_age(rng, kind),
        ios=rng.random(n) < 0.58,
        unserved=unserved,
        joined_us=joined,
        app_us=app_us,
        card_us=card_us,
        browser_us=browser_us,
    )


def _choose_unserved(rng: np.random.Generator, able: Ints, language: Ints, *, wanted: int) -> Ints:
    """Draw who comes by a messenger on which the company is not: those who speak Chinese far more often than others."""
    weight = np.where(language[able] == LANGUAGES.index("zh"), UNSERVED_ODDS, 1.0)
    return able[np.argsort(rng.exponential(size=len(able)) / weight, kind="stable")[:wanted]]


_HOSTS: Final = ("example.org", "example.com", "example.net")


def _draw_joined(rng: np.random.Generator, dates: Dates, kind: Ints) -> Ints:
    """Subscribers come evenly, with a bulge at the start; café guests when the cards came; the others evenly."""
    n = len(kind)
    span = dates.today_us - DAY - dates.start_us
    share = rng.random(n)
    early = (kind == SUBSCRIBER) & (rng.random(n) < 0.14)
    share[early] *= 0.2
    joined = dates.start_us + ((0.045 + 0.955 * share) * span).astype(np.int64)
    cards = kind == CAFE_GUEST
    stretch = dates.today_us - DAY - dates.cards_us
    joined[cards] = dates.cards_us + (rng.random(int(cards.sum())) ** 2.2 * stretch).astype(np.int64)
    hours = rng.normal(14.5, 3.6, n).clip(6.5, 22.9)
    return joined - joined % DAY + (hours * 3600e6).astype(np.int64)


def _later(rng: np.random.Generator, dates: Dates, after_us: Ints, has: Bools, *, days: int) -> Ints:
    at = after_us + ((0.04 + rng.random(len(has)) ** 1.5 * days) * DAY).astype(np.int64)
    return np.where(has & (at < dates.today_us - DAY), at, NEVER)


def _draw_age(rng: np.random.Generator, kind: Ints) -> Ints:
    return rng.choice(3, len(kind), p=(0.45, 0.35, 0.20)).astype(np.int64)


def _draw_names(rng: np.random.Generator, language: Ints) -> tuple[list[str], list[str]]:
    first = rng.integers(0, 1 << 30, len(language)).tolist()
    last = rng.integers(0, 1 << 30, len(language)).tolist()
    long = (rng.random(len(language)) < 0.004).tolist()
    names, latin = [], []
    for i, code in enumerate(language.tolist()):
        name, spelt = NAMERS[LANGUAGES[code]](first[i], last[i])
        if long[i]:
            name = LONG[first[i] % len(LONG)]
            spelt = spell_latin(name) or spelt
        names.append(name)
        latin.append(spelt)
    return names, latin


def _draw_tokens(rng: np.random.Generator, count: int) -> list[str]:
    """Cookies the way the browser SDK makes them: random UUIDs."""
    halves = rng.integers(0, 1 << 60, (count, 2)).tolist()
    words = [f"{a:015x}{b:015x}" for a, b in halves]
    return [f"{w[:8]}-{w[8:12]}-4{w[12:15]}-a{w[15:18]}-{w[18:30]}" for w in words]


def _deal_phones(rng: np.random.Generator, persons: Ints, n: int) -> list[str]:
    """Give every third account one of the free numbers, as long as there are any; Mei has the last of the first row."""
    numbers = [
        f"{stem}{tail:03d}" for stem in _PHONES for tail in range(1000) if f"{stem}{tail:03d}" != "+44 7700 900482"
    ]
    phones = [""] * n
    chosen = rng.permutation(persons)[: min(len(persons) // 3, len(numbers))]
    deal = rng.permutation(len(numbers))
    for person, number in zip(chosen.tolist(), deal.tolist(), strict=False):
        phones[person] = numbers[number]
    return phones
