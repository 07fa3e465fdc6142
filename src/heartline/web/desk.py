"""The desk where files are handed in: tried dry, imported, and followed until every page shows them.

The command line and the import page use it alike; what it does not hold itself comes from ``collect``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final, Protocol

from heartline.app import Heartline
from heartline.collect import (
    DryRun,
    Guess,
    ImportMapping,
    ImportReport,
    Target,
    fingerprint,
    guess_mapping,
    pass_gate,
    plan_import,
    run_import,
    write_mapping,
)
from heartline.errors import Conflict, HeartlineError, Missing
from heartline.language import _
from heartline.records import Body, Identifier, IdentifierKind, Interaction, Node, Source, Trust
from heartline.store import ImportJob
from heartline.unify import digest_of
from heartline.web.imported import checkpoint_of, find_bodies, find_job, list_jobs, note_summary, read_summary
from heartline.web.market import own_names
from heartline.web.undoing import UndoPreview, undo_import

IMPORT_KIND: Final = "import"
_NOTED_EVERY_S: Final = 1.0
_MOST_TIES: Final = 100_000
_MOST_RUNS: Final = 5_000
"""How many runs of bodies are noted with an import; where there are more, they are looked for in the journal."""
_NO_SOURCE: Final = Source(source_id=0, name="", write_key="", trust=Trust.TRUSTED, kind=IMPORT_KIND)
_making_sources: Final = threading.Lock()


class Tell(Protocol):
    """Told how far an import is: ``stage`` is "reading" (bytes of the file) or "settling" (events of the journal)."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show it. What it raises stops the import, which goes on where it was when it is started again."""
        ...


def _tell_nobody(stage: str, done: int, total: int) -> None:
    del stage, done, total


class Desk:
    """The imports of one installation. Call it from any thread; it blocks until what was asked is done."""

    def __init__(self, heartline: Heartline, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._heartline = heartline
        self._kept = heartline.stores.kept
        self._pause = pause

    @property
    def zone(self) -> str:
        """The zone in which times that carry none are read."""
        return self._heartline.workspace.timezone

    @property
    def own(self) -> tuple[str, ...]:
        """The names we go by in files that name brands."""
        return own_names(self._heartline)

    def mappings(self) -> dict[str, str]:
        """Return the saved mappings as JSON by name."""
        return self._kept.mappings()

    def save_mapping(self, mapping: ImportMapping) -> None:
        """Keep a mapping under its own name."""
        self._kept.set_mapping(mapping.name, write_mapping(mapping).decode())

    def imports(self) -> list[tuple[ImportJob, bool]]:
        """Return imports, the newest first, each with whether it is under way. One that is "running" and not under
        way was cut off: importing the same file with the same mapping and source goes on with it.
        """
        return [(job, job.import_id in self._heartline.importing) for job in list_jobs(self._heartline)]

    def undo(self, import_id: int, *, by: str, tell: Tell = _tell_nobody) -> UndoPreview:
        """Take an import back, as ``undo_import`` does."""
        return undo_import(self._heartline, import_id, by=by, tell=tell)

    def guess(self, path: Path, *, zone: str = "") -> Guess:
        """Guess a file's mapping from its first rows.

        Raises:
            Invalid: the file cannot be used; the hint says what to do.
            Missing: there is no such file.
        """
        return guess_mapping(path, zone=zone or self.zone, own=self.own)

    def plan(
        self,
        path: Path,
        mapping: ImportMapping,
        *,
        source: str,
        limit_rows: int | None = None,
        tell: Tell = _tell_nobody,
    ) -> DryRun:
        """Count what importing a file into the source of that name would do. Nothing is written, no source is made.

        Raises:
            Invalid, Missing: as ``run``.
        """
        catch_up(self._heartline, tell)
        return plan_import(
            path,
            mapping,
            self._target(self._find_source(source) or _NO_SOURCE),
            phone_region=self._heartline.workspace.phone_region or None,
            limit_rows=limit_rows,
            progress=lambda done, total, _rows: tell("reading", done, total),
        )

    def run(
        self, path: Path, mapping: ImportMapping, *, source: str, file_name: str = "", tell: Tell = _tell_nobody
    ) -> ImportReport:
        """Import a file and wait until all of it is seen everywhere. The source of that name is made where there is
        none (trusted, kind "import"). ``file_name`` is what people call the file.

        Raises:
            Invalid: the file or the mapping cannot be used; the hint says what to do.
            Missing: there is no such file.
            Conflict: the same import is under way, or its source is switched off.
            Unavailable: the journal takes nothing; the same call goes on where it was.
        """
        if not path.is_file():
            raise Missing(
                "no_file", _("There is no file {path}.").format(path=path), _("Check its name and where it lies.")
            )
        printed = fingerprint(path)
        into = self._find_source(source) or self._make_source(source)
        if not into.enabled:
            raise Conflict(
                "source_off",
                _("The source {source} is switched off.").format(source=repr(source)),
                _("Switch it on, or name another."),
            )
        job = self._kept.add_import(
            file_name=file_name or path.name,
            fingerprint=printed,
            source_id=into.source_id,
            mapping=write_mapping(mapping).decode(),
        )
        if job.summary == "{}" and not job.rows_done:
            # All that it brings comes after this: whoever looks for it need not look before.
            note_summary(self._heartline, job, status="running", after=self._heartline.stores.journal.head())
            job = find_job(self._heartline, job.import_id)
        token = object()
        if self._heartline.importing.setdefault(job.import_id, token) is not token:
            raise Conflict(
                "import_running", _("{file} is being imported already.").format(file=job.file_name), _("Wait for it.")
            )
        try:
            return self._work(path, mapping, into, _Noted(self._heartline, job, tell))
        finally:
            del self._heartline.importing[job.import_id]

    def _work(self, path: Path, mapping: ImportMapping, into: Source, noted: _Noted) -> ImportReport:
        try:
            catch_up(self._heartline, noted)
            before = self._count(into)
            report = run_import(
                path,
                mapping,
                replace(self._target(into), import_id=noted.job.import_id),
                checkpoint=checkpoint_of(self._heartline, noted.job),
                phone_region=self._heartline.workspace.phone_region or None,
                progress=noted.read,
            )
            catch_up(self._heartline, noted)
        except HeartlineError as error:
            noted.close("failed", {"code": error.code, "message": error.message, "hint": error.hint})
            raise
        stored, duplicate, aside = (now - then for now, then in zip(self._count(into), before, strict=True))
        report = replace(report, settled=True, stored=stored, duplicate=duplicate, aside=aside)
        noted.rows = report.rows
        bodies = find_bodies(self._heartline, noted.job)[0]
        noted.close("done", {**asdict(report), "bodies": bodies if len(bodies) <= _MOST_RUNS else None})
        return report

    def _count(self, source: Source) -> list[int]:
        counters = self._heartline.stores.derived.counters()
        return [counters.get((source.source_id, what), 0) for what in ("stored", "duplicate", "refused")]

    def _find_source(self, name: str) -> Source | None:
        found = (s for s in self._heartline.sources.by_id().values() if s.name == name and s.kind == IMPORT_KIND)
        return min(found, key=lambda source: source.source_id, default=None)

    def _make_source(self, name: str) -> Source:
        with _making_sources:
            source = self._find_source(name)
            if source is None:
                source = self._kept.add_source(name=name, trust=Trust.TRUSTED, kind=IMPORT_KIND)
                # The projector meets the source with its first body, so it must be known before.
                self._heartline.sources.reload()
            return source

    def _target(self, source: Source) -> Target:
        return Target(
            source_id=source.source_id,
            accept=self._heartline.intake.submit,
            lookups=StoreLookups(self._heartline, source),
            pause=self._pause,
        )


class _Noted:
    """Tells how far an import is, and writes it down at most once a second."""

    def __init__(self, heartline: Heartline, job: ImportJob, tell: Tell) -> None:
        self.job = job
        self.rows = job.rows_done
        self._heartline = heartline
        self._after = read_summary(job).get("after")
        self._tell = tell
        self._next = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        self._tell(stage, done, total)

    def read(self, bytes_read: int, bytes_total: int, rows: int) -> None:
        """Take a batch's progress."""
        self.rows = max(rows, self.rows)
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _NOTED_EVERY_S
            self.close("running", {"bytes_read": bytes_read, "bytes_total": bytes_total})
        self._tell("reading", bytes_read, bytes_total)

    def close(self, status: str, summary: Mapping[str, object]) -> None:
        """Write how it stands, or how it ended."""
        job = replace(self.job, rows_done=self.rows, summary="{}")
        note_summary(self._heartline, job, status=status, after=self._after, **summary)


class StoreLookups:
    """What State and History know of an import's rows (the port ``Lookups`` of ``collect``)."""

    def __init__(self, heartline: Heartline, source: Source) -> None:
        self._heartline = heartline
        self._derived = heartline.stores.derived
        self._source = source

    def known_messages(self, messages: Mapping[str, bytes], *, source_id: int) -> Mapping[str, bool]:
        """Judge messages as the projector would, and compare each with what is stored under its id."""
        payload = b'{"batch":[' + b",".join(messages.values()) + b"]}"
        body = Body(source_id=source_id, received_us=time.time_ns() // 1000, payload=payload, events=len(messages))
        judged = zip(messages, pass_gate(body, self._source, self._heartline.gate_rules()), strict=True)
        digests = {
            self._derived.message_key(source_id, outcome.message_id): (given, digest_of(outcome))
            for given, outcome in judged
            if isinstance(outcome, Interaction)
        }
        known = self._derived.known_messages(list(digests))
        return {given: known[key][1] == digest for key, (given, digest) in digests.items() if key in known}

    def known_identifiers(self, identifiers: Collection[Identifier]) -> set[tuple[str, str]]:
        """Return the keys of those that State has numbered."""
        return set(self._derived.known_nodes(identifiers))

    def times_of(self, identifiers: Collection[Identifier]) -> Mapping[tuple[str, str], int]:
        """Return when each was first met on a touch.

        A touch lies in History under its subject, so an order lends the time at which it was first tied to somebody.
        What carries the order alone (its payments, its reviews) lends nothing where that is known: else a survey dated
        before its order would move the time of payments imported already.
        """
        catch_up(self._heartline)
        nodes = self._derived.known_nodes(identifiers)
        # A user id is the subject of whatever carries it.
        tied = {node.node_id for node in nodes.values() if node.kind is not IdentifierKind.USER_ID}
        ties: dict[int, list[tuple[int, int]]] = {number: [] for number in tied}
        for said in self._derived.testimony(tied, limit=_MOST_TIES):
            edge = said.edge
            for here, there in ((edge.left, edge.right), (edge.right, edge.left)):
                if here in tied:
                    ties[here].append((edge.ts_us, there))
        asked = {node.node_id for node in nodes.values()}.union(*({n for _at, n in found} for found in ties.values()))
        touched = self._heartline.stores.history.earliest_us(sorted(asked))
        times = {key: _lend(node, ties.get(node.node_id, []), touched) for key, node in nodes.items()}
        return {key: at for key, at in times.items() if at is not None}


def _lend(node: Node, ties: Sequence[tuple[int, int]], touched: Mapping[int, int]) -> int | None:
    """Return the time an identifier lends. What ties it to somebody who was never met on a touch is no touch."""
    own = touched.get(node.node_id)
    near = [touched[number] for _at, number in ties if number in touched]
    if not near:
        return own
    first = max(min(ties)[0], min(near))
    return min(first, own) if node.strong and own is not None else first


def catch_up(heartline: Heartline, tell: Tell = _tell_nobody) -> None:
    """Project what the journal holds by now, and not what comes in meanwhile."""
    head = heartline.stores.journal.head()
    if heartline.stores.history.offset() >= head:
        return
    total = heartline.stores.journal.events(after=heartline.stores.history.offset())
    done = 0
    while heartline.stores.history.offset() < head:
        done += heartline.project()
        tell("settling", min(done, total), total)
