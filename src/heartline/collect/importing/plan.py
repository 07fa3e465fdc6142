"""The dry run: what an import would do, counted before anything is written."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from heartline.collect.importing.batches import cut_batches, see_columns, tell_left_out
from heartline.collect.importing.cells import name_identifier
from heartline.collect.importing.changebook import ChangeBook
from heartline.collect.importing.ledger import Ledger
from heartline.collect.importing.mapping import ImportMapping
from heartline.collect.importing.message_ids import short
from heartline.collect.importing.messages import Message, Rendered, Renderer
from heartline.collect.importing.ports import DryRun, Example, Progress, Target
from heartline.collect.importing.row import Row
from heartline.collect.importing.rows import open_rows
from heartline.language import _, mark
from heartline.records import Identifier, IdentifierKind, subject_of

EXAMPLES_EACH: Final = 3
CELL_SHOWN: Final = 200
NO_KEY_WARNING: Final = mark(
    "The mapping names no row key: if a row is corrected in the file and imported again, it counts as new. "
    "Name a key if each row has an id of its own."
)
ONCE_EACH_WARNING: Final = mark(
    "Nearly every row is another person. If {column} numbers orders and not customers, nobody is seen to come back, "
    "and what that costs stays unknown: choose the column that stays the same when somebody orders again, "
    "if there is one."
)
_ENOUGH_ROWS: Final = 200
_ALL_NEW: Final = 0.995


def plan_import(
    path: Path,
    mapping: ImportMapping,
    target: Target,
    *,
    phone_region: str | None = None,
    limit_rows: int | None = None,
    progress: Progress | None = None,
) -> DryRun:
    """Read the file and count what importing it would do. ``target.accept`` is never called.

    Raises:
        Invalid: the file or the mapping cannot be used; the hint says what to do.
        Missing: there is no such file.
    """
    with Ledger() as twins, Ledger() as keys, Ledger() as people, open_rows(path, mapping.layout) as file:
        renderer = Renderer(
            mapping,
            source_id=target.source_id,
            ledger=twins,
            lookups=target.lookups,
            now_us=target.now_us(),
            phone_region=phone_region,
        )
        tally = _Tally(target, keys, people, phone_region, ChangeBook(mapping, phone_region=phone_region))
        columns = file.columns
        for batch in cut_batches(file, mapping):
            if limit_rows is not None and tally.rows >= limit_rows:
                tally.complete = False
                break
            columns = columns or see_columns(batch)
            tally.take(renderer.render(batch))
            if progress is not None:
                progress(file.bytes_read, file.bytes_total, tally.rows)
        dry = tally.sum_up(keyed=bool(mapping.key) or mapping.messages)
        warnings = (*dry.warnings, *_doubt_people(mapping, dry))
        return replace(dry, warnings=warnings, left_out=tell_left_out(mapping, columns), encoding=file.layout.encoding)


def _doubt_people(mapping: ImportMapping, dry: DryRun) -> tuple[str, ...]:
    """Warn where a file of orders has as many customers as rows: what should number the customers may number orders."""
    orders = "order" in mapping.fields or any(who.kind is IdentifierKind.EXTERNAL for who in mapping.who)
    named = next((who.column for who in mapping.who if who.kind is IdentifierKind.USER_ID), "")
    met = dry.new_customers + dry.matched_customers
    if not orders or not named or dry.rows < _ENOUGH_ROWS or met < _ALL_NEW * dry.rows:
        return ()
    return (_(ONCE_EACH_WARNING).format(column=named),)


@dataclass(slots=True)
class _Tally:
    """Counts so far."""

    target: Target
    keys: Ledger
    people: Ledger
    region: str | None
    book: ChangeBook
    rows: int = 0
    skipped: int = 0
    mended: int = 0
    touches: int = 0
    duplicate: int = 0
    changed: int = 0
    new: int = 0
    matched: int = 0
    complete: bool = True
    first_us: int | None = None
    last_us: int | None = None
    refused: Counter[str] = field(default_factory=Counter)
    shown: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)

    def take(self, rendered: list[Rendered]) -> None:
        """Count a batch."""
        self.book.take(rendered)
        self.rows += len(rendered)
        self.skipped += sum(not row.messages for row in rendered)
        self.mended += sum(row.row.mended for row in rendered)
        self._count_messages(rendered)
        self._count_people(rendered)

    def _count_messages(self, rendered: list[Rendered]) -> None:
        sent = {m.message_id: m.json for row in rendered for m in row.messages if m.refused is None}
        known = self.target.lookups.known_messages(sent, source_id=self.target.source_id) if sent else {}
        keyed = [_hash(m.message_id) for row in rendered if row.keyed for m in row.messages]
        met = self.keys.find(keyed) if keyed else {}
        for row in rendered:
            for message in row.messages:
                if message.refused is not None:
                    self.refused[message.refused.reason.value] += 1
                    self._show(row.row, message.refused.reason.value, message.refused.detail)
                    continue
                same = known.get(message.message_id)
                if row.keyed:
                    key, said = _hash(message.message_id), _hash(message.json)
                    if key in met:
                        same = met[key] == said
                    else:
                        met[key] = said
                        self.keys.note(key, said)
                self._count_one(row, message, same=same)

    def _count_one(self, row: Rendered, message: Message, *, same: bool | None) -> None:
        if same is None:
            self.touches += 1
            at = message.ts_us
            if at is not None:
                self.first_us = at if self.first_us is None else min(at, self.first_us)
                self.last_us = at if self.last_us is None else max(at, self.last_us)
        elif same or not row.keyed:
            self.duplicate += 1
        else:
            self.changed += 1
            self._show(row.row, "changed", "a row with this key came before with other content; the first one stays")

    def _count_people(self, rendered: list[Rendered]) -> None:
        groups: dict[int, tuple[Identifier, ...]] = {}
        for row in rendered:
            if row.person is None or all(m.refused for m in row.messages):
                continue
            found = (name_identifier(rule, value, self.region) for rule, value in row.person.given)
            identifiers = tuple(i for i in found if i is not None)
            if identifiers:
                groups[_hash("\0".join(subject_of(identifiers).key))] = identifiers
        met = self.people.find(list(groups))
        fresh = {key: group for key, group in groups.items() if key not in met}
        known = self.target.lookups.known_identifiers({i for group in fresh.values() for i in group})
        for key, group in fresh.items():
            self.people.note(key, 1)
            if any(i.key in known for i in group):
                self.matched += 1
            else:
                self.new += 1

    def _show(self, row: Row, reason: str, detail: str) -> None:
        # A row gives several touches, and what is said of each of them alike is said once.
        if self.examples and self.examples[-1].row == row.number and self.examples[-1].detail == detail:
            return
        self.shown[reason] += 1
        if self.shown[reason] <= EXAMPLES_EACH:
            cells = {name: cell[:CELL_SHOWN] for name, cell in list(row.cells.items())[:40]}
            self.examples.append(Example(row=row.number, reason=reason, detail=detail, cells=cells))

    def sum_up(self, *, keyed: bool) -> DryRun:
        """Return the counts as a record."""
        return DryRun(
            rows=self.rows,
            skipped=self.skipped,
            touches=self.touches,
            new_customers=self.new,
            matched_customers=self.matched,
            duplicate=self.duplicate,
            changed=self.changed,
            mended=self.mended,
            refused=dict(self.refused),
            examples=tuple(self.examples),
            warnings=() if keyed else (_(NO_KEY_WARNING),),
            first_us=self.first_us,
            last_us=self.last_us,
            complete=self.complete,
            changes=self.book.tell(),
        )


def _hash(said: str | bytes) -> int:
    raw = said.encode() if isinstance(said, str) else said
    return short(hashlib.blake2b(raw, digest_size=8).digest())
