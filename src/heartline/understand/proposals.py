"""Proposals: a journey and its stages, suggested from what customers do. A person renames, moves and locks them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from heartline.records import Journey, Stage
from heartline.understand.log import Floats, Ints, PackedLog
from heartline.understand.selection import mask_names, take_rows
from heartline.understand.wording import find_word, name_stage

_MOST_CUSTOMERS = 20_000
_MOST_TOUCHPOINTS = 40
_RAREST = 0.005
_MIXED = 0.006
_PLAIN = 10.0
_ONE_JOURNEY = 20
_FEW = 10
_SOME = 16
_FEWEST_STAGES = 3
_ENOUGH_HEARD = 100
_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Touchpoints in the order most people meet them. ``position`` is the mean relative position, 0 first to 1 last;
    ``reach`` the customers who met it; ``area`` the area most of its touches carry.
    """

    names: tuple[str, ...]
    position: Floats
    reach: Ints
    area: tuple[str, ...]


def order_touchpoints(log: PackedLog, *, rarest: float = _RAREST) -> Order:
    """Order the touchpoints that at least a share ``rarest`` of the customers met, by who comes before whom.

    For each pair, the share of customers with both who met one first; a touchpoint's position is the mean of its
    shares, weighted by how many had both. Pairs are fairer than plain positions to what only short histories hold.
    """
    names = log.names["touchpoint"]
    customers, first = _first_times(log, len(names))
    met = first < np.iinfo(np.int64).max
    reach = met.sum(axis=0)
    chosen = np.flatnonzero(reach >= max(rarest * customers, 1))
    chosen = chosen[[bool(names[code]) for code in chosen]] if len(chosen) else chosen
    chosen = np.sort(chosen[np.argsort(-reach[chosen], kind="stable")][:_MOST_TOUCHPOINTS])
    position = np.full(len(chosen), 0.5)
    for index, code in enumerate(chosen):
        both = met[met[:, code]][:, chosen]
        own, other = first[met[:, code], code][:, None], first[met[:, code]][:, chosen]
        after = (both & (other < own)).sum(axis=0) + 0.5 * (both & (other == own)).sum(axis=0)
        weight = both.sum(axis=0).astype(np.float64)
        weight[index] = 0
        share = (after + 1.0) / (both.sum(axis=0) + 2.0)
        position[index] = float((share * np.sqrt(weight)).sum() / max(np.sqrt(weight).sum(), 1e-9))
    order = np.argsort(position, kind="stable")
    areas = _main_areas(log, len(names))
    return Order(
        names=tuple(names[code] for code in chosen[order]),
        position=position[order],
        reach=reach[chosen[order]],
        area=tuple(areas[code] for code in chosen[order]),
    )


def propose_stages(log: PackedLog, *, locked: Sequence[Stage] = (), stages: int | None = None) -> tuple[Stage, ...]:
    """Propose 3 to 7 contiguous stages of the touchpoints in their order; ``locked`` stages are kept as they are.

    Cuts are put where the mean position jumps and where the plain meaning of the touchpoints changes (least spread and
    mixture within stages, by dynamic programming). There are five at least, but where the touchpoints are few and each
    says what it means: then no more than meanings, three at least. Locked stages take their touchpoints with them and
    stand where those lie.
    """
    order = order_touchpoints(log)
    taken = {name for stage in locked for name in stage.touchpoints}
    free = np.array([i for i, name in enumerate(order.names) if name not in taken], dtype=np.int64)
    words = [find_word(order.names[i], order.area[i]) for i in free]
    meant = sum(1 for _word in groupby(words)) if len(words) <= _FEW and all(words) else len(words)
    wanted = (stages or _count_stages(len(order.names), meant + len(locked))) - len(locked)
    weight = np.sqrt(order.reach[free].astype(np.float64))
    groups = _cut(order.position[free], weight, _mix(words, weight, plain=meant <= wanted), max(wanted, 1))
    used = {stage.name for stage in locked}
    placed: list[tuple[float, Stage]] = []
    for group in groups:
        members = free[group]
        touchpoints = tuple(order.names[i] for i in members)
        title = name_stage(
            touchpoints,
            reach=tuple(int(order.reach[i]) for i in members),
            areas=tuple(order.area[i] for i in members),
            used=frozenset(used),
        )
        used.add(title)
        placed.append((float(order.position[members].mean()), Stage(name=title, touchpoints=touchpoints)))
    where = dict(zip(order.names, order.position, strict=True))
    for stage in locked:
        lies = [float(where[name]) for name in stage.touchpoints if name in where]
        placed.append((sum(lies) / len(lies) if lies else 1.0, stage))
    return tuple(stage for _, stage in sorted(placed, key=lambda pair: pair[0]))


def find_companions(log: PackedLog, around: str) -> tuple[str, ...]:
    """Return the touchpoints that belong to the same journey as ``around``, it included, by name.

    One belongs when most of those who meet it also meet ``around``, and a tenth of those who meet ``around`` meet it: a
    company's other businesses stay out of the picture.
    """
    names = log.names["touchpoint"]
    if around not in names or not len(log):
        return ()
    _, first = _first_times(log, len(names))
    met = first < np.iinfo(np.int64).max
    anchor = met[:, names.index(around)]
    both = met[anchor].sum(axis=0)
    belongs = (both >= 0.5 * met.sum(axis=0)) & (both >= 0.1 * anchor.sum()) & (both > 0)
    return tuple(name for code, name in enumerate(names) if name and belongs[code])


def propose_journey(log: PackedLog, *, name: str = "", around: str = "", previous: Journey | None = None) -> Journey:
    """Propose a journey: the touchpoints that go together with ``around``, else with the one where most people were
    heard if there are more than 20, else all. The locked stages of ``previous`` stay, and its name and limits too.
    """
    if previous is None and not around and len(order_touchpoints(log).names) > _ONE_JOURNEY:
        around = _most_heard(log)
    if around:
        log = take_rows(log, mask_names(log, "touchpoint", find_companions(log, around)))
    if previous is None:
        stages = propose_stages(log)
        if not name and stages:
            name = f"{stages[0].name} to {stages[-1].name.lower()}" if len(stages) > 1 else stages[0].name
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "journey"
        return Journey(journey_id=slug, name=name, stages=stages, gap_days=_propose_gap(log), proposed=True)
    locked = tuple(stage for stage in previous.stages if stage.locked)
    return Journey(
        journey_id=previous.journey_id,
        name=previous.name,
        stages=propose_stages(log, locked=locked),
        starts=previous.starts,
        ends=previous.ends,
        gap_days=previous.gap_days,
        where=previous.where,
        version=previous.version + 1,
        proposed=True,
    )


def _first_times(log: PackedLog, width: int) -> tuple[int, Ints]:
    """Return when each of (at most 20,000 evenly picked) customers first met each touchpoint: (customers, names)."""
    step = max(1, -(-len(log.customers) // _MOST_CUSTOMERS))
    rows = np.flatnonzero(log.row % step == 0) if step > 1 else np.arange(len(log))
    count = -(-len(log.customers) // step)
    first = np.full((count, width), np.iinfo(np.int64).max, dtype=np.int64)
    place = np.arange(len(log)) - log.offsets[:-1][log.row]
    np.minimum.at(first, (log.row[rows] // step, log.codes["touchpoint"][rows].astype(np.int64)), place[rows])
    return count, first


def _most_heard(log: PackedLog) -> str:
    """Return the touchpoint with the most scores, "" where too few were given."""
    felt = np.flatnonzero(~np.isnan(log.valence))
    counts = np.bincount(log.codes["touchpoint"][felt], minlength=len(log.names["touchpoint"]))
    return log.names["touchpoint"][int(counts.argmax())] if counts.max(initial=0) >= _ENOUGH_HEARD else ""


def _main_areas(log: PackedLog, width: int) -> list[str]:
    areas = log.names.get("area", ("",))
    codes = log.codes.get("area")
    if codes is None:
        return [""] * width
    pair = log.codes["touchpoint"].astype(np.int64) * len(areas) + codes
    table = np.bincount(pair, minlength=width * len(areas)).reshape(width, len(areas))
    return [areas[int(code)] for code in table.argmax(axis=1)]


def _count_stages(touchpoints: int, meant: int) -> int:
    wanted = 5 if touchpoints <= _FEW else 6 if touchpoints <= _SOME else 7
    return max(1, min(wanted, touchpoints, max(_FEWEST_STAGES, meant)))


def _mix(words: Sequence[str], weight: Floats, *, plain: bool) -> Floats:
    """Return what it costs to put touchpoints i…j − 1 into one stage: the weight that its main word does not cover.
    Where there are stages enough for all that is meant (``plain``), none need be mixed.
    """
    price = _PLAIN if plain else _MIXED
    cost = np.zeros((len(words) + 1, len(words) + 1))
    for start in range(len(words)):
        mass: dict[str, float] = {}
        for end in range(start + 1, len(words) + 1):
            word = words[end - 1]
            mass[word] = mass.get(word, 0.0) + float(weight[end - 1])
            cost[start, end] = price * (sum(mass.values()) - max(mass.values()))
    return cost


def _cut(position: Floats, weight: Floats, mixed: Floats, parts: int) -> list[Ints]:
    """Cut ordered positions into contiguous parts of least weighted spread (Fisher 1958, by dynamic programming)."""
    n = len(position)
    parts = min(parts, n)
    if not n:
        return []
    w, wx, wxx = (
        np.concatenate(([0.0], np.cumsum(part))) for part in (weight, weight * position, weight * position**2)
    )
    cost = np.full((parts + 1, n + 1), np.inf)
    back = np.zeros((parts + 1, n + 1), dtype=np.int64)
    cost[0, 0] = 0
    for part in range(1, parts + 1):
        for end in range(part, n + 1):
            starts = np.arange(part - 1, end)
            mass = w[end] - w[starts]
            spread = wxx[end] - wxx[starts] - (wx[end] - wx[starts]) ** 2 / np.maximum(mass, 1e-12)
            options = cost[part - 1, starts] + np.maximum(spread, 0) + mixed[starts, end]
            best = int(options.argmin())
            cost[part, end], back[part, end] = options[best], starts[best]
    groups, end = [], n
    for part in range(parts, 0, -1):
        start = int(back[part, end])
        groups.append(np.arange(start, end))
        end = start
    return groups[::-1]


def _propose_gap(log: PackedLog) -> int:
    """Propose after how many silent days a run is over: longer than 99 of 100 pauses, 30 to 180 days."""
    pauses = np.diff(log.ts_us)[log.row[1:] == log.row[:-1]] if len(log) > 1 else np.zeros(0, dtype=np.int64)
    if not len(pauses):
        return 180
    return int(np.clip(np.ceil(float(np.quantile(pauses, 0.99)) / _DAY_US), 30, 180))
