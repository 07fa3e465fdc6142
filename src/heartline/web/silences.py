"""How those feel who gave no score, beside those who did, as its page asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypedDict

import numpy as np
from numpy.typing import NDArray

from heartline.listener import Listening
from heartline.records import Difference, Metric
from heartline.understand import (
    Ints,
    PackedLog,
    ScoreMeasure,
    difference,
    feel_all_silent,
    feel_silent,
    score_by_field,
    score_metric,
)
from heartline.understand import values_of as codes_of
from heartline.web.hearing import join_readings
from heartline.web.lenses import list_filters, name_field
from heartline.web.recall import recall_of
from heartline.web.visit import Visit

Floats = NDArray[np.floating[Any]]
USUAL: Final = ("channel", "area", "place")
"""By what groups are split where nobody chose, the first there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A group: how its silent feel, whether that may be told, how its scored answers feel, and the difference."""

    name: str
    silent: Metric
    sure: bool
    scored: Metric
    against: Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """The page's figures: everybody, and each group of the field ``split`` (of ``fields``: name and words)."""

    status: Listening
    everybody: Quiet
    split: str
    fields: tuple[tuple[str, str], ...]
    groups: tuple[Quiet, ...]


class _Ask(TypedDict):
    """What is asked of the comments that were read, as ``feel_silent`` takes it."""

    sounds: NDArray[np.float64]
    valence: NDArray[np.float64]
    customer: Ints
    group: Ints
    groups: int


def read_silence(visit: Visit) -> Silence:
    """Return what the page shows: of the time range, the filter and what the reader may see."""
    log, status = visit.log, visit.heartline.listener.status()
    fields = tuple((field.name, field.label) for field in list_filters(log))
    known = [name for name, _label in fields]
    asked = visit.query.get("split", "")
    split = asked if asked in known else next((name for name in (*USUAL, *known) if name in known), "")

    def work_out() -> tuple[Quiet, tuple[Quiet, ...]]:
        rows, readings = join_readings(visit, status)
        sounds = np.column_stack([readings.negative, 1 - readings.negative - readings.positive, readings.positive])
        return _everybody(log, rows, sounds), _groups(log, rows, sounds, split) if split else ()

    everybody, groups = recall_of(visit.heartline).of(log, ("silence", status, visit.selection, split), work_out)
    return Silence(status=status, everybody=everybody, split=split, fields=fields, groups=groups)


def name_split(silence: Silence) -> str:
    """Return in people's words what the groups are split by."""
    return name_field(silence.split)


def _everybody(log: PackedLog, rows: Ints, sounds: Floats) -> Quiet:
    silent, sure = feel_all_silent(**_ask(log, rows, sounds, "channel"))
    return _quiet("", silent, score_metric(log, ScoreMeasure.VALENCE), sure=sure)


def _groups(log: PackedLog, rows: Ints, sounds: Floats, split: str) -> tuple[Quiet, ...]:
    """Return the groups with comments, the largest first."""
    found = codes_of(log, split)
    if found is None or not len(rows):
        return ()
    names = found[1]
    felt = feel_silent(**_ask(log, rows, sounds, split))
    scores = {one.value: one.metric for one in score_by_field(log, ScoreMeasure.VALENCE, split)}
    nothing = Metric(name="valence", value=None, low=None, high=None, n=0, customers=0, method="")
    quiet = [
        _quiet(name, silent, scores.get(name, nothing), sure=sure)
        for name, (silent, sure) in zip(names, felt, strict=True)
        if name and silent.n
    ]
    return tuple(sorted(quiet, key=lambda one: -one.silent.n))


def _ask(log: PackedLog, rows: Ints, sounds: Floats, split: str) -> _Ask:
    codes, names = codes_of(log, split) or (np.zeros(len(log), dtype=np.int64), ("",))
    return _Ask(
        sounds=sounds.astype(np.float64),
        valence=log.valence[rows].astype(np.float64),
        customer=log.row[rows].astype(np.int64),
        group=codes[rows].astype(np.int64),
        groups=len(names),
    )


def _quiet(name: str, silent: Metric, scored: Metric, *, sure: bool) -> Quiet:
    return Quiet(name=name, silent=silent, sure=sure, scored=scored, against=difference(silent, scored))
