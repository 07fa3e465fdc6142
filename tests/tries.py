"""How many examples a property tries: some where a developer waits, all of them in CI."""

from __future__ import annotations

import os

EXAMPLES = int(os.environ.get("EXAMPLES", "30"))
"""Of a hundred that a property would try. Every run has another seed, so what is left out of one is met in others."""


def some(many: int) -> int:
    """Return how many of so many examples are tried now."""
    return max(1, many * EXAMPLES // 100)
