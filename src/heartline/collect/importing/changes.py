"""What an import changes on the way, by kind and column, with a few examples. The dirty-data report is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ChangeKind(StrEnum):
    """What was changed: what stays the same in meaning, and what was decided for want of better knowledge."""

    ENCODING = "encoding"
    IDENTIFIER = "identifier"
    JUNK = "junk"
    DECIMAL_COMMA = "decimal_comma"
    NUMBER = "number"
    SCORE = "score"
    NO_ZONE = "no_zone"
    NO_HOUR = "no_hour"
    DAY_OR_MONTH = "day_or_month"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSample:
    """A cell as it stood in a row (1 is the first after the header), and as it was understood; both cut short."""

    row: int
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How many cells of a column were changed in one way. ``fits`` is, for times, the share of the column's filled
    cells that could be read as they are expected to be written; None for all else.
    """

    kind: ChangeKind
    column: str
    count: int
    samples: tuple[ChangeSample, ...] = ()
    fits: float | None = None
