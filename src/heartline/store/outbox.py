"""The port of State for webhooks out: endpoints, and the outbox in which events wait until they are delivered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from heartline.records import Delivery, Endpoint, Happening


class KeptOutbox(Protocol):
    """A part of ``KeptState``."""

    def endpoints(self) -> list[Endpoint]:
        """Return all endpoints by number."""
        ...

    def endpoint(self, endpoint_id: int) -> Endpoint:
        """Return one. Raises Missing."""
        ...

    def add_endpoint(self, *, url: str, events: Collection[Happening], secret: str) -> Endpoint:
        """Add an endpoint. Raises Conflict where there are as many as may be."""
        ...

    def set_endpoint(self, endpoint: Endpoint) -> None:
        """Keep an endpoint as it is now."""
        ...

    def drop_endpoint(self, endpoint_id: int) -> None:
        """Forget an endpoint and what waits for it."""
        ...

    def queue_event(
        self, kind: Happening, data: Mapping[str, object], *, subject: str = "", only: int | None = None
    ) -> int:
        """Put an event into the outbox for each endpoint that wants it (or for ``only`` one); return for how many.

        A full queue takes nothing more: the endpoint counts it as dropped.
        """
        ...

    def due_deliveries(self, *, now_us: int, busy: Collection[int] = (), only: int | None = None) -> list[Delivery]:
        """Return the delivery that is due first of each endpoint (or of ``only`` one) that is on and not busy."""
        ...

    def deliveries(self, endpoint_id: int, *, limit: int) -> list[Delivery]:
        """Return deliveries of an endpoint, the latest first."""
        ...

    def note_attempt(self, delivery: Delivery, *, delivered: bool, why_off: str) -> None:
        """Keep a delivery after an attempt, and what it says of its endpoint; both or neither."""
        ...

    def replay_delivery(self, endpoint_id: int, delivery_id: int, *, now_us: int) -> None:
        """Have a delivery sent again, under the same id. Raises Missing."""
        ...
