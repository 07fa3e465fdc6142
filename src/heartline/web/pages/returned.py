"""Addresses that bounce: their list under the outbox, and what a customer's page says of theirs."""

from __future__ import annotations

from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.language import _, mark
from heartline.records import Bounce, Right, Workspace
from heartline.web.parts import (
    Column,
    View,
    acts,
    button,
    checkbox,
    csrf_field,
    empty,
    key_values,
    post_button,
    section,
    table,
    tag,
)
from heartline.web.parts.words import moment, number
from heartline.web.returned import Reach, Returned

PATH: Final = "/settings/outbox"
_TELLERS: Final = {
    "relay": mark("the relay"),
    "mailgun": "Mailgun",
    "sendgrid": "SendGrid",
    "resend": "Resend",
    "report": mark("a mail server’s report"),
}


def draw_returned(view: View, reach: Reach, *, now_us: int) -> Element:
    """The list, with what is held back, what only counted, and what was called unwanted."""
    counts = reach.counts
    pairs = [
        (_("Held back"), number(counts.held)),
        (_("Only for a while"), number(counts.soft)),
        (_("Called unwanted"), number(counts.complaints)),
    ]
    body: list[Node] = [
        key_values(pairs),
        h.p(".note")[
            _(
                "Where nobody is, nothing more is sent. Who calls a letter unwanted gets no more of any list. "
                "Of an address only a hash is kept here."
            )
        ],
        _table(view, reach, now_us=now_us) if reach.returned else empty(_("Nothing came back yet.")),
    ]
    return section(_("Addresses that bounce"), body=body, identity="bounces")


def _table(view: View, reach: Reach, *, now_us: int) -> Element:
    columns = (
        Column(words=_("Address"), names=True),
        Column(words=_("What came back")),
        Column(words=_("Last")),
        Column(words=_("Told by")),
        Column(words=_("What to do")),
    )
    rows: list[tuple[Node, ...]] = [
        (
            _address(view, one),
            _stands(one.bounce),
            moment(one.bounce.last_us, view.timezone, now_us=now_us),
            _tell(one.bounce),
            _lift(view, one) if one.bounce.held_us else None,
        )
        for one in reach.returned
    ]
    return table(columns, rows, caption=_("Addresses that bounce, the gravest first"))


def _address(view: View, one: Returned) -> Element:
    if not one.address:
        return h.span(".note")[_("known by its hash alone")]
    words = h.bdi(".cut-words")[one.address]
    return h.a(href=view.url(f"/customers/{one.ref}"))[words] if one.ref else h.span[words]


def _stands(bounce: Bounce) -> Element:
    return h.span(".read-tags")[
        bool(bounce.held_us) and tag(_("Nobody there"), tone="late"),
        bool(bounce.complained_us) and tag(_("Called unwanted"), tone="late"),
        bool(bounce.soft) and tag(_("{n} × for a while").format(n=number(bounce.soft)), tone="soft"),
        not (bounce.held_us or bounce.complained_us or bounce.soft) and tag(_("Lifted"), tone="soft"),
    ]


def _tell(bounce: Bounce) -> str:
    teller = _(_TELLERS[bounce.told_by]) if bounce.told_by in _TELLERS else bounce.told_by
    return " ".join(filter(None, (teller, bounce.status)))


def _lift(view: View, one: Returned, *, back: str = "") -> Node:
    if not view.may(Right.ASK_CUSTOMERS):
        return None
    return post_button(view, _("Write again"), f"{PATH}/bounces/{one.bounce.handle}", ref=back)


def draw_of_customer(view: View, returned: tuple[Returned, ...], ref: str, *, now_us: int) -> Node:
    """What a customer's page says of their addresses; nothing where all is well."""
    if not returned:
        return None
    unreached = any(one.bounce.held_us for one in returned)
    return section(
        _("E-mail does not reach them") if unreached else _("They called e-mail unwanted"),
        identity="bounces",
        body=h.ul(".rows.alarms")[(_of_customer(view, one, ref, now_us=now_us) for one in returned)],
    )


def _of_customer(view: View, one: Returned, ref: str, *, now_us: int) -> Element:
    return h.li(".long")[
        h.div[h.bdi(".strong.cut-words")[one.address]],
        _stands(one.bounce),
        h.div[
            h.p(".note")[_since(view, one.bounce, now_us=now_us)],
            bool(one.bounce.held_us) and acts(_lift(view, one, back=ref)),
        ],
    ]


def _since(view: View, bounce: Bounce, *, now_us: int) -> str:
    when = moment(bounce.held_us or bounce.complained_us, view.timezone, now_us=now_us)
    return _("Since {when}, told by {teller}").format(when=when, teller=_tell(bounce))


def draw_asking(view: View, reach: Reach, workspace: Workspace) -> Element:
    """Whether addresses from forms are asked first whose they are, and how many were."""
    asked: list[tuple[str, Node]] = [
        (_("Asked, no answer yet"), number(reach.waiting)),
        (_("Confirmed"), number(reach.confirmed)),
    ]
    form = h.form(".stack", method="post", action=f"{PATH}/first")[
        csrf_field(view),
        checkbox(
            _("Ask first whether an address is theirs"),
            "confirm_first",
            checked=workspace.confirm_first,
            hint=_(
                "Anybody can write anybody’s address into an open form. It gets one letter with one question, and no "
                "survey before the answer. Addresses that your own systems send, or that you type, are not asked."
            ),
        ),
        acts(button(_("Save"))),
    ]
    shown = bool(reach.waiting or reach.confirmed) and key_values(asked)
    return section(_("Before the first survey"), body=[form, shown], identity="first")
