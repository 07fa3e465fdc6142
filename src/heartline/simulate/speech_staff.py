"""What staff report from behind the counter. Written for this simulator; nobody really said it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from heartline.simulate.speech import Tongue
from heartline.simulate.speech_en import ENGLISH

STAFF: Final[Tongue] = replace(
    ENGLISH,
    good={
        "taste": ("guests keep asking for the {coffee}", "the {coffee} goes {busy} faster than we can grind it"),
        "café staff": ("{barista} covered {n} shifts this week, please thank them", "the new rota works {busy}"),
    },
    bad={
        "oven queue": (
            "the oven takes {minutes} minutes a tray and the queue stands at the door {busy}",
            "one oven for {n} dozen pastries, people leave the queue {busy}",
            "the oven trips {busy}, warm food takes {minutes} minutes", "guests wait {minutes} minutes for a toastie",
            "the queue behind the oven is {n} people deep {busy}",
        ),
        "café queue": ("one till {busy} is not enough", "we stand {minutes} minutes behind {busy}"),
        "app": ("pickup orders land on the wrong screen {busy}", "the tablet for pickups froze {n} times this week"),
        "packaging": ("the new lids leak on a {drink}", "we ran out of cups {busy}", "sleeves stick together {busy}"),
        "café staff": ("{n} of us for {busy}, nobody gets a break", "we need a second hand {busy}"),
        "order": (
            "the {coffee} came a day late to us", "{milk} ran out on {day}", "no {coffee} on the shelf since {day}",
        ),
        "price": ("guests ask about the price of {size} on {day}", "people compare us with {rival} at the till"),
    },
    asks={},
    openers={
        "neutral": ("from the counter", "for your information", ""),
        "worry": ("please look at this", "before it gets worse", "worth a look", "writing this down again"),
        "disappointment": ("sorry to report", "hard day", "not our best week"),
        "annoyance": ("again", "{ordinal} time this month", "same as last {day}"),
        "anger": ("this cannot go on", "we have said this {n} times"),
        "joy": ("good news", "nice one"),
        "gratitude": ("thank you", "well done team"),
        "confusion": ("a question", "who decides this"),
    },
    closers={
        "neutral": ("", "thanks"),
        "worry": ("guests notice", "it will cost us on {day}", "could somebody come by", "{barista} has seen it too"),
        "disappointment": ("we do what we can", "guests were kind about it"),
        "annoyance": ("please fix it before {day}", "we reported it on {day}", "regulars complain"),
        "anger": ("somebody has to decide", "people walk out"),
        "joy": ("keep it", ""),
        "gratitude": ("it helped", ""),
        "confusion": ("please tell us", ""),
    },
    so_so=("all calm {busy}", "nothing to report on {day}"),
    aside_good=("taste", "café staff"),
    aside_bad=("packaging", "app", "order"),
)  # fmt: skip
