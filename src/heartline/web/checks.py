"""The checks of an examination, one function each; ``CHECKS`` names them in the order in which they are told."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from heartline.app import Account
from heartline.keeper import look_at_file
from heartline.language import _, mark
from heartline.store import (
    DuckdbHistory,
    count_refused,
    examine_history,
    examine_journal,
    examine_sqlite,
    history_path,
    list_files,
    read_disk,
    state_path,
)
from heartline.web.diagnosis import Check, Finding, Level, Patient
from heartline.web.parts.words import number

BACKUP_SETTING: Final = "last_backup"
_MIB: Final = 1024 * 1024
_LARGE_WAL: Final = 512 * _MIB
_LITTLE_ROOM: Final = 1024 * _MIB
_LATE_S: Final = 60
_STUCK_S: Final = 600
_MANY_REFUSED: Final = 0.05
_OLD_BACKUP_DAYS: Final = 7
_DAY_S: Final = 86_400
_REBUILD: Final = mark("Run heartline rebuild: it makes this again from the journal.")
_RESTORE: Final = mark("Run heartline restore with your last backup; keep this folder until that is done.")
_NO_BACKUP: Final = mark("Run heartline backup, and have it run by itself every day.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceShare:
    """A source's share of the account, in events."""

    name: str
    stored: int = 0
    duplicate: int = 0
    refused: int = 0


def _broken(check: str, says: str, do: str) -> Finding:
    return Finding(check=check, level=Level.BROKEN, says=says, do=do)


def _warn(check: str, says: str, do: str) -> Finding:
    return Finding(check=check, level=Level.WARNING, says=says, do=do)


def _well(check: str, says: str) -> Finding:
    return Finding(check=check, level=Level.SOUND, says=says)


def check_disk(patient: Patient) -> Iterator[Finding]:
    """Room on the disk, and the sizes of all files."""
    if patient.folder is None:
        return
    free, total = read_disk(patient.folder)
    patient.facts["disk_free_bytes"] = free
    files = patient.facts["files"] = list_files(patient.folder)
    room = _("{free} of {total} are free; this installation takes {size}.").format(
        free=_size(free), total=_size(total), size=_size(sum(f.size_bytes for f in files))
    )
    if free < _LITTLE_ROOM:
        yield _warn("disk", room, _("Free disk space, or give the data directory a larger disk."))
    else:
        yield _well("disk", room)
    for file in files:
        if file.name.endswith("-wal") and file.size_bytes > _LARGE_WAL:
            yield _warn(
                "write-ahead log",
                _("{file} has grown to {size}: something reads for very long.").format(
                    file=file.name, size=_size(file.size_bytes)
                ),
                _("It shrinks at the next quiet moment; if it does not, start heartline again."),
            )


def check_journal(patient: Patient) -> Iterator[Finding]:
    """The journal's file: sound for SQLite, its groups without a gap and readable, checksums right."""
    if patient.folder is None or not patient.deep:
        return
    path = patient.folder / "journal.sqlite"
    problems = [
        *examine_sqlite(path),
        *examine_journal(path, told=lambda done, all_: patient.tell("journal", done, all_)),
    ]
    if problems:
        yield _broken("journal", " ".join(problems), _(_RESTORE))
    else:
        yield _well("journal", _("Every group follows the one before and can be read."))


def check_state(patient: Patient) -> Iterator[Finding]:
    """State's file, where State is a file."""
    served = patient.heartline is not None and patient.heartline.stores.database.served
    if patient.folder is None or not patient.deep or served:
        return
    problems = examine_sqlite(state_path(patient.folder))
    if problems:
        yield _broken(
            "state",
            " ".join(problems),
            f"{_('Try heartline rebuild: what is kept may still be readable.')} {_(_RESTORE)}",
        )
    else:
        yield _well("state", _("SQLite finds its file sound."))


def check_history(patient: Patient) -> Iterator[Finding]:
    """History: every column of every row can be read."""
    if patient.folder is None or not patient.deep:
        return
    history = patient.heartline.stores.history if patient.heartline is not None else None
    problems = (
        history.examine() if isinstance(history, DuckdbHistory) else examine_history(history_path(patient.folder))
    )
    if problems:
        yield _broken("history", " ".join(problems), _(_REBUILD))
    else:
        yield _well("history", _("Every column can be read."))


def check_packed_log(patient: Patient) -> Iterator[Finding]:
    """The packed log on disk, with which a start begins: what it is of, and whether it can be read."""
    if patient.folder is None:
        return
    file = patient.heartline.logs.file if patient.heartline is not None else None
    if patient.heartline is None or file is None:
        seen = look_at_file(patient.folder, deep=patient.deep)
    else:
        seen = file.look(patient.heartline.logs.stand(), deep=patient.deep)
    size = _("It takes {size} and holds {n} touches.").format(size=_size(seen.size_bytes), n=number(seen.touches))
    if seen.problems:
        yield _warn(
            "packed log",
            " ".join(seen.problems),
            _("The next start packs it anew by itself. If this comes again, look after the disk."),
        )
    elif not seen.size_bytes:
        yield _well("packed log", _("None is on disk: a start packs History, which a small one does in no time."))
    elif seen.waiting is None:
        yield _well("packed log", _("{size} The next start packs it anew.").format(size=size))
    else:
        since = _("{n} interactions have come since.").format(n=number(seen.waiting))
        yield _well("packed log", f"{size} {since}")


def check_account(patient: Patient) -> Iterator[Finding]:
    """The account: does every event received lie in exactly one place."""
    if patient.heartline is None:
        return
    stores = patient.heartline.stores
    account = patient.facts["account"] = patient.heartline.account()
    shares: dict[int, Counter[str]] = {source.source_id: Counter() for source in stores.kept.sources()}
    for (source_id, what), n in stores.derived.counters().items():
        shares.setdefault(source_id, Counter())[what] += n
    names = {source.source_id: source.name for source in stores.kept.sources()}
    patient.facts["sources"] = tuple(
        SourceShare(
            name=names.get(source_id, _("Source {number}").format(number=source_id)),
            **{what: told[what] for what in ("stored", "duplicate", "refused")},
        )
        for source_id, told in sorted(shares.items())
    )
    words = (
        _("{n} events were received: {terms}.")
        if account.balanced
        else _("{n} events were received, and that is not {terms}.")
    )
    said = words.format(n=number(account.received), terms=_say_terms(account))
    yield _well("account", said) if account.balanced else _broken("account", said, _(_REBUILD))


def _say_terms(account: Account) -> str:
    terms = (
        (_("{n} stored"), account.stored),
        (_("{n} duplicate"), account.duplicate),
        (_("{n} refused"), account.refused),
        (_("{n} pending"), account.pending),
        (_("{n} undone"), account.undone),
        (_("{n} erased"), account.erased),
    )
    return ", ".join(words.format(n=number(n)) for words, n in terms)


def check_lags(patient: Patient) -> Iterator[Finding]:
    """How far State and History are behind the journal, and whether the projector runs."""
    if patient.heartline is None:
        return
    heartline, journal = patient.heartline, patient.heartline.stores.journal
    seqs = {"journal": journal.head(), "state": heartline.stores.derived.offset()}
    seqs["history"] = heartline.stores.history.offset()
    patient.facts["seqs"], patient.facts["steps"] = seqs, dict(heartline.projector.seconds)
    if heartline.projector_error:
        yield _broken(
            "projector",
            _("It stopped: {error}").format(error=heartline.projector_error),
            _(
                "What was received stays in the journal. Its trace is in the log; start heartline again, then report "
                "it."
            ),
        )
    waiting = next(iter(journal.read(seqs["history"], events=1)), None)
    late_s = 0.0 if waiting is None else time.time() - waiting.received_us / 1e6
    if waiting is not None and heartline.running and late_s > _LATE_S:
        behind = seqs["journal"] - seqs["history"]
        yield _warn(
            "lag",
            _("{n} bodies wait, the first since {seconds} s.").format(n=number(behind), seconds=number(late_s)),
            _("After a large import this passes. If it grows, too much is sent for this machine."),
        )
    elif waiting is None:
        yield _well("lag", _("State and History have followed the journal to its end."))
    else:
        yield _well(
            "lag", _("{n} bodies wait for State and History.").format(n=number(seqs["journal"] - seqs["history"]))
        )


def check_refused(patient: Patient) -> Iterator[Finding]:
    """What was refused, by reason; bodies refused whole at the door apart."""
    if patient.heartline is None:
        return
    by_reason: Counter[str] = Counter()
    for (_source, reason), n in count_refused(patient.heartline.stores.database).items():
        by_reason[reason] += n
    door: Counter[str] = Counter()
    for (_source, reason), n in patient.heartline.stores.kept.door_refusals().items():
        door[reason] += n
    patient.facts["refused"], patient.facts["at_door"] = dict(by_reason.most_common()), dict(door.most_common())
    told = ", ".join(f"{number(n)} {reason}" for reason, n in by_reason.most_common(3))
    received = patient.heartline.stores.journal.events()
    if by_reason.total() > _MANY_REFUSED * received:
        share = by_reason.total() / max(1, received)
        yield _warn(
            "refused",
            _("{share}% of all events are refused: {reasons}.").format(share=number(share * 100), reasons=told),
            _("Open Data → Refused to see why."),
        )
    else:
        words = _("{n} events are refused: {reasons}.") if told else _("{n} events are refused.")
        yield _well("refused", words.format(n=number(by_reason.total()), reasons=told))


def check_identity(patient: Patient) -> Iterator[Finding]:
    """What limits keep apart, what is marked, and erasures that wait."""
    if patient.heartline is None:
        return
    derived, kept = patient.heartline.stores.derived, patient.heartline.stores.kept
    apart = Counter(violation.reason for violation in derived.violations())
    marks = Counter(one.value for one in derived.identity_facts().marks.values())
    told = [
        _("{n} pairs kept apart ({reason})").format(n=number(n), reason=reason) for reason, n in apart.most_common()
    ]
    told += [_("{n} identifiers marked {mark}").format(n=number(n), mark=named) for named, n in marks.most_common()]
    yield _well("identity", f"{', '.join(told)}." if told else _("Nothing is kept apart, nothing is marked."))
    waiting = [one for one in kept.erasures(open_only=True) if one.asked_us < (time.time() - _DAY_S) * 1e6]
    if waiting:
        yield _warn(
            "erasure",
            _("{n} erasures were asked for over a day ago and are not done.").format(n=number(len(waiting))),
            _("They go on while the server runs. If they do not, its log says why."),
        )


def check_imports(patient: Patient) -> Iterator[Finding]:
    """Imports that were cut off."""
    if patient.heartline is None:
        return
    before_us = (time.time() - _STUCK_S) * 1e6
    for job in patient.heartline.stores.kept.imports():
        under_way = job.import_id in patient.heartline.importing
        if job.status == "running" and not under_way and job.updated_us < before_us:
            yield _warn(
                "import",
                _("{file} was cut off after {n} rows.").format(file=job.file_name, n=number(job.rows_done)),
                _("Import the same file again: it goes on where it was."),
            )


def check_backup(patient: Patient) -> Iterator[Finding]:
    """When the last backup was made."""
    if patient.heartline is None or patient.folder is None or patient.heartline.workspace.sample:
        return
    said = patient.heartline.stores.kept.setting(BACKUP_SETTING)
    if said is None:
        yield _warn("backup", _("No backup was ever made."), _(_NO_BACKUP))
        return
    last = msgspec.json.decode(said)
    days = (time.time() - last["at_us"] / 1e6) / _DAY_S
    told = _("The last backup is {days} days old and holds {n} bodies.").format(
        days=number(days, digits=1), n=number(last["head"])
    )
    if days > _OLD_BACKUP_DAYS:
        yield _warn("backup", told, _(_NO_BACKUP))
    else:
        yield _well("backup", told)


def _size(size_bytes: int) -> str:
    size, unit = float(size_bytes), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if size < 1024 or unit == "TiB":
            break
        size /= 1024
    return f"{number(size, digits=0 if unit == 'B' else 1)} {unit}"


CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("disk", check_disk),
    ("journal", check_journal),
    ("state", check_state),
    ("history", check_history),
    ("packed log", check_packed_log),
    ("account", check_account),
    ("lag", check_lags),
    ("refused", check_refused),
    ("identity", check_identity),
    ("import", check_imports),
    ("backup", check_backup),
)
FILE_CHECKS: Final = frozenset({"journal", "state", "history"})
"""Those that read whole files."""
