"""Webhooks out: a list and a form, one with its deliveries, and a secret shown once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.language import _, mark, ngettext
from heartline.records import Delivery, DeliveryState, Endpoint
from heartline.web.happenings import SHAPE_WORDS, WORDS
from heartline.web.pages.settings import settings_tabs
from heartline.web.parts import (
    Choice,
    Column,
    View,
    acts,
    button,
    checkbox,
    copy_button,
    csrf_field,
    empty,
    error,
    field,
    key_values,
    lede,
    link_button,
    post_button,
    section,
    select,
    stale,
    table,
    tag,
)
from heartline.web.parts.words import moment, number
from heartline.web.webhooks import OFFERED, WebhookSheet

PATH: Final = "/settings/webhooks"
_LONGEST_SHOWN: Final = 72
Said = Mapping[str, Sequence[str]]
_TOLD: Final = {
    "too_slow": mark("no answer in time"),
    "bad_tls": mark("its certificate does not hold"),
    "not_reached": mark("could not be reached"),
    "no_http": mark("no answer in HTTP"),
    "no_address": mark("its host has no address"),
    "inside_address": mark("not on the public internet"),
    "bad_url": mark("the address is not allowed"),
    "redirected": mark("redirects are not followed"),
    "refused": mark("refused"),
}
_WHY_OFF: Final = {
    "gone": mark("It answered 410: it wants nothing more. Switched off."),
    "failing": mark("Nothing got through for three days. Switched off."),
}


def draw_webhooks(
    view: View, endpoints: Sequence[Endpoint], *, said: Said, problem: tuple[str, str] = ("", "")
) -> Element:
    """All webhooks, and a form for one more. ``problem`` is (field, sentence) of a form that was refused."""
    return h.div[
        lede(_("Webhooks"), under=_("Programs elsewhere that are told when something happens here.")),
        settings_tabs(view, PATH),
        _list(view, endpoints) if endpoints else empty(_("Nobody outside is told of anything yet.")),
        section(_("Add one"), body=_form(view, PATH, said, problem, words=_("Add the webhook")), identity="add"),
    ]


def _list(view: View, endpoints: Sequence[Endpoint]) -> Element:
    columns = (
        Column(words=_("Goes to"), names=True),
        Column(words=_("Events"), figures=True),
        Column(words=_("State")),
    )
    rows: list[tuple[Node, ...]] = [
        (
            h.a(".cut-words", href=view.url(f"{PATH}/{one.endpoint_id}"))[_cut(one.url)],
            number(len(one.events)),
            _state(one),
        )
        for one in endpoints
    ]
    return table(columns, rows, caption=_("Webhooks"))


def _cut(url: str) -> str:
    """The end of a long address is often a secret of its own, and tells nobody anything."""
    return url if len(url) <= _LONGEST_SHOWN else f"{url[:_LONGEST_SHOWN]}…"


def _state(endpoint: Endpoint) -> Node:
    if not endpoint.enabled:
        return tag(_("Switched off"), tone="late" if endpoint.why_off else "soft")
    return tag(_("Failing"), tone="late") if endpoint.failing_us else tag(_("On"), tone="better", drawing="check")


def _form(view: View, action: str, said: Said, problem: tuple[str, str], *, words: str) -> Element:
    chosen: Collection[str] = said.get("event", ())
    return h.form(".stack", method="post", action=action)[
        csrf_field(view),
        field(
            _("Address"),
            "url",
            kind="url",
            value="".join(said.get("url", [])[:1]),
            error=problem[1] if problem[0] == "url" else "",
            hint=_("An https address on the public internet. Redirects are not followed."),
            placeholder="https://hooks.example.com/heartline",
            required=True,
            maxlength="2000",
        ),
        select(
            _("Shape of messages"),
            "shape",
            choices=[Choice(value=shape, label=_(words)) for shape, words in SHAPE_WORDS.items()],
            value="".join(said.get("shape", [])[:1]),
            hint=_("Slack and Teams take messages in shapes of their own."),
        ),
        h.fieldset(".checks")[
            h.legend[_("Tell it when")],
            problem[0] == "event" and h.p("#e-event.field-error")[problem[1]],
            (
                checkbox(_(words), "event", value=kind.value, checked=kind.value in chosen, hint=hint and _(hint))
                for kind in OFFERED
                for words, hint in [WORDS[kind]]
            ),
        ],
        button(words, weight="main"),
    ]


def draw_secret(view: View, endpoint: Endpoint) -> Element:
    """A secret, shown this once."""
    return h.div[
        lede(_("Its secret"), under=_("It is shown this once. The other side proves by it that a message is ours.")),
        h.figure(".code")[
            h.pre(tabindex="0", aria_label=_("The secret"))[h.code[endpoint.secret]],
            copy_button(endpoint.secret, words=_("Copy secret")),
        ],
        h.p[_("Messages are signed as Standard Webhooks 1.0 says; its libraries take this secret as it is.")],
        endpoint.former_secret and h.p(".note")[_("For a day the secret before signs too.")],
        acts(link_button(_("I have kept it"), view.url(f"{PATH}/{endpoint.endpoint_id}"), weight="main")),
    ]


def draw_webhook(view: View, sheet: WebhookSheet, *, said: Said, problem: tuple[str, str] = ("", "")) -> Element:
    """One webhook: how it stands, what it was told last, and what can be changed."""
    endpoint, here = sheet.endpoint, f"{PATH}/{sheet.endpoint.endpoint_id}"
    given = (
        said
        if problem[1]
        else {"url": [endpoint.url], "event": [kind.value for kind in endpoint.events], "shape": [sheet.shape]}
    )
    return h.div[
        lede(_("Webhook"), under=h.bdi(".cut-words")[endpoint.url]),
        _standing(view, sheet),
        section(_("Deliveries"), body=draw_deliveries(view, sheet), identity="latest"),
        section(_("Change it"), body=_form(view, here, given, problem, words=_("Save")), identity="change"),
        section(_("Its secret"), body=_secret(view, here), identity="secret"),
        section(_("Remove it"), body=_remove(view, here), identity="remove"),
    ]


def _standing(view: View, sheet: WebhookSheet) -> Element:
    endpoint, here = sheet.endpoint, f"{PATH}/{sheet.endpoint.endpoint_id}"
    switch = post_button(
        view,
        _("Switch it off") if endpoint.enabled else _("Switch it on"),
        f"{here}/switch",
        on="01"[not endpoint.enabled],
    )
    since = endpoint.failing_us and moment(endpoint.failing_us, view.timezone, now_us=sheet.now_us)
    return h.div(".stack")[
        endpoint.why_off and error(_told(_WHY_OFF, endpoint.why_off), kept=_("What waits is kept.")),
        bool(endpoint.enabled and since) and stale(_("Nothing has got through since {time}.").format(time=since)),
        bool(endpoint.dropped)
        and stale(
            ngettext(
                "{n} event found its queue full and was not kept.",
                "{n} events found its queue full and were not kept.",
                endpoint.dropped,
            ).format(n=number(endpoint.dropped))
        ),
        key_values(((_("State"), _state(endpoint)), (_("Waiting"), number(sheet.waiting)))),
        acts(
            endpoint.enabled and post_button(view, _("Send a test"), f"{here}/test", drawing="play"),
            switch,
        ),
    ]


def draw_deliveries(view: View, sheet: WebhookSheet) -> Element:
    """The latest deliveries; asks again by itself while something is about to be sent."""
    here = f"{PATH}/{sheet.endpoint.endpoint_id}"
    again = {"hx_get": here, "hx_trigger": "every 2s", "hx_swap": "outerHTML"} if sheet.moving else {}
    columns = (
        Column(words=_("What"), names=True),
        Column(words=_("When")),
        Column(words=_("How it stands")),
        Column(words=_("Attempts"), figures=True),
        Column(words=_("Again")),
    )
    rows: list[tuple[Node, ...]] = [
        (
            [_(WORDS[one.kind][0]), h.br, h.code(".note.cut-words")[one.message_id]],
            moment(one.at_us, view.timezone, now_us=sheet.now_us),
            _stands(view, one, sheet.now_us),
            number(one.attempts),
            one.attempts > 0
            and post_button(view, _("Send again"), f"{here}/deliveries/{one.delivery_id}", weight="plain"),
        )
        for one in sheet.deliveries
    ]
    body = (
        table(columns, rows, caption=_("Deliveries, the latest first")) if rows else empty(_("Nothing was sent yet."))
    )
    return h.div("#deliveries", **again)[body]


def _stands(view: View, one: Delivery, now_us: int) -> Element:
    why = _told(_TOLD, one.told)
    said = " · ".join(filter(None, (str(one.status) if one.status else "", why)))
    if one.state is DeliveryState.DELIVERED:
        return h.span[tag(_("Delivered"), tone="better", drawing="check"), f" {said}"]
    if one.state is DeliveryState.FAILED:
        return h.span[tag(_("Given up"), tone="late"), f" {said}"]
    if not one.attempts:
        return h.span[tag(_("Waiting"))]
    later = moment(one.due_us, view.timezone, now_us=now_us)
    return h.span[tag(_("Waiting"), tone="late"), " ", _("{said}; again {time}").format(said=said, time=later)]


def _told(words: Mapping[str, str], code: str) -> str:
    """The words of a code; what has none is shown as it is."""
    return _(words[code]) if code in words else code


def _secret(view: View, here: str) -> Element:
    return h.div(".stack")[
        h.p(".note")[
            _("A new secret is shown once. For a day messages carry both signatures; the other side can change over.")
        ],
        post_button(view, _("Replace the secret"), f"{here}/secret"),
    ]


def _remove(view: View, here: str) -> Element:
    return h.div(".stack")[
        h.p(".note")[_("It is told of nothing any more, and what waits for it is gone.")],
        post_button(view, _("Remove the webhook"), f"{here}/drop", weight="danger"),
    ]
