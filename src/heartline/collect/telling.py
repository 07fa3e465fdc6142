"""What a translator from another dialect is given, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Shaped = dict[str, Any]
"""An event as the gate reads it: the fields of ``events.Event`` by the names that SDKs send."""


class Telling(NamedTuple):
    """What an event's body says beside the event. ``sent_at`` is as it was sent."""

    received_us: int
    sent_at: object = None


Translate = Callable[[Mapping[str, Any], Telling], Shaped]


def read_dict(given: object) -> dict[str, Any]:
    """Return a dict, or an empty one where something else was given."""
    return given if isinstance(given, dict) else {}
