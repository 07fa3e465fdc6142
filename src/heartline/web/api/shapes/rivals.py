"""Reviews and rivals: the figures of their page."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from heartline.understand import Reason, Saying
from heartline.web.api.shapes.figures import Change, Figure, tell_change, tell_metric
from heartline.web.pages.rivals import name_line, name_reason
from heartline.web.rivalry import Rivalry


class BrandTold(msgspec.Struct, kw_only=True):
    """A rival that reviews speak of."""

    rival: str
    reviews: int


class AgainstTold(msgspec.Struct, kw_only=True):
    """One theme of our reviews (now) against rivals' (before); no theme is every review."""

    theme: str
    ours: int
    theirs: int
    share: Change | None
    feeling: Change | None


class ReasonTold(msgspec.Struct, kw_only=True):
    """A theme or a rival that those who say it speak of, with its share of them."""

    name: str
    figure: Figure


class SayingTold(msgspec.Struct, kw_only=True):
    """Who says why they buy, or that they leave."""

    share: Annotated[Figure, Meta(description="of all comments, times how often the rule is right: a floor")]
    reasons: list[ReasonTold]
    rivals: list[ReasonTold]


class RepliesTold(msgspec.Struct, kw_only=True):
    """Which of our reviews were answered."""

    answered: Figure
    median_seconds: float | None
    low_seconds: float | None
    high_seconds: float | None
    waiting: int


class RivalsTold(msgspec.Struct, kw_only=True):
    """The page. ``stand_in``: nobody reviewed us, so all comments stand in for reviews."""

    against: str
    stand_in: bool
    brands: list[BrandTold]
    themes: list[AgainstTold]
    buys: SayingTold
    leaves: SayingTold
    replies: RepliesTold


def tell_rivals(rivalry: Rivalry) -> RivalsTold:
    """Return the figures."""
    compared, replies = rivalry.compared, rivalry.compared.replies
    return RivalsTold(
        against=rivalry.against,
        stand_in=compared.stand_in,
        brands=[BrandTold(rival=name, reviews=n) for name, n in compared.rivals],
        themes=[
            AgainstTold(
                theme=name_line(rivalry, line),
                ours=line.ours,
                theirs=line.theirs,
                share=tell_change(line.share),
                feeling=tell_change(line.feeling),
            )
            for line in compared.lines
        ],
        buys=_tell_saying(rivalry, Saying.BUYS),
        leaves=_tell_saying(rivalry, Saying.LEAVES),
        replies=RepliesTold(
            answered=tell_metric(replies.answered),
            median_seconds=_seconds(replies.wait.median_us),
            low_seconds=_seconds(replies.wait.low_us),
            high_seconds=_seconds(replies.wait.high_us),
            waiting=len(replies.open_rows),
        ),
    )


def _tell_saying(rivalry: Rivalry, saying: Saying) -> SayingTold:
    said = rivalry.compared.reasons[saying]

    def tell(part: str, found: tuple[Reason, ...]) -> list[ReasonTold]:
        return [ReasonTold(name=name_reason(rivalry, part, one), figure=tell_metric(one.share)) for one in found]

    return SayingTold(
        share=tell_metric(said.share), reasons=tell("reason", said.reasons), rivals=tell("rival", said.rivals)
    )


def _seconds(wait_us: float | None) -> float | None:
    return None if wait_us is None else wait_us / 1e6
