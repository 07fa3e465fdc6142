"""The sources and their rules in memory, as the door asks for them with every request."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping

from heartline.records import NO_FILTERS, NO_RULES, Source, SourceRules, TrafficFilters, Trust
from heartline.store import Stores


class SourceBook:
    """The sources by key and by number; counts what the door refuses or warns of until it can be written."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._refused: Counter[tuple[int, str]] = Counter()
        self._warned: Counter[tuple[int, str]] = Counter()
        self._counting = threading.Lock()
        self._adding = threading.Lock()
        self.reload()

    def reload(self) -> None:
        """Read the sources again, after one was added or changed."""
        sources = self._stores.kept.sources()
        self._rules = dict(self._stores.kept.source_rules())
        filters = self._stores.kept.traffic_filters()
        self._filters = NO_FILTERS if filters == NO_FILTERS else filters
        self._by_key = {s.write_key: s for s in sources if s.enabled}
        self._by_id = {s.source_id: s for s in sources}
        former = {number: rules for number, rules in self._rules.items() if rules.former_key and number in self._by_id}
        self._former = {
            rules.former_key: (self._by_id[number], rules.former_until_us)
            for number, rules in former.items()
            if self._by_id[number].enabled
        }

    def by_key(self, write_key: str) -> Source | None:
        """Return the enabled source of a write key, or of one that was replaced and is good for a while."""
        found = self._by_key.get(write_key)
        if found is None and write_key in self._former:
            source, until_us = self._former[write_key]
            return source if time.time_ns() // 1_000 < until_us else None
        return found

    def by_number(self, source_id: int) -> Source | None:
        """Return a source by its number."""
        return self._by_id.get(source_id)

    def of_kind(self, kind: str, *, name: str, trust: Trust) -> Source:
        """Return the source of a kind of our own, which is added where there is none.

        Of many who ask at once each gets the same, and nobody before the projector knows it.
        """
        with self._adding:
            found = self._find(kind)
            if found is None:
                self.reload()
                found = self._find(kind)
            if found is None:
                found = self._stores.kept.add_source(name=name, trust=trust, kind=kind)
                self.reload()
            return found

    def _find(self, kind: str) -> Source | None:
        return next((source for source in self._by_id.values() if source.kind == kind), None)

    def by_id(self) -> Mapping[int, Source]:
        """Return all sources by number."""
        return self._by_id

    def rules(self, source_id: int) -> SourceRules:
        """Return what is asked of a source."""
        return self._rules.get(source_id, NO_RULES)

    def filters(self) -> TrafficFilters:
        """Return what is left out of all traffic."""
        return self._filters

    def refused_at_door(self, reason: str, source_id: int | None) -> None:
        """Count a body refused whole; written with the next projection, not one transaction each."""
        with self._counting:
            self._refused[source_id or 0, reason] += 1

    def warn(self, what: str, source_id: int, *, events: int) -> None:
        """Count events that a source should not send but may."""
        with self._counting:
            self._warned[source_id, what] += events

    def write_refusals(self) -> None:
        """Write the counts gathered so far."""
        with self._counting:
            refused, self._refused = self._refused, Counter()
            warned, self._warned = self._warned, Counter()
        try:
            for source_id, reason in list(refused):
                self._stores.kept.refused_at_door(reason, source_id, bodies=refused[source_id, reason])
                del refused[source_id, reason]
            for source_id, what in list(warned):
                self._stores.kept.warn_of_source(source_id, what, n=warned[source_id, what])
                del warned[source_id, what]
        finally:
            # What could not be written is counted with what comes.
            with self._counting:
                self._refused.update(refused)
                self._warned.update(warned)
