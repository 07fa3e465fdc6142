"""Memory as its page asks for it: which answers speak of the whole, how soon after, and both rules against them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from heartline.records import Journey, Metric
from heartline.understand import Memory, gather_experiences, mask_whole, remember
from heartline.web.exports import Cell
from heartline.web.mapping import open_runs
from heartline.web.recall import recall_of
from heartline.web.visit import Visit

WITHIN: Final = {"7d": 7, "30d": 30, "60d": 60, "180d": 180}
"""How soon the answer must follow the last moment, in days."""
USUAL: Final = "60d"
COLUMNS: Final = ("rule", "figure", "from", "to", "value", "low", "high", "n", "customers")


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryReading:
    """A memory with what was asked: ``said`` names the touchpoint of the answers ("" for the usual ones), ``offered``
    all that could be asked, ``within`` a key of ``WITHIN``.
    """

    memory: Memory
    said: str
    within: str
    offered: tuple[str, ...]


def read_memory(visit: Visit, journey: Journey) -> MemoryReading:
    """Hold peak and end, and the plain mean, against what was said in the time chosen, of the customers chosen."""
    always = replace(visit.selection, from_us=None, to_us=None)
    runs = open_runs(visit.heartline, visit.whole_log, journey, always, now_us=visit.now_us)
    offered = _offer(visit)
    asked, within = visit.query.get("said", ""), visit.query.get("within", USUAL)
    said, within = asked if asked in offered else "", within if within in WITHIN else USUAL

    def work_out() -> Memory:
        whole = mask_whole(runs, (said,) if said else ())
        return remember(
            gather_experiences(
                runs,
                whole,
                within_days=WITHIN[within],
                from_us=visit.selection.from_us,
                to_us=visit.selection.to_us,
            )
        )

    key = ("memory", journey, visit.selection, said, within)
    memory = recall_of(visit.heartline).of(visit.whole_log, key, work_out, patience_s=5)
    return MemoryReading(memory=memory, said=said, within=within, offered=offered)


def _offer(visit: Visit) -> tuple[str, ...]:
    """The touchpoints at which somebody gave a score, by name."""
    log = visit.whole_log
    names = log.names.get("touchpoint", ())
    scored = np.unique(log.codes["touchpoint"][~np.isnan(log.valence)]) if len(log) else ()
    return tuple(sorted(names[int(code)] for code in scored if names[int(code)]))


def memory_rows(found: MemoryReading) -> Iterator[tuple[Cell, ...]]:
    """Every figure as a row under ``COLUMNS``."""
    memory = found.memory
    for rule, metric in (("peak_and_end", memory.by_rule), ("plain_mean", memory.by_mean)):
        yield (rule, "agreement", None, None, *_cells(metric))
    gap = memory.difference
    ends = [None if value is None else round(value, 6) for value in (gap.value, gap.low, gap.high)]
    yield ("peak_and_end less plain_mean", "agreement", None, None, *ends, gap.now.n, gap.now.customers)
    for band in memory.bands:
        for rule, metric in (("peak_and_end", band.by_rule), ("plain_mean", band.by_mean)):
            yield (rule, "said", round(band.low, 4), round(band.high, 4), *_cells(metric))


def _cells(metric: Metric) -> tuple[Cell, ...]:
    values = (None if value is None else round(value, 6) for value in (metric.value, metric.low, metric.high))
    return (*values, metric.n, metric.customers)
