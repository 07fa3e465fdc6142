"""Alerts in SQL. A look and what it brings about are one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec
from sqlalchemy import Row, delete, func, insert, select, update

from heartline.errors import Missing
from heartline.language import _
from heartline.records import Alert, Firing, Happening, Metric
from heartline.store.engine import Database
from heartline.store.sql_outbox import queue_event
from heartline.store.tables_alerts import alert_firings, alerts

_DAY_US: Final = 86_400_000_000
_a: Final = alerts.c
_f: Final = alert_firings.c


class SqlAlerts:
    """See ``KeptAlerts``. Mixed into ``SqlKept``."""

    _database: Database

    def alerts(self) -> tuple[Alert, ...]:
        """See ``KeptAlerts``."""
        with self._database.read() as db:
            return tuple(_alert(row) for row in db.execute(select(alerts).order_by(_a.id)))

    def alert(self, alert_id: int) -> Alert:
        """See ``KeptAlerts``."""
        with self._database.read() as db:
            row = db.execute(select(alerts).where(_a.id == alert_id)).one_or_none()
        if row is None:
            raise _no_alert(alert_id)
        return _alert(row)

    def add_alert(self, alert: Alert) -> Alert:
        """See ``KeptAlerts``."""
        with self._database.write() as db:
            number = db.execute(insert(alerts).values(**_values(alert)).returning(_a.id)).scalar_one()
        return replace(alert, alert_id=number)

    def set_alert(self, alert: Alert) -> None:
        """See ``KeptAlerts``."""
        with self._database.write() as db:
            if not db.execute(update(alerts).where(_a.id == alert.alert_id).values(**_values(alert))).rowcount:
                raise _no_alert(alert.alert_id)

    def drop_alert(self, alert_id: int) -> None:
        """See ``KeptAlerts``."""
        with self._database.write() as db:
            db.execute(delete(alert_firings).where(_f.alert_id == alert_id))
            db.execute(delete(alerts).where(_a.id == alert_id))

    def note_look(self, alert: Alert, look_us: int, metric: Metric | None) -> None:
        """See ``KeptAlerts``."""
        mine = _a.id == alert.alert_id, _a.looked_us < look_us
        with self._database.write() as db:
            if not db.execute(update(alerts).where(*mine).values(looked_us=look_us)).rowcount or metric is None:
                return
            recent = _f.cause == alert.cause, _f.look_us > look_us - _DAY_US, ~_f.grouped
            grouped = bool(db.execute(select(func.count()).where(*recent)).scalar())
            values = {
                "alert_id": alert.alert_id,
                "look_us": look_us,
                "cause": alert.cause,
                "value": metric.value or 0.0,
                "low": metric.low or 0.0,
                "high": metric.high or 0.0,
                "n": metric.n,
                "customers": metric.customers,
                "grouped": grouped,
                "told_us": 0,
                "escalated_us": 0,
                "seen_us": 0,
                "seen_by": "",
            }
            db.execute(insert(alert_firings).values(**values))

    def firings(self, *, limit: int, alert_id: int | None = None) -> list[Firing]:
        """See ``KeptAlerts``."""
        asked = select(alert_firings).order_by(_f.look_us.desc(), _f.id.desc()).limit(limit)
        asked = asked if alert_id is None else asked.where(_f.alert_id == alert_id)
        with self._database.read() as db:
            return [_firing(row) for row in db.execute(asked)]

    def count_unseen(self) -> int:
        """See ``KeptAlerts``."""
        with self._database.read() as db:
            return int(db.execute(select(func.count()).where(_f.seen_us == 0, ~_f.grouped)).scalar() or 0)

    def untold_firings(self) -> list[Firing]:
        """See ``KeptAlerts``."""
        asked = select(alert_firings).where(_f.told_us == 0, ~_f.grouped).order_by(_f.look_us, _f.id)
        with self._database.read() as db:
            return [_firing(row) for row in db.execute(asked)]

    def note_told(self, firing_ids: Sequence[int], events: Sequence[Mapping[str, object]], *, now_us: int) -> None:
        """See ``KeptAlerts``."""
        untold = _f.id.in_(firing_ids), _f.told_us == 0
        with self._database.write() as db:
            if not db.execute(update(alert_firings).where(*untold).values(told_us=now_us)).rowcount:
                return
            for event in events:
                queue_event(db, Happening.ALERT_FIRED, event)

    def note_seen(self, firing_id: int, *, by: str, now_us: int) -> None:
        """See ``KeptAlerts``."""
        with self._database.write() as db:
            if db.execute(select(_f.id).where(_f.id == firing_id)).scalar() is None:
                raise Missing("no_firing", _("There is no such alarm any more."), _("See the list of alerts."))
            unseen = _f.id == firing_id, _f.seen_us == 0
            db.execute(update(alert_firings).where(*unseen).values(seen_us=now_us, seen_by=by))

    def unanswered_firings(self, *, told_before_us: int) -> list[Firing]:
        """See ``KeptAlerts``."""
        waits = _f.told_us > 0, _f.told_us <= told_before_us, _f.seen_us == 0, _f.escalated_us == 0, ~_f.grouped
        with self._database.read() as db:
            return [_firing(row) for row in db.execute(select(alert_firings).where(*waits).order_by(_f.id))]

    def note_alert_escalated(self, firing_id: int, *, now_us: int) -> None:
        """See ``KeptAlerts``."""
        with self._database.write() as db:
            db.execute(update(alert_firings).where(_f.id == firing_id).values(escalated_us=now_us))


def _values(alert: Alert) -> dict[str, Any]:
    bare = replace(alert, alert_id=0, enabled=True, looked_us=0, snoozed_us=0)
    return {
        "body": msgspec.json.encode(bare).decode(),
        "enabled": alert.enabled,
        "looked_us": alert.looked_us,
        "snoozed_us": alert.snoozed_us,
    }


def _alert(row: Row[Any]) -> Alert:
    kept = msgspec.json.decode(row.body, type=Alert)
    return replace(kept, alert_id=row.id, enabled=row.enabled, looked_us=row.looked_us, snoozed_us=row.snoozed_us)


def _firing(row: Row[Any]) -> Firing:
    return Firing(
        firing_id=row.id,
        alert_id=row.alert_id,
        look_us=row.look_us,
        value=row.value,
        low=row.low,
        high=row.high,
        n=row.n,
        customers=row.customers,
        grouped=row.grouped,
        told_us=row.told_us,
        escalated_us=row.escalated_us,
        seen_us=row.seen_us,
        seen_by=row.seen_by,
    )


def _no_alert(alert_id: int) -> Missing:
    return Missing(
        "no_alert", _("There is no alert {alert_id}.").format(alert_id=alert_id), _("See the list of alerts.")
    )
