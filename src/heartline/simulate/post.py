"""The post: the order in which messages are sent, which come late, which come twice, and which are no use at all."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

import numpy as np

from heartline.simulate.dates import DAY, HOUR, SECOND
from heartline.simulate.ledger import APP, COURIER, DESK, SURVEYS, TILLS, WEB, Block, Ints, Message
from heartline.simulate.voices import Texts, write_text

LATE_SHARE: Final = {APP: 0.02, TILLS: 0.012, COURIER: 0.01, WEB: 0.002}
TWICE_SHARE: Final = 0.004
_CHUNK: Final = 20_000

BROKEN: Final[tuple[tuple[str, Message], ...]] = (
    (WEB, {"type": "track", "event": "Product Viewed", "properties": {"sku": "KEN-250"}}),
    (WEB, {"type": "page", "anonymousId": "undefined", "name": "Plan finder"}),
    (APP, {"type": "track", "userId": "hb-99", "properties": {"note": "no event name"}}),
    (APP, {"type": "tracks", "userId": "hb-98", "event": "Order Completed"}),
    (DESK, {"type": "track", "userId": "null", "event": "Order Completed", "properties": {"total": 12}}),
    (SURVEYS, {"type": "track", "event": "Survey Answered", "userId": "", "properties": {"score": 9}}),
)
"""Messages that the gate refuses: nobody in them, a junk identity, no event name, an unknown type."""


class Post:
    """All messages of a simulation in the order of sending. Iterate as often as you like: it comes out the same."""

    def __init__(self, rng: np.random.Generator, blocks: list[Block], *, seed: int, end_us: int) -> None:
        self._blocks = blocks
        self._prefix = f"hb{seed:x}"
        lengths = [len(block.at_us) for block in blocks]
        self._block = np.repeat(np.arange(len(blocks)), lengths)
        self._row = np.concatenate([np.arange(length) for length in lengths])
        self._at = np.concatenate([block.at_us for block in blocks])
        late_share = np.array([LATE_SHARE.get(block.source, 0.0) for block in blocks])
        n = len(self._at)
        late = rng.random(n) < late_share[self._block]
        lag = np.where(late, rng.uniform(2, 96, n) * HOUR, rng.uniform(1, 6, n) * SECOND).astype(np.int64)
        sent = np.minimum(self._at + lag, end_us)
        self.late = int(late.sum())
        self._break(rng, sent, end_us)

    def _break(self, rng: np.random.Generator, sent: Ints, end_us: int) -> None:
        """Mix in what is sent again and what is broken (block −1)."""
        n = len(sent)
        again = np.flatnonzero(rng.random(n) < TWICE_SHARE)
        wait = (rng.lognormal(np.log(120), 2.0, len(again)).clip(5, 2 * 86_400) * SECOND).astype(np.int64)
        broken = 24 + n // 20_000
        self.twice, self.broken = len(again), broken
        at_broken = rng.integers(int(sent.min()) + DAY, end_us, broken)
        at = np.concatenate([sent, np.minimum(sent[again] + wait, end_us), at_broken])
        self._block = np.concatenate([self._block, self._block[again], np.full(broken, -1)])
        self._row = np.concatenate([self._row, self._row[again], np.arange(broken)])
        self._at = np.concatenate([self._at, self._at[again], at_broken])
        self._order = np.argsort(at, kind="stable")

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[tuple[str, Message]]:
        rng = Random()
        for start in range(0, len(self._order), _CHUNK):
            chunk = self._order[start : start + _CHUNK]
            moments = (self._at[chunk] // 1000).astype("datetime64[ms]")
            iso = np.datetime_as_string(moments, timezone="UTC").tolist()
            yield from self._write(rng, self._block[chunk].tolist(), self._row[chunk].tolist(), iso)

    def _write(
        self, rng: Random, block_of: list[int], row_of: list[int], iso: list[str]
    ) -> Iterator[tuple[str, Message]]:
        for number, row, moment in zip(block_of, row_of, iso, strict=True):
            if number < 0:
                source, sample = BROKEN[row % len(BROKEN)]
                yield source, sample | {"messageId": f"{self._prefix}-broken-{row:x}", "timestamp": moment}
                continue
            block = self._blocks[number]
            message = block.make(row)
            message["messageId"] = self.name_message(block, row)
            message["timestamp"] = moment
            texts = block.texts
            if texts is not None and texts.theme[row] >= 0:
                message["context"]["heartline"]["text"] = write_text(texts, row, rng)
            yield block.source, message

    def name_message(self, block: Block, row: int) -> str:
        """The message id of one event."""
        return f"{self._prefix}-{block.tag}-{row:x}"

    def list_texts(self) -> Iterator[tuple[str, Texts, int]]:
        """List every text that is said: message id, plan, row."""
        for block in self._blocks:
            if block.texts is not None:
                for row in np.flatnonzero(block.texts.theme >= 0).tolist():
                    yield self.name_message(block, row), block.texts, row
