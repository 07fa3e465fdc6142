"""The one-page report: one sheet of A4 with what matters, each number with its n, its interval and its definition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, ngettext
from heartline.records import Opportunity
from heartline.understand import Pain, say_journey, write_quiet, write_sentence
from heartline.web.charts.heartline import draw_small, lay_out, lay_out_small, small_note
from heartline.web.onepager import SHOWN, OnePager
from heartline.web.opening import Loops
from heartline.web.pages.home import define_score
from heartline.web.pages.opportunities import STATUS
from heartline.web.pain_words import is_past, name_pain, say_main, say_money, short_range
from heartline.web.parts import (
    Column,
    View,
    acts,
    button,
    empty,
    figure_of,
    lede,
    link_button,
    loading,
    shell,
    table,
    verdict,
)
from heartline.web.parts.sentences import fill
from heartline.web.parts.words import (
    Change,
    day,
    long_day,
    number,
    people,
    percent,
    percent_range,
    plural,
    say_change,
)
from heartline.web.tiles import ScoreTile

PAINS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """What every part of the sheet is told."""

    view: View
    told: OnePager
    now_us: int


def onepager_page(view: View, told: OnePager | None, *, now_us: int) -> Renderable:
    """The page. While something is still being worked out it asks for itself once more."""
    return _frame(view, onepager_part(view, told, now_us=now_us))


def onepager_part(view: View, told: OnePager | None, *, now_us: int) -> Element:
    """All of the page but its shell."""
    if told is None:
        asking = {"hx_get": view.url("/report/whole"), "hx_trigger": "load", "hx_swap": "outerHTML"}
        return h.div("#onepager", **asking)[
            lede(_("One-page report"), under=_("Looking through a year of touches. This takes a few seconds.")),
            loading(lines=3),
            h.p(".note")[h.a(href=view.url("/report/whole"))[_("Show it when it is ready")]],
        ]
    sheet = _Sheet(view=view, told=told, now_us=now_us)
    return h.div("#onepager")[
        h.div(".list-tools.no-print")[
            h.p(".note")[_("One sheet of A4. Save it as PDF in the window in which your browser prints.")],
            acts(button(_("Print or save as PDF"), drawing="print", kind="button", data_print=True, hidden=True)),
        ],
        h.article(".onepager")[
            _head(sheet),
            _measures(sheet),
            _map(sheet),
            h.div(".onepager-two")[_pains(sheet), h.div[_loops(told.opening.loops), _opportunities(sheet)]],
            _definitions(sheet),
        ],
    ]


def empty_onepager(view: View) -> Renderable:
    """The report before the first touch."""
    return _frame(
        view,
        [
            lede(_("One-page report")),
            empty(
                _("Nothing has come in yet, so there is nothing to report."),
                do=link_button(_("Choose how to begin"), "/begin", weight="main"),
            ),
        ],
    )


def _frame(view: View, body: Node) -> Renderable:
    return shell(view, title=_("One-page report"), crumbs=(("/", _("Home")), ("", _("One-page report"))), body=body)


def _head(sheet: _Sheet) -> Element:
    view, opening = sheet.view, sheet.told.opening
    finding, findings = opening.finding, opening.findings
    why: Node = None
    if finding is not None:
        said = write_sentence(finding)
        headline = said.headline
        why = [
            fill(_("{moved}, n = {n}."), moved=h.b[said.moved], n=number(finding.difference.now.n)),
            " ",
            _("Since {day}.").format(day=day(finding.since_us, view.timezone, now_us=sheet.now_us)),
            f" {said.contrast} {said.caveat}",
        ]
    elif findings is not None:
        quiet = write_quiet(findings)
        headline, why = quiet.headline, quiet.figures
    else:
        headline = _("One-page report")
    return h.header(".onepager-head")[
        h.p(".note")[
            h.b[sheet.told.company or "heartline"],
            " · ",
            long_day(sheet.now_us, view.timezone),
            " · ",
            " · ".join((view.range_label, view.filter_label or _("Everyone"))),
            bool(view.data_up_to) and [" · ", _("Data up to {time}").format(time=view.data_up_to)],
        ],
        h.h1[headline],
        why and h.p(".onepager-why")[why],
    ]


def _measures(sheet: _Sheet) -> Node:
    shown = sheet.told.opening.tiles
    if not shown:
        return h.p(".quiet")[_("Nobody was asked in the time and filter chosen.")]
    heads = (
        Column(words=_("Measure"), names=True),
        Column(words=_("Value, 95 % interval"), figures=True),
        Column(words=_("Answers"), figures=True),
        Column(words=_("Change")),
    )
    return h.section[table(heads, [_measure(one) for one in shown], caption=_("Measures"))]


def _measure(one: ScoreTile) -> tuple[Node, ...]:
    change = say_change(one.change) if one.change else Change(words="–", arrow="", tone="quiet")
    return (
        [one.label, one.note and h.span(".note")[f" {one.note}"]],
        figure_of(one.metric, top=one.top),
        people(one.metric.n),
        verdict(change),
    )


def _map(sheet: _Sheet) -> Node:
    measured, given = sheet.told.measured, sheet.told.given
    if measured is None or given is None or not measured.runs:
        return None
    layout = lay_out_small(lay_out(given))
    went = plural(measured.customers, "customer", "customers")
    return h.section[
        h.h2[say_journey(measured.journey.name), " ", h.span(".note")[went]],
        h.div(".scroll", role="region", tabindex="0", aria_label=_("The journey in small"))[draw_small(layout)],
        h.p(".note")[small_note(layout)],
    ]


def _pains(sheet: _Sheet) -> Element:
    found = sheet.told.pains.pains
    more = len(found) - PAINS
    return _first_of(
        _("Where it hurts"),
        [_pain(sheet, pain) for pain in found[:PAINS]],
        none=_("Nothing found that reliably costs money."),
        rest=ngettext("{n} more is on the list.", "{n} more are on the list.", more) if more > 0 else "",
        more=more,
    )


def _first_of(title: str, rows: Sequence[Node], *, none: str, rest: str, more: int) -> Element:
    """The first few of a list, ``rest`` naming those there is no room for, or ``none``."""
    return h.section[
        h.h2[title],
        h.ol(".rows")[(h.li[row] for row in rows)] if rows else h.p(".quiet")[none],
        rest and h.p(".note")[rest.format(n=number(more))],
    ]


def _pain(sheet: _Sheet, pain: Pain) -> Node:
    money = _("cost unknown")
    if pain.worth:
        money = _("{money} a quarter, if it is the cause").format(money=say_money(pain.worth, sheet.told.currency))
    gap, unit, n = say_main(pain)
    met = ngettext("{n} customer, {share}", "{n} customers, {share}", pain.people).format(
        n=number(pain.people), share=f"{percent(pain.share[0])} ({percent_range(pain.share[1], pain.share[2])})"
    )
    return [
        h.p[h.a(href=sheet.view.url(f"/pains/{pain.key}"))[name_pain(pain)]],
        h.p[h.b[money]],
        h.p(".note")[" · ".join((met, f"{gap} {unit}, {people(n)}"))],
    ]


def _loops(loops: Loops) -> Element:
    said = [
        ngettext("{n} open", "{n} open", loops.total).format(n=number(loops.total)),
        _("{n} overdue").format(n=number(loops.overdue)) if loops.overdue else _("none overdue"),
        _("{n} closed this week").format(n=number(loops.closed_this_week)),
    ]
    return h.section[h.h2[_("Open cases")], h.p[", ".join(said)]]


def _opportunities(sheet: _Sheet) -> Element:
    found: Sequence[Opportunity] = sheet.told.opportunities
    more = len(found) - SHOWN
    return _first_of(
        _("What we could do"),
        [_opportunity(sheet, one) for one in found[:SHOWN]],
        none=_("Nobody has filed an opportunity yet."),
        rest=ngettext("{n} more is on the board.", "{n} more are on the board.", more) if more > 0 else "",
        more=more,
    )


def _opportunity(sheet: _Sheet, one: Opportunity) -> Node:
    gain = _("gain unknown")
    if one.gain_low is not None and one.gain_high is not None:
        gain = short_range(one.gain_low, one.gain_high, sheet.told.currency)
    told = [
        one.owner or _("nobody owns it yet"),
        _(STATUS[one.status]),
        gain,
        ""
        if one.due_us is None
        else _("due {day}").format(day=day(one.due_us, sheet.view.timezone, now_us=sheet.now_us)),
    ]
    short = one.title if len(one.title) <= 70 else one.title[:69].rstrip() + "…"
    return [h.p[short], h.p(".note")[" · ".join(part for part in told if part)]]


def _say_money_time(sheet: _Sheet) -> str:
    found = sheet.told.pains
    if not is_past(found, now_us=sheet.now_us):
        return _(
            "Money: what those who met a pain ordered less than like customers it spared, in the last 91 days; a "
            "range, never to be summed, and no proof of a cause."
        )
    told = _(
        "Money: what those who met a pain ordered less than like customers it spared, in the 91 days up to {day}; a "
        "range, never to be summed, and no proof of a cause."
    )
    return told.format(day=day(found.until_us, sheet.view.timezone, now_us=sheet.now_us))


def _definitions(sheet: _Sheet) -> Element:
    tiles = sheet.told.opening.tiles
    scores = dict.fromkeys(define_score(one.drill.measure, one.counted) for one in tiles)
    tested = sheet.told.opening.findings
    said = [
        *scores,
        _("n counts answers; every interval is at 95 %, clustered by customer."),
        _("Change: against as long a time before; where a day stands, against the time before that day."),
        _("An arrow stands only where the interval of the difference leaves out zero, on one budget for all measures."),
        tested is not None
        and _("The sentence: picked out of {comparisons}; at most {share} of what is found is chance.").format(
            comparisons=plural(tested.tested, "comparison", "comparisons"), share=percent(tested.budget)
        ),
        _say_money_time(sheet),
        _("Gain: what the pain cost a quarter when the opportunity was filed. Cases: of now, whatever the range."),
    ]  # fmt: skip
    return h.footer(".onepager-small")[h.h2[_("What the numbers mean")], h.p[" ".join(part for part in said if part)]]
