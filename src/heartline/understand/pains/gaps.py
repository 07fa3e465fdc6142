"""Gaps between channels: one question answered differently on two, and places outside from which a segment comes.

Everything tested for both shares one false-discovery budget; what passes is ranked by its shrunken difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from heartline.understand.differences import spend_budget
from heartline.understand.pains.claims import spread
from heartline.understand.pains.nouns import ChannelGap, Inconsistency
from heartline.understand.pains.origins import list_channel_gaps
from heartline.understand.pains.replies import list_inconsistencies
from heartline.understand.pains.signs import Field
from heartline.understand.shrinkage import shrink_effects

MOST = 6
"""So many of each are told."""
_TIMES = 2.0
Gap = TypeVar("Gap", Inconsistency, ChannelGap)


def find_gaps(ground: Field, *, q: float) -> tuple[tuple[Inconsistency, ...], tuple[ChannelGap, ...]]:
    """Find both, the largest by the shrunken difference first; each question and each place outside is told once."""
    asked, gaps = tuple(list_inconsistencies(ground)), tuple(list_channel_gaps(ground))
    if not asked and not gaps:
        return (), ()
    p = [*(one.p for one in asked), *(one.p for one in gaps)]
    passed = spend_budget(np.array(p), q=q).passed
    told = [one.found for one, good in zip(asked, passed[: len(asked)], strict=True) if good and one.found]
    shrunken = _shrink(gaps)
    apart = [one for one, good in zip(shrunken, passed[len(asked) :], strict=True) if good and _is_theirs(one)]
    told = _shrink(told)
    return (
        _take_first(told, [one.question for one in told]),
        _take_first(apart, [one.host for one in apart], size=[one.shrunken * one.people**0.5 for one in apart]),
    )


def _is_theirs(one: ChannelGap) -> bool:
    """Tell whether the segment comes from there reliably, and at least twice as often as others do: where everybody
    comes from (a search engine) a few points more are no gap.
    """
    gap = one.difference
    return (gap.low or 0.0) > 0 and (gap.now.value or 0.0) >= _TIMES * (gap.before.value or 0.0)


def _shrink(found: Sequence[Gap]) -> list[Gap]:
    """Pull the differences in, all that were measured together."""
    gaps = np.array([one.difference.value or 0.0 for one in found])
    errors = np.array([max(spread(one.difference), 1e-3) for one in found])
    pulled = shrink_effects(gaps, errors)
    return [replace(one, shrunken=float(size)) for one, size in zip(found, pulled, strict=True)]


def _take_first(found: Sequence[Gap], of: Sequence[str], *, size: Sequence[float] = ()) -> tuple[Gap, ...]:
    """Return the largest of each name, the largest first."""
    weight = size or [abs(one.shrunken) for one in found]
    first: dict[str, Gap] = {}
    for place in sorted(range(len(found)), key=lambda place: -weight[place]):
        first.setdefault(of[place], found[place])
    return tuple(first.values())[:MOST]
