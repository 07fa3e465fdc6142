"""Counting what a mapping changes in the rows of a file, as they go by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from heartline.collect.importing.cells import (
    bare_id,
    name_identifier,
    read_amount,
    read_score,
    read_value,
    time_cell,
)
from heartline.collect.importing.changes import Change, ChangeKind, ChangeSample
from heartline.collect.importing.clock import write_time
from heartline.collect.importing.mapping import ImportMapping, ScoreRule, TimeFormat, Value, Who
from heartline.collect.importing.messages import Rendered
from heartline.collect.importing.numbers import is_nothing, is_plain
from heartline.collect.importing.row import Row
from heartline.records import IdentifierKind, is_junk

SAMPLES_EACH: Final = 3
SAMPLE_SHOWN: Final = 120
_ZONED: Final = re.compile(r"(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})$")
_BARE: Final = re.compile(r"^[^:T]*$")
_EITHER_WAY: Final = re.compile(r"^(0?[1-9]|1[0-2])[./\-](0?[1-9]|1[0-2])[./\-]\d")
_EPOCHS: Final = frozenset({TimeFormat.EPOCH_SECONDS, TimeFormat.EPOCH_MILLIS, TimeFormat.EPOCH_MICROS})
_OF_TIMES: Final = frozenset({ChangeKind.NO_ZONE, ChangeKind.NO_HOUR, ChangeKind.DAY_OR_MONTH})


@dataclass(slots=True)
class _Counted:
    count: int = 0
    samples: list[ChangeSample] = field(default_factory=list)


@dataclass(slots=True)
class Reading:
    """How many times of a column there are, and how many of them were read."""

    filled: int = 0
    read: int = 0


class ChangeBook:
    """Counts what a mapping changes in rows. ``told`` and ``readings`` go on where an import was cut off."""

    def __init__(
        self,
        mapping: ImportMapping,
        *,
        phone_region: str | None = None,
        told: Iterable[Change] = (),
        readings: Mapping[str, Reading] | None = None,
    ) -> None:
        self._mapping = mapping
        self._region = phone_region
        self._counted = {(c.kind, c.column): _Counted(c.count, list(c.samples)) for c in told}
        self.readings = dict(readings or {})
        whens = [touch.when for touch in mapping.touches] or [mapping.identified]
        cells = {when.column: (when.format, time_cell(when, mapping)) for when in whens}
        self._times = [(form, cell) for form, cell in cells.values() if cell is not None]

    def take(self, rendered: Sequence[Rendered]) -> None:
        """Count what was changed in some rows. Those left out, or refused whole, were changed in nothing."""
        for one in rendered:
            row = one.row
            if row.mended and one.messages:
                odd = next((name for name, cell in row.cells.items() if not cell.isascii()), "")
                self._note(row, ChangeKind.ENCODING, odd, row.cells.get(odd, ""), lambda: "")
            if self._mapping.messages or row.problem or not one.messages:
                continue
            taken = not all(message.refused for message in one.messages)
            for form, cell in self._times:
                at = cell.look(row.cells)
                if self._count_time(cell.column, at) and taken and form not in _EPOCHS and isinstance(at, int):
                    self._look_time(row, form, cell.column, cell.text(row.cells).strip(), at)
            if not taken:
                continue
            for who in self._mapping.who:
                self._look_who(row, who)
            self._look_numbers(row)

    def tell(self) -> tuple[Change, ...]:
        """Return what was changed so far, by kind and column."""
        return tuple(
            Change(kind=kind, column=column, count=c.count, samples=tuple(c.samples), fits=self._share(kind, column))
            for (kind, column), c in sorted(self._counted.items())
        )

    def _share(self, kind: ChangeKind, column: str) -> float | None:
        reading = self.readings.get(column)
        return reading.read / reading.filled if reading and kind in _OF_TIMES else None

    def _note(self, row: Row, kind: ChangeKind, column: str, before: str, after: Callable[[], str]) -> None:
        counted = self._counted.get((kind, column))
        if counted is None:
            counted = self._counted[kind, column] = _Counted()
        counted.count += 1
        # Most changes are only counted: saying what came of them costs more than finding them.
        if len(counted.samples) < SAMPLES_EACH:
            sample = ChangeSample(row=row.number, before=before[:SAMPLE_SHOWN], after=after()[:SAMPLE_SHOWN])
            counted.samples.append(sample)

    def _look_who(self, row: Row, who: Who) -> None:
        cell = row.cells.get(who.column, "")
        if not cell:
            return
        value = bare_id(cell)
        if is_junk(value):
            if value:
                self._note(row, ChangeKind.JUNK, who.column, cell, lambda: "")
            return
        if value != cell or not self._is_plain(who, value):
            self._note(row, ChangeKind.IDENTIFIER, who.column, cell, lambda: self._normalise(who, value))

    def _is_plain(self, who: Who, value: str) -> bool:
        """Whether an identifier is compared as it is written."""
        if who.kind is IdentifierKind.EMAIL:
            return value == value.lower() and (value.isascii() or self._normalise(who, value) == value)
        if who.kind is IdentifierKind.PHONE and not (value[0] == "+" and value[1:].isdecimal()):
            return self._normalise(who, value) == value
        return True

    def _normalise(self, who: Who, value: str) -> str:
        identifier = name_identifier(who, value, self._region)
        return value if identifier is None else identifier.value

    def _count_time(self, column: str, at: object) -> bool:
        """Count a time for the share that fits; tell whether it was read."""
        if at is None:
            return False
        reading = self.readings.setdefault(column, Reading())
        reading.filled += 1
        reading.read += isinstance(at, int)
        return isinstance(at, int)

    def _look_time(self, row: Row, form: TimeFormat, column: str, cell: str, at: int) -> None:
        if form in {TimeFormat.DAY_FIRST, TimeFormat.MONTH_FIRST}:
            found = _EITHER_WAY.match(cell)
            if found and int(found[1]) != int(found[2]):
                self._note(row, ChangeKind.DAY_OR_MONTH, column, cell, lambda: write_time(at))
        if len(cell) <= 10 or _BARE.match(cell):
            self._note(row, ChangeKind.NO_HOUR, column, cell, lambda: write_time(at))
        elif not _ZONED.search(cell):
            self._note(row, ChangeKind.NO_ZONE, column, cell, lambda: write_time(at))

    def _look_numbers(self, row: Row) -> None:
        mapping = self._mapping
        amount = mapping.fields.get("amount")
        if amount is not None and not is_nothing(cell := read_value(row.cells, amount)):
            kind = ChangeKind.DECIMAL_COMMA if mapping.decimal_comma and "," in cell else ChangeKind.NUMBER
            if kind is ChangeKind.DECIMAL_COMMA or not is_plain(cell):
                self._note(row, kind, amount.column, cell, lambda: self._say_amount(row, amount))
        rule = mapping.score
        if rule is None or is_nothing(cell := row.cells.get(rule.column, "").strip()) or cell in rule.skip:
            return
        if rule.reversed_scale or not is_plain(cell):
            self._note(row, ChangeKind.SCORE, rule.column, cell, lambda: _say_score(row, rule))

    def _say_amount(self, row: Row, amount: Value) -> str:
        said = read_amount(row.cells, amount, decimal_comma=self._mapping.decimal_comma)
        return said if isinstance(said, str) else ""


def _say_score(row: Row, rule: ScoreRule) -> str:
    score = read_score(row.cells, rule)
    return str(score["value"]) if isinstance(score, dict) else ""
