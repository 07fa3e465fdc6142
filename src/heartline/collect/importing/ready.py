"""Ready mappings for files that many people have. Columns a file lacks are left out of its copy of the mapping."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Final

from heartline.collect.importing.mapping import (
    FileKind,
    ImportMapping,
    Layout,
    Only,
    ScoreRule,
    TimeFormat,
    TimeOrigin,
    Touch,
    Value,
    When,
    Who,
)
from heartline.collect.importing.ready_reviews import (
    APP_STORE_CONNECT,
    APP_STORE_FEED,
    GOOGLE_BUSINESS,
    GOOGLE_PLAY,
    TRUSTPILOT,
)
from heartline.records import IdentifierKind, ScoreKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyMapping:
    """A mapping for a known kind of export. ``fits`` looks at a file's columns."""

    key: str
    title: str
    mapping: ImportMapping
    fits: Callable[[Collection[str]], bool]


_EXTERNAL: Final = IdentifierKind.EXTERNAL
_GOOD_BAD: Final = {"good": 5.0, "bad": 1.0, "good_with_comment": 5.0, "bad_with_comment": 1.0}
_NOT_RATED: Final = ("offered", "unoffered", "Offered", "Unoffered", "Not Offered", "received")

PROCESS_LOG: Final = ImportMapping(
    name="Process log",
    who=(Who(column="case:concept:name", kind=IdentifierKind.USER_ID),),
    touches=(Touch(name=Value(column="concept:name"), when=When(column="time:timestamp")),),
    fields={
        "channel": Value(column="case:channel"),
        "employee": Value(column="org:resource"),
    },
    properties=("lifecycle:transition", "org:group"),
)
"""XES, and its columns as CSV. The case is the customer; every lifecycle transition counts."""

QUALTRICS: Final = ImportMapping(
    name="Qualtrics responses",
    layout=Layout(header_rows=3),
    key=("ResponseId",),
    who=(
        Who(column="ExternalReference", kind=IdentifierKind.USER_ID),
        Who(column="RecipientEmail", kind=IdentifierKind.EMAIL),
        Who(column="ResponseId", kind=_EXTERNAL, external="qualtrics_response"),
    ),
    touches=(
        Touch(
            name=Value(constant="Survey answered"), when=When(column="RecordedDate"), channel="survey", area="service"
        ),
    ),
    fields={"text": Value(column="Q_COMMENT")},
    score=ScoreRule(column="Q_NPS", kind=ScoreKind.NPS),
    properties=("Finished", "DistributionChannel", "UserLanguage", "Duration (in seconds)"),
)
"""The CSV export with three header rows: names, questions, import ids. The score and text columns are guessed."""

ZENDESK_JSON: Final = ImportMapping(
    name="Zendesk tickets",
    layout=Layout(kind=FileKind.JSON, records="tickets"),
    key=("id",),
    who=(
        Who(column="requester_id", kind=_EXTERNAL, external="zendesk_user", strong=True),
        Who(column="via.source.from.address", kind=IdentifierKind.EMAIL),
        Who(column="id", kind=_EXTERNAL, external="zendesk_ticket"),
    ),
    touches=(
        Touch(
            name=Value(constant="Ticket opened"),
            when=When(column="created_at"),
            carries=("text",),
            text=Value(column="description"),
            area="service",
        ),
        Touch(
            name=Value(constant="Ticket rated"),
            when=When(column="updated_at"),
            carries=("score", "text"),
            text=Value(column="satisfaction_rating.comment"),
            area="service",
            only=(Only(column="satisfaction_rating.score", values=tuple(_GOOD_BAD)),),
        ),
    ),
    fields={"channel": Value(column="via.channel"), "employee": Value(column="assignee_id")},
    score=ScoreRule(column="satisfaction_rating.score", kind=ScoreKind.CSAT, top=5, labels=_GOOD_BAD, skip=_NOT_RATED),
    properties=("subject", "priority", "status", "tags"),
)
"""The incremental export. A good rating is 5, a bad one 1 on a CSAT of five."""

ZENDESK_CSV: Final = ImportMapping(
    name="Zendesk tickets (CSV)",
    key=("Id",),
    who=(
        Who(column="Requester external id", kind=IdentifierKind.USER_ID),
        Who(column="Requester email", kind=IdentifierKind.EMAIL),
        Who(column="Requester id", kind=_EXTERNAL, external="zendesk_user", strong=True),
        Who(column="Id", kind=_EXTERNAL, external="zendesk_ticket"),
    ),
    touches=(
        Touch(
            name=Value(constant="Ticket opened"),
            when=When(column="Created at"),
            carries=("text",),
            text=Value(column="Subject"),
            area="service",
        ),
        Touch(name=Value(constant="Ticket solved"), when=When(column="Solved at"), carries=("score",), area="service"),
    ),
    fields={"channel": Value(column="Via"), "employee": Value(column="Assignee")},
    score=ScoreRule(
        column="Satisfaction Score",
        kind=ScoreKind.CSAT,
        top=5,
        labels=_GOOD_BAD,
        skip=_NOT_RATED,
    ),
    properties=("Priority", "Status", "Group"),
)
"""The CSV export, whose rating carries no time of its own: it counts when the ticket was solved."""

SEGMENT: Final = ImportMapping(name="Segment messages", layout=Layout(kind=FileKind.JSON), messages=True)
"""One message a line, as an SDK sends it. Message ids are kept."""


def _has(*names: str) -> Callable[[Collection[str]], bool]:
    return lambda columns: all(name in columns for name in names)


def _is_segment(columns: Collection[str]) -> bool:
    return "type" in columns and ("userId" in columns or "anonymousId" in columns)


READY: Final = (
    ReadyMapping(
        key="process-log",
        title="Process log (XES, or CSV with case:concept:name)",
        mapping=PROCESS_LOG,
        fits=_has("case:concept:name", "concept:name", "time:timestamp"),
    ),
    ReadyMapping(
        key="qualtrics", title="Qualtrics responses", mapping=QUALTRICS, fits=_has("ResponseId", "RecordedDate")
    ),
    ReadyMapping(
        key="zendesk-json",
        title="Zendesk tickets (JSON)",
        mapping=ZENDESK_JSON,
        fits=_has("id", "requester_id", "created_at"),
    ),
    ReadyMapping(
        key="zendesk-csv",
        title="Zendesk tickets (CSV)",
        mapping=ZENDESK_CSV,
        fits=_has("Id", "Requester", "Created at"),
    ),
    ReadyMapping(
        key="app-store-feed",
        title="App Store reviews (public feed, JSON)",
        mapping=APP_STORE_FEED,
        fits=_has("im:rating.label", "content.label", "updated.label"),
    ),
    ReadyMapping(
        key="app-store",
        title="App Store reviews (App Store Connect, JSON)",
        mapping=APP_STORE_CONNECT,
        fits=_has("attributes.rating", "attributes.body", "attributes.createdDate"),
    ),
    ReadyMapping(
        key="google-play",
        title="Google Play reviews (Play Console, CSV)",
        mapping=GOOGLE_PLAY,
        fits=_has("Star Rating", "Review Text", "Review Submit Millis Since Epoch"),
    ),
    ReadyMapping(
        key="google-business",
        title="Google reviews (Business Profile, JSON)",
        mapping=GOOGLE_BUSINESS,
        fits=_has("starRating", "createTime", "name"),
    ),
    ReadyMapping(
        key="trustpilot",
        title="Trustpilot reviews (CSV)",
        mapping=TRUSTPILOT,
        fits=_has("Review Stars", "Review Content", "Review Created (UTC)"),
    ),
    ReadyMapping(key="segment", title="Segment messages (JSON lines)", mapping=SEGMENT, fits=_is_segment),
)


def find_ready(columns: Collection[str]) -> ReadyMapping | None:
    """Return the ready mapping that fits a file's columns."""
    return next((ready for ready in READY if ready.fits(columns)), None)


def trim_mapping(mapping: ImportMapping, columns: Collection[str]) -> ImportMapping:
    """Leave out of a mapping whatever reads columns that a file has not."""

    def there(column: str) -> bool:
        return not column or column in columns

    def timed(when: When) -> bool:
        return when.origin is TimeOrigin.IMPORTED or there(when.column)

    touches = tuple(
        replace(
            touch,
            text=touch.text if touch.text and there(touch.text.column) else None,
            promised=touch.promised if touch.promised and there(touch.promised.column) else None,
        )
        for touch in mapping.touches
        if timed(touch.when) and there(touch.name.column) and all(there(only.column) for only in touch.only)
    )
    return replace(
        mapping,
        key=mapping.key if all(map(there, mapping.key)) else (),
        who=tuple(who for who in mapping.who if there(who.column)),
        touches=touches,
        fields={name: value for name, value in mapping.fields.items() if there(value.column)},
        score=mapping.score if mapping.score and there(mapping.score.column) else None,
        traits=tuple(trait for trait in mapping.traits if there(trait.column)),
        comparisons=tuple(c for c in mapping.comparisons if timed(c.left) and timed(c.right)),
        properties=tuple(name for name in mapping.properties if there(name)),
        title=mapping.title if there(mapping.title) else "",
        brand=mapping.brand if mapping.brand and there(mapping.brand.column) else None,
        only=tuple(only for only in mapping.only if there(only.column)),
    )


def with_format(mapping: ImportMapping, formats: dict[str, TimeFormat]) -> ImportMapping:
    """Return a mapping whose times are read as the file writes them."""

    def form(when: When) -> When:
        return replace(when, format=formats.get(when.column, when.format))

    return replace(
        mapping,
        touches=tuple(
            replace(touch, when=form(touch.when), promised=form(touch.promised) if touch.promised else None)
            for touch in mapping.touches
        ),
        comparisons=tuple(replace(c, left=form(c.left), right=form(c.right)) for c in mapping.comparisons),
    )
