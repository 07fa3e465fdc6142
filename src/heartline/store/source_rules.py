"""The port of State for what is asked of sources: their rules, the traffic's filters, keys that change, warnings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from heartline.records import Source, SourceRules, TrafficFilters


class KeptSourceRules(Protocol):
    """A part of ``KeptState``."""

    def source_rules(self) -> Mapping[int, SourceRules]:
        """Return the rules of the sources that have any."""
        ...

    def set_source_rules(self, source_id: int, rules: SourceRules) -> None:
        """Keep the rules of a source."""
        ...

    def rotate_key(self, source_id: int, *, until_us: int) -> Source:
        """Give a source a new write key; the one it had stays good until ``until_us``. Raises Missing."""
        ...

    def traffic_filters(self) -> TrafficFilters:
        """Return what is left out of all traffic."""
        ...

    def set_traffic_filters(self, filters: TrafficFilters) -> None:
        """Keep what is left out of all traffic."""
        ...

    def warn_of_source(self, source_id: int, what: str, *, n: int = 1) -> None:
        """Count what a source should not send but may."""
        ...

    def source_warnings(self) -> Mapping[tuple[int, str], int]:
        """Return the counts of warnings by (source, what)."""
        ...
