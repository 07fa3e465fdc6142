"""Comments: what those who met a pain wrote without giving a score, against those it spared.

What a comment says is not read here: that somebody sat down and wrote after it is itself a sign, and where they wrote
says where to listen.
"""

from __future__ import annotations

import numpy as np

from heartline.understand.differences import FEWEST, compare
from heartline.understand.log import Ints, Mask, PackedLog
from heartline.understand.pains.nouns import Claim, Evidence, SignKind
from heartline.understand.samples import Scale, gather

WITHIN_US = 7 * 86_400_000_000
"""A comment within seven days of a touch is about it, as far as anybody can tell without reading."""
_PLACES = 4


def hear_comments(log: PackedLog, rows: Ints, hit: Mask) -> tuple[Evidence, ...]:
    """Compare how many who met it (``hit`` of ``rows``, ascending) wrote a comment without a score within seven days
    with those it spared; nothing where nobody who met it wrote, or too few are on a side.
    """
    comments = np.flatnonzero(log.has_text & (log.score_kind == 0))
    if not len(comments) or not len(rows):
        return ()
    first = np.searchsorted(comments, rows, side="left")
    inside = np.minimum(first, len(comments) - 1)
    wrote = (
        (first < len(comments))
        & (log.row[comments[inside]] == log.row[rows])
        & (log.ts_us[comments[inside]] - log.ts_us[rows] <= WITHIN_US)
    )
    owner = log.row[rows].astype(np.int64)
    if not (wrote & hit).any() or min(len(np.unique(owner[side])) for side in (hit, ~hit)) < FEWEST:
        return ()
    sides = [gather(wrote[side].astype(np.float64), owner[side], scale=Scale.SHARE) for side in (hit, ~hit)]
    behind = _list_behind(log, comments, rows[hit])
    codes = log.codes["touchpoint"][behind].astype(np.int64)
    counts = np.bincount(codes, minlength=1)
    most = [int(code) for code in np.argsort(-counts, kind="stable")[:_PLACES] if counts[code]]
    names = log.names["touchpoint"]
    heard = Evidence(
        kind=SignKind.COMMENT,
        claim=Claim.MET,
        name=names[most[0]],
        measure=None,
        difference=compare(sides[0], sides[1], SignKind.COMMENT.value),
        limit_us=0,
        from_touchpoint="",
        places=tuple((names[code], int(counts[code])) for code in most),
        seqs=log.seq[behind],
    )
    return (heard,)


def _list_behind(log: PackedLog, comments: Ints, met: Ints) -> Ints:
    """Return the comments within seven days of a touch at which somebody met it, each once, ascending."""
    last = np.searchsorted(met, comments, side="right") - 1
    inside = np.maximum(last, 0)
    near = (
        (last >= 0)
        & (log.row[met[inside]] == log.row[comments])
        & (log.ts_us[comments] - log.ts_us[met[inside]] <= WITHIN_US)
    )
    found: Ints = comments[near]
    return found
