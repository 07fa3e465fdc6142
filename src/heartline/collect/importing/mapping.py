"""Import mappings: what each column of a file means. People edit them and save them by name.

docs/reference/import-mapping.md describes every field. Times are turned into microseconds UTC elsewhere
(``clock``); a mapping only says how they are written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, cast
from zoneinfo import ZoneInfo

import msgspec

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import IdentifierKind, ScoreKind

MAPPING_VERSION: Final = 1
FIELDS: Final = (
    "channel",
    "area",
    "place",
    "text",
    "amount",
    "currency",
    "employee",
    "partner",
    "order",
    "product",
)
"""What a touch may carry besides who, when, what and a score."""
MEASURES: Final = ("text", "score", "amount")
"""What belongs to one moment. A touch takes the measures its ``carries`` names; all touches take the other fields."""


class FileKind(StrEnum):
    """How rows are laid down. Each may be gzipped."""

    DELIMITED = "delimited"
    JSON = "json"
    PARQUET = "parquet"
    XES = "xes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How to read the file. Empty means: look at the file.

    ``header_rows``: 0 (columns are called "column 1" …), 1, or more (the first names the columns, the rest are
    skipped; Qualtrics writes 3). ``records`` names the list that holds the rows of a JSON object ("tickets").
    """

    kind: FileKind | None = None
    encoding: str = ""
    delimiter: str = ""
    header_rows: int = 1
    records: str = ""


class TimeFormat(StrEnum):
    """How a time is written. ``ISO`` also reads year-first dates with slashes, and spaces for the T."""

    ISO = "iso"
    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"
    WORDS = "words"
    EPOCH_SECONDS = "epoch_s"
    EPOCH_MILLIS = "epoch_ms"
    EPOCH_MICROS = "epoch_us"


class TimeOrigin(StrEnum):
    """Where a touch's time comes from: a column, the thing the row names, or the import itself."""

    COLUMN = "column"
    BORROWED = "borrowed"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The time of a touch. ``BORROWED``: ``column`` is a who column, and the touch takes the time of the earliest
    interaction that carried the same identifier (a payment takes its order's). ``IMPORTED``: when the import runs.

    ``clock`` names the column that holds the time of day where ``column`` holds the date alone.
    """

    origin: TimeOrigin = TimeOrigin.COLUMN
    column: str = ""
    format: TimeFormat = TimeFormat.ISO
    clock: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """A column that says whose row it is. ``external`` is the type of an external identifier ("order_id").

    ``strong`` counts for external identifiers: an id of one person for ever. Order, ticket and case ids are weak: they
    follow their customer. User ids, loyalty cards, e-mails and phones of an import are always believed.
    """

    column: str
    kind: IdentifierKind
    external: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A column's cell, or ``constant`` where there is no column or its cell is empty. ``names`` renames cells."""

    column: str = ""
    constant: str = ""
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """Only rows whose cell is one of ``values``; no values means any but an empty one."""

    column: str
    values: tuple[str, ...] = ()

    def takes(self, cells: Mapping[str, str]) -> bool:
        """Tell whether a row is one of them."""
        cell = cells.get(self.column, "").strip()
        return cell in self.values if self.values else bool(cell)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """Whom rows speak of: the cell of ``column``, or ``constant``. Who is none of ``own`` is a rival: what is said of a
    rival is nobody's, no touch and no score of ours (docs/how-to/load-reviews.md). Without ``own`` all are rivals.
    """

    column: str = ""
    constant: str = ""
    own: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One touch a row yields. A touch whose time cell is empty did not happen, unless it is the row's only touch.

    ``only`` says on which rows it happened. ``channel``, ``area`` and ``text`` override the row's fields where given.
    ``promised`` is when it should have happened at the latest: the touch then says itself whether it came late, and the
    first other touch of the row what was promised, so that what never comes is known too.
    ``action`` is what was done where the touch's name does not say it ("review", "reply").
    """

    name: Value
    when: When
    carries: tuple[str, ...] = MEASURES
    channel: str = ""
    area: str = ""
    text: Value | None = None
    only: tuple[Only, ...] = ()
    promised: When | None = None
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRule:
    """A score column. ``top`` 0 means the kind's usual top: NPS 10, CES 7, CSAT and stars 5.

    ``labels`` reads words ("good": 5). ``skip`` lists words that are no score ("offered"). ``reversed_scale`` is for
    questions where a low number is good.
    """

    column: str
    kind: ScoreKind
    top: int = 0
    reversed_scale: bool = False
    labels: Mapping[str, float] = field(default_factory=dict)
    skip: tuple[str, ...] = ()

    @property
    def bottom(self) -> int:
        """The worst value of the scale."""
        return 0 if self.kind is ScoreKind.NPS else 1

    @property
    def highest(self) -> int:
        """The best value of the scale."""
        return self.top or {ScoreKind.NPS: 10, ScoreKind.CES: 7}.get(self.kind, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """A column that describes the customer rather than the touch, under the trait's name."""

    name: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A trait made of two time columns: ``after`` where ``left`` is later than ``right``, else ``otherwise``;
    nothing where either is empty. Late against punctual is delivered compared with promised.
    """

    name: str
    left: When
    right: When
    after: str = "yes"
    otherwise: str = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportMapping:
    """What a file's columns mean.

    ``key`` names the columns that make a row what it is (Zendesk ``id``): then the same key with other content is
    *changed*, not new. ``zone`` is for times that carry none. ``day_starts`` ("HH:MM") is the time given to bare
    dates. A mapping without touches yields identify calls, at ``identified``. ``messages`` says that rows are
    Segment-shaped messages already; then nothing else is needed. ``properties`` are columns kept as they are with each
    touch. ``unnamed_rows`` takes rows whose who columns are empty, each as a customer of its own (anonymous surveys);
    without it they are refused. ``title`` is a column that is put before the text, ``brand`` says whom rows speak of.
    """

    name: str
    version: int = MAPPING_VERSION
    layout: Layout = Layout()
    key: tuple[str, ...] = ()
    who: tuple[Who, ...] = ()
    touches: tuple[Touch, ...] = ()
    identified: When = When(origin=TimeOrigin.IMPORTED)
    zone: str = "UTC"
    decimal_comma: bool = False
    day_starts: str = "00:00"
    fields: Mapping[str, Value] = field(default_factory=dict)
    score: ScoreRule | None = None
    traits: tuple[Trait, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    properties: tuple[str, ...] = ()
    only: tuple[Only, ...] = ()
    messages: bool = False
    unnamed_rows: bool = False
    title: str = ""
    brand: Brand | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the mapping reads, once, in the order of their mention."""
        named = [*self.key, *(who.column for who in self.who)]
        for touch in self.touches:
            named += [touch.name.column, touch.when.column, touch.when.clock]
            named += [touch.text.column] if touch.text else []
            named += [touch.promised.column, touch.promised.clock] if touch.promised else []
            named += [only.column for only in touch.only]
        named += [self.identified.column, self.identified.clock] if not self.touches else []
        named += [value.column for value in self.fields.values()]
        named += [self.score.column] if self.score else []
        named += [trait.column for trait in self.traits]
        for comparison in self.comparisons:
            named += [when.column for when in (comparison.left, comparison.right)]
            named += [when.clock for when in (comparison.left, comparison.right)]
        named += [self.title, self.brand.column if self.brand else ""]
        named += [*self.properties, *(only.column for only in self.only)]
        return tuple(dict.fromkeys(name for name in named if name))


def write_mapping(mapping: ImportMapping) -> bytes:
    """Return the mapping as JSON that people can read and edit. Whatever has its usual value is left out."""
    plain = msgspec.to_builtins(mapping)
    lean = _without_usual(plain, msgspec.to_builtins(ImportMapping(name="")))
    lean = {"name": mapping.name, "version": mapping.version, **lean}
    return msgspec.json.format(msgspec.json.encode(lean), indent=2)


def read_mapping(text: bytes | str) -> ImportMapping:
    """Read a mapping from its JSON.

    Raises:
        Invalid: it is no mapping; the message names the place and the word that is wrong.
    """
    try:
        given = msgspec.json.decode(text)
        mapping = msgspec.convert(given, ImportMapping)
    except msgspec.DecodeError as error:
        raise Invalid("bad_mapping", _("This is not a mapping: {error}.").format(error=error), _HINT) from None
    unknown = _unknown_words(given, msgspec.to_builtins(mapping), "")
    if unknown:
        raise Invalid("bad_mapping", _("A mapping knows no {unknown}.").format(unknown=unknown), _HINT)
    if mapping.version > MAPPING_VERSION:
        raise Invalid(
            "newer_mapping",
            _("This mapping has version {version}.").format(version=mapping.version),
            _("Upgrade heartline to use it."),
        )
    check_mapping(mapping)
    return mapping


def check_mapping(mapping: ImportMapping) -> None:
    """Refuse a mapping that contradicts itself.

    Raises:
        Invalid: the message says what is missing and what to add.
    """
    _check_brand(mapping)
    if mapping.messages:
        return
    if not mapping.who and not mapping.unnamed_rows:
        raise Invalid("no_who", _("The mapping does not say whose rows these are."), _("Name a who column."))
    names = {who.column for who in mapping.who}
    for who in mapping.who:
        if (who.kind is IdentifierKind.EXTERNAL) != bool(who.external):
            raise Invalid(
                "bad_mapping",
                _("who {column!r}: external identifiers, and only they, name a type.").format(column=who.column),
                _HINT,
            )
    for touch in mapping.touches:
        if not (touch.name.column or touch.name.constant):
            raise Invalid("bad_mapping", _("A touch has no name."), _("Name a touchpoint column or a constant."))
        _check_when(touch.when, names)
        _check_promise(touch)
        strange = sorted(set(touch.carries) - set(MEASURES))
        if strange:
            hint = _("It may carry {measures}.").format(measures=", ".join(MEASURES))
            raise Invalid("bad_mapping", _("A touch cannot carry {strange!r}.").format(strange=strange[0]), hint)
    _check_when(mapping.identified, names)
    strange = [name for name in mapping.fields if name not in FIELDS]
    if strange:
        raise Invalid(
            "bad_mapping",
            _("A touch has no field {strange!r}.").format(strange=strange[0]),
            _("Use one of {fields}.").format(fields=", ".join(FIELDS)),
        )
    try:
        ZoneInfo(mapping.zone)
    except (KeyError, ValueError, OSError):
        raise Invalid(
            "bad_zone", _("{zone!r} is no time zone.").format(zone=mapping.zone), _("Use a name like Europe/Berlin.")
        ) from None
    hours, _rest, minutes = mapping.day_starts.partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60):
        raise Invalid(
            "bad_mapping",
            _("day_starts {day_starts!r} is not a time of day.").format(day_starts=mapping.day_starts),
            _("Write HH:MM."),
        )


def _check_brand(mapping: ImportMapping) -> None:
    if mapping.brand is None:
        return
    if mapping.messages:
        raise Invalid(
            "bad_mapping",
            _("Messages say themselves whom they are about."),
            _("Leave the rival out, or name it in each message: context.heartline.rival."),
        )
    if not (mapping.brand.column or mapping.brand.constant):
        raise Invalid("bad_mapping", _("The brand names neither a column nor a constant."), _HINT)


def _check_promise(touch: Touch) -> None:
    if touch.promised is not None and (
        touch.promised.origin is not TimeOrigin.COLUMN
        or touch.when.origin is not TimeOrigin.COLUMN
        or not touch.promised.column
    ):
        raise Invalid(
            "bad_mapping",
            _("What was promised can only be held against a time of a column of its own."),
            _("Name a time column for both, or leave the promise out."),
        )


def _check_when(when: When, who_columns: set[str]) -> None:
    if when.origin is not TimeOrigin.IMPORTED and not when.column:
        raise Invalid(
            "no_when", _("A touch has no time column."), _("Name one, or borrow the time, or use the import's.")
        )
    if when.origin is TimeOrigin.BORROWED and when.column not in who_columns:
        message = _("Time is borrowed through {column!r}, which is no who column.").format(column=when.column)
        raise Invalid("bad_mapping", message, _("Add it to who."))


_HINT: Final = "docs/reference/import-mapping.md shows each field."


def _unknown_words(given: object, known: object, where: str) -> str:
    """Return the first key that the record did not take, as "where.key". Free mappings take any key."""
    if isinstance(given, dict) and isinstance(known, dict):
        for key, value in given.items():
            if key not in known:
                return f"{where}{key}"
            found = _unknown_words(value, known[key], f"{where}{key}.")
            if found:
                return found
    if isinstance(given, list) and isinstance(known, list):
        return next((f for g, k in zip(given, known, strict=False) if (f := _unknown_words(g, k, where))), "")
    return ""


_USUAL_INSIDE: Final[Mapping[str, object]] = {
    "who": Who(column="", kind=IdentifierKind.USER_ID),
    "touches": Touch(name=Value(), when=When()),
    "name": Value(),
    "when": When(),
    "identified": When(),
    "score": ScoreRule(column="", kind=ScoreKind.NPS),
    "left": When(),
    "right": When(),
    "promised": When(),
    "brand": Brand(),
    "text": Value(),
    "only": Only(column=""),
    "comparisons": Comparison(name="", left=When(), right=When()),
}
_ALWAYS_SHOWN: Final = frozenset({"column", "kind", "name", "when", "left", "right"})


def _without_usual(plain: object, usual: object) -> dict[str, object]:
    """Drop what a reader would take for granted, one level at a time."""
    lean: dict[str, object] = {}
    normal = cast("dict[str, object]", usual)
    for key, value in cast("dict[str, object]", plain).items():
        if value == normal.get(key) and not (key in _ALWAYS_SHOWN and value not in ("", None)):
            continue
        if key == "fields":
            free = cast("dict[str, object]", value)
            lean[key] = {name: _without_usual(v, msgspec.to_builtins(Value())) for name, v in free.items()}
        elif isinstance(value, dict) and (key in _USUAL_INSIDE or key == "layout"):
            inside = _USUAL_INSIDE.get(key, Layout())
            lean[key] = _without_usual(value, msgspec.to_builtins(inside))
        elif isinstance(value, (list, tuple)) and key in _USUAL_INSIDE:
            lean[key] = [_without_usual(item, msgspec.to_builtins(_USUAL_INSIDE[key])) for item in value]
        else:
            lean[key] = value
    return lean
