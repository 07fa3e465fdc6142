"""The import: rows become messages, messages become bodies, bodies go through the same journal as the door's."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

import msgspec

from heartline.collect.importing.batches import BATCH_ROWS, cut_batches, see_columns, tell_left_out
from heartline.collect.importing.changebook import ChangeBook, Reading
from heartline.collect.importing.changes import Change
from heartline.collect.importing.ledger import Ledger
from heartline.collect.importing.mapping import ImportMapping, write_mapping
from heartline.collect.importing.messages import Message, Rendered, Renderer
from heartline.collect.importing.ports import ImportReport, Progress, Target
from heartline.collect.importing.rows import open_rows
from heartline.collect.importing.streams import fingerprint
from heartline.errors import Unavailable
from heartline.records import Body

BODY_MESSAGES: Final = 500
BODY_BYTES: Final = 2 << 20
PATIENCE_S: Final = 300


@dataclass(slots=True)
class Checkpoint:
    """How far an import is. ``file`` and ``mapping`` are fingerprints: with another of either it starts anew."""

    file: str
    mapping: str
    source_id: int
    started_us: int
    rows: int = 0
    messages: int = 0
    bodies: int = 0
    skipped: int = 0
    mended: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    readings: dict[str, Reading] = field(default_factory=dict)


def run_import(
    path: Path,
    mapping: ImportMapping,
    target: Target,
    *,
    checkpoint: Path | None = None,
    phone_region: str | None = None,
    progress: Progress | None = None,
    batch_rows: int = BATCH_ROWS,
) -> ImportReport:
    """Import a file. With ``checkpoint`` a killed import goes on where it stopped; what it sends twice is dropped as a
    duplicate. The checkpoint's file is removed at the end.

    Raises:
        Invalid: the file or the mapping cannot be used; the hint says what to do.
        Missing: there is no such file.
        Unavailable: the journal took nothing for five minutes; the checkpoint stays.
    """
    with Ledger() as twins, open_rows(path, mapping.layout) as file:
        done = _resume(path, mapping, target, checkpoint)
        resumed_from = done.rows
        renderer = Renderer(
            mapping,
            source_id=target.source_id,
            ledger=twins,
            lookups=target.lookups,
            now_us=done.started_us,
            phone_region=phone_region,
        )
        book = ChangeBook(mapping, phone_region=phone_region, told=done.changes, readings=done.readings)
        rows, columns = 0, file.columns
        for batch in cut_batches(file, mapping, size=batch_rows):
            columns = columns or see_columns(batch)
            before = max(0, min(resumed_from - rows, len(batch)))
            rows += len(batch)
            if before:
                renderer.count(batch[:before])
            if before < len(batch):
                _send_rows(renderer.render(batch[before:]), target, done, book)
                done.rows = rows
                _save(done, checkpoint)
            if progress is not None:
                progress(file.bytes_read, file.bytes_total, rows)
        if progress is not None:
            progress(file.bytes_total, file.bytes_total, rows)
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    report = _report(done, rows=rows, resumed_from=resumed_from)
    left_out = tell_left_out(mapping, columns)
    return replace(report, columns=columns, left_out=left_out, encoding=file.layout.encoding)


def _report(done: Checkpoint, *, rows: int, resumed_from: int) -> ImportReport:
    return ImportReport(
        rows=rows,
        changes=done.changes,
        messages=done.messages,
        bodies=done.bodies,
        refused=done.refused,
        skipped=done.skipped,
        mended=done.mended,
        resumed_from=resumed_from,
    )


def _send_rows(rendered: Sequence[Rendered], target: Target, done: Checkpoint, book: ChangeBook) -> None:
    """Send a batch of rows to the journal and add it to what is done."""
    messages = [message for row in rendered for message in row.messages]
    for body in pack_bodies(messages, target):
        _send(body, target)
        done.bodies += 1
    done.messages += len(messages)
    done.skipped += sum(not row.messages for row in rendered)
    done.mended += sum(row.row.mended for row in rendered)
    refused = Counter(m.refused.reason.value for m in messages if m.refused is not None)
    done.refused = dict(Counter(done.refused) + refused)
    book.take(rendered)
    done.changes, done.readings = book.tell(), book.readings


def pack_bodies(messages: list[Message], target: Target) -> Iterator[Body]:
    """Pack messages into bodies of at most ``BODY_MESSAGES`` and about ``BODY_BYTES``."""
    part: list[bytes] = []
    size = 0
    for message in messages:
        if part and (len(part) >= BODY_MESSAGES or size + len(message.json) > BODY_BYTES):
            yield _body(part, target)
            part, size = [], 0
        part.append(message.json)
        size += len(message.json)
    if part:
        yield _body(part, target)


def mark_import(import_id: int) -> bytes:
    """Return how the body of an import begins; a gate passes over what it does not know."""
    return b'{"import":%d,' % import_id if import_id else b"{"


def _body(part: list[bytes], target: Target) -> Body:
    payload = mark_import(target.import_id) + b'"batch":[' + b",".join(part) + b"]}"
    return Body(source_id=target.source_id, received_us=target.now_us(), payload=payload, events=len(part))


def _send(body: Body, target: Target) -> None:
    waited = 0
    while True:
        try:
            target.accept(body)
        except Unavailable as error:
            if waited >= PATIENCE_S:
                raise
            target.pause(error.retry_after_s)
            waited += max(1, error.retry_after_s)
        else:
            return


def _resume(path: Path, mapping: ImportMapping, target: Target, checkpoint: Path | None) -> Checkpoint:
    fresh = Checkpoint(
        file=fingerprint(path),
        mapping=hashlib.blake2b(write_mapping(mapping), digest_size=16).hexdigest(),
        source_id=target.source_id,
        started_us=target.now_us(),
    )
    if checkpoint is None or not checkpoint.exists():
        return fresh
    try:
        saved = msgspec.json.decode(checkpoint.read_bytes(), type=Checkpoint)
    except msgspec.DecodeError:
        return fresh
    same = (saved.file, saved.mapping, saved.source_id) == (fresh.file, fresh.mapping, fresh.source_id)
    return saved if same else fresh


def _save(done: Checkpoint, checkpoint: Path | None) -> None:
    if checkpoint is None:
        return
    beside = checkpoint.with_suffix(checkpoint.suffix + ".new")
    beside.write_bytes(msgspec.json.encode(asdict(done)))
    beside.replace(checkpoint)
