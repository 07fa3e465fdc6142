"""What of State's port is about privacy: consent, suppression, erasures."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from heartline.records import ConsentWord, Erasure, Suppression
from heartline.store.history import SeqRange


class PrivacyBatch(Protocol):
    """What a micro-batch writes of it."""

    def suppresses(self) -> bool:
        """Whether any handle is suppressed: nearly always none is, and then nobody need be looked up."""
        ...

    def suppressed_among(self, handles: Collection[bytes]) -> set[bytes]:
        """Return those of some handles that are suppressed."""
        ...

    def suppress(self, handles: Collection[bytes], *, certificate: str, since_us: int) -> None:
        """Refuse what names one of these handles from now on."""
        ...

    def lift(self, handles: Collection[bytes]) -> None:
        """Hear these handles again."""
        ...

    def note_suppressed(self, seqs: Collection[int]) -> None:
        """Write down which events suppression refused; the journal is to forget them."""
        ...

    def suppressed_events(self, ranges: Sequence[SeqRange]) -> set[int]:
        """Return which events of some ranges suppression refused."""
        ...

    def add_consents(self, words: Sequence[ConsentWord]) -> None:
        """Keep what customers said about what they agree to."""
        ...

    def drop_consents(self, ranges: Sequence[SeqRange]) -> None:
        """Forget what events of some ranges said."""
        ...

    def forget_handles(self, handles: Collection[bytes]) -> tuple[set[int], set[int]]:
        """Forget all that is left of some identifiers, what staff said of them too.

        Returns the numbers of the identifiers that others' evidence tied them to, and the customers that lost one.
        """
        ...


class DerivedPrivacy(Protocol):
    """What derived State tells of it."""

    def consents(self, handles: Collection[str]) -> list[ConsentWord]:
        """Return all words of some handles, the latest first."""
        ...

    def is_suppressed(self, handle: str) -> bool:
        """Whether what names a handle is refused, because its customer was erased."""
        ...

    def suppressions(self, *, limit: int) -> list[Suppression]:
        """Return what is suppressed, the latest first."""
        ...

    def suppressed_after(self, seq: int, *, limit: int) -> list[int]:
        """Return seqs of events that suppression refused, in order."""
        ...

    def removed_by(self, act_seqs: Collection[int]) -> list[SeqRange]:
        """Return what acts of these journal seqs removed."""
        ...

    def refused_before(self, seq: int) -> list[int]:
        """Return the seqs of refused events kept aside that are less than a seq, in order."""
        ...

    def verified_customers(self) -> NDArray[np.int64]:
        """Return the customers who own a verified identifier: who they are is known."""
        ...


class KeptPrivacy(Protocol):
    """What kept State holds of it."""

    def erasures(self, *, open_only: bool = False) -> list[Erasure]:
        """Return erasures, the latest first."""
        ...

    def erasure_plan(self, certificate: str) -> bytes:
        """Return what an erasure that is not done looks for, as JSON; empty once it is certified."""
        ...

    def set_erasure(self, erasure: Erasure, *, plan: bytes | None = None) -> None:
        """Keep an erasure, and where given its plan."""
        ...

    def empty_cases(self, handles: Collection[str]) -> int:
        """Take title, notes and customer from the cases of some handles; return how many there were.

        What waits in the outbox about them, or was told of them, goes too.
        """
        ...

    def replace_texts(self, words: Sequence[str], *, by: str) -> Mapping[str, int]:
        """Replace words, in any case, wherever a kept table holds them in a text; return how many rows by table."""
        ...

    def drop_sessions(self, *, expired_us: int) -> int:
        """Drop the sessions that ended before a time; return how many there were."""
        ...

    def count_sessions(self, *, expired_us: int) -> int:
        """Return how many sessions ended before a time."""
        ...

    def count_audit(self, *, before_us: int) -> int:
        """Return how many lines of the audit are from before a time."""
        ...
