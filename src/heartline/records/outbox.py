"""Webhooks out: who is told, of what, and each telling with how it went."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Happening(StrEnum):
    """What others can be told of. ``TEST`` is sent on request, whatever was chosen."""

    CASE_OPENED = "case.opened"
    CASE_CHANGED = "case.changed"
    CASE_CLOSED = "case.closed"
    ALERT_FIRED = "alert.fired"
    IMPORT_FINISHED = "import.finished"
    IMPORT_UNDONE = "import.undone"
    ACCOUNT_UNBALANCED = "account.unbalanced"
    PROJECTOR_STOPPED = "projector.stopped"
    IDENTIFIER_QUARANTINED = "identifier.quarantined"
    TEST = "webhook.test"


class DeliveryState(StrEnum):
    """How a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address that is told of what happens. ``former_secret`` signs beside ``secret`` until ``former_until_us``.

    ``failing_us`` is since when nothing got through (0: it does). ``why_off`` says why heartline switched it off.
    ``dropped`` counts what found its queue full.
    """

    endpoint_id: int
    url: str
    events: tuple[Happening, ...]
    secret: str
    created_us: int
    former_secret: str = ""
    former_until_us: int = 0
    enabled: bool = True
    why_off: str = ""
    failing_us: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event for one endpoint. ``message_id`` stays the same however often it is sent; ``data`` is a JSON object.

    ``subject`` is the customer's handle, or nothing. ``status`` and ``told`` are what came of the last attempt: an HTTP
    status (0: no answer), and the reason in a word.
    """

    delivery_id: int
    endpoint_id: int
    message_id: str
    kind: Happening
    subject: str
    data: str
    at_us: int
    due_us: int
    state: DeliveryState
    attempts: int = 0
    status: int = 0
    told: str = ""
    tried_us: int = 0
