"""``/alerts``: what fired, what is watched, a form, and what an alert would have fired last month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import htpy as h
from htpy import Element, Node, Renderable

from heartline.act import TRIED_DAYS, Look
from heartline.language import _, mark, ngettext
from heartline.records import Alert, Firing, Right
from heartline.understand import Measure
from heartline.web.alert_words import name_watched, say_bound, say_firing, say_value
from heartline.web.alerting import FIELDS, MEASURES, AlertList, AlertSheet
from heartline.web.pages.touchpoints import name_area
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
    section,
    select,
    shell,
    tag,
)
from heartline.web.parts.words import moment, number
from heartline.web.tiles import TILE_WORDS

PATH: Final = "/alerts"
_FIELD_WORDS: Final = {
    "place": mark("Place"),
    "channel": mark("Channel"),
    "area": mark("Area"),
    "partner": mark("Partner"),
    "product": mark("Product"),
}
_TIMES: Final = (
    (mark("Of the last days"), "window_days"),
    (mark("At least so many answers"), "least_n"),
    (mark("Days between two alarms"), "cooldown_days"),
)


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
                body=h.ul(".rows.alarms")[(_alarm(view, *pair, now_us=now_us) for pair in told.firings)],
            ),
            section(
                _("What is watched"),
                identity="watched",
                body=h.ul(".rows.alert-list")[(_line(view, one, now_us=now_us) for one in told.alerts)],
            )
            if told.alerts
            else empty(_("No figure is watched yet."), do=new),
        ],
    )


def _alarm(view: View, alert: Alert, firing: Firing, *, now_us: int) -> Element:
    return h.li(".long")[
        h.div[
            h.a(".strong", href=view.url(f"{PATH}/{alert.alert_id}"))[h.bdi[alert.name]],
            " ",
            not firing.seen_us and tag(_("New"), tone="late"),
        ],
        h.p[say_firing(alert, firing)],
        _below(view, alert, firing, now_us=now_us),
    ]


def _below(view: View, alert: Alert, firing: Firing, *, now_us: int) -> Element:
    notes = [moment(firing.look_us, view.timezone, now_us=now_us), name_watched(alert)]
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


def _line(view: View, alert: Alert, *, now_us: int) -> Element:
    return h.li(".long.rule-row")[
        h.div[
            h.a(".strong", href=view.url(f"{PATH}/{alert.alert_id}"))[h.bdi[alert.name]],
            h.p(".note")[h.bdi[f"{name_watched(alert)}: {say_bound(alert)}"]],
        ],
        h.p(".note")[h.bdi[alert.owner] if alert.owner else _("nobody owns it yet")],
        _state(view, alert, now_us=now_us),
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
        sheet.now is not None and _now(alert, sheet.now),
        sheet.now is not None and _tried(view, sheet.tried, alert),
        bool(alert.alert_id) and may and _standing(view, alert, now_us=now_us),
    ]
    fired = section(
        _("What fired"),
        identity="fired",
        body=h.ul(".rows.alarms")[(_alarm(view, alert, one, now_us=now_us) for one in sheet.firings)]
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
                under=h.bdi[f"{name_watched(alert)}: {say_bound(alert)}"],
            ),
            h.div(".columns.wide-left")[
                h.div[bool(alert.alert_id) and fired, may and _form(view, sheet, problem)], h.div[beside]
            ],
        ],
    )


def _now(alert: Alert, look: Look) -> Element:
    metric = look.metric
    if metric.value is None or metric.low is None or metric.high is None:
        body = h.p[
            _("{n} answers in the last {days} days: too few to judge.").format(
                n=number(metric.n), days=alert.window_days
            )
        ]
    else:
        said = _say_look(alert, look)
        body = h.p[said, ". ", _("It fires.") if look.fires else _("It does not fire.")]
    return section(_("Now"), beside=_("last {n} days").format(n=alert.window_days), identity="now", body=body)


def _say_look(alert: Alert, look: Look) -> str:
    metric = look.metric
    return _("{value} ({low} to {high}, n {n})").format(
        value=say_value(alert.measure, metric.value or 0),
        low=say_value(alert.measure, metric.low or 0),
        high=say_value(alert.measure, metric.high or 0),
        n=number(metric.n),
    )


def _tried(view: View, tried: tuple[Look, ...], alert: Alert) -> Element:
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


def _form(view: View, sheet: AlertSheet, problem: tuple[str, str]) -> Element:
    alert = sheet.alert
    known = {"name", "bound", "least_n"}
    return section(
        _("What it watches"),
        identity="form",
        body=h.form(".stack", method="post", action=f"{PATH}/{alert.alert_id}" if alert.alert_id else PATH)[
            csrf_field(view),
            bool(problem[1]) and problem[0] not in known and error(problem[1]),
            field(
                _("Name"),
                "name",
                value=sheet.said.get("name", ""),
                error=_told(problem, "name"),
                required=True,
                maxlength="80",
                dir="auto",
            ),
            _watches(sheet, problem),
            _when(sheet.said, problem),
            _tells(sheet),
            acts(
                button(_("Keep the alert"), weight="main", name="act", value="keep"),
                button(_("Try it on the last {n} days").format(n=TRIED_DAYS), name="act", value="try", drawing="play"),
            ),
        ],
    )


def _told(problem: tuple[str, str], name: str) -> str:
    return problem[1] if problem[0] == name else ""


def _watches(sheet: AlertSheet, problem: tuple[str, str]) -> list[Node]:
    said = sheet.said
    measures = [Choice(value=one, label=_(TILE_WORDS[Measure(one)])) for one in MEASURES]
    points = [Choice(value="", label=_("Everywhere")), *(Choice(value=one, label=one) for one in sheet.touchpoints)]
    wheres = [Choice(value="", label=_("No matter"))] + [
        Choice(
            value=f"{name}={value}", label=f"{_(_FIELD_WORDS[name])}: {name_area(value) if name == 'area' else value}"
        )
        for name in FIELDS
        for one, value in sheet.values
        if one == name
    ]
    ways = [Choice(value="below", label=_("is below")), Choice(value="above", label=_("is above"))]
    return [
        form_row(
            select(_("Score"), "measure", choices=measures, value=said.get("measure", "")),
            select(_("Reliably"), "way", choices=ways, value=said.get("way", "")),
            field(
                _("Bound"),
                "bound",
                value=said.get("bound", ""),
                error=_told(problem, "bound"),
                hint=_("On its own scale; a share in per cent."),
                inputmode="decimal",
                size="6",
            ),
        ),
        form_row(
            select(_("At touchpoint"), "touchpoint", choices=points, value=said.get("touchpoint", "")),
            select(_("Only of"), "where", choices=wheres, value=said.get("where", "")),
        ),
    ]


def _label(name: str, value: str) -> str:
    return f"{_(_FIELD_WORDS[name])}: {name_area(value) if name == 'area' else value}"


def _when(said: Mapping[str, str], problem: tuple[str, str]) -> Element:
    return form_row(
        *(
            field(_(words), name, value=said.get(name, ""), error=_told(problem, name), inputmode="numeric", size="5")
            for words, name in _TIMES
        )
    )


def _tells(sheet: AlertSheet) -> list[Node]:
    said = sheet.said
    names = [Choice(value=name, label=name) for name in sheet.owners]
    return [
        form_row(
            select(
                _("Owner"),
                "owner",
                choices=[Choice(value="", label=_("Nobody yet")), *names],
                value=said.get("owner", ""),
            ),
            select(
                _("Deputy"),
                "deputy",
                choices=[Choice(value="", label=_("Nobody")), *names],
                value=said.get("deputy", ""),
            ),
            field(
                _("Told after so many hours"),
                "escalate_hours",
                value=said.get("escalate_hours", ""),
                hint=_("When nobody has looked; 0: never."),
                inputmode="numeric",
                size="5",
            ),
        ),
        checkbox(
            _("Write to the owner by e-mail"),
            "by_mail",
            checked=said.get("by_mail") == "1",
            hint=_("At a decent hour. Webhooks are told where they ask for it."),
        ),
    ]
