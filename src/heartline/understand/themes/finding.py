"""Finding themes: how many there are is not told. What a resample does not find again is marked unstable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heartline.understand.themes.neighbours import Neighbours, gather_communities, link_neighbours
from heartline.understand.themes.wording import count_terms, name_themes, weigh_terms

Vectors = NDArray[np.float32]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEWEST_TEXTS: Final = 150
"""Different texts from which on themes are looked for."""
MOST_TEXTS: Final = 20_000
"""Different texts that are looked through: about 10 CPU seconds and 100 MB; all others are placed by what is found."""
FEWEST_IN_A_THEME: Final = 10
RESAMPLES: Final = 5
KEPT_SHARE: Final = 0.9
STABLE: Final = 0.6
"""From this mean Jaccard index on a theme is stable: resamples of 90 % find it again."""
RESOLUTIONS: Final = (4.0, 3.0, 2.0, 1.0, 0.5, 0.25, 0.12, 0.06)
"""How finely themes are looked for, finest first."""
MEAN_SIZE: Final = 40
"""How many texts a theme has on average at least: a few hundred comments fall into a handful, not into phrases."""
BORNE: Final = 0.75
"""The share of texts that must be in stable themes; otherwise they are looked for less finely."""
ALIKE: Final = 0.9
"""Communities whose centres are as like as this are one theme. No two of Banking77's are (at most 0.87)."""
_FLOOR: Final = 10.0
"""The percentile of its own texts' likeness under which a text is not a theme's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTheme:
    """A theme: its ``centre`` of length 1, the likeness under which a text is not of it, the terms that tell it, how
    many different texts it was found in, how well resamples find it again (mean Jaccard index), its most typical texts.
    """

    centre: Vectors
    floor: float
    terms: tuple[str, ...]
    size: int
    stability: float
    typical: tuple[int, ...]

    @property
    def stable(self) -> bool:
        """Whether resamples find it again."""
        return self.stability >= STABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All themes, largest first, and the theme of each text given (−1: of none)."""

    themes: tuple[FoundTheme, ...]
    member: Ints


def find_themes(
    texts: Sequence[str],
    vectors: Vectors,
    customer: Ints,
    *,
    seed: int = 0,
    tell: Callable[[float], None] = lambda _share: None,
) -> Found:
    """Find the themes of *different* texts: of copies, give one. Fewer than ``FEWEST_TEXTS`` have none.

    ``vectors`` of length 1, (texts, width); ``customer`` any number for who said it; ``tell`` hears how far it is.
    """
    if len(texts) < FEWEST_TEXTS:
        return Found(themes=(), member=np.full(len(texts), -1, dtype=np.int64))
    held, terms = count_terms(texts)
    neighbours = link_neighbours(vectors, weigh_terms(held))
    tell(0.6)
    member, stability = _settle(neighbours, vectors, seed=seed, tell=tell)
    names = name_themes(held, terms, member, customer)
    themes = tuple(
        _describe(vectors, np.flatnonzero(member == theme), names[theme], stability[theme])
        for theme in range(len(names))
    )
    tell(1.0)
    return Found(themes=themes, member=member)


def _settle(
    neighbours: Neighbours, vectors: Vectors, *, seed: int, tell: Callable[[float], None]
) -> tuple[Ints, Floats]:
    """Return the finest themes that resamples bear out, and how well they do; where none do, the best there are."""
    best: tuple[tuple[bool, float], Ints, Floats] | None = None
    for turn, resolution in enumerate(RESOLUTIONS):
        found = gather_communities(neighbours, resolution=resolution, seed=seed)
        member = _drop_small(join_alike(vectors, found))
        stability = _resample(neighbours, vectors, member, resolution=resolution, seed=seed)
        borne = float((stability[member[member >= 0]] >= STABLE).sum() / len(member))
        tell(0.6 + 0.3 * (turn + 1) / len(RESOLUTIONS))
        fits = len(member) >= MEAN_SIZE * len(stability)
        if best is None or (fits, borne) > best[0]:
            best = (fits, borne), member, stability
        if fits and borne >= BORNE:
            break
    assert best is not None
    return best[1], best[2]


def join_alike(vectors: Vectors, member: Ints) -> Ints:
    """Join communities whose centres nearly coincide: a small set, or one said in two languages, falls apart by chance.

    Largest first, as they come; −1 stays −1.
    """
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415  # heavy: only who reads texts pays for it

    count = int(member.max(initial=-1)) + 1
    for _turn in range(count):
        sums = np.zeros((count, vectors.shape[1]), dtype=np.float64)
        for place in range(count):
            sums[place] = vectors[member == place].sum(axis=0)
        centres = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
        left, names = connected_components(centres @ centres.T >= ALIKE, directed=False)
        if left == count:
            break
        sizes = np.bincount(names[member[member >= 0]], minlength=left)
        rank = np.empty(left, dtype=np.int64)
        rank[np.argsort(-sizes, kind="stable")] = np.arange(left)
        member = np.where(member >= 0, rank[names[member]], -1)
        count = int(left)
    return member


def _drop_small(member: Ints) -> Ints:
    """Let go of what is too small to be a theme; communities come largest first, so no number changes."""
    sizes = np.bincount(member[member >= 0])
    return np.where((member >= 0) & (sizes[member] >= FEWEST_IN_A_THEME), member, -1)


def _resample(neighbours: Neighbours, vectors: Vectors, member: Ints, *, resolution: float, seed: int) -> Floats:
    """Return the mean Jaccard index of each theme with what is nearest to it in resamples (Hennig, 2007)."""
    themes = int(member.max(initial=-1)) + 1
    told = np.zeros(themes)
    chance = np.random.default_rng(seed + 1)
    for turn in range(RESAMPLES):
        inside = chance.random(len(member)) < KEPT_SHARE
        again = gather_communities(neighbours, resolution=resolution, seed=seed + 1 + turn, inside=inside)
        again = join_alike(vectors, again)
        told += _match(member[inside], again[inside], themes)
    return told / RESAMPLES


def _match(first: Ints, again: Ints, themes: int) -> Floats:
    """Return the best Jaccard index of each theme among the communities found again."""
    sizes = np.bincount(first[first >= 0], minlength=themes)
    others = np.bincount(again)
    both = np.zeros((themes, len(others)))
    np.add.at(both, (first[first >= 0], again[first >= 0]), 1)
    joined = sizes[:, None] + others[None, :] - both
    best: Floats = (both / np.maximum(joined, 1)).max(axis=1)
    return best


def _describe(vectors: Vectors, rows: Ints, terms: tuple[str, ...], stability: float) -> FoundTheme:
    centre = vectors[rows].mean(axis=0)
    centre = (centre / max(float(np.linalg.norm(centre)), 1e-9)).astype(np.float32)
    likeness = vectors[rows] @ centre
    return FoundTheme(
        centre=centre,
        floor=float(np.percentile(likeness, _FLOOR)),
        terms=terms,
        size=len(rows),
        stability=round(float(stability), 3),
        typical=tuple(int(row) for row in rows[np.argsort(-likeness, kind="stable")[:5]]),
    )
