"""``/alerts``: what fired, what is watched, a form, and what an alert would have fired last month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import htpy as h
from htpy import Element, Node, Renderable

from heartline.act import TRIED_DAYS, Look
from heartline.language import _, mark, ngettext
from heartline.records import Alert, Firing, Right
from heartline.web.alert_ears import Deaf
from heartline.web.alert_words import name_watched, say_bound, say_firing, say_value
from heartline.web.alerting import AlertList, AlertSheet
from heartline.web.pages.alert_form import PATH, alert_form
from heartline.web.parts import (
    View,
    acts,
    empty,
    lede,
    link_button,
    partial,
    post_button,
    section,
    shell,
    tag,
)
from heartline.web.parts.words import moment, number


def alerts_page(view: View, told: AlertList, *, now_us: int) -> Renderable:
    """The page: how many alarms nobody has looked at, the alarms, the alerts."""
    new = view.may(Right.CHANGE_WORKSPACE) and link_button(
        _("Make an alert"), view.url(f"{PATH}/new"), weight="main", drawing="plus"
    )
    title = ngettext("{n} alarm nobody has looked at", "{n} alarms nobody has looked at", told.unseen)
    return shell(
        view,
        title=_("Alerts"),
        controls=False,
        body=[
            lede(
                title.format(n=number(told.unseen)) if told.unseen else _("No alarm waits"),
                under=_("An alert fires when a whole interval lies beyond its bound. It tells its owner once."),
                do=new if told.alerts else None,
            ),
            bool(told.firings)
            and section(
                _("What fired"),
                identity="fired",
                body=h.ul(".rows.alarms")[(_alarm(view, *pair, told.themes, now_us=now_us) for pair in told.firings)],
            ),
            section(
                _("What is watched"),
                identity="watched",
                body=h.ul(".rows.alert-list")[(_line(view, one, told, now_us=now_us) for one in told.alerts)],
            )
            if told.alerts
            else empty(_("No figure is watched yet."), do=new),
        ],
    )


def _alarm(view: View, alert: Alert, firing: Firing, themes: Mapping[int, str], *, now_us: int) -> Element:
    return h.li(".long")[
        h.div[
            h.a(".strong", href=view.url(f"{PATH}/{alert.alert_id}"))[h.bdi[alert.name]],
            " ",
            not firing.seen_us and tag(_("New"), tone="late"),
        ],
        h.p[say_firing(alert, firing)],
        _below(view, alert, firing, themes, now_us=now_us),
    ]


def _below(view: View, alert: Alert, firing: Firing, themes: Mapping[int, str], *, now_us: int) -> Element:
    notes = [moment(firing.look_us, view.timezone, now_us=now_us), name_watched(alert, themes)]
    if firing.grouped:
        notes.append(_("told with another alert of the same cause"))
    if firing.escalated_us:
        notes.append(_("went to {name}").format(name=alert.deputy))
    if firing.seen_us:
        when = moment(firing.seen_us, view.timezone, now_us=now_us)
        notes.append(_("seen by {name}, {when}").format(name=firing.seen_by, when=when))
    return h.div[
        h.p(".note")[h.bdi[" · ".join(notes)]],
        not firing.seen_us
        and view.may(Right.WORK_CASES)
        and acts(
            post_button(
                view, _("I have seen it"), f"{PATH}/{alert.alert_id}/firings/{firing.firing_id}", drawing="check"
            )
        ),
    ]


def _line(view: View, alert: Alert, told: AlertList, *, now_us: int) -> Element:
    return h.li(".long.rule-row")[
        h.div[
            h.a(".strong", href=view.url(f"{PATH}/{alert.alert_id}"))[h.bdi[alert.name]],
            h.p(".note")[h.bdi[f"{name_watched(alert, told.themes)}: {say_bound(alert)}"]],
        ],
        h.p(".note")[h.bdi[alert.owner] if alert.owner else _("nobody owns it yet")],
        tag(_("Hears nothing"), tone="late") if alert.alert_id in told.deaf else _state(view, alert, now_us=now_us),
    ]


def _state(view: View, alert: Alert, *, now_us: int) -> Element:
    if not alert.enabled:
        return tag(_("Off"), tone="soft")
    if alert.snoozed_us > now_us:
        return tag(
            _("Rests until {day}").format(day=moment(alert.snoozed_us, view.timezone, now_us=now_us)), tone="soft"
        )
    return tag(_("On"), tone="better", drawing="check")


def alert_page(view: View, sheet: AlertSheet, *, now_us: int, problem: tuple[str, str] = ("", "")) -> Renderable:
    """One alert: how it stands, what it would have done, and its form for those who may change it."""
    alert = sheet.alert
    may = view.may(Right.CHANGE_WORKSPACE)
    beside: list[Node] = [
        sheet.deaf is not None and _deaf(view, sheet.deaf, alert),
        sheet.now is not None and _now(sheet, sheet.now),
        sheet.now is not None and _tried(view, sheet.tried, alert, part=bool(sheet.now.unheard)),
        bool(alert.alert_id) and may and _standing(view, alert, now_us=now_us),
    ]
    fired = section(
        _("What fired"),
        identity="fired",
        body=h.ul(".rows.alarms")[(_alarm(view, alert, one, sheet.themes, now_us=now_us) for one in sheet.firings)]
        if sheet.firings
        else empty(_("It has not fired yet.")),
    )
    return shell(
        view,
        title=alert.name or _("A new alert"),
        controls=False,
        crumbs=((view.url(PATH), _("Alerts")), ("", alert.name or _("A new alert"))),
        body=[
            lede(
                h.bdi[alert.name] if alert.name else _("A new alert"),
                under=h.bdi[f"{name_watched(alert, sheet.themes)}: {say_bound(alert)}"],
            ),
            h.div(".columns.wide-left")[
                h.div[bool(alert.alert_id) and fired, may and alert_form(view, sheet, problem)], h.div[beside]
            ],
        ],
    )


_DEAF: Final = {
    Deaf.GONE: mark("Its theme is not there any more: themes were found anew without it. Nothing is judged."),
    Deaf.MERGED: mark("Its theme counts as part of another now, which has its own figure. Nothing is judged."),
    Deaf.HIDDEN: mark("Its theme is hidden, so no page shows its figure. Nothing is judged."),
}


def _deaf(view: View, deaf: Deaf, alert: Alert) -> Element:
    there = "/voice/themes" if deaf is Deaf.GONE else f"/voice/themes?edit={alert.theme}#theme-{alert.theme}"
    return section(
        _("Now"),
        identity="now",
        body=[partial(_(_DEAF[deaf])), acts(link_button(_("See the themes"), view.url(there)))],
    )


def _now(sheet: AlertSheet, look: Look) -> Element:
    alert, metric = sheet.alert, look.metric
    if look.unheard:
        told = ngettext(
            "{n} comment of these days is not read yet. It is judged when all are.",
            "{n} comments of these days are not read yet. It is judged when all are.",
            look.unheard,
        )
        return section(_("Now"), identity="now", body=partial(told.format(n=number(look.unheard))))
    if metric.value is None or metric.low is None or metric.high is None:
        told = (
            _("{n} comments in the last {days} days: too few to judge.")
            if alert.hears
            else _("{n} answers in the last {days} days: too few to judge.")
        )
        body: Node = h.p[told.format(n=number(metric.n), days=alert.window_days)]
    else:
        said = _say_look(alert, look)
        unsure = _(
            "Too few comments have a score to know how wrong the reader is here: the interval holds chance alone."
        )
        body = [
            h.p[said, ". ", _("It fires.") if look.fires else _("It does not fire.")],
            not sheet.checked and h.p(".note")[unsure],
        ]
    return section(_("Now"), beside=_("last {n} days").format(n=alert.window_days), identity="now", body=body)


def _say_look(alert: Alert, look: Look) -> str:
    metric = look.metric
    return _("{value} ({low} to {high}, n {n})").format(
        value=say_value(alert.measure, metric.value or 0),
        low=say_value(alert.measure, metric.low or 0),
        high=say_value(alert.measure, metric.high or 0),
        n=number(metric.n),
    )


def _tried(view: View, tried: tuple[Look, ...], alert: Alert, *, part: bool) -> Element:
    title = ngettext("Would have fired {n} time", "Would have fired {n} times", len(tried))
    return section(
        title.format(n=number(len(tried))),
        beside=_("last {n} days").format(n=TRIED_DAYS),
        identity="tried",
        body=[
            h.p(".note")[
                _(
                    "By the same looks, every three hours. Where the truth lies exactly on the bound, "
                    "about 3 months in 100 have a false alarm."
                )
            ],
            part and h.p(".note")[_("Looks with comments that are not read yet are left out.")],
            bool(tried)
            and h.ul(".rows.tried")[
                (
                    h.li[
                        moment(look.at_us, view.timezone),
                        ": ",
                        _say_look(alert, look),
                    ]
                    for look in tried[-5:][::-1]
                )
            ],
        ],
    )


def _standing(view: View, alert: Alert, *, now_us: int) -> Element:
    here = f"{PATH}/{alert.alert_id}/standing"
    rests = alert.snoozed_us > now_us
    return section(
        _("How it stands"),
        beside=_state(view, alert, now_us=now_us),
        identity="standing",
        body=acts(
            post_button(view, _("Wake it"), here, act="wake")
            if rests
            else post_button(view, _("Let it rest for a week"), here, act="snooze", days="7"),
            post_button(
                view,
                _("Switch it off") if alert.enabled else _("Switch it on"),
                here,
                act="off" if alert.enabled else "on",
            ),
            post_button(view, _("Forget the alert"), f"{PATH}/{alert.alert_id}/drop", weight="danger"),
        ),
    )
