"""Alerts in words: what is watched, what its bound is, and what a firing says."""

from __future__ import annotations

from heartline.language import _
from heartline.records import Alert, Firing
from heartline.understand import Measure, say_stage
from heartline.web.pages.touchpoints import name_area
from heartline.web.parts.words import NBSP, Unit, number, percent, unit_of
from heartline.web.tiles import TILE_WORDS


def name_watched(alert: Alert) -> str:
    """Name what an alert watches, as a tile is named: “Would recommend us, Courier at the door, North”."""
    where = [say_stage(alert.touchpoint), name_area(alert.value) if alert.field == "area" else alert.value]
    return ", ".join([_(TILE_WORDS[Measure(alert.measure)]), *filter(None, where)])


def say_value(measure: str, value: float) -> str:
    """Say a figure on the measure's own scale: “−12”, “71 %”, “4.2”."""
    unit = unit_of(measure)
    if unit is Unit.PERCENT:
        return percent(value)
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
