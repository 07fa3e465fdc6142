"""What is kept of a packed log: the log, and what it takes to bring it up to date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from heartline.store import OwnershipTable
from heartline.understand import PackedLog


class Standing(NamedTuple):
    """Where History and State stood before anything of a log was read."""

    offset: int
    identity_seq: int
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A packed log and what it takes to bring it up to date.

    ``subject`` is whose identifier each row bears, in the log's order; ``last_seq`` the greatest seq that was read.
    ``told_mark`` is State's mark of when the customers' traits were read (0: before all it knows).
    ``changes`` counts the rows that were packed or spliced in since this process began to keep it.
    """

    log: PackedLog
    subject: NDArray[np.integer[Any]]
    owned: OwnershipTable
    standing: Standing
    last_seq: int
    told_mark: int = 0
    changes: int = 0
