"""Customers as unify knows them: who owns which subject when, and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from heartline.language import _
from heartline.records.identifiers import Identifier, IdentifierKind


class Ownership(msgspec.Struct, frozen=True, kw_only=True):  # one for every new identifier: docs/decisions/0007
    """``subject_id`` belongs to ``customer_id`` for ``from_us <= t < to_us``. Both are identifier numbers in State:
    a customer is named by the number of its earliest identifier.
    """

    subject_id: int
    from_us: int
    to_us: int
    customer_id: int


class Node(msgspec.Struct, frozen=True):  # one for every identifier of every event: docs/decisions/0007
    """An identifier as the identity pass sees it. ``handle`` is the 16-byte keyed hash of kind and value; ``strong`` is
    true once any claim of it was verified; ``first_us`` is the earliest event time that carried it.
    """

    node_id: int
    handle: bytes
    kind: IdentifierKind
    strong: bool
    first_us: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A piece of evidence between two nodes, as the identity pass sees it."""

    evidence_id: bytes
    left: int
    right: int
    ts_us: int
    strong: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownIdentifier:
    """An identifier as State keeps it, with when it was first met."""

    identifier_id: int
    identifier: Identifier
    raw: str
    first_us: int
    handle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is known of a customer now. ``ref`` is the public id: the keyed hash of its earliest identifier's handle."""

    customer_id: int
    ref: str
    name: str = ""
    email: str = ""
    phone: str = ""
    traits: Mapping[str, object] = field(default_factory=dict)
    first_us: int = 0

    @property
    def language(self) -> str:
        """The language they want to be spoken to in, as a trait says it (``de``, ``de-AT``); empty: nobody said."""
        said = self.traits.get("language") or self.traits.get("locale")
        return said[:35] if isinstance(said, str) else ""

    @property
    def title(self) -> str:
        """What people call this customer on a screen."""
        return self.name or self.email or self.phone or _("Customer {ref}").format(ref=self.ref[:6])
