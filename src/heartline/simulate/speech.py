"""The shape of a language's speech: clauses by theme, what opens and closes a text in a mood, words for slots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

THEMES: Final = (
    "late delivery",
    "courier",
    "packaging",
    "taste",
    "freshness",
    "burnt taste",
    "price",
    "grind",
    "delivery day",
    "pickup step",
    "app",
    "café staff",
    "café queue",
    "support",
    "subscription",
    "order",
    "community",
    "nothing in particular",
    "repeated question",
    "returns",
    "workshop",
    "oven queue",
)
Clauses = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """One language. ``good`` and ``bad`` by theme; ``asks`` are questions; ``so_so`` is what is said of anything.

    In ``mixed`` frames {a} is the good and {b} the bad; in ``sarcasm`` {bad} is what is meant. Clauses have no capital
    and no full stop; a ``{slot}`` is filled from ``slots``.
    """

    good: Clauses
    bad: Clauses
    asks: Clauses
    openers: Clauses
    closers: Clauses
    so_so: tuple[str, ...]
    mixed: tuple[str, ...]
    sarcasm: tuple[str, ...]
    slots: Mapping[str, tuple[str, ...]]
    aside_good: tuple[str, ...] = ("taste", "packaging", "café staff", "freshness")
    aside_bad: tuple[str, ...] = ("price", "packaging", "app", "late delivery")
    stop: str = "."
    query: str = "?"
    gap: str = " "
    spoils: bool = True
    _ends: str = field(default=".!?…。！？", repr=False)

    def join(self, parts: Iterable[str]) -> str:
        """Put clauses together as sentences."""
        sentences = []
        for part in parts:
            sentence = part[:1].upper() + part[1:]
            sentences.append(sentence if sentence[-1:] in self._ends else sentence + self.stop)
        return self.gap.join(sentences)
