"""From rows to Segment-shaped messages, batch by batch. The gate reads them as it reads what an SDK sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from heartline.collect.importing.brands import read_rival, tell_rival
from heartline.collect.importing.cells import (
    Person,
    Refused,
    TimeCell,
    compare_times,
    join_title,
    name_identifier,
    promise_cell,
    read_amount,
    read_person,
    read_score,
    read_value,
    time_cell,
)
from heartline.collect.importing.clock import write_time
from heartline.collect.importing.ledger import Ledger
from heartline.collect.importing.mapping import ImportMapping, TimeOrigin, Touch, Value, Who, check_mapping
from heartline.collect.importing.message_ids import digest_key, digest_row, name_message, short
from heartline.collect.importing.ports import Lookups
from heartline.collect.importing.row import RAW_KEPT, Row
from heartline.records import Identifier, IdentifierKind, RefusalReason

WHOLE_ROW: Final = "row"
_PLAIN_FIELDS: Final = ("channel", "area", "place", "currency", "employee", "partner", "order", "product")


class Message(NamedTuple):
    """One message of a row: its id, its JSON, its time (µs, None where refused) and why it will be refused.

    ``label`` names the touch it is, or ``WHOLE_ROW`` where it is a refusal of all that the row would have given.
    """

    message_id: str
    json: bytes
    ts_us: int | None
    refused: Refused | None = None
    label: str = ""


class Rendered(NamedTuple):
    """A row with its messages; no messages and no refusal means that ``only`` left it out. ``keyed`` says that the
    mapping's key named it.
    """

    row: Row
    messages: tuple[Message, ...]
    keyed: bool = False
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    """A touch of the mapping with its time reader and the name by which message ids know it."""

    touch: Touch
    time: TimeCell | None
    label: str
    carries: frozenset[str]
    promise: Callable[[Mapping[str, str], int], dict[str, object]]


class Renderer:
    """Turns rows into messages under one mapping. ``ledger`` counts equal rows, so feed it every row in order."""

    def __init__(
        self,
        mapping: ImportMapping,
        *,
        source_id: int,
        ledger: Ledger,
        lookups: Lookups,
        now_us: int,
        phone_region: str | None = None,
    ) -> None:
        # Before anything is sent: what is said of a rival must never go on as a customer's.
        check_mapping(mapping)
        self._mapping = mapping
        self._source_id = source_id
        self._ledger = ledger
        self._lookups = lookups
        self._now_us = now_us
        self._region = phone_region
        self._plans = _plan_touches(mapping)
        self._fields = [(name, mapping.fields[name]) for name in _PLAIN_FIELDS if name in mapping.fields]
        self._comparisons = [(rule.name, compare_times(rule, mapping)) for rule in mapping.comparisons]
        self._encode = msgspec.json.Encoder().encode
        self._borrows = any(plan.touch.when.origin is TimeOrigin.BORROWED for plan in self._plans)

    def count(self, rows: Sequence[Row]) -> list[tuple[bytes, int]]:
        """Return each row's content digest and its ordinal among the equal rows so far."""
        digests = [digest_row(row.cells) for row in rows]
        known = self._ledger.find([short(digest) for digest in digests])
        counted: list[tuple[bytes, int]] = []
        for digest in digests:
            key = short(digest)
            ordinal = known.get(key, 0)
            known[key] = ordinal + 1
            self._ledger.note(key, ordinal + 1)
            counted.append((digest, ordinal))
        return counted

    def render(self, rows: Sequence[Row]) -> list[Rendered]:
        """Return the rows' messages, in order."""
        counted = self.count(rows)
        if self._mapping.messages:
            return [self._pass_on(row, *place) for row, place in zip(rows, counted, strict=True)]
        people = [None if row.problem or not self._takes(row) else self._read_person(row.cells) for row in rows]
        lent = self._lend_times(people) if self._borrows else {}
        return [
            self._render_row(row, person, place, lent) for row, person, place in zip(rows, people, counted, strict=True)
        ]

    def _read_person(self, cells: Mapping[str, str]) -> Person | Refused:
        """Read whose row it is. Of what is said of a rival nobody is read: it is nobody's."""
        rival = read_rival(cells, self._mapping.brand)
        if rival:
            return rival if isinstance(rival, Refused) else Person("", "", {}, ())
        return read_person(cells, self._mapping.who)

    def _takes(self, row: Row) -> bool:
        return all(only.takes(row.cells) for only in self._mapping.only)

    def _render_row(
        self, row: Row, person: Person | Refused | None, place: tuple[bytes, int], lent: Mapping[tuple[str, str], int]
    ) -> Rendered:
        digest, ordinal = place
        if isinstance(person, Refused) and self._mapping.unnamed_rows and person.reason is RefusalReason.NO_IDENTITY:
            alone = name_message(self._source_id, digest, ordinal, "person")
            person = Person("", alone, {}, ((Who(column="", kind=IdentifierKind.ANONYMOUS_ID), alone),))
        if row.problem:
            return Rendered(row, (self._refuse(row, place, Refused(RefusalReason.UNREADABLE_ROW, row.problem)),))
        if person is None:
            return Rendered(row, ())
        if isinstance(person, Refused):
            return Rendered(row, (self._refuse(row, place, person),))
        key = digest_key(row.cells, self._mapping.key) if self._mapping.key else None
        name = (digest, ordinal) if key is None else (key, 0)
        block = self._read_block(row)
        if isinstance(block, Refused):
            return Rendered(row, (self._refuse(row, place, block),))
        rival = read_rival(row.cells, self._mapping.brand)
        if isinstance(rival, str) and rival:
            said = _Ready({}, block, name, place, person, rival)
            return Rendered(row, tuple(self._render_touches(row, said, lent)), key is not None)
        if person.identifiers:
            block["identifiers"] = person.identifiers
        whose: dict[str, object] = {}
        if person.user_id:
            whose["userId"] = person.user_id
        if person.anonymous_id:
            whose["anonymousId"] = person.anonymous_id
        messages = self._render_touches(row, _Ready(whose, block, name, place, person), lent)
        return Rendered(row, tuple(messages), key is not None, person)

    def _render_touches(self, row: Row, ready: _Ready, lent: Mapping[tuple[str, str], int]) -> list[Message]:
        timed: list[tuple[_Plan, int | Refused]] = []
        plans = [plan for plan in self._plans if all(only.takes(row.cells) for only in plan.touch.only)]
        # What a rival answers, or does else, is not ours to count.
        plans = [plan for plan in plans if _SAID & plan.carries] if ready.rival else plans
        for plan in plans:
            at = self._tell_time(plan, row, ready.person, lent)
            if at is not None:
                timed.append((plan, at))
        if not plans:
            return []
        if not timed:
            columns = ", ".join(dict.fromkeys(plan.touch.when.column for plan in plans))
            return [self._refuse(row, ready.place, Refused(RefusalReason.BAD_TIME, f"{columns}: no time is given"))]
        latest = max((at for _, at in timed if isinstance(at, int)), default=-1)
        made = self._find_made(plans, timed, row)
        traits = self._read_traits(row)
        messages: list[Message] = []
        for plan, at in timed:
            if isinstance(at, Refused):
                messages.append(self._refuse(row, ready.place, at, plan.label))
                continue
            message_id = name_message(self._source_id, *ready.name, plan.label)
            worn = traits if at == latest else {}
            latest = -1 if worn else latest
            told = plan.promise(row.cells, at) or made.get(plan.label, {})
            messages.append(self._write(plan, row, ready, message_id=message_id, at=at, traits=worn, promise=told))
        return messages

    def _find_made(
        self, plans: Sequence[_Plan], timed: Sequence[tuple[_Plan, int | Refused]], row: Row
    ) -> dict[str, dict[str, object]]:
        """Return, by label, the touch at which a promise was made, with the day that was named: the first of the row.

        So an order says what it was promised though nothing has come yet, and keeps saying so when it has.
        """
        for plan in reversed(plans):
            named = {} if plan.touch.promised is None else plan.promise(row.cells, 0)
            others = [(at, one.label) for one, at in timed if named and one is not plan and isinstance(at, int)]
            if others:
                return {min(others)[1]: {"promised": named["promised"]}}
        return {}

    def _write(
        self, plan: _Plan, row: Row, ready: _Ready, *, message_id: str, at: int, traits: dict[str, str],
        promise: Mapping[str, object],
    ) -> Message:  # fmt: skip
        touch = plan.touch
        message: dict[str, object] = {"messageId": message_id, **ready.whose}
        # Without a timestamp the gate takes the time of receipt, and a second import says the same as the first.
        if touch.when.origin is not TimeOrigin.IMPORTED:
            message["timestamp"] = write_time(at)
        block = {name: value for name, value in ready.block.items() if name not in _MEASURED or name in plan.carries}
        if plan.label == _IDENTIFY:
            message["type"] = "identify"
        else:
            name = read_value(row.cells, touch.name)
            if not name:
                detail = f"{touch.name.column} is empty, so the touch has no name"
                return self._refuse(row, ready.place, Refused(RefusalReason.NO_EVENT_NAME, detail), plan.label)
            message["type"] = "track"
            message["event"] = block["touchpoint"] = name
            if touch.text is not None and (text := read_value(row.cells, touch.text)):
                block["text"] = text
            if touch.channel:
                block["channel"] = touch.channel
            if touch.area:
                block["area"] = touch.area
            if touch.action:
                block["action"] = touch.action
            properties: dict[str, object] = {
                name: cell for name in self._mapping.properties if (cell := row.cells.get(name, ""))
            }
            properties |= promise
            if properties:
                message["properties"] = properties
        if ready.rival:
            message = tell_rival(message, block, ready.rival)
            return Message(message_id, self._encode(message), at, None, plan.label)
        message["context"] = {"heartline": block}
        if traits:
            message["traits"] = traits
        return Message(message_id, self._encode(message), at, None, plan.label)

    def _tell_time(
        self, plan: _Plan, row: Row, person: Person, lent: Mapping[tuple[str, str], int]
    ) -> int | Refused | None:
        if plan.time is not None:
            return plan.time.look(row.cells)
        if plan.touch.when.origin is TimeOrigin.IMPORTED:
            return self._now_us
        column = plan.touch.when.column
        for rule, value in person.given:
            if rule.column == column:
                identifier = name_identifier(rule, value, self._region)
                at = lent.get(identifier.key) if identifier else None
                if at is not None:
                    return at
                return Refused(
                    RefusalReason.BAD_TIME, f"{column} {value!r:.60} is not known yet, so its time cannot be borrowed"
                )
        return Refused(RefusalReason.BAD_TIME, f"{column} is empty, so no time can be borrowed")

    def _lend_times(self, people: Sequence[Person | Refused | None]) -> Mapping[tuple[str, str], int]:
        columns = {p.touch.when.column for p in self._plans if p.touch.when.origin is TimeOrigin.BORROWED}
        wanted: set[Identifier] = set()
        for person in people:
            if isinstance(person, Person):
                for rule, value in person.given:
                    if rule.column in columns and (identifier := name_identifier(rule, value, self._region)):
                        wanted.add(identifier)
        return self._lookups.times_of(wanted) if wanted else {}

    def _read_block(self, row: Row) -> dict[str, object] | Refused:
        block: dict[str, object] = {}
        mapping, cells = self._mapping, row.cells
        for name, value in self._fields:
            said = read_value(cells, value)
            if said:
                block[name] = said
        if "text" in mapping.fields and (text := read_value(cells, mapping.fields["text"])):
            block["text"] = join_title(cells.get(mapping.title, ""), text)
        elif mapping.title and (title := cells.get(mapping.title, "").strip()):
            block["text"] = title
        if "amount" in mapping.fields:
            amount = read_amount(cells, mapping.fields["amount"], decimal_comma=mapping.decimal_comma)
            if isinstance(amount, Refused):
                return amount
            if amount is not None:
                block["amount"] = amount
        if mapping.score is not None:
            score = read_score(cells, mapping.score)
            if isinstance(score, Refused):
                return score
            if score is not None:
                block["score"] = score
        return block

    def _read_traits(self, row: Row) -> dict[str, str]:
        traits = {t.name: cell for t in self._mapping.traits if (cell := row.cells.get(t.column, "").strip())}
        traits.update((name, said) for name, tell in self._comparisons if (said := tell(row.cells)))
        return traits

    def _refuse(self, row: Row, place: tuple[bytes, int], why: Refused, label: str = WHOLE_ROW) -> Message:
        """Return a message that the gate refuses for the reason given; it carries the raw row, to be mended."""
        message_id = name_message(self._source_id, *place, f"refused {label}")
        kept = {name: cell[:RAW_KEPT] for name, cell in row.cells.items() if cell}
        message = {
            "type": "track",
            "event": "Import row",
            "messageId": message_id,
            "context": {"heartline": {"refuse": {"reason": why.reason.value, "detail": why.detail}}},
            "properties": {"row": row.number, "cells": kept},
        }
        return Message(message_id, self._encode(message), None, why, label)

    def _pass_on(self, row: Row, digest: bytes, ordinal: int) -> Rendered:
        """Send a row on that is a message already. Its times were corrected when it was first received."""
        if row.problem or not row.line:
            why = Refused(RefusalReason.UNREADABLE_ROW, row.problem or "only JSON rows can be messages")
            return Rendered(row, (self._refuse(row, (digest, ordinal), why),))
        message: dict[str, object] = msgspec.json.decode(row.line)
        given = message.get("messageId")
        if not given:
            message["messageId"] = name_message(self._source_id, digest, ordinal, "message")
        if message.get("timestamp"):
            message = {k: v for k, v in message.items() if k not in {"sentAt", "originalTimestamp", "receivedAt"}}
        name = str(message["messageId"])
        return Rendered(row, (Message(name, self._encode(message), None),), bool(given))


class _Ready(NamedTuple):
    whose: dict[str, object]
    block: dict[str, object]
    name: tuple[bytes, int]
    place: tuple[bytes, int]
    person: Person
    rival: str = ""


_MEASURED: Final = frozenset({"text", "score", "amount"})
_SAID: Final = frozenset({"text", "score"})
_IDENTIFY: Final = "identify"


def name_touches(mapping: ImportMapping) -> tuple[str, ...]:
    """Return the names by which message ids know the touches of a mapping."""
    return tuple(plan.label for plan in _plan_touches(mapping))


def _plan_touches(mapping: ImportMapping) -> tuple[_Plan, ...]:
    """Name each touch by where its time comes from, so that renaming or reordering touches changes no message id."""
    if not mapping.touches:
        touch = Touch(name=Value(), when=mapping.identified)
        return (_Plan(touch, time_cell(touch.when, mapping), _IDENTIFY, frozenset(), promise_cell(touch, mapping)),)
    plans: list[_Plan] = []
    for touch in mapping.touches:
        label = f"{touch.when.origin.value} {touch.when.column}"
        twice = sum(1 for plan in plans if plan.label.split("#")[0] == label)
        label = f"{label}#{twice}" if twice else label
        plans.append(
            _Plan(touch, time_cell(touch.when, mapping), label, frozenset(touch.carries), promise_cell(touch, mapping))
        )
    return tuple(plans)
