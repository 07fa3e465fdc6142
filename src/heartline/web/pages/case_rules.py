"""Settings → Case rules: what opens cases by itself, a form, and what a rule would have opened last month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.act import ANY_SCORE, LONGEST_TITLE
from heartline.language import _, mark, ngettext
from heartline.records import CaseRule, Profile, RuleAsks, TextKind
from heartline.store import Entry
from heartline.web.case_rules import KINDS, SCORES, TRIED_DAYS, RuleSheet, Tried
from heartline.web.lives import score_of
from heartline.web.pages.answering_for import draw_owners
from heartline.web.pages.settings import settings_tabs
from heartline.web.parts import (
    Choice,
    View,
    acts,
    button,
    checkbox,
    csrf_field,
    empty,
    error,
    field,
    form_row,
    lede,
    link_button,
    post_button,
    quote,
    section,
    select,
    stale,
    tag,
)
from heartline.web.parts.words import moment, number, percent, say_score

PATH: Final = "/settings/rules"
_SCORE_WORDS: Final = {
    ANY_SCORE: mark("Any score in the lower half of its scale"),
    "nps": mark("Would recommend (NPS)"),
    "csat": mark("Satisfaction (CSAT)"),
    "ces": mark("Ease (CES)"),
    "stars": mark("Stars"),
}
_KIND_WORDS: Final = {
    TextKind.COMPLAINT: mark("Complaint"),
    TextKind.CONCERN: mark("Concern"),
    TextKind.ENQUIRY: mark("Enquiry"),
    TextKind.COMPLIMENT: mark("Compliment"),
}
Counts = Mapping[int, tuple[int, int, int]]


def draw_rules(view: View, rules: Sequence[CaseRule], counts: Counts) -> Element:
    """All rules with what they did, and the way to a new one."""
    new = link_button(_("Make a rule"), view.url(f"{PATH}/new"), weight="main", drawing="plus")
    return h.div[
        lede(
            _("Case rules"),
            under=_("What comes in is held to each rule once. What a rule means becomes a case with an owner."),
            do=new if rules else None,
        ),
        settings_tabs(view, PATH),
        h.ul(".rows.rule-list")[(_line(view, rule, counts.get(rule.rule_id, (0, 0, 0))) for rule in rules)]
        if rules
        else empty(_("No case opens by itself yet: people open them from a score, a comment or a customer."), do=new),
    ]


def _line(view: View, rule: CaseRule, counts: tuple[int, int, int]) -> Element:
    return h.li(".long.rule-row")[
        h.div[
            h.a(".strong", href=view.url(f"{PATH}/{rule.rule_id}"))[h.bdi[rule.name]],
            h.p(".note")[h.bdi[say_asks(rule.asks)]],
        ],
        h.p(".note")[_say_counts(counts)],
        _state(rule),
    ]


def _say_counts(counts: tuple[int, int, int]) -> str:
    meant, cases, waits = counts
    told = [
        ngettext("{n} case opened", "{n} cases opened", cases).format(n=number(cases)),
        ngettext("of {n} touch", "of {n} touches", meant).format(n=number(meant)),
    ]
    if waits:
        told.append(ngettext("{n} waits to be read", "{n} wait to be read", waits).format(n=number(waits)))
    return " · ".join(told)


def _state(rule: CaseRule) -> Element:
    return tag(_("On"), tone="better", drawing="check") if rule.enabled else tag(_("Off"), tone="soft")


def say_asks(asks: RuleAsks) -> str:
    """Say what a rule asks, part by part: “NPS 0–6, at Courier, with “late””."""
    parts = [_say_score(asks)] if asks.score_kind else []
    if asks.words:
        parts.append(_("says {words}").format(words=_quote(asks.words)))
    if asks.kind:
        parts.append(_("reads as: {kind}").format(kind=_(_KIND_WORDS[TextKind(asks.kind)])))
    if asks.negative:
        parts.append(_("sounds negative, at least {percent} sure").format(percent=percent(asks.negative)))
    if asks.broken_promise:
        parts.append(_("a promise was broken"))
    named = [*asks.touchpoints, *asks.channels, *asks.places, *asks.areas]
    if named:
        parts.append(_("at {names}").format(names=_join(named)))
    return " · ".join(parts)


def _say_score(asks: RuleAsks) -> str:
    words = _(_SCORE_WORDS[asks.score_kind])
    return words if asks.score_kind == ANY_SCORE else f"{words}: {asks.score_low:g}–{asks.score_high:g}"


def _quote(words: Sequence[str]) -> str:
    return _join([_("“{word}”").format(word=word) for word in words])


def _join(words: Sequence[str]) -> str:
    few = ", ".join(words[:4])
    return few if len(words) <= 4 else _("{few} and {n} more").format(few=few, n=number(len(words) - 4))


def draw_rule(view: View, sheet: RuleSheet, *, problem: tuple[str, str] = ("", "")) -> Element:
    """One rule: its form on one side, what it would have done on the other."""
    rule = sheet.rule
    return h.div[
        lede(
            h.bdi[rule.name] if rule.name else _("A new rule"),
            under=_("It begins when it is switched on: what lies before opens nothing."),
        ),
        settings_tabs(view, PATH),
        h.div(".columns.wide-left")[
            h.div[_form(view, sheet, problem)],
            h.div[
                sheet.tried is not None and _tried(view, sheet.tried),
                bool(rule.rule_id) and _standing(view, sheet),
            ],
        ],
    ]


def _form(view: View, sheet: RuleSheet, problem: tuple[str, str]) -> Element:
    rule = sheet.rule
    known = {"name", "score_high", "negative", "due_hours", "cooldown_days", "words"}
    return h.form(".stack", method="post", action=f"{PATH}/{rule.rule_id}" if rule.rule_id else PATH)[
        csrf_field(view),
        bool(problem[1]) and problem[0] not in known and error(problem[1]),
        field(
            _("Name"),
            "name",
            value=sheet.said.get("name", ""),
            error=_told(problem, "name"),
            required=True,
            maxlength="80",
            placeholder=_("Unhappy with a delivery"),
        ),
        section(_("A case opens when all of this holds"), body=_asks(sheet.said, problem), identity="asks"),
        section(_("Then"), body=_then(sheet, problem), identity="then"),
        acts(
            button(_("Keep the rule"), weight="main", name="act", value="keep"),
            button(_("Try it on the last {n} days").format(n=TRIED_DAYS), name="act", value="try", drawing="play"),
        ),
    ]


def _told(problem: tuple[str, str], name: str) -> str:
    return problem[1] if problem[0] == name else ""


def _asks(said: Mapping[str, str], problem: tuple[str, str]) -> Element:
    scores = [Choice(value="", label=_("No matter")), *(Choice(value=k, label=_(_SCORE_WORDS[k])) for k in SCORES)]
    return h.div(".stack")[
        form_row(
            select(_("Score"), "score_kind", choices=scores, value=said.get("score_kind", "")),
            field(_("From"), "score_low", value=said.get("score_low", ""), inputmode="decimal", size="4"),
            field(
                _("To"),
                "score_high",
                value=said.get("score_high", ""),
                error=_told(problem, "score_high"),
                inputmode="decimal",
                size="4",
            ),
        ),
        field(
            _("The comment says one of"),
            "words",
            value=said.get("words", ""),
            error=_told(problem, "words"),
            lines=3,
            hint=_("Whole words or phrases in any language, one a line."),
            dir="auto",
        ),
        _asks_reader(said, problem),
        checkbox(
            _("A promise was broken"),
            "broken_promise",
            checked=said.get("broken_promise") == "1",
            hint=_("What was promised with the touch came late."),
        ),
        h.details(".fold", open=any(said.get(name) for name in ("touchpoints", "channels", "places", "areas")))[
            h.summary[h.h2[_("Only at some touchpoints, channels, places or areas")]],
            form_row(
                *(
                    field(_(words), name, value=said.get(name, ""), lines=2, hint=_("One a line."), dir="auto")
                    for words, name in _WHERE
                )
            ),
        ],
    ]


def _asks_reader(said: Mapping[str, str], problem: tuple[str, str]) -> Element:
    kinds = [Choice(value="", label=_("No matter")), *(Choice(value=k.value, label=_(_KIND_WORDS[k])) for k in KINDS)]
    return form_row(
        select(_("It is read as"), "kind", choices=kinds, value=said.get("kind", "")),
        field(
            _("Sounds negative, at least % sure"),
            "negative",
            value=said.get("negative", ""),
            error=_told(problem, "negative"),
            inputmode="numeric",
            size="4",
            hint=_("Calibrated: of those at 80, about 80 in 100 are."),
        ),
    )


_WHERE: Final = (
    (mark("Touchpoints"), "touchpoints"),
    (mark("Channels"), "channels"),
    (mark("Places"), "places"),
    (mark("Areas"), "areas"),
)


def _then(sheet: RuleSheet, problem: tuple[str, str]) -> Element:
    said = sheet.said
    teams = [Choice(value="0", label=_("None")), *(Choice(value=str(t.team_id), label=t.name) for t in sheet.teams)]
    return h.div(".stack")[
        form_row(
            *draw_owners(sheet.owners, said, hint=_("Has it when it is still new once due.")),
            bool(sheet.teams) and select(_("Team"), "team", choices=teams, value=said.get("team", "0")),
        ),
        checkbox(
            _("Whoever is bound to the place has it"),
            "by_place",
            checked=said.get("by_place") == "1",
            hint=_("Of several the one with the fewest open cases; the owner above where nobody is."),
        ),
        form_row(
            *(
                field(
                    _(words), name, value=said.get(name, ""), error=_told(problem, name), inputmode="numeric", size="4"
                )
                for words, name in _TIMES
            )
        ),
        field(
            _("Title"),
            "title",
            value=said.get("title", ""),
            hint=_("Empty: what was said where, as for a case opened by hand."),
            maxlength=str(LONGEST_TITLE),
            dir="auto",
        ),
    ]


_TIMES: Final = (
    (mark("Due in business hours"), "due_hours"),
    (mark("Days of quiet for the same customer"), "cooldown_days"),
    (mark("Ask again so many days after closing"), "recheck_days"),
)


def _tried(view: View, tried: Tried) -> Element:
    would = ngettext("Would have opened {n} case", "Would have opened {n} cases", tried.cases)
    meant = ngettext("{n} touch it means", "{n} touches it means", tried.meant)
    return section(
        would.format(n=number(tried.cases)),
        beside=_("last {n} days").format(n=TRIED_DAYS),
        identity="tried",
        body=[
            h.p[
                meant.format(n=number(tried.meant)),
                ", ",
                ngettext("of {n} customer", "of {n} customers", tried.customers).format(n=number(tried.customers)),
                "; ",
                _("{n} looked at").format(n=number(tried.looked)),
                ".",
            ],
            h.p(".note")[
                _("Counted by the rule itself; each case is taken to be closed when due, later touches join.")
            ],
            bool(tried.waits)
            and stale(
                ngettext(
                    "{n} comment has not been read yet and is not counted.",
                    "{n} comments have not been read yet and are not counted.",
                    tried.waits,
                ).format(n=number(tried.waits))
            ),
            bool(tried.examples) and h.ul(".rows.tried")[(_example(view, *one) for one in tried.examples)],
        ],
    )


def _example(view: View, entry: Entry, customer: Profile | None) -> Element:
    score = score_of(entry)
    about = [entry.touchpoint or entry.channel, entry.place, say_score(score) if score else ""]
    who: Node = _("A customer who is gone")
    if customer is not None:
        who = h.a(href=view.url(f"/customers/{customer.ref}"), dir="auto")[customer.title]
    return h.li(".long")[
        h.p(".note")[who, " · ", moment(entry.ts_us, view.timezone), " · ", h.bdi[" · ".join(filter(None, about))]],
        bool(entry.text) and quote(entry.text or "", size="small"),
    ]


def _standing(view: View, sheet: RuleSheet) -> Element:
    rule, here = sheet.rule, f"{PATH}/{sheet.rule.rule_id}"
    return section(
        _("Until now"),
        beside=_state(rule),
        identity="standing",
        body=h.div(".stack")[
            h.p[_say_counts(sheet.counts)],
            h.p(".note")[_("On since {when}.").format(when=moment(rule.since_us, view.timezone))]
            if rule.enabled
            else None,
            acts(
                post_button(
                    view,
                    _("Switch it off") if rule.enabled else _("Switch it on"),
                    f"{here}/switch",
                    on="01"[not rule.enabled],
                ),
                post_button(view, _("Forget the rule"), f"{here}/drop", weight="danger"),
            ),
        ],
    )
