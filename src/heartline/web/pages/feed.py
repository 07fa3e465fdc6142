"""What arrives, and the account of it all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.language import _, mark
from heartline.web.pages.data import data_tabs, draw_arrival
from heartline.web.parts import Column, View, empty, key_values, lede, link_button, section, table, tag
from heartline.web.parts.words import number, plural
from heartline.web.sources import Arrival, Ledger

DOOR_REASONS: Final = {
    "bad_json": mark("bad json"),
    "bad_body": mark("bad body"),
    "bad_encoding": mark("bad encoding"),
    "unknown_encoding": mark("unknown encoding"),
    "too_many_events": mark("too many events"),
    "too_large": mark("too large"),
    "unknown_write_key": mark("unknown write key"),
    "origin_not_allowed": mark("origin not allowed"),
    "rate_limited": mark("rate limited"),
    "no_write_key": mark("no write key"),
}
"""Why bodies are refused whole, in words."""


def draw_live(view: View, arrivals: Sequence[Arrival], *, paused: bool) -> Element:
    """What arrives, newest first; it looks again every two seconds unless paused."""
    return h.div[
        lede(
            _("Live"),
            under=_("The latest interactions as they were understood."),
            do=link_button(_("Go on"), view.here(paused=None), drawing="play")
            if paused
            else link_button(_("Pause"), view.here(paused=1)),
        ),
        data_tabs(view, "/data/live"),
        draw_feed(view, arrivals, paused=paused),
    ]


def draw_feed(view: View, arrivals: Sequence[Arrival], *, paused: bool) -> Element:
    """The list alone, for asking again."""
    asks = {} if paused else {"hx_get": view.here(), "hx_trigger": "every 2s", "hx_swap": "outerHTML"}
    if not arrivals:
        return h.div("#feed", **asks)[
            empty(_("Nothing has arrived yet."), do=link_button(_("Connect a source"), view.url("/data")))
        ]
    return h.div("#feed", **asks)[h.ul(".rows.timeline")[(draw_arrival(view, arrival) for arrival in arrivals)]]


def draw_account(view: View, ledger: Ledger) -> Element:
    """Where every event is: received = stored + duplicate + refused + pending + undone + erased."""
    account = ledger.account
    terms = (
        (_("Stored"), account.stored, _("now in history"), _("{n} stored")),
        (_("Duplicate"), account.duplicate, _("came before, word for word"), _("{n} duplicate")),
        (_("Refused"), account.refused, _("kept aside with a reason"), _("{n} refused")),
        (_("Pending"), account.pending, _("durable, not yet sorted in"), _("{n} pending")),
        (_("Undone"), account.undone, _("an import taken back"), _("{n} undone")),
        (_("Erased"), account.erased, _("at somebody’s wish"), _("{n} erased")),
    )
    says = (
        tag(_("It adds up"), tone="better", drawing="check")
        if account.balanced
        else tag(_("It does not add up: run heartline doctor"), tone="late")
    )
    return h.div[
        lede(_("{events} received").format(events=plural(account.received, "event", "events")), under=says),
        data_tabs(view, "/data/account"),
        section(
            _("Where they are"),
            body=[
                key_values(
                    [(word, [h.b[number(n)], h.span(".note")[f" {meaning}"]]) for word, n, meaning, _term in terms]
                ),
                h.p(".note")[
                    f"{number(account.received)} = ",
                    " + ".join(term.format(n=number(n)) for _word, n, _meaning, term in terms),
                ],
            ],
        ),
        section(_("By source"), body=_by_source(view, ledger)),
        section(_("Bodies refused whole at the door"), body=_at_door(ledger)),
    ]


def _by_source(view: View, ledger: Ledger) -> Node:
    if not ledger.sources:
        return empty(_("No source yet."), do=link_button(_("Connect a source"), view.url("/data")))
    columns = (
        Column(words=_("Source"), names=True),
        Column(words=_("Stored"), figures=True),
        Column(words=_("Duplicate"), figures=True),
        Column(words=_("Refused"), figures=True),
    )
    rows = [
        (
            h.a(href=view.url(f"/data/sources/{one.source.source_id}"))[one.source.name],
            number(one.stored),
            number(one.duplicate),
            number(one.refused),
        )
        for one in ledger.sources
    ]
    return table(columns, rows, caption=_("The account by source"))


def _at_door(ledger: Ledger) -> Node:
    if not ledger.at_door:
        return h.p(".note")[_("None. A body is refused whole when its key is unknown or it cannot be read at all.")]
    columns = (
        Column(words=_("Source"), names=True),
        Column(words=_("Reason")),
        Column(words=_("Bodies"), figures=True),
    )
    rows = [
        (name, _(DOOR_REASONS.get(reason, reason.replace("_", " "))), number(n)) for name, reason, n in ledger.at_door
    ]
    return table(columns, rows, caption=_("Bodies refused whole; none of their bytes are kept"))
