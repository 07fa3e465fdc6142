"""The port of State for opportunities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from heartline.records import Effort, Opportunity, OpportunityStatus


class KeptOpportunities(Protocol):
    """A part of ``KeptState``."""

    def opportunities(self, *, pain: str | None = None) -> tuple[Opportunity, ...]:
        """Return the opportunities of a pain by its key, or all, in the order they were filed."""
        ...

    def file_opportunity(
        self,
        *,
        pain: str,
        title: str,
        gain: tuple[int, int] | None,
        effort: Effort,
        owner: str,
        due_us: int | None,
        filed_by: str,
    ) -> Opportunity:
        """File one, as an idea without cases; ``gain`` is (low, high) in minor units, None: unknown."""
        ...

    def change_opportunity(
        self,
        opportunity_id: int,
        *,
        effort: Effort | None = None,
        owner: str | None = None,
        due_us: int | None = None,
        status: OpportunityStatus | None = None,
        cases: Sequence[int] | None = None,
    ) -> Opportunity:
        """Change what is told; the rest stays. Raises Missing."""
        ...
