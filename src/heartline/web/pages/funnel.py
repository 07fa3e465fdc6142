"""A journey's funnel: how far people get, where they are lost, how long it takes; and the people behind a bar."""

from __future__ import annotations

from itertools import pairwise

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, ngettext
from heartline.records import Journey, Right
from heartline.understand import FunnelCount, StepCount, StepOrder, Wait, say_journey
from heartline.web.charts.funnel import StepShown, draw_funnel
from heartline.web.funnels import ASKED, ORDERS, STEPS, WINDOWS, FunnelPeople
from heartline.web.lenses import REGION, name_field
from heartline.web.listing import PAGE
from heartline.web.pages.answers import answer_rows
from heartline.web.pages.journey_frame import frame_journey, say_nobody
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
    pagination,
    section,
    select,
    shell,
    table,
    table_twin,
    tabs,
)
from heartline.web.parts.words import Unit, duration, number, plural, say_metric, value_with_margin


def funnel_page(view: View, journey: Journey, count: FunnelCount) -> Renderable:
    """The page: what was found as its title, the bars, the same as a table, the breakdown, and the choice."""
    began = count.all.steps[0].people
    return frame_journey(
        view,
        journey,
        under=_say_found(count),
        do=acts(download_button(view, "CSV", _url(view, journey, "funnel.csv"))),
        body=[
            _choose(view, journey, count),
            [draw_funnel(_show_steps(view, journey, count)), _twin(journey, count)]
            if began
            else say_nobody(view, journey),
            h.p(".note.funnel-rules")[_explain(view, count)],
            bool(began and count.lines) and _split(view, journey, count),
        ],
    )


def _url(view: View, journey: Journey, tail: str, **more: str | None) -> str:
    """A page of this very funnel."""
    asked = {name: view.query.get(name) for name in ASKED}
    return view.url(f"/journeys/{journey.journey_id}/{tail}", **asked, **more)


def _people_url(view: View, journey: Journey, step: int, **more: str | None) -> str:
    return _url(view, journey, "funnel/people", step=str(step), **more) if view.may(Right.SEE_CUSTOMERS) else ""


def _say_found(count: FunnelCount) -> str:
    steps = count.all.steps
    if not steps[0].people:
        return _("Nobody began it in the time and filter chosen.")
    said = say_metric(steps[-1].of_start, unit=Unit.PERCENT)
    told = ngettext(
        "{share} ({spread}) of {n} customer who began came through all the steps.",
        "{share} ({spread}) of {n} customers who began came through all the steps.",
        steps[0].people,
    )
    whole = told.format(share=said.value, spread=said.spread, n=number(steps[0].people))
    lost = [before.people - after.people for before, after in pairwise(steps)]
    if not any(lost):
        return whole
    place = lost.index(max(lost))
    if count.funnel.order is StepOrder.ANY:
        return whole
    most = _("Most are lost between {before} and {after}: {n}.").format(
        before=steps[place].name, after=steps[place + 1].name, n=number(lost[place])
    )
    return f"{whole} {most}"


def _name_step(count: FunnelCount, place: int) -> str:
    """A step's name; in any order a step is only how many of them were done."""
    if count.funnel.order is StepOrder.ANY:
        return ngettext("Any {n} of the steps", "Any {n} of the steps", place).format(n=number(place))
    return count.all.steps[place - 1].name


def _show_steps(view: View, journey: Journey, count: FunnelCount) -> list[StepShown]:
    shown, before = [], count.all.steps[0].people
    for place, step in enumerate(count.all.steps, start=1):
        shown.append(
            StepShown(
                name=_name_step(count, place),
                people=step.people,
                before=before,
                of_start=step.of_start,
                of_before=step.of_before,
                took=_say_wait(step.since_before),
                href=_people_url(view, journey, place),
                lost_href=_people_url(view, journey, place - 1, lost="1") if place > 1 else "",
            )
        )
        before = step.people
    return shown


def _say_wait(wait: Wait) -> str:
    if wait.median_us is None or wait.p90_us is None:
        return ""
    return _("half within {median}, 90 % within {p90}").format(
        median=duration(wait.median_us / 1e6), p90=duration(wait.p90_us / 1e6)
    )


def _twin(journey: Journey, count: FunnelCount) -> Element:
    heads = (
        Column(words=_("Step"), names=True),
        Column(words=_("Customers"), figures=True),
        Column(words=_("Of those who began"), figures=True),
        Column(words=_("Of the step before"), figures=True),
        Column(words=_("Median time between"), figures=True),
        Column(words=_("90 % within"), figures=True),
        Column(words=_("Median since the beginning"), figures=True),
    )
    rows = [
        (
            f"{number(place)}. {_name_step(count, place)}",
            number(step.people),
            value_with_margin(step.of_start, unit=Unit.PERCENT),
            "–" if place == 1 else value_with_margin(step.of_before, unit=Unit.PERCENT),
            _median(step.since_before),
            "–" if step.since_before.p90_us is None else duration(step.since_before.p90_us / 1e6),
            _median(step.since_start),
        )
        for place, step in enumerate(count.all.steps, start=1)
    ]
    return table_twin(table(heads, rows, caption=_("Steps of {journey}").format(journey=say_journey(journey.name))))


def _median(wait: Wait) -> str:
    if wait.median_us is None:
        return "–"
    if wait.low_us is None or wait.high_us is None:
        return duration(wait.median_us / 1e6)
    return f"{duration(wait.median_us / 1e6)} ({duration(wait.low_us / 1e6)} – {duration(wait.high_us / 1e6)})"


def _explain(view: View, count: FunnelCount) -> str:
    days = None if count.funnel.window_us is None else WINDOWS[view.query["within"]]
    said = [
        _("One person is one customer, counted once however often they began; the furthest they got counts."),
        {
            StepOrder.ORDERED: _("Other touches may lie between two steps."),
            StepOrder.STRICT: _("Each step must be the very next touch."),
            StepOrder.ANY: _("So many different steps, in whatever order."),
        }[count.funnel.order],
    ]
    if days is not None:
        told = ngettext(
            "All within {n} day of the first step; who began less than that ago may still get there.",
            "All within {n} days of the first step; who began less than that ago may still get there.",
            days,
        )
        said.append(told.format(n=number(days)))
    else:
        said.append(_("Who is still under way counts as not yet there."))
    said.append(_("Only touches in the time chosen count; the filter chooses customers."))
    return " ".join(said)


def _choose(view: View, journey: Journey, count: FunnelCount) -> Element:
    path = f"/journeys/{journey.journey_id}/funnel"
    fields = [field for field in view.filter_options if field.name != REGION]
    return h.form(".funnel-choice.no-print", method="get", action=path)[
        (h.input(type="hidden", name=name, value=view.query[name]) for name in CARRIED if view.query.get(name)),
        form_row(
            select(
                _("Order of the steps"),
                "order",
                choices=[Choice(value=one.value, label=_(words)) for one, words in ORDERS.items()],
                value=count.funnel.order.value,
            ),
            select(
                _("Within"),
                "within",
                choices=[
                    Choice(value="", label=_("any time")),
                    *(Choice(value=name, label=plural(days, "day", "days")) for name, days in WINDOWS.items()),
                ],
                value=view.query.get("within", ""),
            ),
            select(
                _("Broken down by"),
                "split",
                choices=[
                    Choice(value="", label=_("nothing")),
                    *(Choice(value=field.name, label=field.label) for field in fields),
                ],
                value=count.funnel.by,
            ),
            button(_("Show")),
        ),
        _choose_steps(view, journey),
    ]


def _choose_steps(view: View, journey: Journey) -> Element:
    chosen = [name for place in range(1, STEPS + 1) if (name := view.query.get(f"s{place}"))]
    places = [Choice(value="", label="–"), *(Choice(value=name, label=name) for name in _offer(journey, chosen))]
    return h.details(".unfold", open=bool(chosen))[
        h.summary[_("Choose the steps")],
        h.p(".note")[_("Without a choice the stages of the journey are the steps.")],
        h.div(".funnel-steps")[
            (
                select(
                    _("Step {n}").format(n=number(place)),
                    f"s{place}",
                    choices=places,
                    value=chosen[place - 1] if place <= len(chosen) else "",
                )
                for place in range(1, STEPS + 1)
            )
        ],
        bool(chosen)
        and link_button(_("Back to the stages"), view.here(**{f"s{place}": None for place in range(1, STEPS + 1)})),
    ]


def _offer(journey: Journey, chosen: list[str]) -> list[str]:
    return list(dict.fromkeys([*journey.touchpoints, *chosen]))


def _split(view: View, journey: Journey, count: FunnelCount) -> Element:
    heads = (
        Column(words=name_field(count.funnel.by), names=True),
        Column(words=_("Began"), figures=True),
        *(Column(words=_name_step(count, place), figures=True) for place in range(2, len(count.all.steps) + 1)),
    )
    rows = [
        (
            line.value or _("(none)"),
            number(line.steps[0].people),
            *(
                _split_cell(step, _people_url(view, journey, place, value=line.value))
                for place, step in enumerate(line.steps[1:], start=2)
            ),
        )
        for line in count.lines
    ]
    return section(
        _("By {field}").format(field=name_field(count.funnel.by)),
        beside=_("Shares of those who began, with 95 % intervals; no verdict is given here"),
        body=table(heads, rows, caption=_("Steps by {field}").format(field=name_field(count.funnel.by))),
    )


def _split_cell(step: StepCount, href: str) -> Node:
    counted = number(step.people)
    return h.span[
        value_with_margin(step.of_start, unit=Unit.PERCENT),
        " ",
        h.span(".note")[h.a(href=href)[counted] if href else counted],
    ]


def funnel_people_page(
    view: View, journey: Journey, count: FunnelCount, found: FunnelPeople, *, now_us: int
) -> Renderable:
    """The customers behind a bar: exactly those it counts."""
    name = _name_step(count, found.step)
    title = _("Came as far as {step} and no further") if found.lost else _("Came to {step}")
    here = {"page": None, "lost": None}
    return shell(
        view,
        title=title.format(step=name),
        crumbs=(
            ("/journeys", _("Journeys")),
            (view.url(f"/journeys/{journey.journey_id}"), say_journey(journey.name)),
            (_url(view, journey, "funnel"), _("Funnel")),
            ("", name),
        ),
        body=[
            lede(
                title.format(step=name),
                under=_say_listed(count, found),
                do=acts(
                    download_button(
                        view,
                        "CSV",
                        _url(
                            view,
                            journey,
                            "funnel/people.csv",
                            **{key: view.query.get(key) for key in ("step", "lost", "value")},
                        ),
                    )
                ),
            ),
            tabs(
                _("Who"),
                [
                    (view.here(**here), _("Came this far")),
                    (view.here(**{**here, "lost": "1"}), _("Came no further")),
                ],
                current=view.here(**{**here, "lost": "1" if found.lost else None}),
            ),
            answer_rows(view, found.lines, now_us=now_us)
            if found.lines
            else empty(_("Nobody came by in the time and filter chosen.")),
            pagination(view, page=found.page, pages=-(-found.total // PAGE), total=found.total),
        ],
    )


def _say_listed(count: FunnelCount, found: FunnelPeople) -> str:
    listed = ngettext("{n} customer in this list.", "{n} customers in this list.", found.total)
    words = [listed.format(n=number(found.total)), _("Each with their last touch in the time chosen.")]
    if found.value is not None:
        words.insert(0, f"{name_field(count.funnel.by)}: {found.value or _('(none)')}.")
    return " ".join(words)
