"""``/data/identity``: what the identity rules hold back, what to do about each, and the rules themselves."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from htpy import Element, Node

from heartline.language import _, ngettext
from heartline.records import IdentifierKind, KnownIdentifier, Profile, Right
from heartline.store import Mark
from heartline.unify import LinkRefusal
from heartline.web.kinship import KIND_WORDS, name_identifier
from heartline.web.pages.data import data_tabs
from heartline.web.parts import (
    Choice,
    Column,
    View,
    button,
    csrf_field,
    empty,
    field,
    form_row,
    lede,
    section,
    select,
    table,
)
from heartline.web.parts.words import day, moment, number, plural
from heartline.web.violations import LIMITED, MOST_IDENTIFIERS, SHOWN, Apart, Guarded, Marked


def draw_guarded(view: View, guarded: Guarded, *, problem: str = "", form: str = "") -> Element:
    """What is held back, and the forms that change it. ``problem`` belongs to the form of that name."""
    quarantined = [one for one in guarded.marked if one.mark is Mark.QUARANTINED]
    by_staff = [one for one in guarded.marked if one.mark is not Mark.QUARANTINED]
    under = _("What joins customers is held back here where it would join strangers. Nothing is thrown away.")
    return h.div[
        lede(_("Who is who"), under=under),
        data_tabs(view, "/data/identity"),
        problem and h.p(".field-error", role="alert")[problem],
        _quarantined(view, quarantined, guarded.rules.quarantine_over),
        _apart(view, guarded.apart, guarded.apart_total),
        _large(view, guarded.large),
        _blocked(view, by_staff, problem=problem if form == "block" else ""),
        view.may(Right.CHANGE_WORKSPACE) and _rules(view, guarded),
    ]


def _quarantined(view: View, marked: Sequence[Marked], over: int) -> Element:
    rule = _("An identifier that meets more than {n} of a higher kind in a day links nobody until you look.")
    return section(
        _("In quarantine"),
        identity="quarantine",
        beside=plural(len(marked), "identifier", "identifiers"),
        body=[
            h.p(".small.muted")[rule.format(n=number(over)) if over else _("Quarantine is switched off.")],
            _marked_table(view, marked, _("Identifiers in quarantine"))
            if marked
            else empty(_("Nothing is in quarantine.")),
        ],
    )


def _marked_table(view: View, marked: Sequence[Marked], caption: str) -> Element:
    columns = (Column(words=_("Identifier"), names=True), Column(words=_("Why")), Column(words=_("What to do")))
    return table(columns, [(_name(one.known), _why(one), _do(view, one)) for one in marked], caption=caption)


def _name(known: KnownIdentifier | None) -> Node:
    if known is None:
        return h.span(".muted")[_("A value that never came yet")]
    kind, value = name_identifier(known)
    return [f"{kind} ", h.bdi(".id-value")[value]]


def _why(one: Marked) -> Node:
    if one.mark is Mark.QUARANTINED:
        return ngettext("met {n} of a higher kind on {day}", "met {n} of a higher kind on {day}", one.met).format(
            n=number(one.met), day=day(one.day_us, "UTC")
        )
    return _("somebody here said it stands for nobody") if one.mark is Mark.BLOCKED else _("somebody here let it link")


def _do(view: View, one: Marked) -> Node:
    if not view.may(Right.CHANGE_CUSTOMERS):
        return _("somebody who may change customers decides")
    act, words = ("block", _("Block it")) if one.mark is Mark.CLEARED else ("free", _("Let it link"))
    return h.form(".form-row", method="post", action="/data/identity/marks")[
        csrf_field(view),
        h.input(type="hidden", name="handle", value=one.handle),
        h.input(type="hidden", name="do", value=act),
        h.input(".field", name="reason", required=True, maxlength="300", placeholder=_("Why?"), aria_label=_("Why?")),
        button(words),
    ]


def _apart(view: View, apart: Sequence[Apart], total: int) -> Element:
    columns = (
        Column(words=_("One"), names=True),
        Column(words=_("The other")),
        Column(words=_("Kept apart")),
        Column(words=_("Since")),
    )
    rows = [
        (
            _whose(view, one.left, one.left_customer),
            _whose(view, one.right, one.right_customer),
            _limit_words(one.reason),
            moment(one.ts_us, view.timezone),
        )
        for one in apart
    ]
    advice = _(
        "Open one of them: join the two over the limit if they are one person, or part what is wrong. "
        "Where it is the rule that is wrong, raise the limit below."
    )
    return section(
        _("Kept apart by a limit"),
        identity="apart",
        beside=plural(total, "pair", "pairs"),
        body=[
            h.p(".small.muted")[advice],
            table(columns, rows, caption=_("Pairs kept apart by a limit"))
            if rows
            else empty(_("No limit keeps anyone apart.")),
            total > SHOWN and h.p(".note")[_("The latest {n} are shown.").format(n=number(SHOWN))],
        ],
    )


def _limit_words(reason: LinkRefusal) -> str:
    if reason is LinkRefusal.CAP:
        return _("too many links for one person")
    return _("too many of a kind for one customer")


def _whose(view: View, known: KnownIdentifier, customer: Profile | None) -> Node:
    kind, value = name_identifier(known)
    who: Node = [f"{kind} ", h.bdi(".id-value")[value]]
    if customer is None:
        return who
    return [who, h.br, h.a(href=view.url(f"/customers/{customer.ref}") + "#identity")[h.bdi[customer.title]]]


def _large(view: View, large: Sequence[tuple[Profile, int]]) -> Node:
    if not large:
        return None
    columns = (Column(words=_("Customer"), names=True), Column(words=_("Identifiers"), figures=True))
    rows = [
        (h.a(href=view.url(f"/customers/{one.ref}") + "#identity")[h.bdi[one.title]], number(n)) for one, n in large
    ]
    return section(
        _("Larger than a person"),
        identity="large",
        beside=plural(len(large), "customer", "customers"),
        body=[
            h.p(".small.muted")[
                _("More than {n} identifiers, orders aside. Look for one that stands for nobody.").format(
                    n=number(MOST_IDENTIFIERS)
                )
            ],
            table(columns, rows, caption=_("Customers with too many identifiers")),
        ],
    )


def _blocked(view: View, marked: Sequence[Marked], *, problem: str) -> Element:
    return section(
        _("Decided here"),
        identity="blocked",
        beside=plural(len(marked), "identifier", "identifiers"),
        body=[
            h.p(".small.muted")[_("Beside the values that are refused everywhere, such as “undefined” or “guest”.")],
            _marked_table(view, marked, _("Identifiers that people here decided about")) if marked else None,
            view.may(Right.CHANGE_CUSTOMERS)
            and h.form(".stack", method="post", action="/data/identity/blocked")[
                csrf_field(view),
                form_row(
                    select(
                        _("Kind"),
                        "kind",
                        choices=[Choice(value=kind.value, label=_(words)) for kind, words in KIND_WORDS.items()],
                        value=IdentifierKind.EMAIL.value,
                    ),
                    field(_("Value"), "value", required=True, maxlength="400", error=problem),
                    field(_("Why?"), "reason", required=True, maxlength="300"),
                    button(_("Block it")),
                ),
            ],
        ],
    )


def _rules(view: View, guarded: Guarded) -> Element:
    rules = guarded.rules
    return section(
        _("The rules"),
        identity="rules",
        body=h.form(".stack", method="post", action="/data/identity/rules")[
            csrf_field(view),
            h.p(".small.muted")[
                _("How many verified identifiers of a kind one customer may hold. Empty: as many as there are.")
            ],
            form_row(
                *(
                    field(
                        _(KIND_WORDS[kind]),
                        kind.value,
                        kind="number",
                        value=str(rules.limits.get(kind, "")),
                        min="1",
                        max="100000",
                    )
                    for kind in LIMITED
                ),
            ),
            field(
                _("Quarantine over"),
                "quarantine_over",
                kind="number",
                value=str(rules.quarantine_over),
                min="0",
                max="100000",
                hint=_("Of a higher kind, in one day (UTC). 0 switches it off."),
            ),
            field(_("Why?"), "reason", required=True, maxlength="300"),
            button(_("Change the rules"), weight="main"),
        ],
    )
