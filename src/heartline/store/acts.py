"""What of State's port removes: the other half of ``Batch``, used by staff acts only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from heartline.records import Identifier, Node
from heartline.store.history import SeqRange


class RemovingBatch(Protocol):
    """A micro-batch that takes back what events brought."""

    def known_nodes(self, identifiers: Collection[Identifier]) -> Mapping[tuple[str, str], Node]:
        """Return the identifiers that State knows, as nodes, by their keys."""
        ...

    def removed(self) -> list[SeqRange]:
        """Return all runs of interactions that were removed before."""
        ...

    def add_removal(self, act_seq: int, ranges: Sequence[SeqRange]) -> None:
        """Write down what an act removes, so that History's half can be done again after a crash."""
        ...

    def drop_messages(self, keys: Collection[bytes]) -> None:
        """Release dedupe keys: the same messages may come again."""
        ...

    def refused_among(self, seqs: Collection[int]) -> set[int]:
        """Return those of some events that are refused and kept aside."""
        ...

    def add_mended(self, events: Mapping[int, str]) -> None:
        """Keep mended events by seq, in place of what was kept of them before."""
        ...

    def mended_of(self, body_seqs: Collection[int]) -> Mapping[int, str]:
        """Return the mended events of some bodies, by seq."""
        ...

    def drop_refused(self, ranges: Sequence[SeqRange]) -> Mapping[int, int]:
        """Forget refused events with their bytes; return how many there were by source."""
        ...

    def drop_traits(self, subject_ids: Collection[int], message_keys: Collection[bytes]) -> None:
        """Forget what some messages said of some subjects."""
        ...

    def drop_evidence(self, pairs: Collection[tuple[int, int]]) -> None:
        """Forget all that events said between pairs of identifiers; what staff said of them stays."""
        ...

    def restate(self, claims: Mapping[int, tuple[bool, int]]) -> None:
        """Say anew of identifiers whether any claim verified them, and when they were first met."""
        ...

    def drop_identifiers(self, ids: Collection[int]) -> set[int]:
        """Forget identifiers and who owned them; return the customers that lost something."""
        ...

    def owners_ever(self, ids: Collection[int]) -> set[int]:
        """Return every customer that owns any of these identifiers at any time."""
        ...
