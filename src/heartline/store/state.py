"""State's port, in two halves: what is *derived* from the journal and what is *kept*."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from heartline.records import (
    Case,
    CaseStatus,
    Edge,
    Identifier,
    Journey,
    KnownIdentifier,
    Node,
    Ownership,
    Profile,
    Refusal,
    Role,
    Source,
    Trust,
    User,
    Workspace,
)
from heartline.store.access import KeptAccess
from heartline.store.acts import RemovingBatch
from heartline.store.alerts import KeptAlerts
from heartline.store.bounces import KeptBounces
from heartline.store.definitions import KeptDefinitions
from heartline.store.history import SeqRange
from heartline.store.identity import DerivedIdentity, IdentityBatch
from heartline.store.letters import KeptLetters
from heartline.store.loops import KeptLoops
from heartline.store.map_documents import KeptMapDocuments
from heartline.store.opportunities import KeptOpportunities
from heartline.store.outbox import KeptOutbox
from heartline.store.privacy import DerivedPrivacy, KeptPrivacy, PrivacyBatch
from heartline.store.readings import KeptReaders
from heartline.store.refused import DerivedRefused
from heartline.store.shares import KeptShares
from heartline.store.source_rules import KeptSourceRules
from heartline.store.suggestions import DerivedPeople, KeptSuggestions
from heartline.store.surveys import KeptSurveys
from heartline.store.themes import KeptThemes

Key = tuple[str, str]
"""What makes an identifier the same whoever claims it: its kind and its normalised value (``Identifier.key``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """The answer to numbering identifiers: each as a node, those met for the first time, those that read differently.

    ``nodes`` are in the order of the claims.
    ``turned`` became verified with this batch, ``earlier`` were met at an earlier event time than known before.
    """

    nodes: Mapping[Key, Node]
    new: frozenset[int] = frozenset()
    turned: frozenset[int] = frozenset()
    earlier: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Evidence between two numbered identifiers, ready to be kept."""

    left_id: int
    right_id: int
    strong: bool
    ts_us: int
    evidence_id: bytes
    source_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitSet:
    """Traits that one identify said of a subject. Equal times are decided by ``message_key`` (rule 5)."""

    subject_id: int
    ts_us: int
    message_key: bytes
    source_id: int
    traits: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipTable:
    """All ownership intervals as arrays of one length, with the ``identity_seq`` they are complete to."""

    subject_id: NDArray[np.int64]
    from_us: NDArray[np.int64]
    to_us: NDArray[np.int64]
    customer_id: NDArray[np.int64]
    identity_seq: int


@dataclass(frozen=True, slots=True)
class Testimony:
    """A piece of evidence with the source that said it."""

    edge: Edge
    source_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportJob:
    """An import and how far it is. ``summary`` is a JSON object of counts."""

    import_id: int
    file_name: str
    fingerprint: str
    source_id: int
    mapping: str
    status: str
    rows_done: int
    summary: str
    started_us: int
    updated_us: int


class Batch(RemovingBatch, IdentityBatch, PrivacyBatch, Protocol):
    """One micro-batch of the projector: everything in it commits with the offset, or nothing does."""

    def known_messages(self, keys: Collection[bytes]) -> Mapping[bytes, tuple[int, bytes]]:
        """Return the first seq of each message key already seen, and the digest of what it said."""
        ...

    def add_messages(self, keys: Mapping[bytes, tuple[int, bytes]]) -> Mapping[bytes, tuple[int, bytes]]:
        """Keep those message keys that are new, with their seq and the digest of what was said.

        Returns what is kept of each now: the seq that came first, and its digest.
        """
        ...

    def number(self, claims: Mapping[Key, tuple[Identifier, int]]) -> Numbered:
        """Number identifiers, each with its earliest event time in this batch; strong flags and times only grow."""
        ...

    def add_evidence(self, claims: Sequence[Claim]) -> list[Edge]:
        """Keep evidence; return what may change an owner: every new login, and verified links not known earlier."""
        ...

    def edges_of(self, ids: Collection[int]) -> Sequence[Edge]:
        """Return all evidence that touches any of the identifiers."""
        ...

    def nodes(self, ids: Collection[int]) -> Sequence[Node]:
        """Return identifiers as the identity pass sees them."""
        ...

    def owners(self, ids: Collection[int]) -> Mapping[int, int]:
        """Return the present customer of strong identifiers."""
        ...

    def own(self, owners: Mapping[int, Sequence[Ownership]], *, new: Collection[int]) -> set[int]:
        """Replace the ownership of subjects where it changed; return the customers that gained or lost something."""
        ...

    def add_traits(self, sets: Sequence[TraitSet]) -> set[int]:
        """Keep trait sets; return the customers whose profile may have changed."""
        ...

    def trait_sets(self, customer_ids: Collection[int]) -> Mapping[int, Sequence[TraitSet]]:
        """Return the trait sets each customer owns."""
        ...

    def write_profiles(self, profiles: Mapping[int, Mapping[str, object]]) -> None:
        """Replace the folded traits of customers; an empty mapping removes the profile."""
        ...

    def refuse(self, refusals: Sequence[Refusal], *, quota_bytes: int) -> None:
        """Keep refused events with their bytes while the quota lasts; the count is kept in any case."""
        ...

    def count(self, counts: Mapping[tuple[int, str], int]) -> None:
        """Add to the account's counters by (source, what)."""
        ...


class DerivedState(DerivedPeople, DerivedIdentity, DerivedPrivacy, DerivedRefused, Protocol):
    """What can be deleted and made again from the journal."""

    def offset(self) -> int:
        """Return the journal seq up to which State is complete."""
        ...

    def batch(self, offset: int) -> AbstractContextManager[Batch]:
        """Open a micro-batch that moves the offset to ``offset`` when it commits."""
        ...

    def handle(self, identifier: Identifier) -> bytes:
        """Return the 16-byte keyed hash by which an identifier is known outside State."""
        ...

    def message_key(self, source_id: int, message_id: str) -> bytes:
        """Return the 16-byte keyed hash by which a message is told from its copies."""
        ...

    def known_messages(self, keys: Collection[bytes]) -> Mapping[bytes, tuple[int, bytes]]:
        """Return the first seq of each message key already seen, and the digest of what it said."""
        ...

    def known_nodes(self, identifiers: Collection[Identifier]) -> Mapping[Key, Node]:
        """Return the identifiers that State knows, as nodes."""
        ...

    def identifiers(self, ids: Collection[int]) -> list[KnownIdentifier]:
        """Return identifiers by number."""
        ...

    def told_since(self, mark: int) -> tuple[int, frozenset[int] | None]:
        """Return a mark of now, and whose profiles may have been written after an earlier mark (0: before all).

        None where that is not known: this process has not seen it, or it is too long ago.
        """
        ...

    def ownership(self, *, after: int = 0) -> OwnershipTable:
        """Return the intervals that changed after an ``identity_seq`` (0: all)."""
        ...

    def identity_seq(self) -> int:
        """Return the number of the last change of ownership."""
        ...

    def customer_of_handle(self, handle_hex: str) -> int | None:
        """Return the present owner of a handle: how every id ever issued keeps resolving (rule 5)."""
        ...

    def owned_by(self, customer_id: int) -> list[Ownership]:
        """Return what a customer owns, and when."""
        ...

    def graph_of(self, customer_id: int) -> tuple[list[Node], list[Edge]]:
        """Return a customer's identifiers and the evidence among them."""
        ...

    def testimony(self, subject_ids: Collection[int], *, limit: int) -> list[Testimony]:
        """Return evidence that touches any of these subjects at either end, the newest first."""
        ...

    def profiles(self, customer_ids: Collection[int]) -> dict[int, Profile]:
        """Return the profiles of customers; one without traits still has its public id."""
        ...

    def search(self, text: str, *, limit: int) -> list[Profile]:
        """Find customers by name, traits or any identifier."""
        ...

    def trait_names(self) -> list[str]:
        """Return the names of traits that profiles have, the most frequent first."""
        ...

    def trait_values(self, name: str) -> tuple[NDArray[np.int64], list[str]]:
        """Return customers that have a trait, and its value for each as text."""
        ...

    def trait_table(
        self, names: Sequence[str], *, of: Collection[int] | None = None
    ) -> Mapping[str, tuple[NDArray[np.int64], list[str]]]:
        """Return ``trait_values`` of several traits in one pass over the profiles: all, or those of some customers."""
        ...

    def mended_of(self, body_seqs: Collection[int]) -> Mapping[int, str]:
        """Return the mended events of some bodies, by seq."""
        ...

    def removals(self, *, after: int) -> list[SeqRange]:
        """Return what acts after a journal seq removed."""
        ...

    def counters(self) -> Mapping[tuple[int, str], int]:
        """Return the account's counters by (source, what)."""
        ...

    def customer_count(self) -> int:
        """Return how many customers there are."""
        ...


class KeptState(
    KeptAccess,
    KeptAlerts,
    KeptBounces,
    KeptDefinitions,
    KeptLoops,
    KeptLetters,
    KeptMapDocuments,
    KeptOpportunities,
    KeptReaders,
    KeptShares,
    KeptSourceRules,
    KeptSuggestions,
    KeptSurveys,
    KeptThemes,
    KeptPrivacy,
    KeptOutbox,
    Protocol,
):
    """What people made: backed up, never rebuilt."""

    def setting(self, name: str) -> str | None:
        """Return a setting's text."""
        ...

    def set_setting(self, name: str, value: str) -> None:
        """Keep a setting."""
        ...

    def workspace(self) -> Workspace:
        """Return the workspace."""
        ...

    def set_workspace(self, workspace: Workspace) -> None:
        """Keep the workspace."""
        ...

    def users(self) -> list[User]:
        """Return all users by name."""
        ...

    def add_user(self, *, email: str, name: str, role: Role, language: str, password_hash: str) -> User:
        """Add a user. Raises Conflict where the e-mail is taken."""
        ...

    def set_user(
        self, user_id: int, *, role: Role | None = None, enabled: bool | None = None, language: str | None = None
    ) -> None:
        """Change what a user may do, or the language they are spoken to in; ``""`` is their browser's."""
        ...

    def set_password(self, user_id: int, password_hash: str) -> None:
        """Replace a password and end the user's sessions."""
        ...

    def user_by_email(self, email: str) -> tuple[User, str] | None:
        """Return an enabled user and the password hash."""
        ...

    def add_session(self, token_hash: bytes, *, user_id: int, csrf: str, expires_us: int) -> None:
        """Keep a session by the hash of its token."""
        ...

    def session(self, token_hash: bytes, *, now_us: int) -> tuple[User, str] | None:
        """Return a live session's user and CSRF token."""
        ...

    def end_session(self, token_hash: bytes) -> None:
        """End a session."""
        ...

    def note_audit(self, *, who: str, what: str, detail: str) -> None:
        """Write a line of who did what."""
        ...

    def sources(self) -> list[Source]:
        """Return all sources by number."""
        ...

    def add_source(self, *, name: str, trust: Trust, kind: str = "http") -> Source:
        """Add a source with a fresh write key."""
        ...

    def set_source(self, source_id: int, *, name: str | None = None, enabled: bool | None = None) -> None:
        """Rename or switch a source."""
        ...

    def journeys(self) -> list[Journey]:
        """Return the journeys' definitions by name."""
        ...

    def set_journey(self, journey: Journey) -> None:
        """Keep a journey's definition."""
        ...

    def drop_journey(self, journey_id: str) -> None:
        """Forget a journey's definition; no interaction is touched."""
        ...

    def open_case(self, *, title: str, handle: str, seq: int, owner: str, due_us: int, opened_by: str) -> Case:
        """Open a case."""
        ...

    def cases(self, *, open_only: bool = False, handle: str | None = None, limit: int = 200) -> list[Case]:
        """Return cases, the first due first, without their notes."""
        ...

    def case(self, case_id: int) -> Case:
        """Return a case with its notes. Raises Missing."""
        ...

    def change_case(
        self,
        case_id: int,
        *,
        author: str,
        note: str = "",
        owner: str | None = None,
        due_us: int | None = None,
        status: CaseStatus | None = None,
        reason: str = "",
    ) -> Case:
        """Change a case and write what changed as a note. Closing needs a reason (Invalid otherwise)."""
        ...

    def mappings(self) -> dict[str, str]:
        """Return the saved import mappings as JSON by name."""
        ...

    def set_mapping(self, name: str, mapping: str) -> None:
        """Save an import mapping."""
        ...

    def add_import(self, *, file_name: str, fingerprint: str, source_id: int, mapping: str) -> ImportJob:
        """Begin an import, or return the unfinished one of the same file, source and mapping."""
        ...

    def set_import(self, import_id: int, *, status: str, rows_done: int, summary: str) -> None:
        """Note how far an import is."""
        ...

    def imports(self) -> list[ImportJob]:
        """Return imports, the newest first."""
        ...

    def refused_at_door(self, reason: str, source_id: int, *, bodies: int = 1) -> None:
        """Count bodies refused whole (source 0: unknown key)."""
        ...

    def door_refusals(self) -> Mapping[tuple[int, str], int]:
        """Return the counts of bodies refused whole by (source, reason)."""
        ...
