"""What the embedded history reads beside its rows: properties that name something, its fingerprint, its digests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from heartline.store.history import FIELDS

_SAID: Final = (
    "ts_us, received_us, source_id, kind, touch, score_kind, score, score_top, amount_minor, currency, text, order_id, "
    "message_id, properties, skewed"
)
# A sum of hashes is the same in any order; its low half is enough to tell two histories apart.
DIGESTS: Final = (
    f"SELECT subject_id, (sum(hash({_SAID}, {', '.join(f'n_{field}.name' for field in FIELDS)})::HUGEINT) % "
    "18446744073709551616)::UBIGINT AS digest FROM interactions "
    + " ".join(f"LEFT JOIN names n_{f} ON n_{f}.field = '{f}' AND n_{f}.code = interactions.{f}" for f in FIELDS)
    + " GROUP BY subject_id"
)


class HeldWord:
    """A fingerprint held in memory, so that a page that asks for it costs no query.

    A writer turns it before the transaction that changes it and settles it after; whoever reads meanwhile asks the
    file, and keeps nothing that a writer may have changed since.
    """

    def __init__(self) -> None:
        self.age = 0
        self._open = True
        self._word = ""

    def get(self) -> str:
        """Return the word held, or nothing."""
        return self._word

    def turn(self) -> None:
        """Hold nothing from here on."""
        self.age += 1
        self._open, self._word = True, ""

    def settle(self) -> None:
        """Let what is read from here on be held."""
        if self._open:
            self.age += 1
            self._open = False

    def keep(self, word: str, *, age: int) -> str:
        """Hold a word that was read since the age given, unless a writer came in between; return it."""
        if age == self.age and not self._open:
            self._word = word
        return word


def read_told(cursor: Any, naming: Sequence[str], *, after_seq: int, limit: int) -> list[tuple[Any, ...]]:  # noqa: ANN401  # duckdb has no types
    """Read the touches whose properties hold a key that begins with one of some words, by seq: the columns of a
    ``Told``, its touchpoint as a code.
    """
    if not naming:
        return []
    marks = " OR ".join("contains(properties, ?)" for _rest in naming)
    sql = (
        f"SELECT seq, ts_us, order_id, properties, touchpoint FROM interactions WHERE touch AND seq > ? AND ({marks}) "
        f"ORDER BY seq LIMIT {int(limit)}"
    )
    told: list[tuple[Any, ...]] = cursor.execute(sql, [after_seq, *(f'"{word}' for word in naming)]).fetchall()
    return told
