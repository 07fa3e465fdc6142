"""Webhooks out as their page has them: read, made, changed, tried and sent again."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from heartline.act import OVERLAP_US, SECRET_BYTES, read_rules, write_secret
from heartline.app import Heartline
from heartline.errors import Conflict, Invalid
from heartline.language import _
from heartline.records import Delivery, DeliveryState, Endpoint, Happening
from heartline.web.happenings import read_shapes
from heartline.web.wire import find_target

OFFERED: Final = tuple(kind for kind in Happening if kind is not Happening.TEST)
FIELD_OF: Final = {"bad_url": "url", "no_address": "url", "inside_address": "url", "no_events": "event"}
"""The field of a form that a refusal speaks of."""
SHOWN: Final = 50
_SOON_US: Final = 60_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSheet:
    """One webhook with its latest deliveries. ``moving``: something is about to be sent, so the page asks again."""

    endpoint: Endpoint
    deliveries: tuple[Delivery, ...]
    now_us: int
    shape: str = ""

    @property
    def waiting(self) -> int:
        """How many of those shown wait."""
        return sum(one.state is DeliveryState.WAITING for one in self.deliveries)

    @property
    def moving(self) -> bool:
        """Whether something is due within a minute."""
        return self.endpoint.enabled and any(
            one.state is DeliveryState.WAITING and one.due_us < self.now_us + _SOON_US for one in self.deliveries
        )


def read_webhook(heartline: Heartline, endpoint_id: int, *, now_us: int) -> WebhookSheet:
    """Read one.

    Raises:
        Missing: there is none of this number.
    """
    kept = heartline.stores.kept
    endpoint = kept.endpoint(endpoint_id)
    return WebhookSheet(
        endpoint=endpoint,
        deliveries=tuple(kept.deliveries(endpoint_id, limit=SHOWN)),
        now_us=now_us,
        shape=read_shapes(heartline).get(str(endpoint_id), ""),
    )


def parse_webhook(heartline: Heartline, form: Mapping[str, Sequence[str]]) -> tuple[str, tuple[Happening, ...]]:
    """Read the form: where to, and what of. The address is judged as it will be when something is sent.

    Raises:
        Invalid: it may not be told, or nothing was chosen; ``FIELD_OF`` names the field.
    """
    url = "".join(form.get("url", [""])[:1]).strip()
    events = tuple(kind for kind in OFFERED if kind.value in form.get("event", ()))
    find_target(url, read_rules(heartline.settings.webhook_allow, heartline.settings.webhook_ports))
    if not events:
        raise Invalid("no_events", _("Nothing was chosen to tell of."), _("Choose at least one event."))
    return url, events


def add_webhook(heartline: Heartline, url: str, events: tuple[Happening, ...]) -> Endpoint:
    """Keep a new webhook with a fresh secret.

    Raises:
        Conflict: there are as many as may be.
    """
    return heartline.stores.kept.add_endpoint(url=url, events=events, secret=_make_secret())


def change_webhook(heartline: Heartline, endpoint: Endpoint, url: str, events: tuple[Happening, ...]) -> None:
    """Keep another address, or other events."""
    heartline.stores.kept.set_endpoint(replace(endpoint, url=url, events=events))


def switch_webhook(heartline: Heartline, endpoint: Endpoint, *, on: bool) -> None:
    """Switch a webhook on or off. What waits, waits; it starts with a clean slate."""
    heartline.stores.kept.set_endpoint(replace(endpoint, enabled=on, why_off="", failing_us=0))


def replace_secret(heartline: Heartline, endpoint: Endpoint, *, now_us: int) -> Endpoint:
    """Give a webhook a new secret; for a day the one before signs too."""
    fresh = replace(endpoint, secret=_make_secret(), former_secret=endpoint.secret, former_until_us=now_us + OVERLAP_US)
    heartline.stores.kept.set_endpoint(fresh)
    return fresh


def try_webhook(heartline: Heartline, endpoint: Endpoint) -> None:
    """Queue a test: it goes the way of every event.

    Raises:
        Conflict: the webhook is off, or too much waits already.
    """
    if not endpoint.enabled:
        raise Conflict("webhook_off", _("This webhook is switched off."), _("Switch it on first."))
    data = {"text": "This is a test."}
    if not heartline.stores.kept.queue_event(Happening.TEST, data, only=endpoint.endpoint_id):
        raise Conflict("webhook_full", _("Too much waits for this webhook."), _("Wait until some of it was delivered."))


def _make_secret() -> str:
    return write_secret(secrets.token_bytes(SECRET_BYTES))
