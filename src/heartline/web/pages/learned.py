"""``/cases/loops``: how loops close, and the causes that come again."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from htpy import Element, Node, Renderable

from heartline.act import RECURRING, CauseLine
from heartline.language import _, ngettext
from heartline.records import Metric, Right
from heartline.web.learned import Learned
from heartline.web.pages.cases import case_tabs
from heartline.web.parts import Column, View, empty, lede, link_button, post_button, section, shell, table, tag
from heartline.web.parts.words import NBSP, Unit, duration, number, say_metric

_HOUR_S = 3_600.0


def learned_page(view: View, told: Learned) -> Renderable:
    """The page: a sentence, how loops close, the causes."""
    return shell(
        view,
        title=_("What the cases say"),
        controls=False,
        crumbs=((view.url("/cases"), _("Cases")), ("", _("What they say"))),
        body=[
            lede(_title(told), under=_("Of the {n} cases opened last.").format(n=number(told.cases))),
            case_tabs(view, current="loops"),
            _figures(told) if told.cases else _none(view),
            bool(told.cases) and _causes(view, told),
        ],
    )


def _title(told: Learned) -> str:
    recurring = sum(line.recurs for line in told.causes)
    if not recurring:
        return _("No cause comes again yet")
    return ngettext("{n} cause comes again and again", "{n} causes come again and again", recurring).format(
        n=number(recurring)
    )


def _none(view: View) -> Element:
    return empty(_("There is no case yet to say anything."), do=link_button(_("Cases"), view.url("/cases")))


def _figures(told: Learned) -> Element:
    figures = told.figures
    shares: list[tuple[str, str, Metric]] = [
        (_("Contacted within 48 hours"), _("of cases opened two days ago or longer"), figures.soon),
        (
            _("Helped at first contact"),
            _("one contact, closed as helped, not reopened within a week; of those contacted and closed for a week"),
            figures.first,
        ),
        (_("Opened again"), _("of all that were ever closed"), figures.reopened),
        (_("Scored higher afterwards"), _("of those who scored again after closing"), figures.better),
    ]
    waits = [
        (_("Until first contact"), _("half of them within"), figures.to_contact),
        (_("Until closed"), _("half of them within"), figures.to_close),
    ]
    columns = (
        Column(words=_("What"), names=True),
        Column(words=_("Figure"), figures=True),
        Column(words=_("95 % interval"), figures=True),
        Column(words="n", figures=True),
    )
    rows: list[tuple[Node, ...]] = [_share_row(*one) for one in shares] + [_wait_row(*one) for one in waits]
    return section(_("How loops close"), identity="figures", body=table(columns, rows, caption=_("How loops close")))


def _share_row(label: str, note: str, metric: Metric) -> tuple[Node, ...]:
    said = say_metric(metric, unit=Unit.PERCENT)
    return (
        [label, h.br, h.span(".note")[note]],
        said.value,
        said.spread if metric.n else _("no case yet"),
        number(metric.n),
    )


def _wait_row(label: str, note: str, metric: Metric) -> tuple[Node, ...]:
    if metric.value is None or metric.low is None or metric.high is None:
        return ([label, h.br, h.span(".note")[note]], "–", _("no case yet"), number(metric.n))
    low, high = duration(metric.low * _HOUR_S), duration(metric.high * _HOUR_S)
    value = duration(metric.value * _HOUR_S)
    return ([label, h.br, h.span(".note")[note]], value, f"{low}{NBSP}– {high}", number(metric.n))


def _causes(view: View, told: Learned) -> Element:
    columns = (
        Column(words=_("Cause"), names=True),
        Column(words=_("Cases"), figures=True),
        Column(words=_("Customers"), figures=True),
        Column(words=_("Share of cases with a cause"), figures=True),
        Column(words=_("What to do")),
    )
    body: Node = table(columns, [_row(view, told, line) for line in told.causes], caption=_("Causes"))
    if not told.causes:
        body = empty(_("No case says yet why it happened. Open one and note its cause."))
    return section(
        _("Causes"),
        beside=_("recurring from {n} cases of several customers").format(n=RECURRING),
        identity="causes",
        body=body,
    )


def _row(view: View, told: Learned, line: CauseLine) -> tuple[Node, ...]:
    said = say_metric(line.share, unit=Unit.PERCENT)
    where = told.steps.get((line.journey_id, line.stage), line.stage)
    notes = [
        where and h.bdi[where],
        line.open and ngettext("{n} open", "{n} open", line.open).format(n=number(line.open)),
        line.reopened
        and ngettext("{n} opened again", "{n} opened again", line.reopened).format(n=number(line.reopened)),
    ]
    told_notes = [note for note in notes if note]
    return (
        [
            h.a(href=view.url("/cases", cause=line.cause))[h.bdi[line.cause]],
            line.recurs and [" ", tag(_("Recurs"), tone="late")],
            bool(told_notes) and h.p(".note")[_between(told_notes)],
        ],
        number(len(line.cases)),
        number(line.customers),
        h.span[said.value, h.span(".note")[" ", said.spread]],
        _do(view, told, line),
    )


def _between(notes: Sequence[Node]) -> list[Node]:
    return [piece for note in notes for piece in (" · ", note)][1:]


def _do(view: View, told: Learned, line: CauseLine) -> Node:
    filed = told.filed.get(line.cause)
    if filed is not None:
        return h.a(href=view.url(f"/opportunities#o{filed.opportunity_id}"))[_("Its opportunity")]
    if not line.recurs or not view.may(Right.WORK_CASES):
        return h.span(".quiet")["–"]
    return post_button(view, _("Make it an opportunity"), "/cases/causes", weight="plain", cause=line.cause)
