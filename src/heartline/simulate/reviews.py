"""Story 9, the market: reviews of the rivals and of us on a portal, by people who are nobody's customers.

Who reviews us is a stranger with a cookie of the portal's; who reviews a rival is nobody here, and the review says
which rival it is about. The portal's stars are no score of ours, so they stand in the properties. How many of a
brand's reviews are glad of a theme is planted: we win freshness and lose price, and are alike in the rest.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from heartline.simulate.dates import DAY, HOUR, WEEK
from heartline.simulate.ledger import SURVEYS, Block, Bools, Ints, Message, track
from heartline.simulate.speech import THEMES
from heartline.simulate.stories import (
    GLAD,
    OWN_BRAND,
    OWN_REVIEWS_AT_FULL_SIZE,
    RIVAL_REVIEWS_AT_FULL_SIZE,
    RIVALS,
    scale_count,
)
from heartline.simulate.voices import EMOTIONS, OF_REVIEWERS, draw_from, draw_texts
from heartline.simulate.world import World

_BRANDS: Final = (OWN_BRAND, *RIVALS)
_THEMES: Final = {"taste": 4.0, "price": 3.0, "freshness": 3.0, "late delivery": 2.0, "packaging": 1.0}
_WEEKS: Final = 52


def plan_reviews(world: World) -> None:
    """Write the portal's reviews of a year."""
    rng, end = world.rng("reviews of rivals"), world.dates.end_us
    own, theirs = (
        scale_count(count, customers=world.customers)
        for count in (OWN_REVIEWS_AT_FULL_SIZE, RIVAL_REVIEWS_AT_FULL_SIZE)
    )
    n = own + theirs
    brand = np.concatenate([np.zeros(own, dtype=np.int64), rng.choice((1, 2, 3), theirs, p=(0.45, 0.35, 0.2))])
    theme = draw_from(rng, n, _THEMES, THEMES)
    shares = np.array([[GLAD[name][side] if name in GLAD else 0.5 for name in THEMES] for side in (0, 1)])
    glad = rng.random(n) < shares[(brand > 0).astype(np.int64), theme]
    start = max(end - _WEEKS * WEEK, world.dates.start_us)
    at = start + (rng.random(n) * (end - start - DAY)).astype(np.int64)
    at = at - at % DAY + (rng.normal(18, 3, n).clip(7, 23) * HOUR).astype(np.int64)
    _write_reviews(world, rng, brand, theme, glad, at.clip(start, end - HOUR))
    world.stories["9"] = {
        **world.stories.get("9", {}),
        "reviews": {
            "where": {"touchpoint": "Portal review", "brand": "properties.brand", "stars": "properties.stars"},
            "brands": {name: int((brand == number).sum()) for number, name in enumerate(_BRANDS)},
            "rival_reviews_at_full_size": RIVAL_REVIEWS_AT_FULL_SIZE,
            "glad_share": {name: {"ours": shares_[0], "rivals": shares_[1]} for name, shares_ in GLAD.items()},
            "said": _count(theme, brand > 0, glad),
            "we_win": ["freshness"],
            "we_lose": ["price"],
        },
    }


def _count(theme: Ints, rival: Bools, glad: Bools) -> dict[str, dict[str, list[int]]]:
    """By theme and side: how many reviews, how many of them glad."""
    return {
        name: {
            side: [
                int((rows & (theme == THEMES.index(name))).sum()),
                int((rows & glad & (theme == THEMES.index(name))).sum()),
            ]
            for side, rows in (("ours", ~rival), ("rivals", rival))
        }
        for name in GLAD
    }


def _write_reviews(  # one review is all this
    world: World, rng: np.random.Generator, brand: Ints, theme: Ints, glad: Bools, at_us: Ints
) -> None:
    n = len(brand)
    pleased = draw_from(rng, n, {"joy": 7, "gratitude": 3}, EMOTIONS)
    upset = draw_from(rng, n, {"disappointment": 5, "annoyance": 4, "anger": 2}, EMOTIONS)
    texts = draw_texts(
        rng,
        language=rng.choice(3, n, p=(0.85, 0.075, 0.075)).astype(np.int64) + OF_REVIEWERS,
        theme=theme,
        emotion=np.where(glad, pleased, upset),
        share=1.0,
    )
    stars = np.where(glad, rng.choice((4, 5), n, p=(0.4, 0.6)), rng.choice((1, 2, 3), n, p=(0.3, 0.4, 0.3))).tolist()
    about = brand.tolist()
    tokens = [f"rv-{world.seed:x}-{row:06d}-portal" for row in range(n)]
    world.strangers += [token for token, number in zip(tokens, about, strict=True) if number == 0]

    def make(row: int) -> Message:
        given = {"brand": _BRANDS[about[row]], "stars": stars[row], "site": "Cupfinder"}
        if about[row]:
            return track("Review Published", {"rival": _BRANDS[about[row]]}, **given)
        heartline = {"channel": "Review site", "touchpoint": "Portal review", "area": "marketing", "action": "review"}
        return track("Review Published", heartline, anonymous=tokens[row], **given)

    world.ledger.write(Block(tag="portal.review", source=SURVEYS, at_us=at_us, make=make, texts=texts))
