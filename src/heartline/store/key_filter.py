"""A filter that answers "was this key never seen?" from memory: a Bloom filter in segments of a fixed size.

Keys are 16 bytes of a keyed hash, so their halves are as good as two hash functions (Kirsch and Mitzenmacher, 2006).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

KEY_BYTES: Final = 16
SEGMENT_KEYS: Final = 1 << 20
"""A segment takes so many keys, the first one an eighth of it."""
_BITS_A_KEY: Final = 16
"""With six probes one unknown key in a thousand is taken for known."""
_PROBES: Final = np.arange(6, dtype=np.uint64)


@dataclass(slots=True)
class Segment:
    """A part of the filter; ``dirty`` says that it changed since it was written down."""

    number: int
    keys: int
    bits: NDArray[np.uint8]
    dirty: bool = False

    @property
    def room(self) -> int:
        """How many keys more it takes."""
        return len(self.bits) * 8 // _BITS_A_KEY - self.keys


class KeyFilter:
    """Says of keys that they are new, and is never wrong about it; one in a thousand new ones it does not say it of."""

    def __init__(self, segments: Sequence[Segment] = ()) -> None:
        self.segments = list(segments)

    def add(self, keys: Sequence[bytes]) -> None:
        """Take keys in, each once."""
        while keys:
            if not self.segments or self.segments[-1].room <= 0:
                size = max(1, SEGMENT_KEYS if self.segments else SEGMENT_KEYS // 8) * _BITS_A_KEY // 8
                self.segments.append(Segment(len(self.segments), 0, np.zeros(size, dtype=np.uint8)))
            segment = self.segments[-1]
            part, keys = keys[: segment.room], keys[segment.room :]
            places, masks = _find_places(part, segment)
            np.bitwise_or.at(segment.bits, places.ravel(), masks.ravel())
            segment.keys += len(part)
            segment.dirty = True

    def maybe_known(self, keys: Sequence[bytes]) -> list[bytes]:
        """Return those keys that are not surely new."""
        if not keys or not self.segments:
            return []
        found = np.zeros(len(keys), dtype=np.bool_)
        for segment in self.segments:
            places, masks = _find_places(keys, segment)
            found |= (segment.bits[places] & masks != 0).all(axis=1)
        return [keys[place] for place in np.flatnonzero(found).tolist()]


def _find_places(keys: Sequence[bytes], segment: Segment) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return the byte and the bit in it of each probe, a row a key."""
    halves: NDArray[Any] = np.frombuffer(b"".join(keys), dtype="<u8").reshape(-1, 2)
    bits = (halves[:, :1] + (halves[:, 1:] | np.uint64(1)) * _PROBES) % np.uint64(len(segment.bits) * 8)
    return (bits >> np.uint64(3)).astype(np.int64), np.left_shift(1, bits & np.uint64(7)).astype(np.uint8)
