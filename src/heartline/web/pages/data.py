"""Data: where interactions come from, and how to connect one more."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from htpy import Element, Node

from heartline.language import _, mark
from heartline.records import Right, Source, Trust
from heartline.web.parts import (
    Choice,
    Column,
    View,
    acts,
    button,
    channel_icon,
    code,
    csrf_field,
    empty,
    field,
    icon,
    key_values,
    lede,
    link_button,
    post_button,
    radios,
    section,
    table,
    tabs,
    tag,
)
from heartline.web.parts.sentences import fill
from heartline.web.parts.words import moment, number
from heartline.web.snippets import Snippet
from heartline.web.sources import Arrival, Counted

PAGES = (
    ("/data", mark("Sources"), Right.SEE_ARRIVALS),
    ("/data/live", mark("Live"), Right.SEE_ARRIVALS),
    ("/data/imports", mark("Imports"), Right.IMPORT),
    ("/data/refused", mark("Refused"), Right.MANAGE_SOURCES),
    ("/data/account", mark("The account"), Right.SEE_ARRIVALS),
    ("/data/traffic", mark("Traffic"), Right.SEE_ARRIVALS),
    ("/data/identity", mark("Who is who"), Right.CHANGE_CUSTOMERS),
)
"""The pages about data: path, words, the right each wants."""
TRUSTS = (
    (
        Choice(value=Trust.PUBLIC.value, label=mark("Public")),
        mark("Its key ships in pages and apps. It may add interactions, and say who is who only for its own visitors."),
    ),
    (
        Choice(value=Trust.TRUSTED.value, label=mark("Trusted")),
        mark("Its key stays on a server. What it says about who is who is believed."),
    ),
)
HIDDEN_KEY = "ask-an-owner"


def data_tabs(view: View, current: str) -> Element:
    """The pages about data that the reader may see."""
    open_to = [(view.url(path), _(words)) for path, words, right in PAGES if view.may(right)]
    return tabs(_("Data"), open_to, current=view.url(current))


def draw_sources(view: View, counted: Sequence[Counted], *, error: str = "") -> Element:
    """All sources, and a form for one more."""
    return h.div[
        lede(_("Sources"), under=_("Where interactions come from. Each has a key; what it sends is yours alone.")),
        data_tabs(view, "/data"),
        _sources_table(view, counted)
        if counted
        else empty(
            _("Nothing is connected yet."),
            do=view.may(Right.MANAGE_SOURCES) and link_button(_("Connect a source"), "#add", weight="main"),
            sample=view.may(Right.IMPORT) and link_button(_("or import a file"), view.url("/data/imports")),
        ),
        view.may(Right.MANAGE_SOURCES) and section(_("Add a source"), body=_add(view, error), identity="add"),
    ]


def _sources_table(view: View, counted: Sequence[Counted]) -> Element:
    columns = (
        Column(words=_("Source"), names=True),
        Column(words=_("Believed")),
        Column(words=_("State")),
        Column(words=_("Stored"), figures=True),
        Column(words=_("Duplicate"), figures=True),
        Column(words=_("Refused"), figures=True),
    )
    rows = [
        (
            h.a(href=view.url(f"/data/sources/{one.source.source_id}"))[one.source.name],
            _("Public") if one.source.trust is Trust.PUBLIC else _("Trusted"),
            _state(one),
            number(one.stored),
            number(one.duplicate),
            number(one.refused),
        )
        for one in counted
    ]
    return table(columns, rows, caption=_("Sources and what came from each"))


def _state(one: Counted) -> Node:
    if not one.source.enabled:
        return tag(_("Switched off"), tone="soft")
    if one.stored or one.duplicate or one.refused:
        return tag(_("Receiving") if one.source.kind == "http" else _("Imported"), tone="better", drawing="check")
    return tag(_("Nothing yet"))


def _add(view: View, error: str) -> Element:
    trusts = [(Choice(value=one.value, label=_(one.label)), _(meaning)) for one, meaning in TRUSTS]
    return h.form(".stack", method="post", action="/data/sources")[
        csrf_field(view),
        field(
            _("What is it called here?"), "name", error=error, placeholder=_("Web shop"), required=True, maxlength="120"
        ),
        radios(_("How far is it believed?"), "trust", choices=trusts, value=Trust.PUBLIC.value),
        button(_("Add the source"), weight="main", drawing="plus"),
    ]


def draw_source(
    view: View, source: Source, snippets: Sequence[Snippet], arrival: Arrival | None, *, kit: str
) -> Element:
    """One source: whether anything came, how to connect it, its name and switch."""
    shown = next((snippet for snippet in snippets if snippet.key == kit), snippets[0])
    may_see = view.may(Right.MANAGE_SOURCES) or source.trust is Trust.PUBLIC
    return h.div[
        lede(source.name, under=_("Public source") if source.trust is Trust.PUBLIC else _("Trusted source")),
        draw_first(view, source, arrival),
        section(
            _("Connect it"),
            body=[
                tabs(
                    _("Kits"),
                    [(view.here(kit=snippet.key), _(snippet.title)) for snippet in snippets],
                    current=view.here(kit=shown.key),
                ),
                h.p(".note")[shown.how],
                code(shown.text, label=_("Snippet for {kit}").format(kit=_(shown.title))),
                _key(source, may_see=may_see),
            ],
        ),
        view.may(Right.MANAGE_SOURCES) and section(_("Change it"), body=_change(view, source)),
    ]


def _key(source: Source, *, may_see: bool) -> Element:
    shown = h.code[source.write_key] if may_see else _("Who looks after the sources can see a trusted key.")
    return key_values(((_("Write key"), shown),))


def _change(view: View, source: Source) -> Element:
    action = f"/data/sources/{source.source_id}"
    switch = post_button(
        view,
        _("Switch it off") if source.enabled else _("Switch it on"),
        action,
        enabled="0" if source.enabled else "1",
    )
    return h.div(".stack")[
        h.form(".stack", method="post", action=action)[
            csrf_field(view), field(_("Name"), "name", value=source.name, required=True), button(_("Rename"))
        ],
        acts(switch, link_button(_("What it may send"), view.url(f"{action}/rules"))),
        h.p(".note")[_("While it is off, its key is answered with 401 and nothing of it is kept.")],
    ]


def draw_first(view: View, source: Source, arrival: Arrival | None) -> Element:
    """Waits for the first event, and turns green when it is here. Asks again by itself until then."""
    path = f"/data/sources/{source.source_id}"
    test = view.may(Right.MANAGE_SOURCES) and post_button(view, _("Send a test event"), f"{path}/test", drawing="play")
    if arrival is None:
        return h.div("#first.state", hx_get=path, hx_trigger="every 2s", hx_swap="outerHTML", role="status")[
            h.p[icon("clock", small=True), " ", _("Waiting for the first event. This turns green when it comes.")],
            h.noscript[h.p[h.a(href=path)[_("Look again")]]],
            acts(test),
        ]
    return h.div("#first.state", role="status")[
        h.p[tag(_("Receiving"), tone="better", drawing="check"), " ", _("The latest of this source:")],
        h.ul(".rows")[draw_arrival(view, arrival)],
        acts(test),
    ]


def draw_arrival(view: View, arrival: Arrival) -> Element:
    """One line of the feed."""
    entry, who = arrival.entry, arrival.who
    name = entry.touchpoint or entry.action or entry.kind.capitalize()
    about = [name, entry.place and f" · {entry.place}"]
    subject: Node = _("Somebody")
    if who is not None:
        subject = h.a(href=view.url(f"/customers/{who.handle}"))[who.raw or who.identifier.value]
    return h.li(".happened")[
        h.span(".note.when")[moment(entry.ts_us, view.timezone, now_us=arrival.now_us)],
        channel_icon(entry.channel) if entry.channel else icon("ear", small=True),
        h.div[
            h.p[fill(_("{what} by {customer}"), what=h.b[about], customer=subject)],
            entry.text and h.p(".small")[entry.text[:280]],
            h.p(".note")[arrival.source, f" · {entry.kind}", entry.skewed and [" · ", _("its clock was off")]],
        ],
    ]
