"""Reading the times of a file: the ways people write them, in the zone they meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from heartline.collect.importing.mapping import TimeFormat

ReadTime = Callable[[str], int | None]
"""From a cell to microseconds UTC, or None where it is no time."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST_YEAR: Final = 2200

_NUMBERS: Final = re.compile(
    r"^(\d{1,4})[./\-](\d{1,2})[./\-](\d{1,4})"
    r"(?:[T ,]+(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp])?\.?[Mm]?\.?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$"
)
_WORDS: Final = re.compile(
    r"^(?:[a-z]{2,13}\.?,?\s+(?:(?:the|den|el|le)\s+)?)?"
    r"(?:(\d{1,2})(?:\.|st|nd|rd|th|er|o|º|ª)?[\s\-]*(?:de\s+)?([a-z]{3,10})"
    r"|([a-z]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th|\.)?)"
    r"\.?,?[\s\-]+(?:del?\s+)?(\d{2,4})"
    r"(?:(?:[t ,]|\s(?:um|at|a las|as|a|om)\s)+(\d{1,2})[:.h](\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?"
    r"\s*(?:uhr|h)?\s*([ap])?\.?m?\.?)?"
    r"\s*(z|utc|gmt|[+-]\d{2}:?\d{2})?$"
)
_MONTH_NAMES: Final = (
    "january januar janvier enero janeiro januari",
    "february februar fevrier febrero fevereiro februari",
    "march marz maerz mars marzo marco maart mrt",
    "april avril abril",
    "may mai mayo maio mei",
    "june juni juin junio junho",
    "july juli juillet julio julho",
    "august aout agosto augustus",
    "september septembre septiembre setiembre setembro",
    "october oktober octobre octubre outubro",
    "november novembre noviembre novembro",
    "december dezember decembre diciembre dezembro",
)
"""In English, German, French, Spanish, Portuguese and Dutch, without their accents."""


def _shorten() -> dict[str, int]:
    """Return the months by their names and by all that people cut them down to, where that means one month only."""
    meant: dict[str, set[int]] = {}
    for month, names in enumerate(_MONTH_NAMES, 1):
        for name in names.split():
            for size in range(3, len(name) + 1):
                meant.setdefault(name[:size], set()).add(month)
    return {short: months.pop() for short, months in meant.items() if len(months) == 1}


_MONTHS: Final = _shorten()
_UNITS: Final = {TimeFormat.EPOCH_SECONDS: 1_000_000, TimeFormat.EPOCH_MILLIS: 1_000, TimeFormat.EPOCH_MICROS: 1}


def time_reader(form: TimeFormat, *, zone: str, day_starts: str) -> ReadTime:
    """Return the function that reads one column's times.

    Zoneless times are of ``zone``: in the hour that a clock change repeats the first passage is meant, in the hour it
    skips the offset before. Bare dates get ``day_starts``. Times before 1970 or after 2200 are none.
    """
    if form in _UNITS:
        unit = _UNITS[form]
        return lambda cell: _read_epoch(cell, unit)
    place: tzinfo = UTC if zone == "UTC" else ZoneInfo(zone)
    start = time.fromisoformat(day_starts.zfill(5))

    def finish(moment: datetime, *, bare: bool) -> int | None:
        if bare:
            moment = moment.replace(hour=start.hour, minute=start.minute)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=place)
        since = moment - EPOCH
        us = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        return us if us >= 0 and moment.year <= LATEST_YEAR else None

    def read_iso(cell: str) -> int | None:
        text = cell.strip()
        try:
            return finish(datetime.fromisoformat(text), bare=len(text) <= 10)
        except (ValueError, OverflowError):
            return read_numbers(text)

    def read_numbers(cell: str) -> int | None:
        parts = _split_numbers(cell.strip(), form)
        return None if parts is None else finish(parts[0], bare=parts[1])

    def read_words(cell: str) -> int | None:
        parts = _split_words(cell.strip())
        return None if parts is None else finish(parts[0], bare=parts[1])

    return {TimeFormat.ISO: read_iso, TimeFormat.WORDS: read_words}.get(form, read_numbers)


def write_time(us: int) -> str:
    """Return ISO 8601 in UTC, to the microsecond."""
    return (EPOCH + timedelta(microseconds=us)).isoformat()


def _read_epoch(cell: str, unit: int) -> int | None:
    try:
        us = round(float(cell) * unit) if "." in cell or "e" in cell.lower() else int(cell) * unit
    except (ValueError, OverflowError):
        return None
    return us if 0 <= us < 7_289_654_400_000_000 else None


def _split_numbers(text: str, form: TimeFormat) -> tuple[datetime, bool] | None:
    found = _NUMBERS.match(text)
    if found is None:
        return None
    first, second, third, *clock = found.groups()
    if len(first) > 2:
        year, month, day = first, second, third
    elif form is TimeFormat.ISO:
        return None
    elif form is TimeFormat.DAY_FIRST:
        day, month, year = first, second, third
    else:
        month, day, year = first, second, third
    return _assemble(_full_year(year), int(month), int(day), clock)


def _split_words(text: str) -> tuple[datetime, bool] | None:
    found = _WORDS.match(_bare_letters(text))
    if found is None:
        return None
    day, month_after, month_before, day_after, year, *clock = found.groups()
    month = _MONTHS.get(month_after or month_before)
    return None if month is None else _assemble(_full_year(year), month, int(day or day_after), clock)


def _bare_letters(text: str) -> str:
    if not text.isascii():
        text = "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))
    return text.lower()


def _full_year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) > 2 else year + (2000 if year < 69 else 1900)


def _assemble(year: int, month: int, day: int, clock: list[str | None]) -> tuple[datetime, bool] | None:
    hour, minute, second, fraction, half, offset = clock
    hours = int(hour or 0)
    if half:
        hours = hours % 12 + (12 if half in "Pp" else 0)
    micros = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        moment = datetime(year, month, day, hours, int(minute or 0), int(second or 0), micros)  # noqa: DTZ001 - below
        if offset:
            moment = moment.replace(
                tzinfo=datetime.strptime(offset.upper().replace("UTC", "Z").replace("GMT", "Z"), "%z").tzinfo
            )
    except ValueError:
        return None
    return moment, hour is None
