"""Alerts as their pages have them: read from a form, tried over the last month, kept, snoozed and seen."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from heartline.act import Look, last_look, look_at, try_alert
from heartline.errors import Invalid, Missing
from heartline.language import _
from heartline.records import OF_THEME, Alert, Firing, Right, VoiceMeasure
from heartline.understand import ScoreMeasure
from heartline.web.alert_ears import Deaf, find_deaf, listen, name_themes_of, offer_themes
from heartline.web.loops import list_owners, name_me
from heartline.web.visit import Visit

MEASURES: Final = tuple(measure.value for measure in ScoreMeasure)
WATCHED: Final = (*MEASURES, *(measure.value for measure in VoiceMeasure))
"""What an alert can watch: scores, and shares of comments."""
FIELDS: Final = ("place", "channel", "area", "partner", "product")
SHOWN: Final = 50
FIELD_OF: Final = {"no_name": "name", "bad_bound": "bound", "bad_number": "least_n", "no_theme": "theme"}
_SHARES: Final = frozenset({"csat", *VoiceMeasure})
"""What people write in per cent."""
_RANGES: Final = {"nps": (-100.0, 100.0), "valence": (-1.0, 1.0)} | dict.fromkeys(_SHARES, (0.0, 100.0))
_OTHERS: Final = (1.0, 100.0)
_SHARE: Final = 100.0
_DAY_US: Final = 86_400_000_000
_LONGEST: Final = 80
START: Final = Alert(alert_id=0, name="", measure="nps", bound=0.0)
"""What the form for a new alert proposes."""


_BOUNDS: Final = {"csat": 0.5, "ces": 4.0, "stars": 3.0} | {
    VoiceMeasure.NEGATIVE: 0.3, VoiceMeasure.POSITIVE: 0.3, VoiceMeasure.THEME_SHARE: 0.1,
    VoiceMeasure.THEME_NEGATIVE: 0.5,
}  # fmt: skip
_BAD_WHEN_LOW: Final = VoiceMeasure.POSITIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSheet:
    """One alert with its form: the newest look, the looks that would have fired last month, and its firings.

    ``themes`` are what themes are called, ``offered`` those that can be watched, ``deaf`` why it hears nothing;
    ``checked`` says whether the reader's own error is known here.
    """

    alert: Alert
    now: Look | None
    tried: tuple[Look, ...]
    firings: tuple[Firing, ...]
    owners: tuple[str, ...]
    touchpoints: tuple[str, ...]
    values: tuple[tuple[str, str], ...]
    said: Mapping[str, str]
    themes: Mapping[int, str]
    offered: Mapping[int, str]
    deaf: Deaf | None
    checked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertList:
    """All alerts the reader sees, and their firings, those nobody has looked at first; ``deaf`` alerts hear nothing."""

    alerts: tuple[Alert, ...]
    firings: tuple[tuple[Alert, Firing], ...]
    unseen: int
    themes: Mapping[int, str]
    deaf: frozenset[int]


def read_alerts(visit: Visit) -> AlertList:
    """Read the list. Who is bound to places sees the alerts they own."""
    kept = visit.heartline.stores.kept
    every = kept.themes()
    alerts = {alert.alert_id: alert for alert in kept.alerts() if is_seen(visit, alert)}
    firings = [(alerts[one.alert_id], one) for one in kept.firings(limit=SHOWN * 4) if one.alert_id in alerts]
    told = [pair for pair in firings if not pair[1].grouped]
    return AlertList(
        alerts=tuple(alerts.values()),
        firings=tuple(sorted(told, key=lambda pair: pair[1].seen_us > 0)[:SHOWN]),
        unseen=sum(not firing.seen_us for _alert, firing in told),
        themes=name_themes_of(every),
        deaf=frozenset(one.alert_id for one in alerts.values() if find_deaf(one, every) is not None),
    )


def is_seen(visit: Visit, alert: Alert) -> bool:
    """Whether the reader sees an alert: it may speak of the whole company."""
    return not visit.bounds.narrow or name_me(visit) in {alert.owner, alert.deputy}


def propose_alert(visit: Visit) -> Alert:
    """Propose an alert on the figure that the URL names: a measure, a touchpoint, one narrowing."""
    measure = visit.query.get("measure", "")
    measure = measure if measure in WATCHED else START.measure
    theme = visit.query.get("theme", "")
    field, _sign, value = visit.query.get("where", "").partition("=")
    return replace(
        START,
        measure=measure,
        bound=_BOUNDS.get(measure, 0.0),
        below=measure in MEASURES or measure == _BAD_WHEN_LOW,
        theme=int(theme) if measure in OF_THEME and theme.isascii() and theme.isdecimal() and len(theme) < 10 else 0,
        touchpoint=visit.query.get("touchpoint", "")[:200],
        field=field if field in FIELDS and value else "",
        value=value[:200] if field in FIELDS else "",
        owner=name_me(visit),
    )


def find_alert(visit: Visit, alert_id: int) -> Alert:
    """Return an alert that the reader sees.

    Raises:
        Missing: there is none.
    """
    alert = visit.heartline.stores.kept.alert(alert_id)
    if not is_seen(visit, alert):
        raise Missing(
            "no_alert", _("There is no alert {alert_id}.").format(alert_id=alert_id), _("See the list of alerts.")
        )
    return alert


def read_sheet(visit: Visit, alert: Alert, *, said: Mapping[str, str] | None = None, tries: bool = True) -> AlertSheet:
    """Read what the page of an alert shows."""
    log, kept = visit.whole_log, visit.heartline.stores.kept
    tries, every = tries and alert.measure in WATCHED, kept.themes()
    ears = listen(visit.heartline, log, alert) if tries else None
    looks = look_at(log, alert, [last_look(visit.now_us)], ears) if tries else []
    return AlertSheet(
        alert=alert,
        now=next(iter(looks), None),
        tried=tuple(try_alert(log, alert, now_us=visit.now_us, ears=ears)) if tries else (),
        firings=tuple(kept.firings(limit=SHOWN, alert_id=alert.alert_id)) if alert.alert_id else (),
        owners=list_owners(visit.heartline, now=alert.owner),
        touchpoints=_most_scored(visit, "touchpoint"),
        values=tuple((field, name) for field in FIELDS for name in _most_scored(visit, field)),
        said=write_form(alert) if said is None else said,
        themes=name_themes_of(every),
        offered=offer_themes(every),
        deaf=find_deaf(alert, every) if alert.theme else None,
        checked=ears is None or ears.reader is not None,
    )


def _most_scored(visit: Visit, field: str, *, most: int = 60) -> tuple[str, ...]:
    log = visit.whole_log
    counts = np.bincount(log.codes[field][~np.isnan(log.valence) | log.has_text], minlength=len(log.names[field]))
    busiest = [int(code) for code in np.argsort(-counts, kind="stable")[:most] if code and counts[code]]
    return tuple(sorted((log.names[field][code] for code in busiest), key=str.casefold))


def write_form(alert: Alert) -> dict[str, str]:
    """Write an alert as its form holds it."""
    bound = alert.bound * _SHARE if alert.measure in _SHARES else alert.bound
    return {
        "name": alert.name,
        "measure": alert.measure,
        "way": "below" if alert.below else "above",
        "bound": f"{bound:g}",
        "touchpoint": alert.touchpoint,
        "where": f"{alert.field}={alert.value}" if alert.field else "",
        "theme": str(alert.theme or ""),
        "window_days": str(alert.window_days),
        "least_n": str(alert.least_n),
        "cooldown_days": str(alert.cooldown_days),
        "owner": alert.owner,
        "deputy": alert.deputy,
        "escalate_hours": str(alert.escalate_hours),
        "by_mail": "1" if alert.by_mail else "",
    }


def parse_alert(said: Mapping[str, str], had: Alert, *, owners: Sequence[str], themes: Collection[int]) -> Alert:
    """Read the form of an alert; how it stands (number, switch, last look) is kept.

    Raises:
        Invalid: something cannot be read; ``FIELD_OF`` names the field.
    """
    name = " ".join(said.get("name", "").split())[:_LONGEST]
    if not name:
        raise Invalid("no_name", _("An alert has a name."), _("Say in a few words what it watches."))
    measure = said.get("measure", "")
    if measure not in WATCHED:
        raise Invalid("bad_measure", _("There is no such score."), _("Choose one of those shown."))
    theme = _read_theme(said.get("theme", ""), had, themes) if measure in OF_THEME else 0
    for who in ("owner", "deputy"):
        if said.get(who, "") and said[who] not in owners:
            raise Invalid("bad_owner", _("Nobody here has that name."), _("Choose somebody who may change things."))
    field, sign, value = said.get("where", "").partition("=")
    narrowed = bool(sign) and field in FIELDS and bool(value)
    return replace(
        had,
        name=name,
        measure=measure,
        bound=_parse_bound(said.get("bound", ""), measure),
        below=said.get("way") != "above",
        touchpoint=said.get("touchpoint", "")[:200],
        field=field if narrowed else "",
        value=value[:200] if narrowed else "",
        theme=theme,
        window_days=_whole(said, "window_days", low=1, high=90),
        least_n=_whole(said, "least_n", low=10, high=100_000),
        cooldown_days=_whole(said, "cooldown_days", low=1, high=90),
        owner=said.get("owner", ""),
        deputy=said.get("deputy", ""),
        escalate_hours=_whole(said, "escalate_hours", low=0, high=720),
        by_mail=said.get("by_mail") == "1",
    )


def _read_theme(text: str, had: Alert, themes: Collection[int]) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    if not number or number not in {*themes, had.theme}:
        raise Invalid("no_theme", _("Say which theme it watches."), _("Choose one of those shown."))
    return number


def _parse_bound(text: str, measure: str) -> float:
    low, high = _RANGES.get(measure, _OTHERS)
    try:
        bound = float(text.strip().replace(",", ".").replace("−", "-"))
    except ValueError:
        bound = math.nan
    # Not a number compares with nothing, so it is refused here too.
    if not low <= bound <= high:
        raise Invalid(
            "bad_bound",
            _("A bound lies on the score's own scale."),
            _("Write {low} to {high}.").format(low=f"{low:g}", high=f"{high:g}"),
        )
    return bound / _SHARE if measure in _SHARES else bound


def _whole(said: Mapping[str, str], name: str, *, low: int, high: int) -> int:
    text = said.get(name, "").strip() or str(getattr(START, name))
    if not text.isascii() or not text.isdecimal() or not low <= int(text[:9]) <= high:
        raise Invalid(
            "bad_number",
            _("{text} is no number that fits here.").format(text=text[:40]),
            _("Write {low} to {high}.").format(low=low, high=high),
        )
    return int(text)


def keep_alert(visit: Visit, alert: Alert) -> Alert:
    """Keep an alert. A new one looks from the next instant on."""
    kept = visit.heartline.stores.kept
    if alert.alert_id:
        kept.set_alert(alert)
        visit.note("alert.changed", f"{alert.alert_id}")
        return alert
    made = kept.add_alert(replace(alert, looked_us=last_look(visit.now_us)))
    visit.note("alert.added", f"{made.alert_id}")
    return made


def change_standing(visit: Visit, alert_id: int) -> str:
    """Switch an alert on or off, or let it rest for some days, as was posted; return the notice."""
    kept, alert = visit.heartline.stores.kept, visit.heartline.stores.kept.alert(alert_id)
    act = visit.field("act")
    if act == "snooze":
        days = _whole({"window_days": visit.field("days", "7")}, "window_days", low=1, high=90)
        kept.set_alert(replace(alert, snoozed_us=visit.now_us + days * _DAY_US))
        told = _("It rests.")
    elif act == "wake":
        kept.set_alert(replace(alert, snoozed_us=0, looked_us=last_look(visit.now_us)))
        told = _("It is awake.")
    else:
        on = act == "on"
        kept.set_alert(replace(alert, enabled=on, looked_us=last_look(visit.now_us)))
        told = _("It is on.") if on else _("It is off.")
    visit.note("alert.switched", f"{alert_id}: {act[:20]}")
    return told


def see_firing(visit: Visit, alert_id: int, firing_id: int) -> None:
    """Note that the reader looked at an alarm: nobody else is told then."""
    find_alert(visit, alert_id)
    visit.heartline.stores.kept.note_seen(firing_id, by=name_me(visit), now_us=visit.now_us)


def may_change(visit: Visit) -> bool:
    """Whether the reader may make and change alerts."""
    return visit.may(Right.CHANGE_WORKSPACE)
