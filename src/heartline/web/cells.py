"""Cells: exactly the touches behind one cell of a journey map, cut out of the same runs that the map was drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from heartline.understand import Ints, PackedRuns, find_onward, mask_lost, mask_open


class Lane(StrEnum):
    """What a cell is asked for. ``LOST``, ``NOW`` and ``WAITED`` speak of a stage; the others of a touchpoint too."""

    PEOPLE = "people"
    DID = "did"
    SAID = "said"
    FELT = "felt"
    LOST = "lost"
    WAITED = "waited"
    NOW = "now"


OF_STAGES = frozenset({Lane.LOST, Lane.WAITED, Lane.NOW})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The rows of a cell, as indices of ``runs.log``, in the order to show them; ``customers`` are the people in it.

    ``wait_us`` stands beside each row where the lane is of waits, and is empty elsewhere.
    """

    rows: Ints
    customers: int
    wait_us: Ints


def find_cell(runs: PackedRuns, lane: Lane, *, stage: int | None = None, touchpoint: str = "") -> Cell:
    """Return the rows of a cell, newest first (waits: longest first). A stage or touchpoint that is not there is empty.

    ``PEOPLE`` has one row a customer, the latest; ``DID`` every touch; ``SAID`` the comments; ``FELT`` the scored ones;
    ``LOST`` and ``NOW`` the last touch of each run; ``WAITED`` the touch that entered the stage.
    """
    waits = np.zeros(0, dtype=np.int64)
    if lane in OF_STAGES:
        if stage is None:
            rows = waits
        elif lane is Lane.WAITED:
            rows, waits = _waited(runs, stage)
        else:
            mask = mask_lost(runs, stage) if lane is Lane.LOST else mask_open(runs, stage)
            rows = runs.last[mask]
    else:
        rows = _touches(runs, lane, stage=stage, touchpoint=touchpoint)
    log = runs.log
    if lane is not Lane.WAITED:
        rows = rows[np.lexsort((-log.seq[rows], -log.ts_us[rows]))]
    if lane is Lane.PEOPLE:
        _, first = np.unique(log.row[rows], return_index=True)
        rows = rows[np.sort(first)]
    return Cell(rows=rows, customers=len(np.unique(log.row[rows])), wait_us=waits)


def _touches(runs: PackedRuns, lane: Lane, *, stage: int | None, touchpoint: str) -> Ints:
    log = runs.log
    keep = np.ones(len(runs.rows), dtype=np.bool_)
    if stage is not None:
        keep &= runs.stage == stage
    if touchpoint:
        names = log.names["touchpoint"]
        code = names.index(touchpoint) if touchpoint in names else -1
        keep &= log.codes["touchpoint"][runs.rows] == code if code >= 0 else False
    rows = runs.rows[keep]
    if lane is Lane.SAID:
        return rows[log.has_text[rows]]
    if lane is Lane.FELT:
        return rows[~np.isnan(log.valence[rows])]
    return rows


def _waited(runs: PackedRuns, stage: int) -> tuple[Ints, Ints]:
    """The row that entered the stage and the wait, for each run that moved on; the longest wait first."""
    waits, _, moved = find_onward(runs, stage)
    entry = np.zeros(len(runs), dtype=np.int64)
    at = np.flatnonzero(runs.stage == stage)[::-1]
    entry[runs.run[at]] = runs.rows[at]
    order = np.argsort(-waits, kind="stable")
    return entry[moved][order], waits[order].astype(np.int64)
