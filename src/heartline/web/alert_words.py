"""Alerts in words: what is watched, what its bound is, and what a firing says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from heartline.language import _, mark
from heartline.records import OF_THEME, Alert, Firing, VoiceMeasure
from heartline.understand import Measure, say_stage
from heartline.web.pages.touchpoints import name_area
from heartline.web.parts.words import NBSP, Unit, number, percent, unit_of
from heartline.web.tiles import TILE_WORDS

VOICE_WORDS: Final = {
    VoiceMeasure.NEGATIVE: mark("Comments that sound negative"),
    VoiceMeasure.POSITIVE: mark("Comments that sound positive"),
    VoiceMeasure.THEME_SHARE: mark("A theme’s share of comments"),
    VoiceMeasure.THEME_NEGATIVE: mark("A theme’s comments that sound negative"),
}
_FINE: Final = 0.1


def word_measure(measure: str) -> str:
    """Name what can be watched: a score as its tile does, or a share of comments."""
    return _(VOICE_WORDS[VoiceMeasure(measure)] if measure in set(VoiceMeasure) else TILE_WORDS[Measure(measure)])


def name_watched(alert: Alert, themes: Mapping[int, str]) -> str:
    """Name what an alert watches, as a tile is named: “Would recommend us, Courier at the door, North”. ``themes`` are
    what themes are called.
    """
    where = [say_stage(alert.touchpoint), name_area(alert.value) if alert.field == "area" else alert.value]
    return ", ".join([_name_figure(alert, themes), *filter(None, where)])


def _name_figure(alert: Alert, themes: Mapping[int, str]) -> str:
    if alert.hears not in OF_THEME or not alert.theme:
        return word_measure(alert.measure)
    theme = themes.get(alert.theme) or _("theme {number}").format(number=alert.theme)
    told = (
        _("Comments about “{theme}”")
        if alert.hears is VoiceMeasure.THEME_SHARE
        else _("Comments about “{theme}” that sound negative")
    )
    return told.format(theme=theme)


def say_value(measure: str, value: float) -> str:
    """Say a figure on the measure's own scale: “−12”, “71 %”, “4.2”. A small share of comments has a decimal."""
    unit = unit_of(measure)
    if unit is Unit.PERCENT:
        return percent(value, digits=int(measure in set(VoiceMeasure) and 0 < value < _FINE))
    digits = {Unit.POINTS: 0, Unit.VALENCE: 2}.get(unit, 1)
    return number(value, digits=digits, signed=unit in {Unit.POINTS, Unit.VALENCE})


def say_bound(alert: Alert) -> str:
    """Say what an alert fires at: “below 30”."""
    value = say_value(alert.measure, alert.bound)
    return (_("below {value}") if alert.below else _("above {value}")).format(value=value)


def say_firing(alert: Alert, firing: Firing) -> str:
    """Say why an alert fired: the figure, its interval, n, and the bound it is reliably beyond."""
    told = (
        _("{value} ({low} to {high}, n {n}) in the last {days} days: reliably below {bound}.")
        if alert.below
        else _("{value} ({low} to {high}, n {n}) in the last {days} days: reliably above {bound}.")
    )
    return told.format(
        value=say_value(alert.measure, firing.value),
        low=say_value(alert.measure, firing.low),
        high=say_value(alert.measure, firing.high),
        n=number(firing.n).replace(" ", NBSP),
        days=alert.window_days,
        bound=say_value(alert.measure, alert.bound),
    )
