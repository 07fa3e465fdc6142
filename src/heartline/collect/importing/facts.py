"""What a sample of cells tells about a column, before anything is guessed from its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from heartline.collect.importing.clock import time_reader
from heartline.collect.importing.mapping import TimeFormat
from heartline.collect.importing.numbers import is_nothing, read_number

SAMPLES_SHOWN: Final = 4
_VALUES_KEPT: Final = 60
_HAN: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_HAN_WORDS: Final = 4
"""So many signs without spaces between them are more than a name."""
_EMAIL: Final = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")
_PHONE: Final = re.compile(r"^\+?[\d\s().\-/]{7,20}$")
_COMMA: Final = re.compile(r"^[^,]*\d,\d{1,2}(?!\d)\D*$")
_POINT: Final = re.compile(r"^[^.]*\d\.\d{1,2}(?!\d)\D*$")
_ZONED: Final = re.compile(r"(Z|UTC|GMT|[+-]\d{2}:?\d{2})$")
_DAY_MONTH: Final = re.compile(r"^(\d{1,2})[./\-](\d{1,2})[./\-]\d{2,4}\b")
_CLOCK: Final = re.compile(
    r"^\d{1,2}(?::\d{2}(?::\d{2}(?:[.,]\d+)?)?|h\d{2}|\.\d{2}(?=\s*Uhr))\s*(?:[AaPp]\.?[Mm]\.?|Uhr)?$"
)
_BARE_DATE: Final = re.compile(r"^[^:]{6,}?(?:[ T]0?0:00(?::00(?:\.0+)?)?)?$")
_TIME_SHARE: Final = 0.9
_FEW: Final = 4
"""Of so many cells one may be no time at all, whatever its share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Shares are of the filled cells. ``time`` is the format that reads nearly all of them, None where none does.

    ``ambiguous`` says that day-first and month-first read them equally well; ``disagree`` counts cells that the chosen
    format does not read. ``zoned`` is the share with a zone of their own, ``clocks`` of times of day alone, ``dates``
    of times without one, ``wordy`` of cells without a digit. ``values`` are
    the first that differ, ``han`` the share of those in signs that need no spaces.
    """

    filled: int
    rows: int
    distinct: int
    samples: tuple[str, ...]
    numbers: float = 0.0
    whole: float = 0.0
    low: float = 0.0
    high: float = 0.0
    emails: float = 0.0
    phones: float = 0.0
    comma: int = 0
    point: int = 0
    length: float = 0.0
    spaces: float = 0.0
    time: TimeFormat | None = None
    ambiguous: bool = False
    disagree: int = 0
    zoned: float = 0.0
    clocks: float = 0.0
    dates: float = 0.0
    wordy: float = 0.0
    values: tuple[str, ...] = ()
    han: float = 0.0

    @property
    def unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.rows >= 2 and self.filled == self.rows and self.distinct == self.rows


def weigh_column(cells: Sequence[str]) -> Facts:
    """Return the facts of a column."""
    filled = [cell.strip() for cell in cells if not is_nothing(cell)]
    distinct = list(dict.fromkeys(filled))
    if not filled:
        return Facts(filled=0, rows=len(cells), distinct=0, samples=())
    count = len(filled)
    comma, point = sum(map(bool, map(_COMMA.match, filled))), sum(map(bool, map(_POINT.match, filled)))
    numbers = [n for cell in filled if (n := read_number(cell, decimal_comma=comma > point)) is not None]
    form, ambiguous, disagree = tell_format(filled)
    return Facts(
        filled=count,
        rows=len(cells),
        distinct=len(distinct),
        samples=tuple(cell[:80] for cell in distinct[:SAMPLES_SHOWN]),
        numbers=len(numbers) / count,
        whole=sum(n == n.to_integral_value() for n in numbers) / count,
        low=float(min(numbers, default=0)),
        high=float(max(numbers, default=0)),
        emails=sum(map(bool, map(_EMAIL.match, filled))) / count,
        phones=sum(map(bool, map(_PHONE.match, filled))) / count,
        comma=comma,
        point=point,
        length=sum(map(len, filled)) / count,
        spaces=sum(cell.count(" ") for cell in filled) / count,
        time=form,
        ambiguous=ambiguous,
        disagree=disagree,
        zoned=sum(bool(_ZONED.search(cell)) for cell in filled) / count,
        clocks=sum(map(bool, map(_CLOCK.match, filled))) / count,
        dates=sum(map(bool, map(_BARE_DATE.match, filled))) / count,
        values=tuple(distinct[:_VALUES_KEPT]),
        han=sum(len(_HAN.findall(cell)) >= _HAN_WORDS for cell in filled) / count,
        wordy=sum(not any(map(str.isdigit, cell)) for cell in filled) / count,
    )


def tell_format(filled: Sequence[str]) -> tuple[TimeFormat | None, bool, int]:
    """Return how times are written, whether day and month could be swapped, and how many cells are not read so."""
    scores: dict[TimeFormat, int] = {}
    for form in (TimeFormat.ISO, TimeFormat.DAY_FIRST, TimeFormat.MONTH_FIRST, TimeFormat.WORDS):
        read = time_reader(form, zone="UTC", day_starts="00:00")
        scores[form] = sum(read(cell) is not None for cell in filled if not cell.isdecimal() or len(cell) == 8)
    best = max(scores, key=lambda form: scores[form])
    spare = 1 if len(filled) >= _FEW else 0
    if scores[best] >= min(_TIME_SHARE * len(filled), max(2, len(filled) - spare)):
        numeric = any(_DAY_MONTH.match(cell) for cell in filled[:50])
        swapped = numeric and scores[TimeFormat.DAY_FIRST] == scores[TimeFormat.MONTH_FIRST]
        if not (best is TimeFormat.ISO and all(cell.isdecimal() for cell in filled)) or _are_days(filled):
            return best, swapped, len(filled) - scores[best]
    return _tell_epoch(filled), False, 0


def _are_days(filled: Sequence[str]) -> bool:
    """Whether bare numbers are dates like 20180131."""
    return all(len(cell) == 8 and "1970" <= cell[:4] <= "2100" for cell in filled)


def _tell_epoch(filled: Sequence[str]) -> TimeFormat | None:
    """Recognise seconds, milliseconds or microseconds since 1970 that lie between 2000 and 2040."""
    if not all(cell.removesuffix(".0").isdecimal() for cell in filled):
        return None
    sizes = {len(cell.removesuffix(".0")) for cell in filled}
    for form, digits in ((TimeFormat.EPOCH_SECONDS, 10), (TimeFormat.EPOCH_MILLIS, 13), (TimeFormat.EPOCH_MICROS, 16)):
        if sizes <= {digits - 1, digits} and digits in sizes and max(filled) < "2209":
            return form
    return None
