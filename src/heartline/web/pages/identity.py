"""Changes of identity before they are made: what will be, from what is; two customers as one; and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.language import _, mark, pgettext
from heartline.records import KnownIdentifier, Profile
from heartline.unify import LinkRefusal
from heartline.web.kinship import REFUSAL_WORDS, name_identifier
from heartline.web.outlooks import COUNTED, Outlook, Side, TraitMade
from heartline.web.pages.customer import name_trait, write_trait
from heartline.web.pages.decided import VERBS, say_act
from heartline.web.parts import (
    Column,
    View,
    acts,
    button,
    checkbox,
    csrf_field,
    empty,
    field,
    key_values,
    lede,
    link_button,
    section,
    table,
)
from heartline.web.parts.sentences import fill
from heartline.web.parts.words import number, plural

MOST_NAMED: Final = 8
_LIFTED: Final = mark("Below is what they would be if you join them all the same.")
LOOKS_LIMITED: Final = frozenset({LinkRefusal.LIMIT, LinkRefusal.CAP})


def draw_change(
    view: View, profile: Profile, outlook: Outlook, asked: Sequence[tuple[str, str]], *, problem: str = ""
) -> Element:
    """One change of a customer's identity: before, after, and the form that makes it."""
    verb = _(VERBS[type(outlook.act)])
    return h.div[
        lede(_("{act}?").format(act=verb), under=h.span(".act-words")[say_act(outlook.act, outlook.named)]),
        _sides(outlook),
        section(
            _("Make this change"),
            identity="confirm",
            body=h.form(".stack", method="post", action=f"/customers/{profile.ref}/identity")[
                csrf_field(view),
                (h.input(type="hidden", name=name, value=value) for name, value in asked),
                _reason(problem),
                acts(
                    button(verb, weight="main"),
                    link_button(_("Leave it"), view.url(f"/customers/{profile.ref}") + "#identity"),
                ),
                h.p(".note")[_("It can be taken back at any time, from the same page. No touch is changed by it.")],
            ],
        ),
    ]


def draw_search(view: View, profile: Profile, *, text: str, found: Sequence[Profile], problem: str = "") -> Element:
    """Find the customer that somebody is the same person as."""
    path = f"/customers/{profile.ref}/join"
    return h.div[
        lede(
            fill(_("Who is {name} the same person as?"), name=h.bdi[profile.title]),
            under=_("Look for the other customer."),
        ),
        _search(path, text),
        problem and h.p(".field-error", role="alert")[problem],
        _found(view, path, profile, text, found),
    ]


def draw_join(
    view: View, profile: Profile, other: Profile, outlook: Outlook, *, problem: str = "", over_limit: bool = False
) -> Element:
    """Two customers as one: what they will be, what stands in the way, and why it is so."""
    path = f"/customers/{profile.ref}/join"
    return h.div[
        lede(
            fill(_("Are {one} and {two} one person?"), one=h.bdi[profile.title], two=h.bdi[other.title]),
            under=_("This is what they would be. Nothing has changed yet."),
        ),
        outlook.barred and _barred(outlook.barred),
        _sides(outlook),
        bool(outlook.traits) and _traits(outlook.traits),
        section(
            _("Make them one"),
            identity="confirm",
            body=h.form(".stack", method="post", action=path)[
                csrf_field(view),
                h.input(type="hidden", name="other", value=other.ref),
                (outlook.barred in LOOKS_LIMITED or over_limit)
                and checkbox(
                    _("Join them all the same"),
                    "over_limit",
                    checked=over_limit,
                    hint=_("For this link alone, limits do not count."),
                ),
                _reason(problem),
                acts(
                    button(_("Make them one"), weight="main"),
                    link_button(_("Choose somebody else"), view.url(path)),
                ),
                h.p(".note")[
                    _("It can be taken back at any time, from the customer's page. No touch is changed by it.")
                ],
            ],
        ),
    ]


def _reason(problem: str) -> Element:
    return field(
        _("Why?"),
        "reason",
        error=problem,
        required=True,
        maxlength="300",
        hint=_("Your colleagues read it beside the change."),
    )


def _barred(reason: LinkRefusal) -> Element:
    onward = _(_LIFTED) if reason in LOOKS_LIMITED else ""
    why = _("{reason}.").format(reason=_(REFUSAL_WORDS[reason]))
    return h.p(".barred", role="status")[h.b[_("A rule keeps them apart:"), " "], f"{why} {onward}"]


def _sides(outlook: Outlook) -> Element:
    if not outlook.changes:
        return empty(_("Nothing would change: other evidence, or a rule, decides the same."))
    return h.div(".columns.two")[
        h.div[section(_("Now"), identity="before", body=_side_table(outlook.before, _("Customers now")))],
        h.div[
            section(
                _("Then"),
                identity="after",
                beside=_("{identifiers} in other hands").format(
                    identifiers=plural(len(outlook.moved), "identifier", "identifiers")
                ),
                body=[
                    _side_table(outlook.after, _("Customers then")),
                    outlook.more and h.p(".note")[_("and {n} more customers").format(n=number(outlook.more))],
                ],
            )
        ],
    ]


def _side_table(sides: Sequence[Side], caption: str) -> Element:
    columns = (
        Column(words=_("Customer"), names=True),
        Column(words=_("Touches"), figures=True),
        Column(words=_("Scores"), figures=True),
        Column(words=_("Cases"), figures=True),
    )
    return table(columns, [_side(side) for side in sides], caption=caption)


def _side(side: Side) -> Sequence[Node]:
    named = side.identifiers[:MOST_NAMED]
    rest = len(side.identifiers) - len(named)
    touches = number(side.touches)
    if side.touches >= COUNTED:
        touches = _("{n} or more").format(n=touches)
    who: Node = [
        h.bdi(".strong")[side.profile.title],
        h.ul(".small.side-ids")[
            (_named(known) for known in named),
            rest > 0 and h.li(".note")[_("and {n} more").format(n=number(rest))],
        ],
    ]
    return who, touches, number(side.scores), number(side.cases)


def _named(known: KnownIdentifier) -> Element:
    kind, value = name_identifier(known)
    return h.li[f"{kind} ", h.bdi(".id-value")[value]]


def _traits(traits: Sequence[TraitMade]) -> Element:
    disputed = sum(trait.instead_of is not None for trait in traits)

    def told(trait: TraitMade) -> Node:
        words: Node = h.bdi[write_trait(trait.value)]
        if trait.instead_of is None:
            return words
        return [words, h.span(".note")[" ", fill(_("instead of {value}"), value=h.bdi[write_trait(trait.instead_of)])]]

    return section(
        _("What would be known"),
        identity="traits",
        beside=_("they disagree on {n}").format(n=number(disputed)) if disputed else _("they disagree on nothing"),
        body=key_values([(h.bdi[name_trait(trait.name)], told(trait)) for trait in traits[:40]]),
    )


def _search(path: str, text: str) -> Element:
    return h.form(".form-row", method="get", action=path, role="search")[
        field(_("Name, e-mail or any other identifier"), "q", value=text, kind="search"),
        button(pgettext("verb", "Look"), drawing="search"),
    ]


def _found(view: View, path: str, profile: Profile, text: str, found: Sequence[Profile]) -> Node:
    others = [one for one in found if one.customer_id != profile.customer_id]
    if not text:
        return None
    if not others:
        return empty(_("Nobody else answers to that."))
    return h.ul(".rows")[
        (
            h.li[
                h.a(".strong", href=view.url(path, other=one.ref))[h.bdi[one.title]],
                one.email and h.span(".note")[" ", h.bdi[one.email]],
            ]
            for one in others
        )
    ]
