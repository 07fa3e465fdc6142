"""The path graph: which touchpoint follows which, how often, and after how long (exact medians)."""

from __future__ import annotations

from dataclasses import dataclass

from heartline.understand.log import Floats, Ints

OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class PathGraph:
    """Nodes and edges, most frequent first. ``source`` and ``target`` index ``names``; ``count`` sums to the touches
    minus the passages (customers, or runs); medians and 90th percentiles of the time between are exact, in µs.
    """

    names: tuple[str, ...]
    visits: Ints
    starts: Ints
    ends: Ints
    source: Ints
    target: Ints
    count: Ints
    median_us: Floats
    p90_us: Floats
