"""Are two installations the same? The canonical dump (``canon``), said in 48 bytes an identifier.

A dump of ten million interactions fits no memory. Here each identifier, named by its handle, gets four digests: of what
it is, of who owned it and when, of the profile it leads to, and of its interactions. Equal digests are an equal dump.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from heartline.records import NOBODY
from heartline.store import DerivedState, History, OwnershipTable

SECTIONS: Final = ("identifiers", "ownership", "profiles", "interactions")
_CHUNK: Final = 5_000
_pack: Final = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """What an installation derived: ``handles`` (n, 16 bytes, sorted), ``digests`` (n × 4), counters, and by name what
    rules and staff say of identity, a digest a piece.
    """

    handles: NDArray[np.void]
    digests: NDArray[np.uint64]
    counters: dict[tuple[int, str], int]
    said: dict[str, frozenset[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What differs between two portraits, in identifiers. ``examples`` are handles in hex, at most twenty."""

    identifiers: int
    only_before: int
    only_after: int
    differing: dict[str, int]
    counters: dict[str, tuple[int, int]]
    examples: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not (self.only_before or self.only_after or self.counters or any(self.differing.values()))


def portray(derived: DerivedState, history: History) -> Portrait:
    """Draw the portrait of what is derived; State and History must be of one moment."""
    owned = derived.ownership()
    numbers = np.unique(np.concatenate((owned.subject_id, owned.customer_id)))
    handles = np.zeros(len(numbers), dtype="V16")
    digests = np.zeros((len(numbers), len(SECTIONS)), dtype=np.uint64)
    for at, part in _chunks(numbers):
        for known in derived.identifiers(part):
            place = at + int(np.searchsorted(numbers[at : at + len(part)], known.identifier_id))
            handles[place] = np.void(bytes.fromhex(known.handle))
            digests[place, 0] = _digest(*known.identifier.key, known.identifier.strong, known.first_us)
    digests[:, 1] = _digest_owners(owned, numbers, handles)
    for at, part in _chunks(numbers):
        for number, profile in derived.profiles(part).items():
            if profile.traits:
                place = at + int(np.searchsorted(numbers[at : at + len(part)], number))
                digests[place, 2] = _digest(sorted((name, repr(value)) for name, value in profile.traits.items()))
    subjects, interactions = history.digests()
    nobody = subjects == NOBODY
    of_rivals, subjects, interactions = interactions[nobody], subjects[~nobody], interactions[~nobody]
    found = np.searchsorted(numbers, subjects)
    digests[found, 3] = interactions
    said = {**_digest_said(derived, numbers, handles), "of_rivals": frozenset(of_rivals.tolist())}
    order = np.argsort(_sortable(handles))
    return Portrait(handles=handles[order], digests=digests[order], counters=dict(derived.counters()), said=said)


def _digest_owners(owned: OwnershipTable, numbers: NDArray[np.int64], handles: NDArray[np.void]) -> NDArray[np.uint64]:
    """Return each identifier's digest of (from, to, the owner's handle), in order of time; 0 where nobody owned it."""
    digests = np.zeros(len(numbers), dtype=np.uint64)
    order = np.lexsort((owned.from_us, owned.subject_id))
    places = np.searchsorted(numbers, owned.subject_id[order])
    owners = handles[np.searchsorted(numbers, owned.customer_id[order])]
    bounds = np.flatnonzero(np.diff(places, prepend=-1, append=-1)).tolist()
    from_us, to_us = owned.from_us[order].tolist(), owned.to_us[order].tolist()
    for start, end in pairwise(bounds):
        said = [(from_us[i], to_us[i], owners[i].tobytes()) for i in range(start, end)]
        digests[places[start]] = _digest(said)
    return digests


def _digest_said(
    derived: DerivedState, numbers: NDArray[np.int64], handles: NDArray[np.void]
) -> dict[str, frozenset[int]]:
    """Return the digests of all that rules and staff say of identity, as the canonical dump names it."""

    def name(number: int) -> bytes:
        return bytes(handles[np.searchsorted(numbers, number)].tobytes())

    facts = derived.identity_facts()
    apart = ((*sorted((name(v.left_id), name(v.right_id))), v.reason, v.ts_us) for v in derived.violations())
    return {
        "marks": frozenset(_digest(handle, mark.value) for handle, mark in facts.marks.items()),
        "vetoes": frozenset(_digest(pair) for pair in facts.vetoed_pairs),
        "links": frozenset(_digest(link.left, link.right, link.over_limit, link.at_us) for link in facts.links),
        "kept_apart": frozenset(_digest(*piece) for piece in apart),
    }


def compare(before: Portrait, after: Portrait) -> Comparison:
    """Say what differs."""
    had, has = _sortable(before.handles), _sortable(after.handles)
    _, left, right = np.intersect1d(had, has, assume_unique=True, return_indices=True)
    unlike = before.digests[left] != after.digests[right]
    gone = np.setdiff1d(np.arange(len(had)), left, assume_unique=True)
    come = np.setdiff1d(np.arange(len(has)), right, assume_unique=True)
    changed = left[unlike.any(axis=1)]
    told = (*before.handles[changed[:20]], *before.handles[gone[:20]], *after.handles[come[:20]])
    names = sorted({what for _, what in (*before.counters, *after.counters)})
    counters = {what: (_total(before, what), _total(after, what)) for what in names}
    return Comparison(
        identifiers=len(has),
        only_before=len(gone),
        only_after=len(come),
        differing={
            **{name: int(unlike[:, place].sum()) for place, name in enumerate(SECTIONS)},
            **{name: len(before.said[name] ^ after.said[name]) for name in before.said},
        },
        counters={what: pair for what, pair in counters.items() if pair[0] != pair[1]},
        examples=tuple(handle.tobytes().hex() for handle in told[:20]),
    )


def _total(portrait: Portrait, what: str) -> int:
    return sum(n for (_, name), n in portrait.counters.items() if name == what)


def _chunks(numbers: NDArray[np.int64]) -> Iterator[tuple[int, list[int]]]:
    for at in range(0, len(numbers), _CHUNK):
        yield at, numbers[at : at + _CHUNK].tolist()


def _sortable(handles: NDArray[np.void]) -> NDArray[np.void]:
    # Two numbers a handle, big end first: raw bytes have no order of their own in numpy.
    return handles.view([("high", ">u8"), ("low", ">u8")])


def _digest(*said: object) -> int:
    try:
        packed = _pack(said)
    except (TypeError, ValueError, OverflowError):
        # What JSON holds and MessagePack does not: lone surrogates.
        packed = repr(said).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(packed, digest_size=8).digest(), "big")
