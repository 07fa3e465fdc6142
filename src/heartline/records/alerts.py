"""Alerts: a figure that is watched, and each time it was reliably beyond its bound."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class VoiceMeasure(StrEnum):
    """What an alert can watch of comments, besides scores. Each is a share, 0…1.

    The first two are of all comments. ``THEME_SHARE`` is which share of them is of a theme, ``THEME_NEGATIVE`` which
    share of a theme's own sounds negative.
    """

    NEGATIVE = "heard_negative"
    POSITIVE = "heard_positive"
    THEME_SHARE = "theme_share"
    THEME_NEGATIVE = "theme_negative"


OF_THEME: Final = frozenset({VoiceMeasure.THEME_SHARE, VoiceMeasure.THEME_NEGATIVE})
"""What needs a theme to be named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A figure that is watched. It fires when the whole interval of the last ``window_days`` lies beyond ``bound``.

    ``measure`` is a score measure or a ``VoiceMeasure``; ``touchpoint`` ("": all) and ``field`` = ``value`` ("": all)
    say of which answers or comments, ``theme`` of which theme (0: none). ``bound`` is on the measure's own scale (NPS
    −100…+100, CSAT and shares 0…1). ``cooldown_days`` is the least time between two firings. The deputy is told when
    nobody has looked after ``escalate_hours`` (0: never). ``looked_us`` is the last look; until ``snoozed_us`` nobody
    looks.
    """

    alert_id: int
    name: str
    measure: str
    bound: float
    below: bool = True
    touchpoint: str = ""
    field: str = ""
    value: str = ""
    theme: int = 0
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
        of = f"\t{self.theme}" if self.theme else ""
        return f"{self.measure}\t{self.touchpoint}\t{self.field}\t{self.value}{of}"

    @property
    def hears(self) -> VoiceMeasure | None:
        """What it watches of comments; None where it watches a score."""
        return VoiceMeasure(self.measure) if self.measure in set(VoiceMeasure) else None


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
