"""Promises: which time of a row a promised one is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from heartline.collect.importing import vocabulary as words
from heartline.collect.importing.mapping import TimeFormat, TimeOrigin, Touch, When


def hold_promises(
    touches: Sequence[Touch], promised: Sequence[tuple[str, TimeFormat]]
) -> tuple[tuple[Touch, ...], dict[str, Touch]]:
    """Hold what was promised against what came. Return the touches, and by column the touch that a promise is about.

    That is the one whose name shares the most words with it, of equals the last (a parcel is promised to the customer,
    not to the carrier). A promise whose name says nothing of its own is about what is delivered, solved or closed.
    """
    held, about = list(touches), dict[str, Touch]()
    timed = [place for place, touch in enumerate(held) if touch.when.origin is TimeOrigin.COLUMN]
    for column, form in promised:
        said = words.mean_words(column)
        alike = {place: _liken(said, held[place].when.column) for place in timed}
        best = max(timed, key=lambda place: (alike[place], place), default=-1)
        if best >= 0 and alike[best] and held[best].promised is None:
            held[best] = about[column] = replace(held[best], promised=When(column=column, format=form))
    return tuple(held), about


def _liken(said: frozenset[str], name: str) -> int:
    return len(said & words.mean_words(name)) if said else int(bool(words.KEPT.search(name)))
