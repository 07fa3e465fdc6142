"""Traits and message ids, made fit to be kept."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

from heartline.collect.claims import write_id
from heartline.collect.wording import LONGEST_NAME, clean_name, clean_text
from heartline.records import INDEX_BITS

MOST_TRAITS: Final = 200


def clean_traits(given: Mapping[str, Any]) -> dict[str, object]:
    """Return at most ``MOST_TRAITS`` traits with one-line names and clean strings; nulls say nothing and go."""
    kept: dict[str, object] = {}
    for name, value in given.items():
        if len(kept) == MOST_TRAITS:
            break
        name = clean_name(name)  # noqa: PLW2901  # the name as it is kept
        if not name or value is None:
            continue
        kept[name] = (clean_text(value) or "") if isinstance(value, str) else value
    return kept


def name_message(given: object, seq: int) -> str:
    """Return an event's message id. A missing one is made from its place in the journal (C8): at least once only."""
    written = write_message_id(given)
    return written or f"heartline-{seq >> INDEX_BITS}-{seq & ((1 << INDEX_BITS) - 1)}"


def write_message_id(given: object) -> str:
    """Write a client's message id; one too long for an index is hashed."""
    if type(given) is str and len(given) <= LONGEST_NAME and given.isprintable():
        return given.strip()
    if isinstance(given, str) and len(given) > LONGEST_NAME:
        return "blake2b-" + blake2b(given.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return (write_id(given) or "").strip()
