"""Inviting to a survey: whom, what is written, and a look at who would be asked before anybody is."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from htpy import Element, Node

from heartline.act import list_tongues
from heartline.language import _, ngettext
from heartline.records import Survey
from heartline.web.inviting import REST_DAYS, Order, Plan
from heartline.web.pages.survey_report import REASONS
from heartline.web.pages.surveys import PATH
from heartline.web.parts import (
    Choice,
    View,
    button,
    csrf_field,
    empty,
    error,
    field,
    form_row,
    key_values,
    lede,
    link_button,
    radios,
    section,
)
from heartline.web.parts.words import number


def draw_inviting(
    view: View,
    survey: Survey,
    order: Order,
    *,
    touchpoints: Sequence[str],
    plan: Plan | None = None,
    problem: str = "",
) -> Element:
    """The form; with a plan, who would be asked and a button that asks them."""
    here, several = f"{PATH}/{survey.survey_id}", len(list_tongues(survey.text)) > 1
    return h.div[
        lede(
            _("Invite by e-mail"),
            under=_("Each gets a link of their own, good for one answer. Nobody is asked twice in {days} days.").format(
                days=number(REST_DAYS)
            ),
        ),
        h.form(".stack.invite", method="post", action=view.url(f"{here}/invite"))[
            csrf_field(view),
            problem and error(problem),
            _whom(order, touchpoints),
            section(_("The letter"), identity="letter", body=_letter(order, several=several)),
            section(_("Who would be asked"), identity="plan", body=_plan(plan)),
            h.div(".acts")[
                button(_("Look who would be asked"), name="do", value="look", weight="normal" if plan else "main"),
                plan is not None
                and bool(plan.chosen)
                and button(
                    ngettext("Ask {n} person", "Ask {n} people", len(plan.chosen)).format(n=number(len(plan.chosen))),
                    name="do",
                    value="send",
                    weight="main",
                ),
                h.span(".who-touch")[button(_("Ask by itself from now on"), name="do", value="standing")],
                link_button(_("Back to the survey"), view.url(here), weight="plain"),
            ],
        ],
    ]


def _whom(order: Order, touchpoints: Sequence[str]) -> Element:
    choices = (
        (Choice(value="addresses", label=_("These addresses")), _("One a line, or rows of a CSV file.")),
        (Choice(value="touch", label=_("Who met a touchpoint")), _("Answers are joined to that touch.")),
    )
    named = [Choice(value=name, label=name) for name in touchpoints]
    return h.div(".stack")[
        radios(_("Whom to ask"), "who", choices=choices, value=order.who),
        h.div(".who-addresses")[field(_("Addresses"), "addresses", value=order.addresses, lines=4)],
        h.div(".who-touch")[
            form_row(
                field(_("Touchpoint"), "touchpoint", value=order.touchpoint, list="touchpoints", maxlength="200"),
                field(_("In the last days"), "days", value=str(order.days), inputmode="numeric", maxlength="3"),
                field(
                    _("Hours later"),
                    "hours",
                    value=str(order.hours),
                    hint=_("When it asks by itself."),
                    inputmode="numeric",
                    maxlength="3",
                ),
            ),
            h.datalist("#touchpoints")[(h.option(value=one.value) for one in named)],
        ],
        field(
            _("Share of them, in percent"),
            "share",
            value=str(order.share),
            hint=_("Fewer are asked, by lot; the same ones each time you look."),
            inputmode="numeric",
            maxlength="3",
        ),
    ]


def _letter(order: Order, *, several: bool) -> Element:
    return h.div(".stack")[
        field(_("Subject"), "subject", value=order.subject, maxlength="200", required=True),
        field(
            _("Text"),
            "text",
            value=order.text,
            lines=9,
            maxlength="5000",
            hint=_("{link} stands for each one’s own link. The way out is added below it.").format(link="{link}"),
        ),
        several
        and h.p(".note")[_("Left as it is, who is known to speak another language of the survey gets it in that one.")],
    ]


def _plan(plan: Plan | None) -> Node:
    if plan is None:
        return h.p(".note")[_("Look first: nobody is asked by looking.")]
    if not plan.looked:
        return empty(_("There is nobody to ask among these."))
    left: list[tuple[Node, Node]] = [(_(REASONS.get(why, why)), number(n)) for why, n in plan.reasons.items()]
    asked = ngettext("{n} person would be asked.", "{n} people would be asked.", len(plan.chosen))
    more = len(plan.chosen) - len(plan.shown)
    return h.div(".stack", role="status")[
        h.p[h.b[asked.format(n=number(len(plan.chosen)))]],
        bool(plan.chosen) and h.p(".note")[h.bdi[", ".join(plan.shown)], more > 0 and f" … +{number(more)}"],
        h.div[h.h3[_("Not asked, and why")], key_values(left)] if left else None,
    ]


def say_asked(plan: Plan) -> str:
    """What was done, in a line."""
    return ngettext("{n} person is invited.", "{n} people are invited.", len(plan.chosen)).format(
        n=number(len(plan.chosen))
    )
