"""``/cases``: the loops that are open, the first due first; and the closed ones."""

from __future__ import annotations

from collections.abc import Mapping

import htpy as h
from htpy import Element, Node, Renderable

from heartline.act import STEP_WORDS, is_open, is_overdue
from heartline.language import _
from heartline.web.loops import AGAIN, CLOSED, MINE, NOBODY, OPEN, UNOWNED, CaseList
from heartline.web.opening import CaseLine
from heartline.web.parts import (
    Choice,
    View,
    button,
    empty,
    form_row,
    lede,
    link_button,
    pagination,
    select,
    shell,
    tabs,
    tag,
)
from heartline.web.parts.sentences import fill
from heartline.web.parts.words import day, due, number
from heartline.web.people import PAGE


def cases_page(view: View, found: CaseList, *, page: int, now_us: int) -> Renderable:
    """The list of cases."""
    return shell(
        view,
        title=_("Cases"),
        controls=False,
        body=[
            lede(
                found.count.words,
                under=_("Each is a voice or a customer that somebody answers for, until it is closed with a reason."),
            ),
            _shows(view, found),
            bool(found.cause) and _of_cause(view, found),
            len(found.owners) > 1 and found.show not in {MINE, UNOWNED} and _owner_filter(found),
            h.ul(".rows.case-list", data_rows=True)[(_line(view, line, now_us=now_us) for line in found.lines)]
            if found.lines
            else _none(view, found, page=page),
            bool(found.total) and pagination(view, page=page, pages=-(-found.total // PAGE), total=found.total),
        ],
    )


def _shows(view: View, found: CaseList) -> Element:
    counts = {
        OPEN: found.count.open,
        MINE: found.mine,
        UNOWNED: found.count.unowned,
        AGAIN: found.again,
        CLOSED: found.closed,
    }
    return case_tabs(view, current="" if found.cause else found.show, counts=counts)


def case_tabs(view: View, *, current: str, counts: Mapping[str, int] | None = None) -> Element:
    """The ways to look at cases, each with how many there are where that is known."""
    words = {
        OPEN: _("Open {n}"),
        MINE: _("Mine {n}"),
        UNOWNED: _("Unassigned {n}"),
        AGAIN: _("Ask again {n}"),
        CLOSED: _("Closed {n}"),
    }

    def label(show: str) -> str:
        return words[show].format(n="" if counts is None else number(counts[show])).strip()

    def href(show: str) -> str:
        return view.url("/cases", show=None if show == OPEN else show)

    links = [(href(show), label(show)) for show in words]
    told = view.url("/cases/loops")
    here = told if current == "loops" else (href(current) if current else "")
    return tabs(_("Which cases"), [*links, (told, _("What they say"))], current=here)


def _of_cause(view: View, found: CaseList) -> Element:
    return h.p(".note")[
        fill(_("With the cause {cause}."), cause=h.b[h.bdi[found.cause]]),
        " ",
        h.a(href=view.url("/cases"))[_("All open cases")],
    ]


def _owner_filter(found: CaseList) -> Element:
    choices = [Choice(value="", label=_("Anybody")), Choice(value=NOBODY, label=_("Nobody yet"))]
    choices += [Choice(value=name, label=name) for name in found.owners]
    return h.form(".case-filter", method="get", action="/cases")[
        found.show != OPEN and h.input(type="hidden", name="show", value=found.show),
        form_row(select(_("Owner"), "owner", choices=choices, value=found.owner), button(_("Show"))),
    ]


def _none(view: View, found: CaseList, *, page: int) -> Element:
    if page > 1:
        return empty(_("The list is shorter than that."), do=link_button(_("First page"), view.here(page=None)))
    if found.owner:
        return empty(_("No case here is theirs."), do=link_button(_("Anybody's"), view.here(owner=None)))
    if found.show == AGAIN:
        return empty(_("No closed case asks again yet."))
    if found.show == CLOSED:
        return empty(_("No case was closed yet."))
    return empty(
        _("Nothing waits for an answer. Open a case from any score, comment or customer."),
        do=link_button(_("Who was unhappy last?"), view.url("/customers")),
    )


def _line(view: View, line: CaseLine, *, now_us: int) -> Element:
    case, late = line.case, is_overdue(line.case, now_us)
    return h.li(".case-row.long")[
        h.div[
            h.a(".strong", href=view.url(f"/cases/{case.case_id}"))[h.bdi[case.title]],
            h.p(".note")[_who(view, line)],
        ],
        h.div(".case-step")[tag(_(STEP_WORDS[case.status]), tone="" if is_open(case) else "soft")],
        h.div(".case-owner")[h.bdi[case.owner] if case.owner else h.span(".quiet")[_("Nobody yet")]],
        h.div(class_=["case-due", late and "worse"])[_when(view, line, now_us=now_us)],
    ]


def _who(view: View, line: CaseLine) -> Node:
    if line.customer is None:
        return _("A customer who is gone")
    return h.a(href=view.url(f"/customers/{line.customer.ref}"), dir="auto")[line.customer.title]


def _when(view: View, line: CaseLine, *, now_us: int) -> Node:
    case = line.case
    if case.closed_us is not None:
        return _("Closed {day}").format(day=day(case.closed_us, view.timezone, now_us=now_us))
    return due(case.due_us, view.timezone, now_us=now_us)
