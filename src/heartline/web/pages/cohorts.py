"""Cohorts: a grid of weeks, each cell the share of those who began then that came back."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, ngettext
from heartline.records import Metric
from heartline.understand import Cohorts
from heartline.web.cohorts import FEWEST
from heartline.web.parts import (
    CARRIED,
    Choice,
    Column,
    View,
    acts,
    button,
    download_button,
    empty,
    form_row,
    lede,
    link_button,
    select,
    shell,
    table,
    tabs,
)
from heartline.web.parts.words import Unit, day, number, percent, say_metric


def cohorts_page(view: View, found: Cohorts, *, touchpoints: Sequence[str]) -> Renderable:
    """The page: how many came back as its title, the choice, the grid."""
    rolling = view.query.get("rolling") == "1"
    asked = {name: view.query.get(name) for name in ("start", "back")}
    return shell(
        view,
        title=_("Who came back"),
        crumbs=(("/journeys", _("Journeys")), ("", _("Who came back"))),
        body=[
            lede(
                _title(found, rolling=rolling),
                do=acts(download_button(view, "CSV", view.url("/journeys/cohorts.csv", **asked))),
            ),
            _choose(view, touchpoints),
            tabs(
                _("Came back"),
                [
                    (view.here(rolling=None), _("In that week")),
                    (view.here(rolling="1"), _("In that week or later")),
                ],
                current=view.here(rolling="1" if rolling else None),
            ),
            _grid(view, found, rolling=rolling)
            if len(found.people)
            else empty(
                _("Nobody began in the time and filter chosen."),
                do=link_button(_("Look at all time"), view.here(range="all", by=None, **{"is": None})),
            ),
        ],
    )


def _title(found: Cohorts, *, rolling: bool) -> str:
    first = found.curve(rolling=rolling)[1]
    if first.value is None or first.n < FEWEST:
        return _("Who came back")
    said = say_metric(first, unit=Unit.PERCENT)
    words = (
        _("{share} ({spread}) came back a week later or after that")
        if rolling
        else _("{share} ({spread}) came back in the week after")
    )
    return words.format(share=said.value, spread=said.spread)


def _explain(*, rolling: bool) -> str:
    said = [
        _("Customers by the week of their first touch (or their first of the touchpoint chosen), from Monday."),
        _("The filter chooses customers, the time chosen the weeks in which they began; all their touches count."),
        _("A week is shown once it is over."),
    ]
    if rolling:
        said.append(_("Later weeks sink towards today, for there is less “later” to see."))
    return " ".join(said)


def _choose(view: View, touchpoints: Sequence[str]) -> Element:
    kept = (*CARRIED, "rolling")
    names = [Choice(value=name, label=name) for name in touchpoints]
    chosen = {name: view.query.get(name, "") for name in ("start", "back")}
    return h.form(".funnel-choice.no-print", method="get", action="/journeys/cohorts")[
        (h.input(type="hidden", name=name, value=view.query[name]) for name in kept if view.query.get(name)),
        form_row(
            select(
                _("They began with"),
                "start",
                choices=[Choice(value="", label=_("any touch")), *names],
                value=chosen["start"],
            ),
            select(
                _("They came back to"), "back", choices=[Choice(value="", label=_("any touch")), *names],
                value=chosen["back"],
            ),
            button(_("Show")),
        ),
    ]  # fmt: skip


def _grid(view: View, found: Cohorts, *, rolling: bool) -> Element:
    periods = found.known.shape[1]
    heads = (
        Column(words=_("Began in the week of"), names=True),
        Column(words=_("Customers"), figures=True),
        Column(words=_("Same week"), figures=True),
        *(Column(words=_("Week {n}").format(n=number(place)), figures=True) for place in range(1, periods)),
    )
    rows: list[tuple[Node, ...]] = [
        (
            day(begin_us, view.timezone, now_us=found.now_us),
            number(int(found.people[place])),
            *(_cell(found, place, period, rolling=rolling) for period in range(periods)),
        )
        for place, begin_us in reversed(list(enumerate(found.begin_us.tolist())))
    ]
    whole = [_shown(metric) if metric.n >= FEWEST else None for metric in found.curve(rolling=rolling)]
    rows.append((h.b[_("All of them")], number(int(found.people.sum())), *whole))
    return h.div(".cohorts")[
        table(heads, rows, caption=_("Who came back, by the week in which they began"), stacks=False),
        h.p(".note.funnel-rules")[
            _explain(rolling=rolling),
            " ",
            _("Point at a share, or move to it by the keyboard, for its interval and its n."),
        ],
    ]


def _cell(found: Cohorts, place: int, period: int, *, rolling: bool) -> Node:
    if not found.known[place, period]:
        return None
    if found.people[place] < FEWEST:
        return h.span(".quiet")[_("too few")]
    return _shown(found.share(place, period, rolling=rolling))


def _shown(metric: Metric) -> Element:
    said = say_metric(metric, unit=Unit.PERCENT)
    words = ngettext(
        "{share} ({spread}) of {n} customer", "{share} ({spread}) of {n} customers", metric.n
    ).format(share=said.value, spread=said.spread, n=number(metric.n))  # fmt: skip
    depth = min(5, int((metric.value or 0) * 6))
    return h.span(class_=["cohort", f"cohort-{depth}"], tabindex="0", title=words)[
        percent(metric.value or 0), h.span(".cohort-tip")[words]
    ]
