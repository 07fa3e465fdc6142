"""What a source's rules say at the door: who may send from where, how much, and what the gate shall be told of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from heartline.collect.addresses import find_range
from heartline.collect.answers import Headers
from heartline.collect.bodies import Packed, Rejection
from heartline.collect.bots import name_robot
from heartline.collect.limits import Buckets
from heartline.collect.notes import NO_NOTE, Note
from heartline.records import NO_FILTERS, NO_RULES, Source, SourceRules, TrafficFilters, Trust

OVERSIZED: Final = "oversized"
"""The warning of events over the soft cap."""
UNKNOWN_KEY: Final = Rejection(
    401, "unknown_write_key", "No source has this write key.", "Copy the key from Data → Sources."
)
_OTHER_ORIGIN: Final = Rejection(
    403, "origin_not_allowed", "This page may not send to this source.", "Add its origin to the source's rules."
)


class Sources(Protocol):
    """The sources by their write keys, with their rules, in memory; and counts of what the door sees."""

    def by_key(self, write_key: str) -> Source | None:
        """Return the source of a key, or None where no source has it.

        Raises:
            Unavailable: keys cannot be looked up now (the answer is 503, never 401).
        """
        ...

    def by_number(self, source_id: int) -> Source | None:
        """Return a source by its number."""
        ...

    def rules(self, source_id: int) -> SourceRules:
        """Return what is asked of a source."""
        ...

    def filters(self) -> TrafficFilters:
        """Return what is left out of all traffic."""
        ...

    def refused_at_door(self, reason: str, source_id: int | None) -> None:
        """Count one body refused whole; ``source_id`` is None where nobody known sent it."""
        ...

    def warn(self, what: str, source_id: int, *, events: int) -> None:
        """Count events that a source should not send but may."""
        ...


class Bouncer:
    """Judges requests by the rules of their sources. ``rate`` is the events a second of a source without its own."""

    def __init__(self, sources: Sources, *, rate: int) -> None:
        self._sources = sources
        self._rate = rate
        self._buckets = Buckets()

    def judge(self, source: Source, headers: Mapping[bytes, bytes]) -> Rejection | None:
        """Say why a request may not come in, before its body is read; None lets it in."""
        rules = self._sources.rules(source.source_id)
        if rules is NO_RULES and not self._rate:
            return None
        if rules.origins and not rules.hook and headers.get(b"origin", b"").decode("latin-1") not in rules.origins:
            return _OTHER_ORIGIN
        wait_s = self._buckets.wait_s(source.source_id, rules.events_per_s or self._rate)
        if wait_s:
            return Rejection(
                429, "rate_limited", "This source sends too much.", "Wait, then send again.", retry_after_s=wait_s
            )
        return None

    def note(self, source: Source, headers: Headers, *, dialect: str, address: str) -> Note:
        """Return what the gate shall know of a body beyond what it says itself."""
        rules, filters = self._sources.rules(source.source_id), self._sources.filters()
        # A server speaks for others, and its own name and address say nothing of them.
        is_public = source.trust is Trust.PUBLIC
        agent = headers.get(b"user-agent") if is_public else None
        robot = "" if agent is None else name_robot(agent.decode("latin-1"))
        if not robot and not dialect and rules is NO_RULES and filters is NO_FILTERS:
            return NO_NOTE
        return Note(
            dialect=dialect,
            bot=robot,
            internal=find_range(address, filters.ranges) if is_public and filters.ranges else "",
            only=frozenset(rules.only),
            staff=frozenset(filters.domains),
            identify=rules.identify,
            bots=filters.let_bots_in,
        )

    def count(self, source: Source, packed: Packed) -> None:
        """Count what came in: against the source's bound, and what is oversized."""
        rate = self._sources.rules(source.source_id).events_per_s or self._rate
        if rate:
            self._buckets.spend(source.source_id, rate, events=packed.events)
        if packed.oversized:
            self._sources.warn(OVERSIZED, source.source_id, events=packed.oversized)
