"""Webhooks out: who is told of what happens, and how that went. A secret is told once, when it is made."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from heartline.records import Delivery, Endpoint
from heartline.web.api.shapes.fields import NO_NUL
from heartline.web.api.shapes.figures import tell_time
from heartline.web.webhooks import OFFERED, WebhookSheet

_Url = Annotated[str, Meta(min_length=1, max_length=2_000, pattern=NO_NUL)]
_Event = Annotated[str, Meta(pattern=rf"^({'|'.join(re.escape(kind.value) for kind in OFFERED)})\Z")]
_Events = Annotated[list[_Event], Meta(min_length=1, max_length=len(OFFERED))]


class WebhookOpening(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Somebody outside who is to be told."""

    url: Annotated[_Url, Meta(description="where to; it must lie outside, unless the settings allow it")]
    events: Annotated[_Events, Meta(description=f"what of: {', '.join(OFFERED)}")]


class WebhookChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is to change of a webhook; what is not said stays."""

    url: Annotated[_Url | None, Meta(description="where to")] = None
    events: Annotated[_Events | None, Meta(description="what of")] = None
    enabled: Annotated[bool | None, Meta(description="whether it is told; what waits, waits")] = None


class WebhookListed(msgspec.Struct, kw_only=True):
    """Somebody outside who is told."""

    id: int
    url: str
    events: list[str]
    enabled: bool
    why_off: Annotated[str, Meta(description="why heartline switched it off; empty: it did not")]
    failing_since: datetime | None
    dropped: Annotated[int, Meta(description="how many found the queue full")]
    created: datetime | None


class WebhookMade(msgspec.Struct, kw_only=True):
    """A webhook with the secret that was made just now."""

    webhook: WebhookListed
    secret: Annotated[str, Meta(description="keep it: no call tells it again")]


class DeliveryListed(msgspec.Struct, kw_only=True):
    """One event for one webhook."""

    id: int
    message_id: Annotated[str, Meta(description="the same however often it is sent")]
    event: str
    state: str
    time: datetime | None
    due: datetime | None
    attempts: int
    status: Annotated[int, Meta(description="what was answered last; 0: nothing")]
    told: str


class WebhookKnown(msgspec.Struct, kw_only=True):
    """A webhook with its latest deliveries."""

    webhook: WebhookListed
    deliveries: Annotated[list[DeliveryListed], Meta(description="the latest fifty")]


def tell_webhook(endpoint: Endpoint) -> WebhookListed:
    """Return a webhook."""
    return WebhookListed(
        id=endpoint.endpoint_id,
        url=endpoint.url,
        events=[kind.value for kind in endpoint.events],
        enabled=endpoint.enabled,
        why_off=endpoint.why_off,
        failing_since=tell_time(endpoint.failing_us or None),
        dropped=endpoint.dropped,
        created=tell_time(endpoint.created_us),
    )


def tell_sheet(sheet: WebhookSheet) -> WebhookKnown:
    """Return a webhook with its latest deliveries."""
    return WebhookKnown(
        webhook=tell_webhook(sheet.endpoint), deliveries=[_tell_delivery(one) for one in sheet.deliveries]
    )


def _tell_delivery(one: Delivery) -> DeliveryListed:
    return DeliveryListed(
        id=one.delivery_id,
        message_id=one.message_id,
        event=one.kind.value,
        state=one.state.value,
        time=tell_time(one.at_us),
        due=tell_time(one.due_us),
        attempts=one.attempts,
        status=one.status,
        told=one.told,
    )
