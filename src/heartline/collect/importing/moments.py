"""Moments: what the several times of a row are called, and what each carries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from heartline.collect.importing import vocabulary as words
from heartline.collect.importing.mapping import TimeFormat, Touch, Value, When, Who

SERVICE: Final = "service"
_TOLD_FIRST: Final = frozenset({"ticket", "case", "claim"})
"""What begins with what somebody wrote, and is a contact with the service."""


def find_contact(who: Sequence[Who]) -> str:
    """Return what rows are of whose own id says that somebody turned to the service: "ticket", "" where none does."""
    return next((one.external for one in who if one.external in _TOLD_FIRST), "")


def name_moments(times: Sequence[tuple[str, TimeFormat]], who: Sequence[Who], title: str) -> tuple[Touch, ...]:
    """Return a touch of each time. What was paid belongs to the first, an answer to the last; what a ticket says opens
    it.
    """
    thing, last = find_contact(who), len(times) - 1
    touches = []
    for place, (column, form) in enumerate(times):
        name = words.title_name(column) or title
        if thing and words.BARE.match(name):
            name = f"{thing} {name}".capitalize()
        carries = [
            *(("amount",) if place == 0 else ()),
            *(("text",) if place == (0 if thing else last) else ()),
            *(("score",) if place == last else ()),
        ]
        touches.append(
            Touch(
                name=Value(constant=name),
                when=When(column=column, format=form),
                carries=tuple(carries),
                area=SERVICE if thing and place == 0 else "",
            )
        )
    return tuple(touches)
