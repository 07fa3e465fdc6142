"""Wording: plain names for stages, from the touchpoints in them."""

from __future__ import annotations

import re
from typing import Final

from heartline.language import _, mark, spoken

STAGE_WORDS: Final[tuple[tuple[str, str], ...]] = (
    (mark("Renew"), r"renew|expir|re-?order|repurchas|retention|loyalt"),
    (mark("Leave"), r"cancel|unsubscri|churn|return|refund|leave|declin|withdraw"),
    (mark("Get help"), r"chat|phone|call|support|help|ticket|complain|faq|service|contact|inbox"),
    (mark("Delivery"), r"dispatch|courier|deliver|shipp|parcel|track|handover"),
    (mark("First use"), r"box|unpack|open|first|install|brew|cup|use|activat|onboard"),
    (mark("Get started"), r"welcome|account|sign(ed)?[ -]?up|register|setup|set up|confirm"),
    (mark("Buy"), r"checkout|cart|basket|pay|order|purchas|buy|bought|subscri|book|plan chosen|offer|select|sent"),
    (
        mark("Discover"),
        r"ad\b|advert|banner|campaign|blog|search|landing|finder|home|browse|product|page|visit|web|research",
    ),
    (mark("Decide"), r"approv|accept|valid|finali|quote|decision|assess|check"),
    (mark("Visit"), r"caf[eé]|store|shop|branch|counter|table|till|queue"),
    (mark("Recommend"), r"review|refer|communit|survey|rating|recommend|workshop|stars|event"),
)  # fmt: skip
AREA_WORDS: Final = {
    "marketing": mark("Discover"),
    "sales": mark("Buy"),
    "service": mark("Get help"),
    "product": mark("Use"),
    "place": mark("Visit"),
}
_NAMED: Final = frozenset({name for name, _words in STAGE_WORDS} | set(AREA_WORDS.values()))
_MAJORITY = 0.3
"""A word speaks for a stage when it covers so much of it."""


def name_stage(
    touchpoints: tuple[str, ...], *, reach: tuple[int, ...], areas: tuple[str, ...], used: frozenset[str]
) -> str:
    """Name a stage in plain words: by what most of its people do, else by its area, else by its main touchpoint.

    ``used`` names are not given twice. Weights are the square root of reach, so that one huge touchpoint does not speak
    for all.
    """
    votes: dict[str, float] = {}
    for name, people, area in zip(touchpoints, reach, areas, strict=True):
        word = find_word(name, area)
        votes[word] = votes.get(word, 0.0) + float(max(people, 1)) ** 0.5
    for word in sorted(votes, key=lambda word: (-votes[word], word)):
        if word and word not in used and votes[word] >= _MAJORITY * sum(votes.values()):
            return word
    main = touchpoints[max(range(len(touchpoints)), key=lambda index: reach[index])]
    return _distinguish(spell(main), used)


def spell(name: str) -> str:
    """Spell a touchpoint's technical name for people: "A_PARTLY_SUBMITTED" becomes "Partly submitted"."""
    words = re.sub(r"[_\s]+", " ", re.sub(r"^[A-Z]_(?=.)", "", name)).strip()
    if words.isupper():
        words = words.lower()
    return words[:1].upper() + words[1:]


def say_stage(name: str) -> str:
    """Say a stage in the reader's language where we named it; people's own names stay."""
    base, number = re.fullmatch(r"(.*?)( \d+)?", name, re.DOTALL).groups("")  # type: ignore[union-attr]  # it always matches
    return _(base) + number if base in _NAMED else name


def say_journey(name: str) -> str:
    """Say a journey that we named “Discover to renew” in the reader's language; people's own names stay."""
    first, to, last = name.partition(" to ")
    last = last[:1].upper() + last[1:]
    if spoken() == "en" or not to or not {first, last} & _NAMED:
        return say_stage(name)
    return _("{first} to {last}").format(first=say_stage(first), last=say_stage(last))


def find_word(name: str, area: str) -> str:
    """Return the stage word that a touchpoint speaks for, "" where it speaks for none."""
    return _match(name) or AREA_WORDS.get(area, "")


def _match(name: str) -> str:
    low = name.lower().replace("_", " ")
    return next((word for word, pattern in STAGE_WORDS if re.search(pattern, low)), "")


def _distinguish(name: str, used: frozenset[str]) -> str:
    candidate, count = name, 2
    while candidate in used:
        candidate, count = f"{name} {count}", count + 1
    return candidate
