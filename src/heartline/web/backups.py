"""Backups: made beside a running server or alone, verified, and restored into a new data directory (design rule 2).

A backup is of one moment: no event is in it whose source is not, and no case is about an event that is not. What is
derived stays out unless asked for; restoring makes it again, then repeats the erasures that came after the backup.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from heartline import __version__
from heartline.app import Heartline, open_heartline
from heartline.config import Settings
from heartline.errors import Conflict, Missing
from heartline.language import _
from heartline.store import (
    Manifest,
    Writing,
    begin_snapshot,
    copy_derived,
    copy_journal,
    fill_state,
    open_directory,
    opening_backup,
    sync_directory,
    verify_backup,
    write_durably,
    write_kept,
    write_manifest,
    writing_backup,
)
from heartline.web.checks import BACKUP_SETTING
from heartline.web.desk import Tell
from heartline.web.privacy import LEDGER, replay_erasures

Replay = Callable[[Heartline, Path], Collection[object]]
"""Repeats the erasures that a ledger lists; returns what it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """A backup that was made: where, its journal's head and events, rows of what is kept, bytes in all."""

    path: str
    head: int
    events: int
    rows: int
    size_bytes: int
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreReport:
    """What was restored, and where what lay there before was put (empty where nothing did)."""

    path: str
    events: int
    rows: int
    erasures: int
    set_aside: str


def back_up(heartline: Heartline, target: Path, *, tell: Tell, whole: bool = False) -> BackupReport:
    """Make a backup: at ``target``, or in it under a name that tells the time where it is a folder already.

    Raises:
        Conflict: something is there already, or other work on whole files is under way.
        Unavailable: it cannot be written; nothing bears its name then.
    """
    if heartline.stores.directory is None:
        raise Conflict("in_memory", _("What lives in memory alone has no backup."), _("Open a data directory."))
    if target.is_dir():
        target /= datetime.now(UTC).strftime("heartline-%Y%m%dT%H%M%SZ")
    with heartline.upkeep(_("a backup")), writing_backup(target, reach=heartline.reach) as folder:
        writing = _copy_all(heartline, folder, tell, whole=whole)
        listed = heartline.stores.directory.path / LEDGER
        if listed.exists():
            shutil.copyfile(listed, folder / LEDGER)
        manifest = write_manifest(writing, version=__version__)
    said = {"at_us": manifest.made_us, "path": str(target), "head": manifest.head}
    heartline.stores.kept.set_setting(BACKUP_SETTING, msgspec.json.encode(said).decode())
    return report_backup(target, manifest)


def _copy_all(heartline: Heartline, folder: Path, tell: Tell, *, whole: bool) -> Writing:
    stores = heartline.stores
    assert stores.directory is not None
    with contextlib.ExitStack() as reading:
        # Held, no event becomes visible: what people keep from now on is about events up to the head.
        with heartline.hold():
            writing = Writing(folder=folder, head=stores.journal.head(), whole=whole)
            if whole:
                copy_derived(stores, writing)
            snapshot = reading.enter_context(stores.database.read())
            begin_snapshot(snapshot)
        heartline.reach("backup_begun")
        write_kept(snapshot, writing)
    copy_journal(stores.directory.journal, writing, told=lambda done, total: tell("copying", done, total))
    heartline.reach("backup_copied")
    return writing


def report_backup(path: Path, manifest: Manifest) -> BackupReport:
    """Say what a backup holds."""
    return BackupReport(
        path=str(path),
        head=manifest.head,
        events=manifest.events,
        rows=sum(manifest.tables.values()),
        size_bytes=sum(digest.size_bytes for digest in manifest.files.values()),
        whole=manifest.whole,
    )


def check_backup(path: Path, *, tell: Tell) -> BackupReport:
    """Read all of a backup again.

    Raises:
        Conflict: a newer heartline wrote it.
        Invalid: it is damaged or was never finished.
        Missing: there is none.
    """
    with opening_backup(path) as folder:
        manifest = verify_backup(folder, told=lambda done, total: tell("verifying", done, total))
    return report_backup(path, manifest)


def restore(
    backup: Path,
    settings: Settings,
    *,
    tell: Tell,
    erasures: Path | None = None,
    set_aside: bool = False,
    replay: Replay = replay_erasures,
) -> RestoreReport:
    """Restore a backup into ``settings.data_dir``, which must be empty unless what is there is to be set aside.

    All is made beside it and renamed when it is done. What any ledger at hand says was erased is erased again: that of
    ``erasures``, of the folder that is or was set aside, and the backup's own.

    Raises:
        Conflict: the folder is not empty or in use, or a newer heartline wrote the backup.
        Invalid: the backup is damaged.
        Missing: there is no such backup or ledger. Nothing has changed in any of these cases.
    """
    target = settings.data_dir.absolute()
    if erasures is not None and not erasures.is_file():
        raise Missing(
            "no_ledger", _("There is no ledger of erasures {erasures}.").format(erasures=erasures), _("Check its name.")
        )
    _judge_target(target, set_aside=set_aside)
    making = target.with_name(target.name + ".restoring")
    shutil.rmtree(making, ignore_errors=True)
    with opening_backup(backup) as folder:
        manifest = verify_backup(folder, told=lambda done, total: tell("verifying", done, total))
        making.mkdir(parents=True, mode=0o700)
        fill_state(folder, manifest, making, state_url=settings.state_url)
        ledger = _gather_ledgers(making, (erasures, target, *_asides(target), folder))
        with open_heartline(replace(settings, data_dir=making)) as heartline:
            heartline.reach("restore_filled")
            _follow(heartline, tell)
            repeated = 0 if ledger is None else len(replay(heartline, ledger))
            heartline.reach("restore_followed")
            rows = sum(manifest.tables.values())
            heartline.stores.kept.note_audit(who="heartline restore", what="restored", detail=str(backup))
    aside = _put_in_place(making, target)
    return RestoreReport(
        path=str(target), events=manifest.events, rows=rows, erasures=repeated, set_aside=str(aside or "")
    )


def _judge_target(target: Path, *, set_aside: bool) -> None:
    if not target.exists():
        return
    if any(target.iterdir()):
        if not set_aside:
            raise Conflict(
                "target_not_empty",
                _("{target} is not empty.").format(target=target),
                _("Choose another folder, or give --set-aside to keep it."),
            )
        open_directory(target).release()


def _follow(heartline: Heartline, tell: Tell) -> None:
    """Project the journal to its end."""
    total, done = heartline.stores.journal.events(), 0
    while events := heartline.project():
        done += events
        tell("rebuilding", min(done, total), total)
    account = heartline.account()
    if not account.balanced or account.pending:
        raise Conflict(
            "not_restored",
            _("What was restored does not account for every event: {account}.").format(account=account),
            _("Report it."),
        )


def _asides(target: Path) -> list[Path]:
    """Return the folders that restores have set aside; one that was killed at its last step finds its ledger there."""
    return sorted(target.parent.glob(f"{target.name}.before-*"), reverse=True)


def _gather_ledgers(making: Path, places: Sequence[Path | None]) -> Path | None:
    """Write one ledger of all that are found in some places (a folder or a file), each line once."""
    lines: dict[bytes, None] = {}
    for place in places:
        path = place / LEDGER if place is not None and place.is_dir() else place
        if path is not None and path.is_file():
            lines.update(dict.fromkeys(path.read_bytes().splitlines(keepends=True)))
    if not lines:
        return None
    write_durably(making / LEDGER, b"".join(lines))
    return making / LEDGER


def _put_in_place(making: Path, target: Path) -> Path | None:
    aside = None
    if target.exists() and any(target.iterdir()):
        aside = target.with_name(f"{target.name}.before-{datetime.now(UTC).strftime('%Y%m%dT%H%M%SZ')}")
        target.rename(aside)
    elif target.exists():
        target.rmdir()
    making.rename(target)
    sync_directory(target.parent)
    return aside
