"""Shares: figures that somebody outside may look at by a link."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A table of figures shared by a link. ``by`` is the field of its rows, ``columns`` the measures chosen, ``days``
    how far back it looks from whenever it is opened. Where ``field`` is set only touches with that ``value`` count.

    The link's token is kept as a hash alone. ``expires_us`` is its end; ``views`` counts how often it was opened.
    """

    share_id: int
    name: str
    by: str
    columns: tuple[str, ...]
    days: int
    made_by: str
    made_us: int
    expires_us: int
    field: str = ""
    value: str = ""
    views: int = 0
