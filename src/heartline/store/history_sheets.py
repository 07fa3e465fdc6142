"""Rows on their way into History, column by column: a thousand lists of 25 cost three times 25 lists of a thousand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from heartline.records import Interaction
from heartline.store.history import FIELDS, KINDS, SCORE_KINDS, Entry

_KIND_CODES: Final = {kind: code for code, kind in enumerate(KINDS)}
_SCORE_CODES: Final = {kind: code for code, kind in enumerate(SCORE_KINDS)}
_SAME: Final = (
    "seq",
    "ts_us",
    "received_us",
    "source_id",
    "kind",
    "touch",
    "amount_minor",
    "currency",
    "text",
    "order",
)
_NAMED_BY_ENTRY: Final = (*_SAME, "subject_id", *FIELDS, "score_kind", "score", "score_top", "message_id", "properties")
_TEXTS: Final = ("currency", "text", "order", "message_id", "properties")


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows to be appended: ``values`` by the attributes of ``Entry``, all of one length, and pairs of seq and number.

    Of ``FIELDS`` the names stand here; who keeps the vocabulary turns them into codes.
    """

    values: Mapping[str, Sequence[Any]]
    mentions: Sequence[tuple[int, int]]

    @property
    def seqs(self) -> Sequence[int]:
        """The rows' numbers, in no order."""
        return self.values["seq"]


def lay_out_entries(entries: Sequence[Entry]) -> Sheet:
    """Lay entries out by column."""
    values = {name: _pick(entries, name) for name in (*_NAMED_BY_ENTRY, "skewed")}
    return Sheet(values, [(entry.seq, other) for entry in entries for other in entry.others])


def lay_out(told: Sequence[Interaction], subject_ids: Sequence[int], mentions: Sequence[tuple[int, int]]) -> Sheet:
    """Lay interactions out by column, as ``make_entry`` would have made an entry of each."""
    values: dict[str, Sequence[Any]] = {name: _pick(told, name) for name in (*_SAME, "message_id", "skewed")}
    values["subject_id"] = subject_ids
    for field in FIELDS:
        values[field] = _pick(told, field)
    for field in ("partner", "employee", "product"):
        values[field] = [name or "" for name in values[field]]
    scores = [interaction.score for interaction in told]
    values["score_kind"] = [score.kind.value if score else "" for score in scores]
    values["score"] = [score.value if score else None for score in scores]
    values["score_top"] = [score.top if score else 0 for score in scores]
    values["properties"] = [interaction.properties.decode("utf-8", "replace") for interaction in told]
    return Sheet(values, mentions)


def make_arrays(sheet: Sheet, encode: Callable[[str, Sequence[str]], NDArray[np.int32]]) -> dict[str, NDArray[Any]]:
    """Return a sheet's columns as arrays by the names of History's table; ``encode`` turns a field's names into codes.

    What is None is masked, so that it becomes NULL.
    """
    values = sheet.values
    arrays: dict[str, NDArray[Any]] = {
        name: np.array(values[name], dtype=np.int64)
        for name in ("seq", "ts_us", "received_us", "subject_id", "source_id", "score_top")
    }
    arrays["kind"] = np.array([_KIND_CODES[kind] for kind in values["kind"]], dtype=np.int8)
    arrays["touch"] = np.array(values["touch"], dtype=np.bool_)
    for field in FIELDS:
        arrays[field] = encode(field, values[field])
    arrays["score_kind"] = np.array([_SCORE_CODES[kind] for kind in values["score_kind"]], dtype=np.int8)
    arrays["score"] = _mask(values["score"], np.float32)
    arrays["amount_minor"] = _mask(values["amount_minor"], np.int64)
    for name in _TEXTS:
        arrays["order_id" if name == "order" else name] = _as_objects(values[name])
    arrays["skewed"] = np.array(values["skewed"], dtype=np.bool_)
    return arrays


def _pick(rows: Iterable[Any], name: str) -> list[Any]:
    return list(map(attrgetter(name), rows))


def _mask(values: Sequence[Any], kind: type[np.generic]) -> NDArray[Any]:
    absent = [value is None for value in values]
    filled = [0 if value is None else value for value in values] if True in absent else values
    return np.ma.array(np.array(filled, dtype=kind), mask=absent)


def _as_objects(values: Sequence[Any]) -> NDArray[Any]:
    array = np.empty(len(values), dtype=np.object_)
    array[:] = values
    return array
