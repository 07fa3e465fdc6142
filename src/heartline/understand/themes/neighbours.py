"""Which texts say nearly the same, and which of them hang together: a graph of nearest neighbours and its communities.

Nobody says how many themes there are. Each text is linked to the few that are nearest in meaning and in words;
communities of that graph are found by moving texts between them as long as modularity grows (Blondel and others, 2008,
arXiv 0803.0476), at a resolution (Reichardt and Bornholdt, 2006) that resamples bear (``finding``). It is linear in the
links, where clustering by density leaves half of all short texts unplaced (bench/eval.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Ints = NDArray[np.int64]

NEAREST: Final = 10
"""Links of each text. With more, small themes melt into large ones."""
KEPT: Final = 30
"""Neighbours that are remembered of each text, so that a resample finds its nearest without another pass."""
_CANDIDATES: Final = 60
WORDS_COUNT: Final = 0.3
"""How much the same words add to the same meaning: sentence vectors alone mix up what differs in one noun."""
_CHUNK: Final = 1_000
_MOST_PASSES: Final = 10
_STILL: Final = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The ``KEPT`` nearest of each text, nearest first: places (texts, kept) and how near, 0…1 and a bit."""

    place: NDArray[np.int32]
    near: NDArray[np.float32]


def link_neighbours(vectors: Vectors, words: Any) -> Neighbours:  # noqa: ANN401  # a sparse matrix of scipy
    """Find each text's neighbours: nearest in meaning, then ranked again by meaning and words.

    ``vectors`` of length 1, (texts, width); ``words`` a sparse matrix of rows of length 1, (texts, terms).
    """
    n = len(vectors)
    kept, candidates = min(KEPT, n - 1), min(_CANDIDATES, n - 1)
    place = np.empty((n, kept), dtype=np.int32)
    near = np.empty((n, kept), dtype=np.float32)
    for start in range(0, n, _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, n))
        likeness = vectors[rows] @ vectors.T
        likeness[np.arange(len(rows)), rows] = -2
        some = np.argpartition(-likeness, candidates - 1, axis=1)[:, :candidates]
        score = np.take_along_axis(likeness, some, axis=1) + WORDS_COUNT * _share_words(words, rows, some)
        order = np.argsort(-score, axis=1, kind="stable")[:, :kept]
        place[rows] = np.take_along_axis(some, order, axis=1)
        near[rows] = np.take_along_axis(score, order, axis=1)
    return Neighbours(place=place, near=near)


def _share_words(words: Any, rows: Ints, others: Ints) -> NDArray[np.float32]:  # noqa: ANN401  # as above
    left = words[np.repeat(rows, others.shape[1])]
    right = words[others.ravel()]
    told: NDArray[np.float32] = np.asarray(left.multiply(right).sum(axis=1), dtype=np.float32).reshape(others.shape)
    return told


def gather_communities(
    neighbours: Neighbours, *, resolution: float, seed: int = 0, inside: NDArray[np.bool_] | None = None
) -> Ints:
    """Return the community of each text, 0…, largest first; −1 outside ``inside``, where only a part is asked for.

    The higher the ``resolution``, the more and smaller they are.
    """
    n = len(neighbours.place)
    inside = np.ones(n, dtype=np.bool_) if inside is None else inside
    from scipy.sparse import csr_matrix  # noqa: PLC0415  # heavy: only a process that reads texts should pay for it

    there = inside[neighbours.place] & inside[:, None]
    there &= np.cumsum(there, axis=1) <= NEAREST
    row = np.repeat(np.arange(n), there.sum(axis=1))
    links = csr_matrix((np.maximum(neighbours.near[there], 1e-6), (row, neighbours.place[there])), shape=(n, n))
    member = _settle(links.maximum(links.T).tocsr(), resolution, np.random.default_rng(seed))
    member[~inside] = -1
    sizes = np.bincount(member[inside], minlength=n)
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return np.where(inside, rank[member], -1)


def _settle(links: Any, resolution: float, chance: np.random.Generator) -> Ints:  # noqa: ANN401  # a sparse matrix of scipy
    """Move nodes, then whole communities, until modularity grows no more."""
    from scipy.sparse import coo_matrix  # noqa: PLC0415  # as above

    member = np.arange(links.shape[0], dtype=np.int64)
    while True:
        moved = _move(links, resolution, chance)
        names, moved = np.unique(moved, return_inverse=True)
        member = moved[member]
        if len(names) == links.shape[0]:
            return member
        n = links.shape[0]
        into = coo_matrix((np.ones(n), (np.arange(n), moved)), shape=(n, len(names))).tocsr()
        links = (into.T @ links @ into).tocsr()


def _move(links: Any, resolution: float, chance: np.random.Generator) -> Ints:  # noqa: ANN401  # as above
    """Give each node to the community where its links weigh most over what chance would give; lists are faster here."""
    starts, others, weights = links.indptr.tolist(), links.indices.tolist(), links.data.tolist()
    degree = np.asarray(links.sum(axis=1)).ravel().tolist()
    pull = resolution / max(sum(degree), 1e-12)
    community, total = list(range(len(degree))), list(degree)
    for _turn in range(_MOST_PASSES):
        moved = 0
        for node in chance.permutation(len(degree)).tolist():
            mine, own = community[node], degree[node]
            told = {mine: 0.0}
            for link in range(starts[node], starts[node + 1]):
                if others[link] != node:
                    there = community[others[link]]
                    told[there] = told.get(there, 0.0) + weights[link]
            total[mine] -= own
            best = max(told, key=lambda one: told[one] - pull * own * total[one])
            if told[best] - pull * own * total[best] <= told[mine] - pull * own * total[mine] + 1e-12:
                best = mine
            total[best] += own
            community[node] = best
            moved += best != mine
        if moved <= _STILL * len(degree):
            break
    return np.array(community, dtype=np.int64)
