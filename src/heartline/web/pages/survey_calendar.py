"""The survey calendar: weeks, what comes next, who has a chance to be heard, and signs that it is not even."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.act import GroupAsked
from heartline.language import _, ngettext
from heartline.records import Difference, Metric, Verdict
from heartline.web.pages.surveys import PATH
from heartline.web.parts import (
    Column,
    View,
    empty,
    figure_of,
    key_values,
    lede,
    link_button,
    section,
    table,
    tag,
)
from heartline.web.parts.words import NBSP, Unit, day, number, percent, say_metric
from heartline.web.survey_calendar import Evenness, SurveyCalendar, SurveySigns

HERE: Final = f"{PATH}/calendar"


def draw_calendar(view: View, found: SurveyCalendar, *, now_us: int) -> Element:
    """The whole page."""
    return h.div[
        lede(
            _("Survey calendar"),
            under=_("Who was asked when, what comes next, and whether everybody has the same chance to be heard."),
        ),
        section(_("Asked, by week"), body=_weeks(view, found, now_us), identity="weeks", beside=_("last 12 weeks")),
        section(_("What comes next"), body=_coming(view, found), identity="coming"),
        section(_("Who has a chance to be heard"), body=_evenness(found.evenness), identity="evenness"),
        section(_("Signs that it is not even"), body=_signs(view, found), identity="signs"),
    ]


def _weeks(view: View, found: SurveyCalendar, now_us: int) -> Node:
    rest = h.p(".note")[_("Nobody is asked twice in 30 days, over all surveys.")]
    if not found.weeks:
        return [empty(_("Nobody was asked by e-mail in the last 12 weeks.")), rest]
    columns = (
        Column(words=_("Week from"), names=True),
        *(Column(words=survey.text.title or _("Without a title"), figures=True) for survey in found.surveys),
        Column(words=_("In all"), figures=True),
    )
    rows: list[tuple[Node, ...]] = [
        (
            day(week.from_us, view.timezone, now_us=now_us),
            *(number(count) for count in week.counts),
            h.b[number(sum(week.counts))],
        )
        for week in found.weeks
    ]
    return [table(columns, rows, caption=_("Invitations by week, the latest first")), rest]


def _coming(view: View, found: SurveyCalendar) -> Node:
    if not found.coming:
        return empty(
            _("Nothing is planned: no survey asks by itself."), do=link_button(_("See the surveys"), view.url(PATH))
        )
    return h.ul(".rows")[
        (
            h.li[
                h.p[h.a(href=view.url(f"{PATH}/{one.survey.survey_id}"))[h.bdi[one.survey.text.title]]],
                h.p(".note")[
                    _("Who meets {touchpoint}, {hours} h later, {share} of them.").format(
                        touchpoint=one.order.touchpoint,
                        hours=number(one.order.hours),
                        share=percent(one.order.share / 100),
                    ),
                    " ",
                    _say_met(one.met),
                ],
            ]
            for one in found.coming
        )
    ]


def _say_met(met: int) -> str:
    if not met:
        return _("Nobody has met it since it was asked last.")
    return ngettext(
        "At most {n} person who met it so far is asked next.",
        "At most {n} people who met it so far are asked next.",
        met,
    ).format(n=number(met))


def _evenness(found: Evenness | None) -> Node:
    if found is None:
        return empty(_("Nobody was asked about a touch, so there is nobody to hold them against."))
    return h.div(".stack")[
        h.p[
            figure_of(found.rate, unit=Unit.PERCENT),
            " ",
            ngettext(
                "of {n} customer who met {touchpoints} while people were asked about it was asked.",
                "of {n} customers who met {touchpoints} while people were asked about it were asked.",
                found.rate.n,
            ).format(n=number(found.rate.n), touchpoints=", ".join(found.touchpoints)),
        ],
        _groups(found.places, _("Place")),
        _groups(found.agents, _("Employee")),
        h.p(".note")[
            _("Groups of fewer than five customers are left out. Each is held against all others together, and all of "
              "them share one budget of false alarms (5 %).")
        ],
    ]  # fmt: skip


def _groups(groups: Sequence[GroupAsked], words: str) -> Node:
    if not groups:
        return None
    columns = (
        Column(words=words, names=True),
        Column(words=_("Asked, of those met"), figures=True),
        Column(words="n", figures=True),
        Column(words=_("Against all others")),
    )
    rows: list[tuple[Node, ...]] = [
        (h.bdi[one.name], _share(one.rate), number(one.rate.n), _against(one)) for one in groups
    ]
    return table(columns, rows, caption=_("Share asked, by {group}").format(group=words))


def _share(metric: Metric) -> Node:
    """A share with its interval, as small as the words around it."""
    said = say_metric(metric, unit=Unit.PERCENT)
    return [said.value, said.spread and h.span(".note")[f" {said.spread}"]]


def _against(one: GroupAsked) -> Node:
    gap = one.gap
    if gap.verdict is Verdict.TOO_FEW or gap.value is None or gap.low is None or gap.high is None:
        return _("Too few to say")
    size = _points(gap)
    if not one.odd:
        return _("No reliable difference ({size})").format(size=size)
    words = _("asked less: {size}") if gap.value < 0 else _("asked more: {size}")
    return tag(words.format(size=size), tone="late")


def _points(gap: Difference) -> str:
    """The difference with its interval, in points."""
    value, low, high = (number((end or 0.0) * 100, signed=True) for end in (gap.value, gap.low, gap.high))
    return _("{value} points, {low} to {high}").format(value=value, low=low, high=high)


def _signs(view: View, found: SurveyCalendar) -> Element:
    felt = found.evenness.felt if found.evenness is not None else None
    return h.div(".stack")[
        key_values([(_("Only the happy?"), _felt(felt))]),
        bool(found.signs)
        and table(
            (
                Column(words=_("Survey"), names=True),
                Column(words=_("Thickest answers by the public link")),
                Column(words=_("Finished too fast to have read it"), figures=True),
                Column(words="n", figures=True),
            ),
            [_sign(view, one) for one in found.signs],
            caption=_("Signs by survey"),
        ),
        h.p(".note")[
            _("A sign is no proof: it says that an even hand would give this seldom. Too fast is less than a quarter "
              "of the time the questions are said to take. No address is kept of who answers by a public link, so "
              "bursts are found by time alone: five or more within five minutes, against the hour before and after.")
        ],
    ]  # fmt: skip


def _felt(felt: Difference | None) -> Node:
    if felt is None or felt.verdict is Verdict.TOO_FEW:
        return _("Too few to say: those asked and those not asked must have said before how they felt.")
    now, before = say_metric(felt.now, unit=Unit.VALENCE), say_metric(felt.before, unit=Unit.VALENCE)
    told = _("Those asked had felt {now} before ({now_n}), the others {before} ({before_n}).").format(
        now=f"{now.value}{NBSP}{now.spread}".strip(),
        now_n=f"n{NBSP}{number(felt.now.n)}",
        before=f"{before.value}{NBSP}{before.spread}".strip(),
        before_n=f"n{NBSP}{number(felt.before.n)}",
    )
    if felt.verdict is Verdict.NO_RELIABLE_CHANGE:
        return [told, " ", _("No reliable difference.")]
    words = _("Happier people are asked") if felt.verdict is Verdict.HIGHER else _("Unhappier people are asked")
    return [told, " ", tag(words, tone="late")]


def _sign(view: View, one: SurveySigns) -> tuple[Node, ...]:
    burst = one.burst
    thick: Node = _("none by it yet") if not burst.n else _("nowhere five within five minutes")
    if burst.most:
        thick = _("{most} of {n} within five minutes").format(most=number(burst.most), n=number(burst.n))
        chance = "< 0.1 %" if burst.chance < 0.001 else percent(burst.chance, digits=1)
        even = _("chance at most {chance}").format(chance=chance)
        thick = [thick, " ", tag(even, tone="late") if burst.told else h.span(".note")[even]]
    return (
        h.a(href=view.url(f"{PATH}/{one.survey.survey_id}"))[h.bdi[one.survey.text.title or _("Without a title")]],
        thick,
        _share(one.too_fast),
        number(one.too_fast.n),
    )
