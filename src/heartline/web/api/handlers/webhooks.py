"""Webhooks out: listed, made, changed, tried, sent again, dropped."""

from __future__ import annotations

from functools import partial
from typing import Final

from litestar import Response, delete, get, patch, post
from litestar.handlers import HTTPRouteHandler

from heartline.records import Endpoint, Right
from heartline.web.api.document import PREFIX
from heartline.web.api.problems import PROBLEMS
from heartline.web.api.shapes.webhooks import (
    WebhookChange,
    WebhookKnown,
    WebhookListed,
    WebhookMade,
    WebhookOpening,
    tell_sheet,
    tell_webhook,
)
from heartline.web.visit import Visit
from heartline.web.webhooks import (
    add_webhook,
    change_webhook,
    parse_webhook,
    read_webhook,
    replace_secret,
    switch_webhook,
    try_webhook,
)

_OPT: Final = {"right": Right.CHANGE_WORKSPACE}
see = partial(get, tags=["Webhooks"], opt=_OPT, responses=PROBLEMS, sync_to_thread=True)
do = partial(post, tags=["Webhooks"], opt=_OPT, responses=PROBLEMS, sync_to_thread=True)
change = partial(patch, tags=["Webhooks"], opt=_OPT, responses=PROBLEMS, sync_to_thread=True)
drop = partial(delete, tags=["Webhooks"], opt=_OPT, responses=PROBLEMS, sync_to_thread=True)


@see("/webhooks", summary="List webhooks")
def list_webhooks(visit: Visit) -> list[WebhookListed]:
    """List who outside is told of what happens. Secrets are not told."""
    return [tell_webhook(endpoint) for endpoint in visit.heartline.stores.kept.endpoints()]


@do("/webhooks", summary="Add a webhook")
def add_endpoint(visit: Visit, data: WebhookOpening) -> Response[WebhookMade]:
    """Tell somebody else. The secret that signs is told here and by no other call. A repeat adds another."""
    form = {"url": [data.url], "event": data.events}
    endpoint = add_webhook(visit.heartline, *parse_webhook(visit.heartline, form))
    visit.note("webhook.added", f"{endpoint.endpoint_id}: {endpoint.url}"[:500])
    location = f"{PREFIX}/webhooks/{endpoint.endpoint_id}"
    return Response(_tell_made(endpoint), status_code=201, headers={"location": location})


@see("/webhooks/{endpoint_id:int}", summary="Show a webhook")
def show_webhook(visit: Visit, endpoint_id: int) -> WebhookKnown:
    """Show a webhook with its latest deliveries."""
    return tell_sheet(read_webhook(visit.heartline, endpoint_id, now_us=visit.now_us))


@change("/webhooks/{endpoint_id:int}", summary="Change a webhook")
def change_endpoint(visit: Visit, endpoint_id: int, data: WebhookChange) -> WebhookListed:
    """Change where it goes, what it tells of, or switch it on or off. A repeat changes nothing."""
    kept = visit.heartline.stores.kept
    if data.url is not None or data.events is not None:
        _change(visit, kept.endpoint(endpoint_id), data)
    if data.enabled is not None:
        switch_webhook(visit.heartline, kept.endpoint(endpoint_id), on=data.enabled)
        visit.note("webhook.switched", f"{endpoint_id}: {'on' if data.enabled else 'off'}")
    return tell_webhook(kept.endpoint(endpoint_id))


def _change(visit: Visit, had: Endpoint, data: WebhookChange) -> None:
    events = [kind.value for kind in had.events] if data.events is None else data.events
    form = {"url": [had.url if data.url is None else data.url], "event": events}
    url, kinds = parse_webhook(visit.heartline, form)
    change_webhook(visit.heartline, had, url, kinds)
    visit.note("webhook.changed", f"{had.endpoint_id}: {url}"[:500])


@do("/webhooks/{endpoint_id:int}/secret", status_code=200, summary="Replace a webhook’s secret")
def change_secret(visit: Visit, endpoint_id: int) -> WebhookMade:
    """Replace a webhook's secret; for a day both sign. A repeat makes another."""
    endpoint = replace_secret(visit.heartline, visit.heartline.stores.kept.endpoint(endpoint_id), now_us=visit.now_us)
    visit.note("webhook.secret_replaced", f"{endpoint_id}")
    return _tell_made(endpoint)


@do("/webhooks/{endpoint_id:int}/test", status_code=202, summary="Try a webhook")
def try_endpoint(visit: Visit, endpoint_id: int) -> WebhookKnown:
    """Send a test by the way of every event."""
    try_webhook(visit.heartline, visit.heartline.stores.kept.endpoint(endpoint_id))
    return tell_sheet(read_webhook(visit.heartline, endpoint_id, now_us=visit.now_us))


@do("/webhooks/{endpoint_id:int}/deliveries/{delivery_id:int}", status_code=202, summary="Send a delivery again")
def send_again(visit: Visit, endpoint_id: int, delivery_id: int) -> WebhookKnown:
    """Send a delivery again under the same id."""
    visit.heartline.stores.kept.replay_delivery(endpoint_id, delivery_id, now_us=visit.now_us)
    visit.note("webhook.replayed", f"{endpoint_id}: {delivery_id}")
    return tell_sheet(read_webhook(visit.heartline, endpoint_id, now_us=visit.now_us))


@drop("/webhooks/{endpoint_id:int}", summary="Drop a webhook")
def drop_endpoint(visit: Visit, endpoint_id: int) -> None:
    """Drop a webhook and what waits for it. A repeat finds it no more."""
    endpoint = visit.heartline.stores.kept.endpoint(endpoint_id)
    visit.heartline.stores.kept.drop_endpoint(endpoint_id)
    visit.note("webhook.dropped", f"{endpoint_id}: {endpoint.url}"[:500])


def _tell_made(endpoint: Endpoint) -> WebhookMade:
    return WebhookMade(webhook=tell_webhook(endpoint), secret=endpoint.secret)


routes: Final[list[HTTPRouteHandler]] = [
    list_webhooks,
    add_endpoint,
    show_webhook,
    change_endpoint,
    change_secret,
    try_endpoint,
    send_again,
    drop_endpoint,
]
