"""The keeper of the packed log: packs History once, and then splices in what came and whose owner changed.

A renewal reads the rows that were appended, takes out and puts in again those of subjects whose ownership changed, and
says anew what is told of the customers behind both. Whenever History's fingerprint says that rows were changed or
removed, or anything is in doubt, all is packed anew: the outcome is the same up to the order of a trait's values.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from heartline.log import get_logger
from heartline.store import Columns, DefinitionBook, OwnershipTable, Stores
from heartline.understand import PackedLog, order_touches, pack, repack, retell
from heartline.unify import assign_customers

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_AT_ONCE_S: Final = 0.25
_MOST_TRAITS: Final = 24
_IDENTIFYING: Final = frozenset({
    "id", "name", "firstname", "lastname", "fullname", "username", "email", "phone",
})  # fmt: skip
_PLAIN: Final = ("ts_us", "seq", "score_kind", "score", "score_top", "amount_minor", "has_text")


def is_identifying(trait: str) -> bool:
    """Whether a trait says who somebody is rather than what they are like; figures are never split by it."""
    return "".join(letter for letter in trait.casefold() if letter.isalnum()) in _IDENTIFYING


class Standing(NamedTuple):
    """Where History and State stood before anything of a log was read."""

    offset: int
    identity_seq: int
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A packed log and what it takes to bring it up to date.

    ``subject`` is whose identifier each row bears, in the log's order; ``last_seq`` the greatest seq that was read.
    """

    log: PackedLog
    subject: NDArray[np.integer[Any]]
    owned: OwnershipTable
    standing: Standing
    last_seq: int


class LogKeeper:
    """Keeps the packed log of all history and brings it up to date when history or ownership moved on.

    What takes no time a reader waits for, and sees what has just arrived. What takes long is done behind the scenes,
    with pauses twice as long, while readers get the log before: seconds old, never waited for. Whatever its age, it is
    counted by the definitions that have begun by ``wall_us``. ``renewals`` counts how often the log was ``"packed"``
    anew, and how often it was ``"spliced"``.
    """

    def __init__(
        self,
        stores: Stores,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall_us: Callable[[], int] = lambda: time.time_ns() // 1_000,
    ) -> None:
        self.definitions = DefinitionBook(stores.kept)
        self.renewals: Counter[str] = Counter()
        self._stores = stores
        self._clock = clock
        self._wall_us = wall_us
        self._defined: tuple[PackedLog, PackedLog] | None = None
        self._packing = threading.Lock()
        self._kept: Kept | None = None
        self._took_s = {"packed": 0.0, "spliced": 0.0}
        self._ended_s = 0.0
        self._logger = get_logger("app")

    def mark(self) -> tuple[int, int]:
        """Return the watermark: (journal seq in History, identity_seq)."""
        return (self._stores.history.offset(), self._stores.derived.identity_seq())

    def current(self) -> PackedLog:
        """Return the log up to now, or, where renewing it takes long, the one before."""
        return self._define(self._current_rows())

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

    def _stand(self) -> Standing:
        # The fingerprint last: what it vouches for is no older than the mark, or a change could pass between the two.
        return Standing(*self.mark(), self._stores.history.fingerprint())

    def _current_rows(self) -> PackedLog:
        standing, kept = self._stand(), self._kept
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
        """Pack the log before anybody asks."""
        if self._kept is None and self._packing.acquire(blocking=False):
            self._renew_behind()

    def _renew(self) -> PackedLog:
        """Renew, unless another thread has just done so; called with the lock held, and lets it go."""
        try:
            standing, kept = self._stand(), self._kept
            if kept is None or kept.standing != standing:
                began = self._clock()
                spliced = self._try_splicing(kept, standing)
                kept = self._kept = spliced or self._pack(standing)
                self._ended_s = self._clock()
                way = "spliced" if spliced else "packed"
                self._took_s[way] = self._ended_s - began
                self.renewals[way] += 1
            return kept.log
        finally:
            self._packing.release()

    def _renew_behind(self) -> None:
        try:
            self._renew()
        except Exception as error:
            # Readers keep the log they have; the next one tries again.
            self._logger.exception("app.packing_failed", error=str(error))

    @contextmanager
    def starting_over(self) -> Iterator[None]:
        """Let nobody pack while the block changes the files, and forget what was packed of the ones before."""
        with self._packing:
            yield
            self._kept = self._defined = None

    def close(self) -> None:
        """Wait for a packing under way; none begins after."""
        self._packing.acquire(timeout=30)

    def _pack(self, standing: Standing) -> Kept:
        history = self._stores.history
        columns = history.columns()
        owned, _moved = self._read_owners(self._kept.owned if self._kept is not None else None)
        customer = _assign(columns.subject_id, columns.ts_us, owned)
        order = order_touches(customer, columns.ts_us, columns.seq)
        log = pack(
            customer_id=customer,
            codes=columns.fields,
            names=history.vocabulary(),
            traits=self._stores.derived.trait_table(self._telling()),
            order=order,
            **{name: getattr(columns, name) for name in _PLAIN},
        )
        return Kept(
            log=log,
            subject=_shorten(columns.subject_id)[order],
            owned=owned,
            standing=standing,
            last_seq=int(columns.seq.max(initial=-1)),
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
        columns = history.columns(after_seq=kept.last_seq)
        met = history.subjects(after_seq=kept.last_seq)
        owned, moved = self._read_owners(kept.owned)
        log, subject = _splice_rows(kept, columns, history.vocabulary(), owned, moved)
        told = np.union1d(_owners_of(np.union1d(met, moved), owned), _owners_of(moved, kept.owned))
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
        )

    def _retell(self, log: PackedLog, of: Ints) -> PackedLog:
        """Lay out anew the traits of some customers, or, where other traits tell most now, of all."""
        telling = self._telling()
        if set(telling) != set(log.traits):
            return retell(log, self._stores.derived.trait_table(telling))
        if not len(of) and telling == list(log.traits):
            return log
        told = retell(log, self._stores.derived.trait_table(telling, of=of.tolist()), of=of)
        return log if _same_traits(told, log) else told

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
        stays = ~_among(had.subject_id, moved)
        columns = {
            name: np.concatenate((getattr(had, name)[stays], getattr(now, name)))
            for name in ("subject_id", "from_us", "to_us", "customer_id")
        }
        return OwnershipTable(identity_seq=now.identity_seq, **columns), moved


def _splice_rows(
    kept: Kept, columns: Columns, names: Mapping[str, tuple[str, ...]], owned: OwnershipTable, moved: Ints
) -> tuple[PackedLog, NDArray[np.integer[Any]]]:
    """Merge new rows in, and have those of ``moved`` subjects leave and come again under whom they belong to now."""
    log = kept.log
    leaving = _among(kept.subject, moved)
    rows = np.flatnonzero(leaving)
    if not len(rows) and not len(columns.seq) and log.names == names:
        return log, kept.subject
    both: dict[str, Any] = {name: np.concatenate((getattr(log, name)[rows], getattr(columns, name))) for name in _PLAIN}
    subject = np.concatenate((kept.subject[rows].astype(np.int64), columns.subject_id))
    customer = _assign(subject, both["ts_us"], owned)
    order = order_touches(customer, both["ts_us"], both["seq"])
    added = pack(
        customer_id=customer,
        codes={field: np.concatenate((log.codes[field][rows], codes)) for field, codes in columns.fields.items()},
        names=names,
        order=order,
        **both,
    )
    done = repack(log, added, leaving=leaving if len(rows) else None)
    return done.log, _shorten(np.concatenate((kept.subject, subject[order]))[done.origin])


def _assign(subject: Ints, ts_us: Ints, owned: OwnershipTable) -> Ints:
    """Return the owner of each row; of the intervals only those of the subjects that are asked for are sorted."""
    asked = _among(owned.subject_id, subject)
    return assign_customers(
        subject,
        ts_us,
        owned=owned.subject_id[asked],
        from_us=owned.from_us[asked],
        customer_id=owned.customer_id[asked],
    )


def _owners_of(subjects: Ints, owned: OwnershipTable) -> Ints:
    """Return whoever owns any of the subjects at any time, and the subjects: with no interval they own themselves."""
    return np.union1d(owned.customer_id[_among(owned.subject_id, subjects)], subjects)


def _among(numbers: NDArray[np.integer[Any]], wanted: Ints) -> Mask:
    """Mark the numbers that are wanted. They are small and dense, so one table answers for all."""
    table = np.zeros(int(max(numbers.max(initial=0), wanted.max(initial=0))) + 1, dtype=np.bool_)
    table[wanted] = True
    marked: Mask = table[numbers]
    return marked


def _shorten(subject: NDArray[np.integer[Any]]) -> NDArray[np.integer[Any]]:
    """Store subjects in four bytes each where they have room in them."""
    return subject.astype(np.int32 if int(subject.max(initial=0)) < 1 << 31 else np.int64, copy=False)


def _same_traits(left: PackedLog, right: PackedLog) -> bool:
    return list(left.traits) == list(right.traits) and all(
        values == right.traits[name][1] and np.array_equal(codes, right.traits[name][0])
        for name, (codes, values) in left.traits.items()
    )
