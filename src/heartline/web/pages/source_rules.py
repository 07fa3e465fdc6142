"""What a source may send, its key, its webhooks; and what of all traffic is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.language import _, mark, ngettext
from heartline.records import Right, TrafficFilters
from heartline.web.pages.data import data_tabs
from heartline.web.parts import (
    Choice,
    View,
    acts,
    button,
    checkbox,
    code,
    csrf_field,
    field,
    form_row,
    key_values,
    lede,
    link_button,
    section,
    select,
)
from heartline.web.parts.words import moment, number
from heartline.web.source_rules import OVERLAPS, RulesSheet

_HOOKS: Final = {
    "": mark("None"),
    "standard": "Standard Webhooks",
    "twilio": "Twilio",
    "meta": "WhatsApp (Meta)",
    "shopify": "Shopify",
    "mailgun": "Mailgun",
    "sendgrid": "SendGrid",
    "resend": "Resend",
    "report": mark("Reports of mail servers"),
}

Problems = Mapping[str, str]
"""What is wrong with a form, by its field; "" is the form as a whole."""


def draw_rules(view: View, sheet: RulesSheet, said: Mapping[str, str], problems: Problems) -> Element:
    """A source's rules: a form for who may change them, else as they are."""
    source = sheet.source
    may_change = view.may(Right.MANAGE_SOURCES)
    return h.div[
        lede(_("What it may send"), under=_("The rules of {source}.").format(source=source.name)),
        _seen(view, sheet),
        may_change and section(_("Rules"), body=_rules_form(view, sheet, said, problems)),
        may_change and section(_("Its key"), body=_key_form(view, sheet)),
        acts(link_button(_("Back to the source"), view.url(f"/data/sources/{source.source_id}"), weight="plain")),
    ]


def _seen(view: View, sheet: RulesSheet) -> Element:
    rules = sheet.rules
    bound = _("as the installation says")
    if rules.events_per_s:
        bound = _("{n} a second").format(n=number(rules.events_per_s))
    shown: list[tuple[str, Node]] = [
        (_("Pages that may send"), ", ".join(rules.origins) or _("any")),
        (_("Events taken"), ", ".join(rules.only) or _("any")),
        (_("May say who somebody is"), _("yes") if rules.identify else _("no")),
        (_("How much"), bound),
        (_("Events over 32 KiB so far"), number(sheet.oversized)),
    ]
    if rules.hook:
        shown.append((_("Webhooks"), _(_HOOKS[rules.hook])))
        shown.append((_("Secrets kept"), number(len(rules.hook_secrets))))
    if sheet.former_until_us > sheet.now_us:
        shown.append((_("The key before is good until"), moment(sheet.former_until_us, view.timezone)))
    return key_values(shown)


def _rules_form(view: View, sheet: RulesSheet, said: Mapping[str, str], problems: Problems) -> Element:
    action = f"/data/sources/{sheet.source.source_id}/rules"
    return h.form(".stack", method="post", action=action)[
        csrf_field(view),
        problems.get("") and h.p(".field-error", role="alert")[problems[""]],
        field(
            _("Pages that may send"),
            "origins",
            value=said.get("origins", ""),
            lines=3,
            hint=_("One a line: https://shop.example. Empty: any page, and servers. All else is refused."),
            error=problems.get("origins", ""),
            spellcheck="false",
        ),
        field(
            _("Events taken"),
            "only",
            value=said.get("only", ""),
            lines=4,
            hint=_("One name a line; page and screen stand for those without a name. Empty: any."),
            error=problems.get("only", ""),
            spellcheck="false",
        ),
        checkbox(_("It may say who somebody is"), "identify", checked=said.get("identify") == "1"),
        field(
            _("Events a second"),
            "events_per_s",
            value=said.get("events_per_s", ""),
            hint=_("With bursts of ten times as many. 0: as the installation says."),
            error=problems.get("events_per_s", ""),
            inputmode="numeric",
        ),
        _hook_fields(sheet, said, problems),
        h.div(".acts")[button(_("Save"), weight="main")],
    ]


def _hook_fields(sheet: RulesSheet, said: Mapping[str, str], problems: Problems) -> Node:
    kept = len(sheet.rules.hook_secrets)
    hint = _("One a line; while one is replaced, both are good.")
    if kept:
        told = ngettext(
            "{n} secret kept. Leave it empty to keep it.", "{n} secrets kept. Leave it empty to keep them.", kept
        )
        hint = f"{told.format(n=number(kept))} {hint}"
    return [
        select(
            _("Signed webhooks"),
            "hook",
            choices=[Choice(value=hook, label=_(words)) for hook, words in _HOOKS.items()],
            value=said.get("hook", ""),
            hint=_("For a trusted source. Their sender is given the address below."),
            error=problems.get("hook", ""),
        ),
        code(sheet.address, label=_("Address of the webhooks")),
        field(
            _("Secrets"),
            "hook_secrets",
            lines=2,
            hint=f"{hint} {_('SendGrid’s is its verification key.')}",
            error=problems.get("hook_secrets", ""),
            autocomplete="off",
            spellcheck="false",
        ),
        field(
            _("Token of the challenge"),
            "hook_token",
            value=said.get("hook_token", ""),
            hint=_("Only Meta asks for one: any words, the same there and here."),
            autocomplete="off",
        ),
    ]


def _key_form(view: View, sheet: RulesSheet) -> Element:
    choices = [
        Choice(
            value=str(days),
            label=ngettext("for {n} day", "for {n} days", days).format(n=number(days)) if days else _("not at all"),
        )
        for days in OVERLAPS
    ]
    return h.form(".stack", method="post", action=f"/data/sources/{sheet.source.source_id}/key")[
        csrf_field(view),
        form_row(
            select(_("The old key stays good"), "days", choices=choices, value="7"),
            button(_("Replace the key"), weight="danger"),
        ),
        h.p(".note")[_("A key before the old one is no good from then on.")],
    ]


def draw_traffic(view: View, filters: TrafficFilters, said: Mapping[str, str], problems: Problems) -> Element:
    """What is left out of the figures."""
    return h.div[
        lede(_("Traffic"), under=_("What is left out of the figures: robots, and your own people.")),
        data_tabs(view, "/data/traffic"),
        h.p(".note")[_("It is set aside under Refused with its reason. Changes count for what comes from now on.")],
        _traffic_form(view, said, problems) if view.may(Right.MANAGE_SOURCES) else _traffic_sheet(filters),
    ]


def _traffic_sheet(filters: TrafficFilters) -> Element:
    return key_values(
        (
            (_("Robots"), _("let in") if filters.let_bots_in else _("left out")),
            (_("Your networks"), ", ".join(filters.ranges) or _("none")),
            (_("Your e-mail domains"), ", ".join(filters.domains) or _("none")),
            (_("Addresses"), _("kept whole") if filters.whole_addresses else _("cut to /24 and /48")),
        )
    )


def _traffic_form(view: View, said: Mapping[str, str], problems: Problems) -> Element:
    return h.form(".stack", method="post", action="/data/traffic")[
        csrf_field(view),
        problems.get("") and h.p(".field-error", role="alert")[problems[""]],
        checkbox(
            _("Let robots in"),
            "let_bots_in",
            checked=said.get("let_bots_in") == "1",
            hint=_("Crawlers, previews, monitors and headless browsers, by the names they give themselves."),
        ),
        field(
            _("Your networks"),
            "ranges",
            value=said.get("ranges", ""),
            lines=3,
            hint=_("One a line: 203.0.113.0/24. Seen by public sources; a sender's address is looked at, never kept."),
            error=problems.get("ranges", ""),
            spellcheck="false",
        ),
        field(
            _("Your e-mail domains"),
            "domains",
            value=said.get("domains", ""),
            lines=3,
            hint=_("One a line: acme.example. Events that carry such an address are left out."),
            error=problems.get("domains", ""),
            spellcheck="false",
        ),
        checkbox(
            _("Keep addresses whole"),
            "whole_addresses",
            checked=said.get("whole_addresses") == "1",
            hint=_("Otherwise addresses in what is sent are cut to /24 and /48 before they are kept."),
        ),
        h.div(".acts")[button(_("Save"), weight="main")],
    ]
