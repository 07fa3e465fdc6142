"""The pain list: where it hurts, what it costs, who owns it (docs/explanation/pains.md)."""

from __future__ import annotations

from heartline.understand.pains.letting import CAME_EVERYWHERE, WITHIN_CHANCE
from heartline.understand.pains.money import find_robustness
from heartline.understand.pains.nouns import (
    QUARTER_US,
    Answered,
    ChannelGap,
    Claim,
    Contradiction,
    Evidence,
    Inconsistency,
    LetGo,
    Overlap,
    Pain,
    PainList,
    SignKind,
    Worth,
)
from heartline.understand.pains.search import find_pains

__all__ = [
    "CAME_EVERYWHERE",
    "QUARTER_US",
    "WITHIN_CHANCE",
    "Answered",
    "ChannelGap",
    "Claim",
    "Contradiction",
    "Evidence",
    "Inconsistency",
    "LetGo",
    "Overlap",
    "Pain",
    "PainList",
    "SignKind",
    "Worth",
    "find_pains",
    "find_robustness",
]
