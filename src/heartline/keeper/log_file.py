"""The packed log on disk: mapped at a start in place of packing all of History.

Nothing rests on it. It is of use only while all of this is so, and else is removed and the log packed anew:

- History bears the fingerprint it bore, and holds as many interactions up to the last seq that was packed;
- State bears the word that was written into it with the file: a State from before, put back, bears another;
- neither has fallen behind where it stood, and this very heartline wrote it.

History and State are on disk before the file gets its name, so a power cut cannot set them back behind it. What came
since is spliced in as on a running server.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from heartline import __version__
from heartline.errors import HeartlineError
from heartline.keeper.kept import Kept, Standing
from heartline.log import get_logger
from heartline.store import (
    DataDirectory,
    MappedColumns,
    OwnershipTable,
    Stores,
    Unreadable,
    examine_columns,
    map_columns,
    packed_log_path,
    read_disk,
    sync_directory,
    sync_file,
    write_columns,
)
from heartline.understand import PackedLog

FORM: Final = 1
"""Counted up when the columns mean something else than before."""
WORD: Final = "packed_log"
"""The setting of State that names the file which was packed of it."""
LEAST_ROWS: Final = 50_000
"""A log of fewer is packed in less than a tenth of a second, and never written."""
_ROWS: Final = (
    "row", "ts_us", "seq", "score_kind", "score", "score_top", "valence", "amount_minor", "has_text",
)  # fmt: skip
_OWNED: Final = ("subject_id", "from_us", "to_us", "customer_id")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the file beside the columns."""

    form: int
    heartline: str
    word: str
    standing: Standing
    last_seq: int
    interactions: int
    identity_seq: int
    packed_s: float
    names: dict[str, tuple[str, ...]]
    traits: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFileState:
    """What is to be seen of a file: its bytes (0 where there is none), the touches in it, and what is wrong with it.

    ``waiting`` counts interactions that came since; None where the file is of another History than the one in force,
    or that is not known.
    """

    size_bytes: int = 0
    touches: int = 0
    problems: tuple[str, ...] = ()
    waiting: int | None = None


class LogFile:
    """The file of one installation. One thread reads or writes it at a time; all may call ``remove``."""

    def __init__(
        self,
        stores: Stores,
        directory: DataDirectory,
        *,
        least_rows: int | None = None,
        reach: Callable[[str], None] = lambda _point: None,
    ) -> None:
        self.least_rows = LEAST_ROWS if least_rows is None else least_rows
        self._stores = stores
        self._directory = directory
        self._path = directory.packed_log
        self._beside = self._path.with_name(f"{self._path.name}.new")
        self._writing = threading.Lock()
        self._removals = 0
        self._reach = reach
        self._logger = get_logger("app")
        # What a kill left half written.
        self._beside.unlink(missing_ok=True)

    def read(self, standing: Standing) -> tuple[Kept, float] | None:
        """Map the log, and say how many seconds packing it took; None, and no file, where anything is in doubt."""
        found = map_columns(self._path)
        if isinstance(found, Unreadable):
            if not found.missing:
                self._refuse(found.reason)
            return None
        try:
            told = msgspec.json.decode(found.told, type=Told)
            doubt = next(self._doubt(told, standing), "")
            if not doubt:
                return unfold(found, told), told.packed_s
        except (HeartlineError, msgspec.MsgspecError, KeyError, ValueError, TypeError, IndexError) as error:
            doubt = str(error)
        self._refuse(doubt)
        return None

    def _refuse(self, reason: str) -> None:
        self._logger.info("app.packed_log_not_used", reason=reason)
        self.remove()

    def _doubt(self, told: Told, standing: Standing) -> Iterator[str]:
        """Yield why a file may not be true; what costs most is asked last."""
        then = told.standing
        if (told.form, told.heartline) != (FORM, __version__):
            yield f"heartline {told.heartline} wrote it"
        if then.fingerprint != standing.fingerprint:
            yield "rows of History were changed or removed since"
        if then.offset > standing.offset or max(then.identity_seq, told.identity_seq) > standing.identity_seq:
            yield "it is ahead of History or State"
        if told.word != self._stores.kept.setting(WORD):
            yield "it was packed of another State"
        names = self._stores.history.vocabulary()
        if set(told.names) != set(names) or any(names[of][: len(had)] != had for of, had in told.names.items()):
            yield "names mean something else"
        if self._count(told.last_seq) != told.interactions:
            yield "History does not hold what was packed"

    def _count(self, last_seq: int) -> int:
        return self._stores.history.count_within([(0, last_seq)])

    def write(self, kept: Kept, *, packed_s: float) -> bool:
        """Write a log, in place of the one before.

        False where a full disk, rows removed meanwhile or ``remove`` ended it: the one before stays, unless removed.
        """
        with self._writing:
            removals = self._removals
            word = token_hex(8)
            try:
                columns, told = fold(kept)
                told = msgspec.structs.replace(
                    told, word=word, packed_s=packed_s, interactions=self._count(kept.last_seq)
                )
                self._find_room(columns)
                whole = write_columns(
                    self._beside,
                    columns,
                    told=msgspec.json.encode(told),
                    stopping=lambda: self._is_over(removals),
                )
                # Whoever removes rows writes History anew and then calls ``remove``, which waits for us: either we see
                # here that they are gone, or the file is gone with them.
                self._reach("packed_log_written")
                if whole and self._stores.history.fingerprint() == kept.standing.fingerprint:
                    self._stores.kept.set_setting(WORD, word)
                    self._sync_stores()
                    self._reach("packed_log_told")
                    self._beside.replace(self._path)
                    sync_directory(self._path.parent)
                    self._reach("packed_log_named")
                    return True
            except (OSError, HeartlineError, msgspec.MsgspecError, UnicodeError) as error:
                self._logger.warning("app.packed_log_not_written", error=str(error))
            self._beside.unlink(missing_ok=True)
            return False

    def _is_over(self, removals: int) -> bool:
        self._reach("packed_log_part")
        return self._removals != removals

    def _find_room(self, columns: Mapping[str, NDArray[Any]]) -> None:
        needed = sum(column.nbytes for column in columns.values())
        free, _total = read_disk(self._path.parent)
        if free < 2 * needed:
            # Others need the room more: the log can do without.
            raise OSError(f"{free:,} bytes are free, and {needed:,} would be written")

    def _sync_stores(self) -> None:
        if not self._stores.database.served:
            # Commits of State are not on disk at once: a power cut may take the last ones back.
            _sync(self._directory.state, "-wal")
        _sync(self._directory.history, ".wal")

    def stop(self) -> None:
        """Let a writing under way come to no end."""
        self._removals += 1

    def remove(self) -> None:
        """Remove the file, and let none that is being written take its place."""
        self.stop()
        with self._writing:
            for path in (self._beside, self._path):
                path.unlink(missing_ok=True)

    def is_whole(self) -> bool:
        """Read every byte of it, without mapping: whether it is as it was written, or there is none."""
        try:
            problems = examine_columns(self._path)
        except OSError as error:
            problems = [] if isinstance(error, FileNotFoundError) else [str(error)]
        if problems:
            self._logger.warning("app.packed_log_damaged", problems=problems)
        return not problems

    def look(self, standing: Standing, *, deep: bool) -> LogFileState:
        """Return what is to be seen of it beside the stores it was packed of."""
        seen, told = _look(self._path, deep=deep)
        if told is None or next(self._doubt(told, standing), ""):
            return seen
        return replace(seen, waiting=self._stores.history.count() - told.interactions)


def look_at_file(folder: Path, *, deep: bool) -> LogFileState:
    """Return what is to be seen of the file in a data directory whose stores nobody can open."""
    return _look(packed_log_path(folder), deep=deep)[0]


def _look(path: Path, *, deep: bool) -> tuple[LogFileState, Told | None]:
    found = map_columns(path)
    if isinstance(found, Unreadable):
        return LogFileState() if found.missing else LogFileState(problems=(found.reason,)), None
    try:
        told = msgspec.json.decode(found.told, type=Told)
    except msgspec.MsgspecError:
        # Another heartline's: nothing is wrong with it.
        return LogFileState(size_bytes=found.size_bytes), None
    problems = tuple(examine_columns(path)) if deep else ()
    return LogFileState(size_bytes=found.size_bytes, touches=len(found.columns["seq"]), problems=problems), told


def _sync(file: Path, suffix: str) -> None:
    for path in (file, file.with_name(file.name + suffix)):
        if path.exists():
            sync_file(path)


def fold(kept: Kept) -> tuple[dict[str, NDArray[Any]], Told]:
    """Lay out what is kept as columns by name, and what is told beside them."""
    log = kept.log
    columns: dict[str, NDArray[Any]] = {"customers": log.customers, "offsets": log.offsets}
    columns |= {name: getattr(log, name) for name in _ROWS}
    columns |= {f"code {field}": codes for field, codes in log.codes.items()}
    columns |= {f"trait {place}": codes for place, (codes, _values) in enumerate(log.traits.values())}
    columns |= {f"owned {name}": getattr(kept.owned, name) for name in _OWNED} | {"subject": kept.subject}
    told = Told(
        form=FORM,
        heartline=__version__,
        word="",
        standing=kept.standing,
        last_seq=kept.last_seq,
        interactions=0,
        identity_seq=kept.owned.identity_seq,
        packed_s=0.0,
        names=dict(log.names),
        traits=tuple((name, values) for name, (_codes, values) in log.traits.items()),
    )
    return columns, told


def unfold(found: MappedColumns, told: Told) -> Kept:
    """Make what is kept of columns; the inverse of ``fold``.

    Raises:
        KeyError: a column is not there.
        ValueError: columns are not of one length, or the customers' rows are not all rows.
    """
    columns = found.columns
    by_name: dict[str, Any] = {name: columns[name] for name in _ROWS}
    log = PackedLog(
        customers=columns["customers"],
        offsets=columns["offsets"],
        codes={field: columns[f"code {field}"] for field in told.names},
        names=told.names,
        traits={name: (columns[f"trait {place}"], values) for place, (name, values) in enumerate(told.traits)},
        **by_name,
    )
    owned = OwnershipTable(identity_seq=told.identity_seq, **{name: columns[f"owned {name}"] for name in _OWNED})
    kept = Kept(log=log, subject=columns["subject"], owned=owned, standing=told.standing, last_seq=told.last_seq)
    by_row = (*(getattr(log, name) for name in _ROWS), *log.codes.values(), kept.subject)
    by_customer = (log.offsets[1:], *(codes for codes, _values in log.traits.values()))
    even = (
        all(len(column) == len(log) for column in by_row)
        and all(len(column) == len(log.customers) for column in by_customer)
        and len({len(getattr(owned, name)) for name in _OWNED}) == 1
    )
    if not even or log.offsets[0] != 0 or log.offsets[-1] != len(log) or bool((np.diff(log.offsets) <= 0).any()):
        raise ValueError("its columns do not belong together")
    return kept
