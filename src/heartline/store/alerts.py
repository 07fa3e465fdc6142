"""The port of State for alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from heartline.records import Alert, Firing, Metric


class KeptAlerts(Protocol):
    """A part of ``KeptState``."""

    def alerts(self) -> tuple[Alert, ...]:
        """Return all alerts, in the order they were made."""
        ...

    def alert(self, alert_id: int) -> Alert:
        """Return an alert. Raises Missing."""
        ...

    def add_alert(self, alert: Alert) -> Alert:
        """Keep a new alert under a number of its own."""
        ...

    def set_alert(self, alert: Alert) -> None:
        """Keep a changed alert. Raises Missing."""
        ...

    def drop_alert(self, alert_id: int) -> None:
        """Forget an alert with all its firings."""
        ...

    def note_look(self, alert: Alert, look_us: int, metric: Metric | None) -> None:
        """Note that a look was taken, and, where it fired, with which figure; once a look, in one transaction.

        One of whose cause another was told within a day is grouped: nobody is told again.
        """
        ...

    def firings(self, *, limit: int, alert_id: int | None = None) -> list[Firing]:
        """Return firings, the newest first."""
        ...

    def count_unseen(self) -> int:
        """Return how many firings nobody has looked at, without those that were grouped."""
        ...

    def untold_firings(self) -> list[Firing]:
        """Return the firings of which somebody is to be told, in the order of their looks."""
        ...

    def note_told(self, firing_ids: Sequence[int], events: Sequence[Mapping[str, object]], *, now_us: int) -> None:
        """Note that firings were told, and queue for webhooks what is said of them, all in one transaction."""
        ...

    def note_seen(self, firing_id: int, *, by: str, now_us: int) -> None:
        """Note who looked first. Raises Missing."""
        ...

    def unanswered_firings(self, *, told_before_us: int) -> list[Firing]:
        """Return firings told before a time that nobody has looked at and that did not go to a deputy."""
        ...

    def note_alert_escalated(self, firing_id: int, *, now_us: int) -> None:
        """Note that a firing went to the deputy: that happens once."""
        ...
