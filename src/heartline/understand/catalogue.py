"""The catalogue: every touchpoint of the data by the five areas, who was met there, how they felt, and what is missing.

Touches without an area stand under ``""``. A touchpoint whose touches are classed to two areas has an entry in each, so
that the entries of an area hold exactly its touches (mission rows A6, A8, H5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from heartline.records import Area, Journey, Metric
from heartline.understand.intervals import report_metrics
from heartline.understand.log import Ints, Mask, PackedLog, order_by
from heartline.understand.maps import Count
from heartline.understand.samples import Scale, gather
from heartline.understand.selection import EVERYTHING, Selection, mask_rows

AREAS = (*(area.value for area in Area), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a touchpoint stands in a journey."""

    journey_id: str
    journey: str
    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CataloguePoint:
    """A touchpoint within an area. ``reach`` counts customers, ``heart`` is their mean valence −1…+1, both within the
    selection; ``asked`` (somebody ever gave a score here) and ``first_us`` (µs UTC) are of all time. ``spots`` is empty
    for a touchpoint of no journey.
    """

    name: str
    area: str
    channels: tuple[Count, ...]
    reach: int
    touches: int
    heart: Metric
    asked: bool
    first_us: int
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaLine:
    """An area: who was met in it, how they felt, and its touchpoints, those that most people met first."""

    area: str
    reach: int
    touches: int
    heart: Metric
    points: tuple[CataloguePoint, ...]

    @property
    def asked(self) -> int:
        """At how many of its touchpoints somebody was ever asked."""
        return sum(point.asked for point in self.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageGap:
    """A stage that lacks something: no touchpoint of it is in the data, or nobody was ever asked at any of them."""

    journey_id: str
    journey: str
    stage: str
    met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All areas (the five, then the unclassed), with the customers and touches of the selection."""

    areas: tuple[AreaLine, ...]
    customers: int
    touches: int
    gaps: tuple[StageGap, ...] = field(default=())

    @property
    def points(self) -> tuple[CataloguePoint, ...]:
        """All entries, area by area."""
        return tuple(point for line in self.areas for point in line.points)


def list_touchpoints(
    log: PackedLog, *, selection: Selection = EVERYTHING, journeys: Sequence[Journey] = ()
) -> Catalogue:
    """List the touchpoints met in a selection of the log, by area; ``journeys`` tell to which stages they belong."""
    areas, names = log.names["area"], log.names["touchpoint"]
    keep = mask_rows(log, selection)
    pair = log.codes["area"].astype(np.int64) * len(names) + log.codes["touchpoint"]
    codes, cell = np.unique(pair[keep], return_inverse=True)
    channels = _count_channels(log, keep, cell, len(codes))
    touches, reach = np.bincount(cell, minlength=len(codes)), _count_reach(cell, log.row[keep], len(codes))
    hearts = _feel(log, keep, cell, len(codes))
    first, asked = _look_back(log, pair, codes)
    spots = _find_spots(journeys)
    points = [
        CataloguePoint(
            name=names[int(code) % len(names)],
            area=areas[int(code) // len(names)],
            channels=channels[place],
            reach=int(reach[place]),
            touches=int(touches[place]),
            heart=hearts[place],
            asked=bool(asked[place]),
            first_us=int(first[place]),
            spots=spots.get(names[int(code) % len(names)], ()),
        )
        for place, code in enumerate(codes)
    ]
    return Catalogue(
        areas=_sum_areas(log, keep, points),
        customers=len(np.unique(log.row[keep])),
        touches=int(keep.sum()),
        gaps=find_gaps(log, journeys),
    )


def find_gaps(log: PackedLog, journeys: Sequence[Journey]) -> tuple[StageGap, ...]:
    """Find the stages of which no touchpoint is in the data, or at which nobody was ever asked, over all time."""
    names, codes = log.names["touchpoint"], log.codes["touchpoint"]
    met = np.bincount(codes, minlength=len(names)) > 0
    asked = np.bincount(codes[~np.isnan(log.valence)], minlength=len(names)) > 0
    place = {name: code for code, name in enumerate(names)}
    gaps = []
    for journey in journeys:
        for stage in journey.stages:
            known = [place[name] for name in stage.touchpoints if name in place]
            if not asked[known].any():
                seen = bool(met[known].any())
                gaps.append(StageGap(journey_id=journey.journey_id, journey=journey.name, stage=stage.name, met=seen))
    return tuple(gaps)


def _sum_areas(log: PackedLog, keep: Mask, points: Sequence[CataloguePoint]) -> tuple[AreaLine, ...]:
    names = log.names["area"]
    order = (*AREAS, *sorted(name for name in names if name not in AREAS))
    place = {name: index for index, name in enumerate(order)}
    cell = np.fromiter((place[name] for name in names), dtype=np.int64, count=len(names))[log.codes["area"][keep]]
    touches, reach = np.bincount(cell, minlength=len(order)), _count_reach(cell, log.row[keep], len(order))
    hearts = _feel(log, keep, cell, len(order))
    return tuple(
        AreaLine(
            area=name,
            reach=int(reach[index]),
            touches=int(touches[index]),
            heart=hearts[index],
            points=tuple(sorted((p for p in points if p.area == name), key=lambda p: (-p.reach, -p.touches, p.name))),
        )
        for index, name in enumerate(order)
    )


def _count_reach(cell: Ints, row: NDArray[np.int32], cells: int) -> Ints:
    """Count the customers of each cell. Rows come ordered by customer, so within a cell they stay so."""
    order = order_by(cell)
    cell, row = cell[order], row[order]
    new = np.ones(len(cell), dtype=np.bool_)
    new[1:] = (cell[1:] != cell[:-1]) | (row[1:] != row[:-1])
    return np.bincount(cell[new], minlength=cells)


def _feel(log: PackedLog, keep: Mask, cell: Ints, cells: int) -> tuple[Metric, ...]:
    valence = log.valence[keep]
    felt = ~np.isnan(valence)
    row = log.row[keep][felt].astype(np.int64)
    sample = gather(valence[felt].astype(np.float64), row, scale=Scale.MEAN, cell=cell[felt], cells=cells)
    return report_metrics(sample, "valence")


def _look_back(log: PackedLog, pair: Ints, codes: Ints) -> tuple[Ints, Mask]:
    """Return for each pair of area and touchpoint when it was first met and whether somebody was ever asked there."""
    place = np.minimum(np.searchsorted(codes, pair), max(len(codes) - 1, 0))
    first = np.full(len(codes), np.iinfo(np.int64).max, dtype=np.int64)
    asked = np.zeros(len(codes), dtype=np.bool_)
    if len(codes):
        known = codes[place] == pair
        np.minimum.at(first, place[known], log.ts_us[known])
        asked[place[known & ~np.isnan(log.valence)]] = True
    return first, asked


def _count_channels(log: PackedLog, keep: Mask, cell: Ints, cells: int, *, most: int = 4) -> list[tuple[Count, ...]]:
    names = log.names["channel"]
    codes, counts = np.unique(cell * len(names) + log.codes["channel"][keep], return_counts=True)
    found: list[list[Count]] = [[] for _ in range(cells)]
    for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
        if names[code % len(names)]:
            found[code // len(names)].append(Count(name=names[code % len(names)], count=count))
    return [tuple(sorted(one, key=lambda each: (-each.count, each.name))[:most]) for one in found]


def _find_spots(journeys: Sequence[Journey]) -> dict[str, tuple[Spot, ...]]:
    spots: dict[str, list[Spot]] = {}
    for journey in journeys:
        for stage in journey.stages:
            spot = Spot(journey_id=journey.journey_id, journey=journey.name, stage=stage.name)
            for name in dict.fromkeys(stage.touchpoints):
                spots.setdefault(name, []).append(spot)
    return {name: tuple(found) for name, found in spots.items()}
