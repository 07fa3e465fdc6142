"""Drop-off: who reaches a stage, who is lost there, and where each open customer is now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heartline.records import Metric
from heartline.understand.intervals import report_metrics
from heartline.understand.log import Ints, Mask
from heartline.understand.runs import PackedRuns, RunState
from heartline.understand.samples import Scale, count_people, gather


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFlow:
    """What happens at a stage. ``lost`` is the share of runs that met it and fell silent without going further, among
    those whose fate is known (open runs that stand there are still under way). ``reached`` is a share of all runs.
    """

    stage: str
    runs: int
    customers: int
    reached: Metric
    lost: Metric
    lost_runs: int
    open_runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRuns:
    """Where each open customer is now, longest wait first; arrays of one length.

    ``stage`` indexes the journey's stages, ``seq`` is the last touch, ``since_us`` when this stage was entered.
    """

    customers: Ints
    stage: Ints
    since_us: Ints
    last_us: Ints
    seq: Ints
    touchpoint: tuple[str, ...]


def mask_lost(runs: PackedRuns, stage: int) -> Mask:
    """Tell which runs were lost at a stage: closed, unfinished, and never further."""
    mask: Mask = (runs.state == RunState.LAPSED) & (runs.furthest == stage) & (stage < len(runs.journey.stages) - 1)
    return mask


def mask_known(runs: PackedRuns, stage: int) -> Mask:
    """Tell which runs met a stage and are known to have gone on, ended or been lost."""
    mask: Mask = runs.reached[:, stage] & ((runs.furthest > stage) | (runs.state != RunState.OPEN))
    return mask


def mask_open(runs: PackedRuns, stage: int) -> Mask:
    """Tell which open runs stand at a stage now."""
    mask: Mask = (runs.state == RunState.OPEN) & (runs.current == stage)
    return mask


def follow_stages(runs: PackedRuns) -> tuple[StageFlow, ...]:
    """Count reach, loss and open runs for every stage."""
    flows = []
    for index, stage in enumerate(runs.journey.stages):
        reached, lost, known = runs.reached[:, index], mask_lost(runs, index), mask_known(runs, index)
        flows.append(
            StageFlow(
                stage=stage.name,
                runs=int(reached.sum()),
                customers=count_people(runs.customer[reached]),
                reached=share_runs(runs, reached, np.ones(len(runs), dtype=np.bool_), "reached"),
                lost=share_runs(runs, lost, known, "lost"),
                lost_runs=int(lost.sum()),
                open_runs=int(mask_open(runs, index).sum()),
            )
        )
    return tuple(flows)


def share_runs(runs: PackedRuns, hits: Mask, among: Mask, name: str) -> Metric:
    """Return the share of some runs that hit, with its interval clustered by customer."""
    chosen = np.flatnonzero(among)
    sample = gather(hits[chosen].astype(np.float64), runs.customer[chosen], scale=Scale.SHARE)
    return report_metrics(sample, name)[0]


def locate_open(runs: PackedRuns, *, stage: int | None = None) -> OpenRuns:
    """List the open runs (of one stage, or of all): who, where, since when."""
    mask = runs.state == RunState.OPEN if stage is None else mask_open(runs, stage)
    chosen = np.flatnonzero(mask)
    last = runs.last[chosen]
    order = np.argsort(runs.log.ts_us[last], kind="stable")
    chosen, last = chosen[order], last[order]
    where = runs.current[chosen].astype(np.int64)
    names = runs.log.names["touchpoint"]
    return OpenRuns(
        customers=runs.log.customers[runs.customer[chosen]],
        stage=where,
        since_us=runs.entered_us[chosen, where],
        last_us=runs.log.ts_us[last],
        seq=runs.log.seq[last],
        touchpoint=tuple(names[code] for code in runs.log.codes["touchpoint"][last]),
    )
