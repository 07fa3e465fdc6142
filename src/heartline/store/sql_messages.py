"""Message keys, written behind: appended a micro-batch at a time, merged into their table in order of key.

A key is a hash, so each goes to a page of its own: written at once, every event costs a page of the table, twice. Here
a micro-batch appends one row with all its new keys (``message_runs``, in the same transaction as everything else); from
``SETTLE_KEYS`` on they are merged into ``messages`` in one walk over its b-tree. What waits lies in memory too, and of
what does not a filter says nearly always without a search that it is new (docs/decisions/0016).
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from sqlalchemy import Connection, func, select

from heartline.store import tables as t
from heartline.store.key_filter import KEY_BYTES, KeyFilter, Segment
from heartline.store.statements import delete_in, insert_new, insert_rows, select_in, upsert_rows

SETTLE_KEYS: Final = 1 << 16
"""So many keys wait at most: 15 MB of memory, and a merge of a tenth of a second."""
DIGEST_BYTES: Final = 8
_AT_ONCE: Final = 50_000

First = tuple[int, bytes]
"""What is kept of a message: the seq that came first, and the digest of what it said."""

_MERGE: Final = (
    "INSERT INTO messages (key, digest, seq) SELECT substr(?1, given.key * 24 + 1, 16), "
    "substr(?1, given.key * 24 + 17, 8), given.value FROM json_each(?2) AS given WHERE true ON CONFLICT DO NOTHING"
)
"""Takes keys and digests end to end, and their seqs as a JSON array."""
_write_json: Final = msgspec.json.Encoder().encode
_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(list[tuple[bytes, int, bytes]]).decode


@dataclass(frozen=True, slots=True)
class _Open:
    """What is remembered of State: the keys that wait, and the filter over those that do not."""

    waiting: dict[bytes, First]
    settled: KeyFilter


class MessageBook:
    """What all batches remember of message keys. Batches come one at a time; readers come from any thread."""

    def __init__(self, *, settle_keys: int | None = None) -> None:
        self.settle_keys = settle_keys or SETTLE_KEYS
        self._opening = threading.Lock()
        self._open: _Open | None = None

    def forget(self) -> None:
        """Read anew what waits: what is remembered of it was true of another database, or of a batch that failed."""
        self._open = None

    def find(self, db: Connection, keys: Collection[bytes]) -> dict[bytes, First]:
        """Return what committed batches kept of these keys."""
        # Taken before the search: what is merged meanwhile is found in the one or the other.
        return _find(db, self.open(db).waiting, keys)

    def open(self, db: Connection) -> _Open:
        """Return what is remembered, read from State where it is not yet."""
        with self._opening:
            if self._open is None:
                self._open = _Open(_read_waiting(db), _read_filter(db))
            return self._open

    def take(self, page: MessagePage) -> None:
        """Remember what a batch wrote, once it has committed."""
        found = page.opened
        if found is None:
            return
        if page.merged:
            self._open = _Open(dict(page.added), found.settled)
        else:
            found.waiting.update(page.added)


class MessagePage:
    """The message keys of one batch, in its transaction."""

    def __init__(self, db: Connection, book: MessageBook) -> None:
        self._db = db
        self._book = book
        self.opened: _Open | None = None
        self.added: dict[bytes, First] = {}
        self.merged = False

    def find(self, keys: Collection[bytes]) -> dict[bytes, First]:
        """Return what is kept of these keys, by this batch too."""
        return _find(self._db, {**self._waiting(), **self.added} if self.added else self._waiting(), keys)

    def add(self, keys: Mapping[bytes, First]) -> Mapping[bytes, First]:
        """Keep those keys that are new; return what is kept of each now."""
        if not keys:
            return {}
        waiting, added = self._waiting(), self.added
        known = {key: waiting.get(key) or added[key] for key in keys if key in waiting or key in added}
        rest = [key for key in keys if key not in known] if known else list(keys)
        assert self.opened is not None
        maybe = self.opened.settled.maybe_known(rest)
        if maybe:
            known |= read_messages(self._db, maybe)
        fresh = {key: first for key, first in keys.items() if key not in known} if known else dict(keys)
        if fresh:
            self._write(fresh)
        return {**keys, **known} if known else keys

    def drop(self, keys: Collection[bytes]) -> None:
        """Release keys: their messages may come again."""
        if keys:
            # Whose key is in a run of thousands: they are merged first, and leave the table as if never there.
            self._merge()
            delete_in(self._db, t.messages.c.key, keys)

    def _waiting(self) -> Mapping[bytes, First]:
        if self.opened is None:
            self.opened = self._book.open(self._db)
        return {} if self.merged else self.opened.waiting

    def _write(self, fresh: dict[bytes, First]) -> None:
        number = (self._db.execute(select(func.max(t.message_runs.c.run))).scalar() or 0) + 1
        insert_rows(self._db, t.message_runs, [(number, _pack([(key, *first) for key, first in fresh.items()]))])
        self.added.update(fresh)
        if len(self._waiting()) + len(self.added) >= self._book.settle_keys:
            self._merge()

    def _merge(self) -> None:
        """Merge all that waits into the table in order of key, so that each of its pages is met once."""
        rows = {**self._waiting(), **self.added}
        assert self.opened is not None
        self.added = {}
        self.merged = True
        if not rows:
            return
        keys = list(rows)
        _insert_merged(self._db, keys, list(rows.values()))
        self._db.execute(t.message_runs.delete())
        settled = self.opened.settled
        settled.add(keys)
        changed = [(s.number, s.keys, s.bits.tobytes()) for s in settled.segments if s.dirty]
        upsert_rows(self._db, t.message_filters, changed, replace=("held", "bits"))
        for segment in settled.segments:
            segment.dirty = False


def read_messages(db: Connection, keys: Collection[bytes]) -> dict[bytes, First]:
    """Return what the table of merged keys holds of these."""
    c = t.messages.c
    return {
        bytes(key): (seq, bytes(digest)) for key, seq, digest in select_in(db, (c.key, c.seq, c.digest), (c.key,), keys)
    }


def _insert_merged(db: Connection, keys: Sequence[bytes], firsts: Sequence[First]) -> None:
    """Insert in order of key: on SQLite in one statement, for a third of what a statement a row takes."""
    hashes = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(-1, KEY_BYTES)
    # The first half of a key is order enough.
    order = np.argsort(hashes[:, :8].copy().view(">u8").ravel())
    if db.dialect.name != "sqlite":
        insert_new(db, t.messages, [(keys[n], *firsts[n]) for n in order])
        return
    digests = np.frombuffer(b"".join([digest for _, digest in firsts]), dtype=np.uint8).reshape(-1, DIGEST_BYTES)
    seqs = np.array([seq for seq, _ in firsts], dtype=np.int64)[order].tolist()
    packed = np.concatenate((hashes, digests), axis=1)[order].tobytes()
    db.exec_driver_sql(_MERGE, (packed, _write_json(seqs).decode()))


def _find(db: Connection, waiting: Mapping[bytes, First], keys: Collection[bytes]) -> dict[bytes, First]:
    found = {key: waiting[key] for key in keys if key in waiting}
    return found | read_messages(db, [key for key in keys if key not in found])


def _read_waiting(db: Connection) -> dict[bytes, First]:
    packed = db.execute(select(t.message_runs.c.packed)).scalars()
    return {key: (seq, digest) for run in packed for key, seq, digest in _unpack(bytes(run))}


def _read_filter(db: Connection) -> KeyFilter:
    """Read the filter over merged keys; where an older heartline wrote them, there is none yet and one is made."""
    c = t.message_filters.c
    rows = db.execute(select(c.segment, c.held, c.bits).order_by(c.segment)).all()
    made = KeyFilter([Segment(n, keys, np.frombuffer(bits, dtype=np.uint8).copy()) for n, keys, bits in rows])
    if rows:
        return made
    # Said of the statement: said of the connection, it would stay with it, and its other cursors would lose rows.
    keys = db.execute(select(t.messages.c.key).execution_options(yield_per=_AT_ONCE)).scalars()
    for part in keys.partitions(_AT_ONCE):
        made.add([bytes(key) for key in part])
    return made
