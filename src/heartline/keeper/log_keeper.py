"""The keeper of the packed log: packs History once, and then splices in what came and whose owner changed.

A renewal reads the rows that were appended, takes out and puts in again those of subjects whose ownership changed, and
says anew what is told of the customers behind both. Whenever History's fingerprint says that rows were changed or
removed, or anything is in doubt, all is packed anew: the outcome is the same up to the order of a trait's values.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import numpy as np

from heartline.keeper.kept import Kept, Standing
from heartline.keeper.log_file import LogFile
from heartline.keeper.splicing import PLAIN, Ints, among, assign, owners_of, same_traits, shorten, splice_rows, unite
from heartline.log import get_logger
from heartline.store import DefinitionBook, OwnershipTable, Stores
from heartline.understand import PackedLog, order_touches, pack, retell

_AT_ONCE_S: Final = 0.25
_MOST_TRAITS: Final = 24
_IDENTIFYING: Final = frozenset({
    "id", "name", "firstname", "lastname", "fullname", "username", "email", "phone",
})  # fmt: skip
_WRITTEN_AT: Final = 1 / 20
"""What share of a log is packed or spliced in before it is written again: so much a start has to splice at most."""
_PATIENCE_S: Final = 30


def is_identifying(trait: str) -> bool:
    """Whether a trait says who somebody is rather than what they are like; figures are never split by it."""
    return "".join(letter for letter in trait.casefold() if letter.isalnum()) in _IDENTIFYING


class LogKeeper:
    """Keeps the packed log of all history and brings it up to date when history or ownership moved on.

    What takes no time a reader waits for, and sees what has just arrived. What takes long is done behind the scenes,
    with pauses twice as long, while readers get the log before: seconds old, never waited for. Whatever its age, it is
    counted by the definitions that have begun by ``wall_us``. ``renewals`` counts how often the log was ``"packed"``
    anew, how often it was ``"spliced"``, and how often it was ``"opened"``, which is mapped from ``file``. That is
    written behind the scenes too, when the log was packed, and when a twentieth of it has changed since.
    """

    def __init__(
        self,
        stores: Stores,
        *,
        file: LogFile | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_us: Callable[[], int] = lambda: time.time_ns() // 1_000,
    ) -> None:
        self.definitions = DefinitionBook(stores.kept)
        self.renewals: Counter[str] = Counter()
        self.file = file
        self._stores = stores
        self._clock = clock
        self._wall_us = wall_us
        self._defined: tuple[PackedLog, PackedLog] | None = None
        self._packing = threading.Lock()
        self._kept: Kept | None = None
        self._written = 0
        self._writer: threading.Thread | None = None
        self._took_s = {"packed": 0.0, "spliced": 0.0}
        self._ended_s = 0.0
        self._logger = get_logger("app")

    def mark(self) -> tuple[int, int]:
        """Return the watermark: (journal seq in History, identity_seq)."""
        return (self._stores.history.offset(), self._stores.derived.identity_seq())

    def current(self) -> PackedLog:
        """Return the log up to now, or, where renewing it takes long, the one before."""
        return self._define(self._current_rows())

    def held(self) -> tuple[PackedLog, ...]:
        """Return the log as it is held now, without renewing it: as packed, and as it is counted; nothing before it is
        first asked for.
        """
        kept, known = self._kept, self._defined
        defined = (known[1],) if kept is not None and known is not None and known[0] is kept.log else ()
        return () if kept is None else (kept.log, *defined)

    def fresh(self) -> PackedLog:
        """Return the log up to now, however long renewing it takes."""
        self._packing.acquire()
        return self._define(self._renew())

    def _define(self, log: PackedLog) -> PackedLog:
        begun = self.definitions.begun(self._wall_us())
        if not begun:
            return log
        known = self._defined
        if known is None or known[0] is not log or known[1].definitions != begun:
            # What was worked out of a log is known again by its very array of seqs: here it must not be.
            known = self._defined = (log, replace(log, seq=log.seq.view(), definitions=begun))
        return known[1]

    def stand(self) -> Standing:
        """Return where History and State stand now."""
        # The fingerprint last: what it vouches for is no older than the mark, or a change could pass between the two.
        return Standing(*self.mark(), self._stores.history.fingerprint())

    def _current_rows(self) -> PackedLog:
        standing, kept = self.stand(), self._kept
        if kept is None:
            self._packing.acquire()
            return self._renew()
        if kept.standing == standing:
            return kept.log
        took_s = self._took_s["spliced" if kept.standing.fingerprint == standing.fingerprint else "packed"]
        if took_s > _AT_ONCE_S:
            if self._clock() - self._ended_s > 2 * took_s and self._packing.acquire(blocking=False):
                threading.Thread(target=self._renew_behind, name="heartline-packing", daemon=True).start()
            return kept.log
        return self._renew() if self._packing.acquire(blocking=False) else kept.log

    def warm(self) -> None:
        """Open or pack the log before anybody asks; of what was opened, every byte is looked at."""
        if self._kept is None and self._packing.acquire(blocking=False):
            self._renew_behind()
        if self.file is not None and self.renewals["opened"] and not self.file.is_whole():
            with self.starting_over():
                pass
            if self._packing.acquire(blocking=False):
                self._renew_behind()

    def _renew(self) -> PackedLog:
        """Renew, unless another thread has just done so; called with the lock held, and lets it go."""
        try:
            mark, _told = self._stores.derived.told_since(0)
            standing, kept = self.stand(), self._kept
            if kept is None and self.file is not None and (found := self.file.read(standing)):
                kept, self._took_s["packed"] = found
                kept = self._kept = replace(kept, told_mark=self._mark_opened(kept, standing, mark))
                self.renewals["opened"] += 1
            if kept is None or kept.standing != standing:
                began = self._clock()
                spliced = self._try_splicing(kept, standing)
                kept, self._defined = spliced or self._pack(standing), None
                self._kept = kept
                self._ended_s = self._clock()
                way = "spliced" if spliced else "packed"
                self._took_s[way] = self._ended_s - began
                self.renewals[way] += 1
                self._write_behind(kept)
            return kept.log
        finally:
            self._packing.release()

    def _mark_opened(self, kept: Kept, standing: Standing, mark: int) -> int:
        """Return the mark of a log from the file: that of now where nothing at all came since it was written."""
        level = self._stores.derived.offset() == standing.offset
        return mark if level and kept.standing == standing else 0

    def _renew_behind(self) -> None:
        try:
            self._renew()
        except Exception as error:
            # Readers keep the log they have; the next one tries again.
            self._logger.exception("app.packing_failed", error=str(error))

    def _write_behind(self, kept: Kept) -> None:
        """Have the file written where it is time; called with the lock held."""
        file = self.file
        if file is None or (self._writer is not None and self._writer.is_alive()):
            return
        if len(kept.log) < file.least_rows or kept.changes - self._written < _WRITTEN_AT * len(kept.log):
            return
        # Whether or not that goes well: a disk that is full is not tried at each renewal.
        self._written, packed_s = kept.changes, self._took_s["packed"]
        self._writer = threading.Thread(
            target=self._write, args=(file, kept, packed_s), name="heartline-keeping", daemon=True
        )
        self._writer.start()

    def _write(self, file: LogFile, kept: Kept, packed_s: float) -> None:
        try:
            file.write(kept, packed_s=packed_s)
        except Exception as error:
            # A start packs then, as ever.
            self._logger.exception("app.packed_log_not_written", error=str(error))

    @contextmanager
    def starting_over(self) -> Iterator[None]:
        """Let nobody pack while the block changes the files, and forget what was packed of the ones before."""
        with self._packing:
            yield
            self._kept = self._defined = None
            self._written = 0
            if self.file is not None:
                self.file.remove()

    def forget_file(self) -> None:
        """Remove the log from the disk, one that is being written too: something it was packed of is no more."""
        if self.file is None:
            return
        self.file.remove()
        if self.renewals["opened"] and self._packing.acquire(blocking=False):
            # The disk keeps what is mapped, though it has no name any more.
            threading.Thread(target=self._renew_behind, name="heartline-packing", daemon=True).start()

    def close(self) -> None:
        """Wait for a packing and a writing under way; none begins after."""
        self._packing.acquire(timeout=_PATIENCE_S)
        if self._writer is not None and self.file is not None:
            self._writer.join(timeout=_PATIENCE_S)
            self.file.stop()
            self._writer.join(timeout=1)

    def _pack(self, standing: Standing) -> Kept:
        history = self._stores.history
        mark, _told = self._stores.derived.told_since(0)
        columns = history.columns()
        owned, _moved = self._read_owners(self._kept.owned if self._kept is not None else None)
        customer = assign(columns.subject_id, columns.ts_us, owned)
        order = order_touches(customer, columns.ts_us, columns.seq)
        log = pack(
            customer_id=customer,
            codes=columns.fields,
            names=history.vocabulary(),
            traits=self._stores.derived.trait_table(self._telling()),
            order=order,
            **{name: getattr(columns, name) for name in PLAIN},
        )
        return Kept(
            log=log,
            subject=shorten(columns.subject_id)[order],
            owned=owned,
            standing=standing,
            last_seq=int(columns.seq.max(initial=-1)),
            told_mark=mark,
            changes=len(log) + (self._kept.changes if self._kept is not None else 0),
        )

    def _try_splicing(self, kept: Kept | None, standing: Standing) -> Kept | None:
        """Bring the log up to date; None where it must be packed anew."""
        if kept is None or not len(kept.log) or kept.standing.fingerprint != standing.fingerprint:
            return None
        try:
            return self._splice(kept, standing)
        except Exception as error:
            # Packing anew needs nothing of what was kept, so whatever is odd about that ends here.
            self._logger.exception("app.splicing_failed", error=str(error))
            return None

    def _splice(self, kept: Kept, standing: Standing) -> Kept:
        history = self._stores.history
        mark, written = self._stores.derived.told_since(kept.told_mark)
        columns = history.columns(after_seq=kept.last_seq)
        met = history.subjects(after_seq=kept.last_seq) if written is None else None
        owned, moved = self._read_owners(kept.owned)
        log, subject, added = splice_rows(kept, columns, history.vocabulary(), owned, moved)
        told = unite(owners_of(moved if met is None else unite(met, moved), owned), owners_of(moved, kept.owned))
        if written is not None:
            # Of all others the log knows what is told of them, but of those who come into it for the first time.
            told = unite(told, np.array(sorted(written), dtype=np.int64))
            told = unite(told, np.setdiff1d(log.customers, kept.log.customers, assume_unique=True))
        log = self._retell(log, told)
        if log is not kept.log and log.seq is kept.log.seq:
            # As in ``_define``: a trait or a name has changed, and no row.
            log = replace(log, seq=log.seq.view())
        return Kept(
            log=log,
            subject=subject,
            owned=owned,
            standing=standing,
            last_seq=max(kept.last_seq, int(columns.seq.max(initial=-1))),
            told_mark=mark,
            changes=kept.changes + added,
        )

    def _retell(self, log: PackedLog, of: Ints) -> PackedLog:
        """Lay out anew the traits of some customers, or, where other traits tell most now, of all."""
        telling = self._telling()
        if set(telling) != set(log.traits):
            return retell(log, self._stores.derived.trait_table(telling))
        if not len(of) and telling == list(log.traits):
            return log
        told = retell(log, self._stores.derived.trait_table(telling, of=of.tolist()), of=of)
        return log if same_traits(told, log) else told

    def _telling(self) -> list[str]:
        names = self._stores.derived.trait_names()
        return [name for name in names if not is_identifying(name)][:_MOST_TRAITS]

    def _read_owners(self, had: OwnershipTable | None) -> tuple[OwnershipTable, Ints]:
        """Read whose intervals changed since the last time, and put them in place of those of the same subjects; return
        all, and these subjects.
        """
        now = self._stores.derived.ownership(after=had.identity_seq if had is not None else 0)
        moved = now.subject_id
        if had is None:
            return now, moved
        if not len(moved):
            return replace(had, identity_seq=now.identity_seq), moved
        stays = ~among(had.subject_id, moved)
        columns = {
            name: np.concatenate((getattr(had, name)[stays], getattr(now, name)))
            for name in ("subject_id", "from_us", "to_us", "customer_id")
        }
        return OwnershipTable(identity_seq=now.identity_seq, **columns), moved
