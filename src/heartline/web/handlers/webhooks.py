"""``/settings/webhooks``: who outside is told of what happens, and how that went."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import Conflict, Invalid
from heartline.language import _
from heartline.records import Right
from heartline.web.answers import Answer, fragment, page, redirect, status_of
from heartline.web.happenings import keep_shape
from heartline.web.pages.webhooks import draw_deliveries, draw_secret, draw_webhook, draw_webhooks
from heartline.web.visit import Visit
from heartline.web.webhooks import (
    FIELD_OF,
    add_webhook,
    change_webhook,
    parse_webhook,
    read_webhook,
    replace_secret,
    switch_webhook,
    try_webhook,
)

_OPT: Final = {"right": Right.CHANGE_WORKSPACE}
_PATH: Final = "/settings/webhooks"


def _say_crumbs() -> tuple[tuple[str, str], ...]:
    return (("/settings", _("Settings")), (_PATH, _("Webhooks")))


@get(_PATH, opt=_OPT, sync_to_thread=True)
def show_webhooks(visit: Visit) -> Answer:
    """List the webhooks, with a form for one more."""
    return webhooks_page(visit)


def webhooks_page(visit: Visit, problem: tuple[str, str] = ("", ""), *, status: int = 200) -> Answer:
    """Compose it, with what was wrong in the form."""
    endpoints = visit.heartline.stores.kept.endpoints()
    body = draw_webhooks(visit.plain_view, endpoints, said=visit.form, problem=problem)
    return page(visit, body, title=_("Webhooks"), controls=False, status=status)


@post(_PATH, opt=_OPT, sync_to_thread=True)
def add_endpoint(visit: Visit) -> Answer:
    """Add a webhook and show its secret, this once."""
    try:
        endpoint = add_webhook(visit.heartline, *parse_webhook(visit.heartline, visit.form))
        keep_shape(visit.heartline, endpoint.endpoint_id, visit.field("shape"))
    except (Invalid, Conflict) as error:
        return webhooks_page(visit, (FIELD_OF.get(error.code, "url"), f"{error}"), status=status_of(error))
    visit.note("webhook.added", f"{endpoint.endpoint_id}: {endpoint.url}"[:500])
    return page(
        visit, draw_secret(visit.plain_view, endpoint), title=_("Its secret"), crumbs=_say_crumbs(), controls=False
    )


@get("/settings/webhooks/{endpoint_id:int}", opt=_OPT, sync_to_thread=True)
def show_webhook(visit: Visit, endpoint_id: int) -> Answer:
    """Show a webhook and its latest deliveries; as a fragment the deliveries alone."""
    if visit.asked.is_fragment:
        sheet = read_webhook(visit.heartline, endpoint_id, now_us=visit.now_us)
        return fragment(visit, draw_deliveries(visit.plain_view, sheet))
    return webhook_page(visit, endpoint_id)


def webhook_page(visit: Visit, endpoint_id: int, problem: tuple[str, str] = ("", ""), *, status: int = 200) -> Answer:
    """Compose it, with what was wrong in the form."""
    sheet = read_webhook(visit.heartline, endpoint_id, now_us=visit.now_us)
    body = draw_webhook(visit.plain_view, sheet, said=visit.form, problem=problem)
    return page(visit, body, title=_("Webhook"), crumbs=_say_crumbs(), controls=False, status=status)


@post("/settings/webhooks/{endpoint_id:int}", opt=_OPT, sync_to_thread=True)
def change_endpoint(visit: Visit, endpoint_id: int) -> Answer:
    """Keep where it goes and what it tells of."""
    endpoint = visit.heartline.stores.kept.endpoint(endpoint_id)
    try:
        url, events = parse_webhook(visit.heartline, visit.form)
    except Invalid as error:
        return webhook_page(visit, endpoint_id, (FIELD_OF.get(error.code, "url"), f"{error}"), status=400)
    change_webhook(visit.heartline, endpoint, url, events)
    keep_shape(visit.heartline, endpoint_id, visit.field("shape"))
    visit.note("webhook.changed", f"{endpoint_id}: {url}"[:500])
    return redirect(visit, f"{_PATH}/{endpoint_id}", notice=_("Saved."))


@post("/settings/webhooks/{endpoint_id:int}/switch", opt=_OPT, sync_to_thread=True)
def switch_endpoint(visit: Visit, endpoint_id: int) -> Answer:
    """Switch a webhook on or off."""
    on = visit.field("on") == "1"
    switch_webhook(visit.heartline, visit.heartline.stores.kept.endpoint(endpoint_id), on=on)
    visit.note("webhook.switched", f"{endpoint_id}: {'on' if on else 'off'}")
    return redirect(visit, f"{_PATH}/{endpoint_id}", notice=_("It is on.") if on else _("It is off."))


@post("/settings/webhooks/{endpoint_id:int}/secret", opt=_OPT, sync_to_thread=True)
def change_secret(visit: Visit, endpoint_id: int) -> Answer:
    """Replace a webhook's secret and show the new one, this once; for a day both sign."""
    had = visit.heartline.stores.kept.endpoint(endpoint_id)
    endpoint = replace_secret(visit.heartline, had, now_us=visit.now_us)
    visit.note("webhook.secret_replaced", f"{endpoint_id}")
    return page(
        visit, draw_secret(visit.plain_view, endpoint), title=_("Its secret"), crumbs=_say_crumbs(), controls=False
    )


@post("/settings/webhooks/{endpoint_id:int}/test", opt=_OPT, sync_to_thread=True)
def try_endpoint(visit: Visit, endpoint_id: int) -> Answer:
    """Send a test by the way of every event."""
    try_webhook(visit.heartline, visit.heartline.stores.kept.endpoint(endpoint_id))
    return redirect(visit, f"{_PATH}/{endpoint_id}#deliveries", notice=_("A test is under way."))


@post("/settings/webhooks/{endpoint_id:int}/deliveries/{delivery_id:int}", opt=_OPT, sync_to_thread=True)
def send_again(visit: Visit, endpoint_id: int, delivery_id: int) -> Answer:
    """Send a delivery again, under the same id."""
    visit.heartline.stores.kept.replay_delivery(endpoint_id, delivery_id, now_us=visit.now_us)
    visit.note("webhook.replayed", f"{endpoint_id}: {delivery_id}")
    return redirect(visit, f"{_PATH}/{endpoint_id}#deliveries", notice=_("It is sent again."))


@post("/settings/webhooks/{endpoint_id:int}/drop", opt=_OPT, sync_to_thread=True)
def drop_endpoint(visit: Visit, endpoint_id: int) -> Answer:
    """Remove a webhook and what waits for it."""
    endpoint = visit.heartline.stores.kept.endpoint(endpoint_id)
    visit.heartline.stores.kept.drop_endpoint(endpoint_id)
    visit.note("webhook.dropped", f"{endpoint_id}: {endpoint.url}"[:500])
    return redirect(visit, _PATH, notice=_("It is told of nothing any more."))


routes: Final[list[HTTPRouteHandler]] = [
    show_webhooks,
    add_endpoint,
    show_webhook,
    change_endpoint,
    switch_endpoint,
    change_secret,
    try_endpoint,
    send_again,
    drop_endpoint,
]
