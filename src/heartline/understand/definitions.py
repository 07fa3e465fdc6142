"""Definitions: what a metric counts, version by version. One number is always counted by one version.

Only CSAT has more than one: how many of the best answers are called satisfied. NPS has its bands by its own definition,
and means count every answer.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from heartline.language import mark
from heartline.records import Definition
from heartline.understand.log import Floats, Ints, Mask, PackedLog

BOXES: Final = {1: mark("the top box"), 2: mark("the top two boxes"), 3: mark("the top three boxes")}
"""What may be called satisfied."""
DEFINED: Final = "csat"
"""The metric whose definition people may change."""
_BEGINNING_US: Final = -(2**62)
_BUILT_IN: Final = {DEFINED: Definition(metric=DEFINED, version=1, boxes=2, from_us=_BEGINNING_US)}


def built_in(metric: str) -> Definition:
    """Return version 1 of a metric, which nobody made."""
    return _BUILT_IN.get(metric) or Definition(metric=metric, version=1, boxes=0, from_us=_BEGINNING_US)


def definition_at(log: PackedLog, metric: str, before_us: int | None) -> Definition:
    """Return the version in force at the end of a time that ends before ``before_us``; None: up to now."""
    begun = [one for one in log.definitions if one.metric == metric and (before_us is None or one.from_us < before_us)]
    return max(begun, key=lambda one: one.version, default=built_in(metric))


def definitions_at(log: PackedLog, metric: str, at_us: Ints) -> tuple[Definition, ...]:
    """Return the version in force at each of some times."""
    return tuple(definition_at(log, metric, int(at) + 1) for at in at_us)


def list_changes(log: PackedLog, metric: str) -> tuple[Definition, ...]:
    """Return the versions that came into force up to now, in the order of time; those outdone before are left out."""
    changes: list[Definition] = []
    version = built_in(metric).version
    for one in sorted(log.definitions, key=lambda one: (one.from_us, -one.version)):
        if one.metric == metric and one.version > version:
            changes.append(one)
            version = one.version
    return tuple(changes)


def is_satisfied(score: Floats | float, top: Floats | int, boxes: Ints | int) -> Mask:
    """Tell which answers (of one answer: whether it is) are among the best ``boxes`` of their scale 1…``top``.

    Never more than half of a scale: the middle of five is no satisfaction, and of three answers only the best counts.
    """
    counted = np.minimum(boxes, np.maximum(1, top // 2))
    best: Mask = np.asarray(score > top - counted)
    return best
