"""The ports of themes: History's shelf of which text is of which theme, and State's themes and alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from heartline.records import Centre, Placing, Theme, ThemeAlert, ThemeRound
from heartline.store.history import MemoryHistory
from heartline.store.readings import Unread


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacingColumns:
    """All placings, one length, in the order of seq; ``theme`` is a theme's number, 0 for none, and how near it is;
    ``version`` the finding of themes that placed it.
    """

    seq: NDArray[np.int64]
    version: NDArray[np.int32]
    theme: NDArray[np.int32]
    likeness: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.seq)


class Placings(Protocol):
    """Which text is of which theme. It is derived, like readings."""

    def unplaced(self, *, version: int, after_seq: int, limit: int) -> list[Unread]:
        """Return texts after a seq, in its order, that are not placed by this version of the themes."""
        ...

    def shelve_placings(self, placings: Sequence[Placing]) -> int:
        """Keep placings in place of older ones of the same texts; of what History no longer holds, nothing is kept.

        Call it while the projector is held. Returns how many were kept.

        Raises:
            Unavailable: the disk is full.
        """
        ...

    def placing_columns(self) -> PlacingColumns:
        """Return all placings."""
        ...

    def placing_count(self, *, version: int) -> int:
        """Return how many texts this version of the themes has placed."""
        ...

    def sample_texts(self, *, limit: int, seed: int) -> list[Unread]:
        """Return texts to find themes in: all, or the newest half of the limit and as many by chance of the rest.

        What is said of rivals is none of them: themes are what our customers talk about.
        """
        ...


class KeptThemes(Protocol):
    """A part of ``KeptState``."""

    def themes(self) -> tuple[Theme, ...]:
        """Return all themes, largest first."""
        ...

    def theme_round(self) -> ThemeRound | None:
        """Return the last finding of themes."""
        ...

    def theme_centres(self) -> tuple[Centre, ...]:
        """Return what texts are placed by."""
        ...

    def keep_themes(self, round_: ThemeRound, found: Sequence[tuple[Theme, Centre]]) -> None:
        """Keep what was found anew: of numbers that are there what people said of them stays, a number of 0 is new;
        of what was not found again only what people put right stays.
        """
        ...

    def change_theme(self, number: int, **changes: str | int | bool) -> None:
        """Keep a ``name``, ``parent``, ``merged_into`` or ``hidden``.

        Raises:
            Missing: there is no such theme.
        """
        ...

    def theme_alerts(self) -> tuple[ThemeAlert, ...]:
        """Return alerts, newest first; the last hundred."""
        ...

    def raise_theme_alert(self, alert: ThemeAlert) -> None:
        """Keep an alert under a number of its own."""
        ...


class MemoryPlacings:
    """The twin for tests, beside History's."""

    def __init__(self, history: MemoryHistory) -> None:
        self._history = history
        self._held: dict[int, Placing] = {}

    def _texts(self) -> dict[int, str]:
        texts = {seq: text for seq, text in self._history.texts() if text}
        self._held = {seq: one for seq, one in self._held.items() if seq in texts}
        return texts

    def unplaced(self, *, version: int, after_seq: int, limit: int) -> list[Unread]:
        """See ``Placings``."""
        held = self._held
        found = [
            Unread(seq, text)
            for seq, text in sorted(self._texts().items())
            if seq > after_seq and (seq not in held or held[seq].version != version)
        ]
        return found[:limit]

    def shelve_placings(self, placings: Sequence[Placing]) -> int:
        """See ``Placings``."""
        texts = self._texts()
        kept = {one.seq: one for one in placings if one.seq in texts}
        self._held |= kept
        return len(kept)

    def placing_columns(self) -> PlacingColumns:
        """See ``Placings``."""
        self._texts()
        held: Mapping[int, Placing] = dict(sorted(self._held.items()))
        return PlacingColumns(
            seq=np.array(list(held), dtype=np.int64),
            version=np.array([one.version for one in held.values()], dtype=np.int32),
            theme=np.array([one.theme for one in held.values()], dtype=np.int32),
            likeness=np.array([one.likeness for one in held.values()], dtype=np.float32),
        )

    def placing_count(self, *, version: int) -> int:
        """See ``Placings``."""
        self._texts()
        return sum(one.version == version for one in self._held.values())

    def sample_texts(self, *, limit: int, seed: int) -> list[Unread]:
        """See ``Placings``."""
        every = [Unread(seq, text) for seq, text in sorted(self._history.texts(ours=True)) if text]
        return [every[place] for place in choose_sample(len(every), limit=limit, seed=seed).tolist()]


def choose_sample(n: int, *, limit: int, seed: int) -> NDArray[np.int64]:
    """Return which of n texts, oldest first, are looked through: all, or the newest half and some of the rest."""
    if n <= limit:
        return np.arange(n, dtype=np.int64)
    newest = np.arange(n - limit // 2, n, dtype=np.int64)
    rest = np.random.default_rng(seed).choice(n - limit // 2, limit - limit // 2, replace=False)
    return np.sort(np.concatenate([rest, newest]))
