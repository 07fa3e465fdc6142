"""What people here decided about a customer, and the ways to decide: parts of the customer's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.language import _, mark
from heartline.records import (
    Block,
    KnownIdentifier,
    Link,
    Right,
    SetTraits,
    Split,
    Unblock,
    Unlink,
    Unsplit,
)
from heartline.unify import Change
from heartline.web.decisions import Decided
from heartline.web.kinship import Owned, name_identifier
from heartline.web.parts import View, button, csrf_field, field, form_row
from heartline.web.parts.sentences import fill
from heartline.web.parts.words import day, iso, moment, number, plural

VERBS: Final = {
    Split: mark("Part"),
    Unsplit: mark("Join again"),
    Link: mark("Make them one"),
    Unlink: mark("Take the join back"),
    Block: mark("Let it stand for nobody"),
    Unblock: mark("Let it link again"),
}


def part_links(view: View, ref: str, item: Owned) -> Node:
    """What may be done about one identifier: part it, or say that it stands for nobody."""
    if not view.may(Right.CHANGE_CUSTOMERS):
        return None
    path, handle = f"/customers/{ref}/identity", item.known.handle
    return h.p(".note.kin-acts.no-print")[
        item.link is not None and [h.a(href=view.url(path, do="part", one=handle))[_("Not theirs")], " · "],
        h.a(href=view.url(path, do="block", one=handle))[_("Stands for nobody")],
    ]


def join_link(view: View, ref: str) -> Node:
    """The way to another customer who is the same person."""
    if not view.may(Right.CHANGE_CUSTOMERS):
        return None
    return h.p(".small.no-print")[
        h.a(href=view.url(f"/customers/{ref}/join"))[_("The same person as another customer?")]
    ]


def draw_decided(view: View, ref: str, decided: Sequence[Decided], *, now_us: int) -> Node:
    """What was decided about a customer's identifiers, the latest first, each with the way back."""
    if not decided:
        return None
    return h.details(".kin-bundle.decided", open=True)[
        h.summary[h.b[_("Decided here: {changes}").format(changes=plural(len(decided), "change", "changes"))]],
        h.ol(".small")[(_decision(view, ref, one, now_us=now_us) for one in decided)],
    ]


def _decision(view: View, ref: str, one: Decided, *, now_us: int) -> Element:
    act = one.act
    when = h.time(datetime=iso(act.at_us, view.timezone))[moment(act.at_us, view.timezone, now_us=now_us)]
    return h.li[
        h.p[h.span(".act-words")[_say_traits(act) if isinstance(act, SetTraits) else say_act(act, one.named)]],
        h.p(".note")[when, f", {act.by}" if act.by else "", act.reason and [": ", h.bdi[act.reason]]],
        one.open_to_undo
        and view.may(Right.CHANGE_CUSTOMERS)
        and h.p(".note.no-print")[
            h.a(href=view.url(f"/customers/{ref}/identity", do="undo", act=str(one.seq)))[_("Take it back")]
        ],
    ]


def _say_traits(act: SetTraits) -> Node:
    return fill(_("What is known was put right: {names}."), names=h.bdi[", ".join(act.traits)])


def tell_origin(view: View, said: tuple[str, int] | None) -> Node:
    """Who said a trait, and when."""
    if said is None:
        return None
    source, ts_us = said
    return h.span(".note.origin")[" ", source if not ts_us else f"{source}, {day(ts_us, view.timezone)}"]


def trait_form(view: View, ref: str, names: Sequence[str]) -> Node:
    """A form that puts a trait right, folded away."""
    if not view.may(Right.CHANGE_CUSTOMERS):
        return None
    return h.details(".no-print.put-right")[
        h.summary[_("Put something right")],
        h.form(".stack", method="post", action=f"/customers/{ref}/traits")[
            csrf_field(view),
            form_row(
                field(_("What"), "name", required=True, maxlength="100", list="trait-names", autocomplete="off"),
                field(_("Is"), "value", maxlength="400", hint=_("Empty: we do not know it."), autocomplete="off"),
                field(_("Why"), "reason", maxlength="300"),
                button(_("Keep")),
            ),
            h.datalist("#trait-names")[(h.option(value=name) for name in names)],
        ],
    ]


def say_act(act: Change, named: Sequence[KnownIdentifier]) -> Node:
    """An act in a sentence."""
    by_handle = {known.handle: known for known in named}

    def who(handle: str) -> Node:
        known = by_handle.get(handle)
        if known is None:
            return _("an identifier that is gone")
        kind, value = name_identifier(known, within=True)
        return [f"{kind} ", h.bdi(".id-value")[value]]

    match act:
        case Split(pairs=pairs) | Unsplit(pairs=pairs):
            others = list(dict.fromkeys(other for pair in pairs for other in pair if other != pairs[0][0]))
            shown: list[Node] = [[", " if place else "", who(other)] for place, other in enumerate(others[:2])]
            words = _say_tie(splits=isinstance(act, Split), more=len(others) > 2)
            return fill(words, one=who(pairs[0][0]), others=shown, n=number(len(others) - 2))
        case Link():
            words = (
                _("{one} and {two} are one person even beyond the limits.")
                if act.over_limit
                else _("{one} and {two} are one person.")
            )
            return fill(words, one=who(act.left), two=who(act.right))
        case Unlink():
            words = _("That {one} and {two} are one person does not count any more.")
            return fill(words, one=who(act.left), two=who(act.right))
        case Block():
            return fill(_("{one} stands for nobody in particular: it links nobody."), one=who(act.handle))
        case Unblock():
            words = _("{one} means one customer: it links, and is never quarantined again.")
            return fill(words, one=who(act.handle))


def _say_tie(*, splits: bool, more: bool) -> str:
    if splits:
        return (
            _("What was said to tie {one} to {others} and {n} more does not count any more.")
            if more
            else _("What was said to tie {one} to {others} does not count any more.")
        )
    if more:
        return _("What is said to tie {one} to {others} and {n} more counts again.")
    return _("What is said to tie {one} to {others} counts again.")
