"""What the journal holds: accepted bodies, in order, each for ever readable under its own version."""

from __future__ import annotations

import msgspec

BODY_VERSION = 2
"""1: a Segment-shaped batch, as JSON: ``{"batch": [...], "sentAt"?, "context"?, "integrations"?}``.

2: the same, or a batch in another ``dialect``; what the door knew of it stands under ``_heartline``.
"""
GATE_VERSION = 2
"""1: Segment-shaped events. 2: dialects are translated first, bots and one's own people are left out."""


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A body that passed the door: raw decompressed bytes plus what the door knew of it.

    A struct, because one is made for every request (docs/decisions/0007).

    ``events`` is how many events the door counted in it; ``seq`` is given by the journal.
    """

    source_id: int
    received_us: int
    payload: bytes
    events: int
    body_version: int = BODY_VERSION
    gate_version: int = GATE_VERSION
    seq: int = 0
