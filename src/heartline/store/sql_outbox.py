"""Webhooks out in SQL. What happens is queued in the transaction that makes it so: both are there, or neither."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from heartline.errors import Conflict, Missing
from heartline.language import _
from heartline.records import Delivery, DeliveryState, Endpoint, Happening
from heartline.store.engine import Database
from heartline.store.tables_outbox import endpoints, outbox

MOST_ENDPOINTS: Final = 20
MOST_WAITING: Final = 1_000
"""How many events may wait for one endpoint."""
SETTLED_KEPT: Final = 200
"""How many deliveries of an endpoint that are over are kept to be looked at."""
_WAITING: Final = DeliveryState.WAITING.value


def queue_event(
    db: Connection, kind: Happening, data: Mapping[str, object], *, subject: str = "", only: int | None = None
) -> int:
    """Queue an event in the caller's transaction; see ``KeptOutbox.queue_event``."""
    e, now_us = endpoints.c, time.time_ns() // 1_000
    asked = select(e.id, e.events).where(e.enabled) if only is None else select(e.id, e.events).where(e.id == only)
    wanting = [row.id for row in db.execute(asked) if only is not None or kind.value in json.loads(row.events)]
    queued = 0
    for endpoint_id in wanting:
        here = outbox.c.endpoint_id == endpoint_id, outbox.c.state == _WAITING
        if (db.execute(select(func.count()).where(*here)).scalar() or 0) >= MOST_WAITING:
            db.execute(update(endpoints).where(e.id == endpoint_id).values(dropped=e.dropped + 1))
            continue
        row = {
            "endpoint_id": endpoint_id,
            "message_id": f"msg_{secrets.token_hex(16)}",
            "kind": kind.value,
            "subject": subject,
            "data": json.dumps(dict(data), ensure_ascii=False, sort_keys=True),
            "at_us": now_us,
            "due_us": now_us,
            "state": _WAITING,
            "attempts": 0,
            "status": 0,
            "told": "",
            "tried_us": 0,
        }
        db.execute(insert(outbox).values(**row))
        queued += 1
    return queued


class SqlOutbox:
    """See ``KeptOutbox``. Mixed into ``SqlKept``."""

    _database: Database

    def endpoints(self) -> list[Endpoint]:
        """See ``KeptOutbox``."""
        with self._database.read() as db:
            return [_endpoint(row) for row in db.execute(select(endpoints).order_by(endpoints.c.id))]

    def endpoint(self, endpoint_id: int) -> Endpoint:
        """See ``KeptOutbox``."""
        with self._database.read() as db:
            row = db.execute(select(endpoints).where(endpoints.c.id == endpoint_id)).one_or_none()
        if row is None:
            raise Missing(
                "no_webhook",
                _("There is no webhook {endpoint_id}.").format(endpoint_id=endpoint_id),
                _("See Settings, Webhooks."),
            )
        return _endpoint(row)

    def add_endpoint(self, *, url: str, events: Collection[Happening], secret: str) -> Endpoint:
        """See ``KeptOutbox``."""
        made = Endpoint(endpoint_id=0, url=url, events=tuple(events), secret=secret, created_us=time.time_ns() // 1_000)
        with self._database.write() as db:
            if (db.execute(select(func.count()).select_from(endpoints)).scalar() or 0) >= MOST_ENDPOINTS:
                raise Conflict(
                    "webhooks_full",
                    _("There are {most_endpoints} webhooks already.").format(most_endpoints=MOST_ENDPOINTS),
                    _("Remove one first."),
                )
            number = db.execute(insert(endpoints).values(**_values(made)).returning(endpoints.c.id)).scalar_one()
        return self.endpoint(number)

    def set_endpoint(self, endpoint: Endpoint) -> None:
        """See ``KeptOutbox``."""
        with self._database.write() as db:
            # What was dropped is only counted up, by whoever finds the queue full.
            changed = {name: value for name, value in _values(endpoint).items() if name != "dropped"}
            db.execute(update(endpoints).where(endpoints.c.id == endpoint.endpoint_id).values(**changed))

    def drop_endpoint(self, endpoint_id: int) -> None:
        """See ``KeptOutbox``."""
        with self._database.write() as db:
            db.execute(delete(outbox).where(outbox.c.endpoint_id == endpoint_id))
            db.execute(delete(endpoints).where(endpoints.c.id == endpoint_id))

    def queue_event(
        self, kind: Happening, data: Mapping[str, object], *, subject: str = "", only: int | None = None
    ) -> int:
        """See ``KeptOutbox``."""
        with self._database.write() as db:
            return queue_event(db, kind, data, subject=subject, only=only)

    def due_deliveries(self, *, now_us: int, busy: Collection[int] = (), only: int | None = None) -> list[Delivery]:
        """See ``KeptOutbox``."""
        o, found = outbox.c, []
        with self._database.read() as db:
            for endpoint_id in db.execute(select(endpoints.c.id).where(endpoints.c.enabled)).scalars().all():
                if endpoint_id in busy or endpoint_id != (only or endpoint_id):
                    continue
                due = select(outbox).where(o.endpoint_id == endpoint_id, o.state == _WAITING, o.due_us <= now_us)
                row = db.execute(due.order_by(o.due_us, o.id).limit(1)).one_or_none()
                if row is not None:
                    found.append(_delivery(row))
        return found

    def deliveries(self, endpoint_id: int, *, limit: int) -> list[Delivery]:
        """See ``KeptOutbox``."""
        asked = select(outbox).where(outbox.c.endpoint_id == endpoint_id).order_by(outbox.c.id.desc()).limit(limit)
        with self._database.read() as db:
            return [_delivery(row) for row in db.execute(asked)]

    def note_attempt(self, delivery: Delivery, *, delivered: bool, why_off: str) -> None:
        """See ``KeptOutbox``."""
        e, o, of = endpoints.c, outbox.c, delivery.endpoint_id
        values = {
            "due_us": delivery.due_us,
            "state": delivery.state.value,
            "attempts": delivery.attempts,
            "status": delivery.status,
            "told": delivery.told,
            "tried_us": delivery.tried_us,
        }
        with self._database.write() as db:
            db.execute(update(outbox).where(o.id == delivery.delivery_id).values(**values))
            if delivered:
                db.execute(update(endpoints).where(e.id == of).values(failing_us=0))
            else:
                first = e.id == of, e.failing_us == 0
                db.execute(update(endpoints).where(*first).values(failing_us=delivery.tried_us))
            if why_off:
                db.execute(update(endpoints).where(e.id == of).values(enabled=False, why_off=why_off))
            if delivery.state is not DeliveryState.WAITING:
                _forget_old(db, of)

    def replay_delivery(self, endpoint_id: int, delivery_id: int, *, now_us: int) -> None:
        """See ``KeptOutbox``."""
        o = outbox.c
        values = {"state": _WAITING, "attempts": 0, "due_us": now_us}
        with self._database.write() as db:
            here = update(outbox).where(o.id == delivery_id, o.endpoint_id == endpoint_id).values(**values)
            if not db.execute(here).rowcount:
                raise Missing("no_delivery", _("There is no such delivery any more."), _("The last 200 are kept."))


def _forget_old(db: Connection, endpoint_id: int) -> None:
    o = outbox.c
    over = o.endpoint_id == endpoint_id, o.state != _WAITING
    newest = select(o.id).where(*over).order_by(o.id.desc()).offset(SETTLED_KEPT).limit(1)
    last = db.execute(newest).scalar()
    if last is not None:
        db.execute(delete(outbox).where(*over, o.id <= last))


def _values(endpoint: Endpoint) -> dict[str, object]:
    return {
        "url": endpoint.url,
        "events": json.dumps([kind.value for kind in endpoint.events]),
        "secret": endpoint.secret,
        "created_us": endpoint.created_us,
        "former_secret": endpoint.former_secret,
        "former_until_us": endpoint.former_until_us,
        "enabled": endpoint.enabled,
        "why_off": endpoint.why_off,
        "failing_us": endpoint.failing_us,
        "dropped": endpoint.dropped,
    }


def _endpoint(row: Row[Any]) -> Endpoint:
    return Endpoint(
        endpoint_id=row.id,
        url=row.url,
        events=tuple(Happening(kind) for kind in json.loads(row.events)),
        secret=row.secret,
        created_us=row.created_us,
        former_secret=row.former_secret,
        former_until_us=row.former_until_us,
        enabled=row.enabled,
        why_off=row.why_off,
        failing_us=row.failing_us,
        dropped=row.dropped,
    )


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        delivery_id=row.id,
        endpoint_id=row.endpoint_id,
        message_id=row.message_id,
        kind=Happening(row.kind),
        subject=row.subject,
        data=row.data,
        at_us=row.at_us,
        due_us=row.due_us,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        status=row.status,
        told=row.told,
        tried_us=row.tried_us,
    )
