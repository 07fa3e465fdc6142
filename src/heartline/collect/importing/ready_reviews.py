"""Ready mappings of what review sites and app stores export. A review's own id makes it one reviewer's."""

from __future__ import annotations

from typing import Final

from heartline.collect.importing.mapping import (
    FileKind,
    ImportMapping,
    Layout,
    Only,
    ScoreRule,
    TimeFormat,
    Touch,
    Trait,
    Value,
    When,
    Who,
)
from heartline.collect.importing.talk import REVIEW, answer_touch
from heartline.records import IdentifierKind, ScoreKind

_NAME: Final = Value(constant="Review")
_WORDS_OF_STARS: Final = {"ONE": 1.0, "TWO": 2.0, "THREE": 3.0, "FOUR": 4.0, "FIVE": 5.0}


def _map_reviews(  # noqa: PLR0913  # what one site calls each thing
    name: str,
    *,
    key: str,
    at: When,
    text: str,
    stars: str,
    title: str = "",
    author: str = "",
    answered: When | None = None,
    who: tuple[Who, ...] = (),
    kept: tuple[str, ...] = (),
    layout: Layout | None = None,
    labels: dict[str, float] | None = None,
    channel: str = "",
    only: tuple[Only, ...] = (),
) -> ImportMapping:
    first = Touch(name=_NAME, when=at, action=REVIEW)
    return ImportMapping(
        name=name,
        layout=layout or Layout(),
        key=(key,),
        who=(*who, Who(column=key, kind=IdentifierKind.EXTERNAL, external=REVIEW)),
        touches=(first, answer_touch(answered)) if answered else (first,),
        fields={"text": Value(column=text), "channel": Value(constant=channel or name.lower())},
        score=ScoreRule(column=stars, kind=ScoreKind.STARS, labels=labels or {}),
        title=title,
        traits=(Trait(name="name", column=author),) if author else (),
        properties=kept,
        only=only,
    )


APP_STORE_FEED: Final = _map_reviews(
    "App Store",
    key="id.label",
    at=When(column="updated.label"),
    text="content.label",
    stars="im:rating.label",
    title="title.label",
    author="author.name.label",
    kept=("im:version.label",),
    layout=Layout(kind=FileKind.JSON, records="feed/entry"),
    # The first entry of a feed may be the app itself.
    only=(Only(column="im:rating.label"),),
)
APP_STORE_CONNECT: Final = _map_reviews(
    "App Store",
    key="id",
    at=When(column="attributes.createdDate"),
    text="attributes.body",
    stars="attributes.rating",
    title="attributes.title",
    author="attributes.reviewerNickname",
    kept=("attributes.territory",),
    layout=Layout(kind=FileKind.JSON, records="data"),
)
GOOGLE_PLAY: Final = _map_reviews(
    "Google Play",
    key="Review Link",
    at=When(column="Review Submit Millis Since Epoch", format=TimeFormat.EPOCH_MILLIS),
    text="Review Text",
    stars="Star Rating",
    title="Review Title",
    answered=When(column="Developer Reply Millis Since Epoch", format=TimeFormat.EPOCH_MILLIS),
    kept=("App Version Name", "Device"),
)
GOOGLE_BUSINESS: Final = _map_reviews(
    "Google",
    key="name",
    at=When(column="createTime"),
    text="comment",
    stars="starRating",
    author="reviewer.displayName",
    answered=When(column="reviewReply.updateTime"),
    layout=Layout(kind=FileKind.JSON, records="reviews"),
    labels=_WORDS_OF_STARS,
)
TRUSTPILOT: Final = _map_reviews(
    "Trustpilot",
    key="Review Id",
    at=When(column="Review Created (UTC)"),
    text="Review Content",
    stars="Review Stars",
    title="Review Title",
    author="Review Consumer Username",
    answered=When(column="Company Reply Date (UTC)"),
    who=(
        Who(column="Review Consumer User Id", kind=IdentifierKind.EXTERNAL, external="trustpilot_user", strong=True),
        Who(column="Reference Id", kind=IdentifierKind.EXTERNAL, external="order"),
    ),
    kept=("Location Name", "Source Of Review"),
)
