"""Alerts: a figure that is watched, and each time it was reliably beyond its bound."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A score that is watched. It fires when the whole interval of the last ``window_days`` lies beyond ``bound``.

    ``measure`` is a score measure; ``touchpoint`` ("": all) and ``field`` = ``value`` ("": all) say of which answers.
    ``bound`` is on the measure's own scale (NPS −100…+100, CSAT 0…1). ``cooldown_days`` is the least time between two
    firings. The deputy is told when nobody has looked after ``escalate_hours`` (0: never). ``looked_us`` is the last
    look; until ``snoozed_us`` nobody looks.
    """

    alert_id: int
    name: str
    measure: str
    bound: float
    below: bool = True
    touchpoint: str = ""
    field: str = ""
    value: str = ""
    window_days: int = 7
    least_n: int = 50
    cooldown_days: int = 1
    owner: str = ""
    deputy: str = ""
    escalate_hours: int = 24
    by_mail: bool = True
    enabled: bool = True
    looked_us: int = 0
    snoozed_us: int = 0

    @property
    def cause(self) -> str:
        """What it is about: alerts of one cause send one message a day."""
        return f"{self.measure}\t{self.touchpoint}\t{self.field}\t{self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """One time an alert fired: the figure of that look with its interval at the alert's level.

    ``told_us`` 0: nobody was told yet. ``grouped``: another alert of the same cause had been told within a day.
    ``seen_by`` "": nobody has looked.
    """

    firing_id: int
    alert_id: int
    look_us: int
    value: float
    low: float
    high: float
    n: int
    customers: int
    grouped: bool
    told_us: int = 0
    escalated_us: int = 0
    seen_us: int = 0
    seen_by: str = ""
