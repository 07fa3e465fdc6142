"""State's port for identity: what staff decided about who is who, and what the rules keep apart. All of it derived."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from heartline.records import Edge, IdentifierKind, Node, Ownership

HandlePair = tuple[bytes, bytes]
"""Two handles, the smaller first."""


class Mark(StrEnum):
    """What a handle is marked as."""

    BLOCKED = "blocked"
    """Staff said that it stands for nobody."""
    QUARANTINED = "quarantined"
    """It met too many others in a day (rule I5)."""
    CLEARED = "cleared"
    """Staff looked at it and said that it means one customer: it is never quarantined again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffLink:
    """Two handles that staff said are one person, and whether limits do not count for it."""

    left: bytes
    right: bytes
    over_limit: bool
    at_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityFacts:
    """All that staff and quarantine say at present. ``limits`` is None where the defaults hold; in it None means that
    a kind has no limit.
    """

    vetoed_pairs: frozenset[HandlePair] = frozenset()
    links: tuple[StaffLink, ...] = ()
    marks: Mapping[bytes, Mark] = field(default_factory=dict)
    limits: Mapping[IdentifierKind, int | None] | None = None
    quarantine_over: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """Two identifiers that verified evidence ties and a limit keeps apart; ``ts_us`` is of the first piece refused."""

    left_id: int
    right_id: int
    reason: str
    ts_us: int


@dataclass(frozen=True, slots=True)
class Crowd:
    """Whom an identifier met: the identifier, and (other end, its kind, event time in µs) of each piece of evidence."""

    node: Node
    met: Sequence[tuple[int, IdentifierKind, int]]


@dataclass(frozen=True, slots=True)
class ActNote:
    """A staff act that named a handle: its place in the journal, and the act as JSON."""

    act_seq: int
    act: bytes


class IdentityBatch(Protocol):
    """The half of a micro-batch that staff acts about identity, and quarantine, write."""

    def identity_facts(self) -> IdentityFacts:
        """Return what staff and quarantine say at present."""
        ...

    def nodes_of(self, handles: Collection[bytes]) -> Mapping[bytes, Node]:
        """Return the identifiers of handles; those that State does not know are left out."""
        ...

    def veto(self, pairs: Collection[HandlePair]) -> None:
        """Keep pairs that never link."""
        ...

    def lift_vetoes(self, pairs: Collection[HandlePair]) -> None:
        """Forget pairs that never linked."""
        ...

    def keep_link(self, link: StaffLink) -> None:
        """Keep what staff tied, in place of what they said of that pair before."""
        ...

    def drop_link(self, pair: HandlePair) -> None:
        """Forget what staff tied."""
        ...

    def tie_staff(self, edge: Edge) -> None:
        """Put staff's word among the evidence: one piece a pair, beside whatever events say of it."""
        ...

    def untie_staff(self, pair: tuple[int, int]) -> None:
        """Take staff's word out of the evidence; what events say of the pair stays."""
        ...

    def mark(self, marks: Mapping[bytes, Mark | None]) -> None:
        """Mark handles; None takes a mark away."""
        ...

    def set_identity_rules(self, limits: Mapping[IdentifierKind, int | None], *, quarantine_over: int) -> None:
        """Replace the rules that staff set."""
        ...

    def crowds(self, ids: Collection[int] | None, *, over: int) -> Mapping[int, Crowd]:
        """Return whom those identifiers met that more than ``over`` pieces of evidence touch (None: of all).

        What staff said is left out.
        """
        ...

    def write_violations(self, decided: Collection[int], found: Sequence[Violation]) -> None:
        """Replace what is known to be kept apart of the identifiers decided anew."""
        ...

    def violations(self) -> list[Violation]:
        """Return all that a rule keeps apart, the latest first."""
        ...

    def crowded_customers(self, kind: IdentifierKind | None, *, over: int) -> list[tuple[int, int]]:
        """Return customers that own more than ``over`` verified identifiers of a kind, with how many.

        Without a kind: identifiers of any strength and kind but external ones.
        """
        ...

    def subjects_of(self, customer_ids: Collection[int]) -> set[int]:
        """Return every identifier that one of these customers owns at any time."""
        ...

    def note_act(self, act_seq: int, act: bytes, *, handles: Collection[bytes]) -> None:
        """Keep an act in the history of every handle it names."""
        ...


class DerivedIdentity(Protocol):
    """What pages and the API read of identity. ``edges_of``, ``nodes``, ``owners``: the graph as of the last pass."""

    def identity_facts(self) -> IdentityFacts:
        """Return what staff and quarantine say at present."""
        ...

    def edges_of(self, ids: Collection[int]) -> Sequence[Edge]:
        """Return all evidence that touches any of the identifiers, staff's word among it."""
        ...

    def nodes(self, ids: Collection[int]) -> Sequence[Node]:
        """Return identifiers as the identity pass sees them."""
        ...

    def owners(self, ids: Collection[int]) -> Mapping[int, int]:
        """Return the present customer of strong identifiers."""
        ...

    def nodes_of(self, handles: Collection[bytes]) -> Mapping[bytes, Node]:
        """Return the identifiers of handles; those that State does not know are left out."""
        ...

    def crowds(self, ids: Collection[int] | None, *, over: int) -> Mapping[int, Crowd]:
        """See ``IdentityBatch``."""
        ...

    def violations(self) -> list[Violation]:
        """Return all that a limit keeps apart, the latest first."""
        ...

    def crowded_customers(self, kind: IdentifierKind | None, *, over: int) -> list[tuple[int, int]]:
        """See ``IdentityBatch``."""
        ...

    def ownerships_of(self, subject_ids: Collection[int]) -> Mapping[int, Sequence[Ownership]]:
        """Return who owns identifiers and when, in the order of time."""
        ...

    def acts_on(self, handles: Collection[bytes]) -> list[ActNote]:
        """Return the staff acts that named any of the handles, the latest first."""
        ...

    def reword_acts(self, reasons: Mapping[int, str]) -> None:
        """Have noted acts, by their journal seqs, give these reasons: an erasure has taken words from the journal's."""
        ...

    def traits_said(self, subject_ids: Collection[int]) -> list[tuple[int, int, bytes, int, Mapping[str, object]]]:
        """Return what was said of identifiers: (identifier, event time, message key, source, traits)."""
        ...
