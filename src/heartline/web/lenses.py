"""The lens a page looks through: the time range and the one filter, read from the URL into a selection.

A range is ``4w``, ``12w``, ``26w``, ``52w`` (weeks ending today), ``all``, or two days ``2026-01-01..2026-02-01``
(both counted). Days begin at midnight in the workspace's zone. What cannot be read asks for the usual.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from heartline.language import _, mark, write_date
from heartline.understand import PackedLog, Selection
from heartline.web.parts import RANGES, Choice, FilterField

USUAL: Final = "12w"
TRAIT: Final = "trait:"
REGION: Final = "region"
_WEEKS: Final = {"4w": 4, "12w": 12, "26w": 26, "52w": 52}
_FIELDS: Final = {
    "channel": mark("Channel"),
    "place": mark("Place"),
    "partner": mark("Partner"),
    "area": mark("Area"),
    "product": mark("Product"),
}
FILTERS: Final = tuple(_FIELDS)
"""The fields of touches that one may filter by, besides regions and traits."""
_MOST_VALUES: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """Range and filter, for the machine and for people. ``range_value`` is the range as the URL writes it."""

    selection: Selection
    range_value: str
    range_label: str
    filter_label: str


def read_lens(
    query: Mapping[str, str],
    *,
    zone: str,
    now_us: int,
    last_us: int | None,
    regions: Mapping[str, str] | None = None,
) -> Lens:
    """Read the URL. Without a range the last 12 weeks are meant, or all time where nothing happened in them.

    ``regions`` says the region of each place: a filter by region means its places.
    """
    value = query.get("range", "")
    told = _read_range(value, zone=zone, now_us=now_us)
    if told is None:
        value = USUAL
        told = _read_range(USUAL, zone=zone, now_us=now_us)
        assert told is not None
        if told[0] is not None and (last_us is None or last_us < told[0]):
            value, told = "all", (None, None, _("All time"))
    by, wanted = query.get("by", ""), query.get("is", "")
    narrowed = bool(by) and "is" in query
    return Lens(
        selection=Selection(
            from_us=told[0], to_us=told[1], where=_read_filter(by, wanted, regions or {}) if narrowed else ()
        ),
        range_value=value,
        range_label=told[2],
        filter_label=f"{name_field(by)}: {wanted or _('(none)')}" if narrowed else _("Everyone"),
    )


def is_range(value: str, *, zone: str, now_us: int) -> bool:
    """Whether a text is a time range as the URL writes it."""
    return _read_range(value, zone=zone, now_us=now_us) is not None


def _read_filter(by: str, wanted: str, regions: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    if by != REGION:
        return ((by, wanted),)
    places = tuple(("place", place) for place, region in sorted(regions.items()) if region == wanted)
    # A region without places holds nobody; no field at all would mean everybody.
    return places or ((REGION, wanted),)


def offer_regions(regions: Mapping[str, str]) -> tuple[FilterField, ...]:
    """Return the filter by region, where the workspace says which place lies in which."""
    names = sorted(set(regions.values()))
    choices = tuple(Choice(value=name, label=name) for name in names)
    return (FilterField(name=REGION, label=name_field(REGION), values=choices),) if names else ()


def _read_range(value: str, *, zone: str, now_us: int) -> tuple[int | None, int | None, str] | None:
    if value == "all":
        return None, None, _("All time")
    today = datetime.fromtimestamp(now_us / 1e6, ZoneInfo(zone)).date()
    if value in _WEEKS:
        label = _(next(choice.label for choice in RANGES if choice.value == value))
        first, last = today - timedelta(weeks=_WEEKS[value]) + timedelta(days=1), today
    else:
        first_text, dots, last_text = value[:30].partition("..")
        try:
            first, last = date.fromisoformat(first_text), date.fromisoformat(last_text)
            _midnight_us(last + timedelta(days=1), zone), _midnight_us(first, zone)
        except (ValueError, OverflowError):
            return None
        if not dots or last < first:
            return None
        label = _("{first} to {last}").format(first=write_date(first, "yMMMd"), last=write_date(last, "yMMMd"))
    return _midnight_us(first, zone), _midnight_us(last + timedelta(days=1), zone), label


def _midnight_us(day: date, zone: str) -> int:
    moment = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def name_field(field: str) -> str:
    """Return a filter field in people's words."""
    if field.startswith(TRAIT):
        field = field.removeprefix(TRAIT)
        return field.replace("_", " ").capitalize()
    return _("Region of places") if field == REGION else _(_FIELDS[field]) if field in _FIELDS else field.capitalize()


def list_filters(log: PackedLog) -> tuple[FilterField, ...]:
    """Return the fields worth filtering by: those with at least two and at most 24 values, with their values."""
    fields = [(name, log.codes[name], log.names[name]) for name in _FIELDS if name in log.codes]
    fields += [(TRAIT + name, codes, names) for name, (codes, names) in log.traits.items()]
    listed = []
    for name, codes, names in fields:
        present = np.flatnonzero(np.bincount(codes, minlength=len(names))) if len(codes) else np.zeros(0, dtype=int)
        values = sorted(names[code] for code in present if names[code])
        if 2 <= len(values) <= _MOST_VALUES:
            choices = tuple(Choice(value=value, label=value) for value in values)
            listed.append(FilterField(name=name, label=name_field(name), values=choices))
    return tuple(listed)
