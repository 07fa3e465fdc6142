"""What a row's cells say under a mapping: who, when, which values. Refusals are values with reasons."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from heartline.collect.importing.clock import ReadTime, time_reader
from heartline.collect.importing.mapping import (
    Comparison,
    ImportMapping,
    ScoreRule,
    TimeOrigin,
    Touch,
    Value,
    When,
    Who,
)
from heartline.collect.importing.numbers import is_nothing, read_leading, read_number
from heartline.records import Identifier, IdentifierKind, RefusalReason, identify, is_junk


class Refused(NamedTuple):
    """Why a row or one touch of it is not taken; ``detail`` names the column and the cell."""

    reason: RefusalReason
    detail: str


class Person(NamedTuple):
    """Who a row is about, as a message says it; ``given`` are the raw values with their who columns."""

    user_id: str
    anonymous_id: str
    identifiers: dict[str, object]
    given: tuple[tuple[Who, str], ...]


_BLOCK_NAMES: Final = {
    IdentifierKind.LOYALTY_CARD: "loyalty_card",
    IdentifierKind.EMAIL: "email",
    IdentifierKind.PHONE: "phone",
    IdentifierKind.DEVICE: "device",
}
_MIDNIGHT: Final = re.compile(r"[ T]0?0:00(?::00(?:\.0+)?)?$")
_NOBODY: Final = Refused(RefusalReason.NO_IDENTITY, "the columns that say whose row it is are empty")


def read_person(cells: Mapping[str, str], who: tuple[Who, ...]) -> Person | Refused:
    """Read whose row it is. Values that stand for nobody are passed over, and refused where nothing else is given."""
    user_id = anonymous_id = junk = ""
    block: dict[str, object] = {}
    externals: list[dict[str, object]] = []
    given: list[tuple[Who, str]] = []
    for rule in who:
        value = bare_id(cells.get(rule.column, ""))
        if not value:
            continue
        if is_junk(value):
            junk = f"{rule.column} is {value!r:.60}, which stands for nobody in particular"
            continue
        given.append((rule, value))
        if rule.kind is IdentifierKind.USER_ID:
            user_id = user_id or value
        elif rule.kind is IdentifierKind.ANONYMOUS_ID:
            anonymous_id = anonymous_id or value
        elif rule.kind is IdentifierKind.EXTERNAL:
            externals.append({"type": rule.external, "id": value, "strong": rule.strong})
        else:
            block.setdefault(_BLOCK_NAMES[rule.kind], value)
    if externals:
        block["external"] = externals
    if not given:
        return Refused(RefusalReason.JUNK_IDENTITY, junk) if junk else _NOBODY
    return Person(user_id, anonymous_id, block, tuple(given))


def name_identifier(rule: Who, value: str, phone_region: str | None) -> Identifier | None:
    """Return the identifier as the gate will see it, or None where it is junk."""
    if rule.kind is IdentifierKind.EXTERNAL:
        return identify(rule.kind, f"{rule.external.lower()}:{value}", verified=rule.strong)
    return identify(rule.kind, value, verified=True, region=phone_region)


def join_title(title: str, text: str) -> str:
    r"""Return a text with its title before it, unless it begins with it already.

    >>> join_title("Late again", "It came on Friday."), join_title("Late", "Late again")
    ('Late again\nIt came on Friday.', 'Late again')
    """
    title = title.strip()
    return text if not title or text.casefold().startswith(title.casefold()) else f"{title}\n{text}"


def bare_id(cell: str) -> str:
    """Return an id without what a spreadsheet did to it."""
    value = cell.strip()
    # Spreadsheets and data frames write whole numbers with gaps as decimals: 937.0 is customer 937.
    return value[:-2] if value.endswith(".0") and value[:-2].isdecimal() else value


@dataclass(frozen=True, slots=True)
class TimeCell:
    """A time column and how to read it."""

    column: str
    read: ReadTime
    clock: str = ""

    def text(self, cells: Mapping[str, str]) -> str:
        """Return the time as it stands there, the time of day behind its date where that is a column of its own."""
        cell = cells.get(self.column, "")
        if not self.clock or is_nothing(cell) or is_nothing(clock := cells.get(self.clock, "")):
            return cell
        # Spreadsheets write a bare date with midnight behind it.
        return f"{_MIDNIGHT.sub('', cell.strip())} {clock.strip()}"

    def look(self, cells: Mapping[str, str]) -> int | Refused | None:
        """Return µs UTC, None where the cell is empty."""
        cell = self.text(cells)
        if is_nothing(cell):
            return None
        us = self.read(cell)
        if us is None:
            return Refused(
                RefusalReason.BAD_TIME, f"{self.column} is {cell!r:.60}, which is no time in the expected form"
            )
        return us


def time_cell(when: When, mapping: ImportMapping) -> TimeCell | None:
    """Return how to read a touch's time, or None where it does not come from a column."""
    if when.origin is not TimeOrigin.COLUMN:
        return None
    read = time_reader(when.format, zone=mapping.zone, day_starts=mapping.day_starts)
    return TimeCell(when.column, read, when.clock)


def read_score(cells: Mapping[str, str], rule: ScoreRule) -> dict[str, object] | Refused | None:
    """Return the score as the message carries it, None where none was given."""
    cell = cells.get(rule.column, "").strip()
    if is_nothing(cell) or cell in rule.skip:
        return None
    value = rule.labels.get(cell)
    if value is None:
        value = rule.labels.get(cell.lower())
    if value is None:
        number = read_number(cell)
        value = read_leading(cell) if number is None else float(number)
    if value is None or not rule.bottom <= value <= rule.highest:
        scale = f"{rule.bottom} to {rule.highest}"
        return Refused(RefusalReason.UNREADABLE_ROW, f"{rule.column} is {cell!r:.60}, which is not on {scale}")
    if rule.reversed_scale:
        value = rule.bottom + rule.highest - value
    return {"kind": rule.kind.value, "value": value, "top": rule.highest}


def read_value(cells: Mapping[str, str], value: Value) -> str:
    """Return a field's cell, renamed where the mapping renames it, or its constant."""
    cell = cells.get(value.column, "").strip() if value.column else ""
    return value.names.get(cell, cell) if cell else value.constant


def read_amount(cells: Mapping[str, str], value: Value, *, decimal_comma: bool) -> str | Refused | None:
    """Return a decimal amount in major units as text, None where there is none."""
    cell = read_value(cells, value)
    if is_nothing(cell):
        return None
    number = read_number(cell, decimal_comma=decimal_comma)
    if number is None:
        return Refused(RefusalReason.UNREADABLE_ROW, f"{value.column} is {cell!r:.60}, which is no amount")
    return format(number, "f")


def promise_cell(touch: Touch, mapping: ImportMapping) -> Callable[[Mapping[str, str], int], dict[str, object]]:
    """Return what tells, of a row and the touch's time in µs, the properties of the promise: ``promised`` (the day) and
    ``late``; nothing where no time is given or it cannot be read. A promise without a time of day is kept all that day.
    """
    due = None if touch.promised is None else time_cell(touch.promised, mapping)
    zone = ZoneInfo(mapping.zone)
    days = {time(), time.fromisoformat(mapping.day_starts.zfill(5))}

    def tell(cells: Mapping[str, str], at_us: int) -> dict[str, object]:
        until = due.look(cells) if due else None
        if not isinstance(until, int):
            return {}
        named = datetime.fromtimestamp(until / 1e6, zone)
        came = datetime.fromtimestamp(at_us / 1e6, zone)
        late = came.date() > named.date() if named.time() in days else at_us > until
        return {"promised": named.date().isoformat(), "late": late}

    return tell


def compare_times(rule: Comparison, mapping: ImportMapping) -> Callable[[Mapping[str, str]], str]:
    """Return what tells a row's value of a comparison; "" where either time is empty or cannot be read."""
    left, right = time_cell(rule.left, mapping), time_cell(rule.right, mapping)

    def tell(cells: Mapping[str, str]) -> str:
        earlier = right.look(cells) if right else None
        later = left.look(cells) if left else None
        if not isinstance(earlier, int) or not isinstance(later, int):
            return ""
        return rule.after if later > earlier else rule.otherwise

    return tell
