"""Files become interactions: read, guessed, mapped, tried dry, then sent through the same intake as the door's."""

from __future__ import annotations

from heartline.collect.importing.changes import Change, ChangeKind, ChangeSample
from heartline.collect.importing.columns import ColumnGuess, Role
from heartline.collect.importing.guess import Guess, guess_mapping
from heartline.collect.importing.ledger import Ledger
from heartline.collect.importing.mapping import (
    Brand,
    Comparison,
    FileKind,
    ImportMapping,
    Layout,
    Only,
    ScoreRule,
    TimeFormat,
    TimeOrigin,
    Touch,
    Trait,
    Value,
    When,
    Who,
    check_mapping,
    read_mapping,
    write_mapping,
)
from heartline.collect.importing.mending import (
    DETAIL_COLUMN,
    OURS,
    REASON_COLUMN,
    ROW_COLUMN,
    SEQ_COLUMN,
    UNCUT,
    MendedRow,
    RefusedRow,
    RowMender,
    read_corrections,
    read_refused_row,
)
from heartline.collect.importing.messages import Renderer
from heartline.collect.importing.plan import plan_import
from heartline.collect.importing.ports import (
    Accept,
    DryRun,
    Example,
    ImportReport,
    Lookups,
    NothingKnown,
    Progress,
    Target,
)
from heartline.collect.importing.ready import READY, ReadyMapping, find_ready, trim_mapping
from heartline.collect.importing.run import mark_import, pack_bodies, run_import
from heartline.collect.importing.streams import fingerprint
from heartline.collect.importing.talk import REPLY, REVIEW

__all__ = [
    "DETAIL_COLUMN",
    "OURS",
    "READY",
    "REASON_COLUMN",
    "REPLY",
    "REVIEW",
    "ROW_COLUMN",
    "SEQ_COLUMN",
    "UNCUT",
    "Accept",
    "Brand",
    "Change",
    "ChangeKind",
    "ChangeSample",
    "ColumnGuess",
    "Comparison",
    "DryRun",
    "Example",
    "FileKind",
    "Guess",
    "ImportMapping",
    "ImportReport",
    "Layout",
    "Ledger",
    "Lookups",
    "MendedRow",
    "NothingKnown",
    "Only",
    "Progress",
    "ReadyMapping",
    "RefusedRow",
    "Renderer",
    "Role",
    "RowMender",
    "ScoreRule",
    "Target",
    "TimeFormat",
    "TimeOrigin",
    "Touch",
    "Trait",
    "Value",
    "When",
    "Who",
    "check_mapping",
    "find_ready",
    "fingerprint",
    "guess_mapping",
    "mark_import",
    "pack_bodies",
    "plan_import",
    "read_corrections",
    "read_mapping",
    "read_refused_row",
    "run_import",
    "trim_mapping",
    "write_mapping",
]
