"""Blanked events: what an erasure leaves of an event in the journal is its place, so that every seq stays what it was.

A blanked body is the mark, a line of JSON that says which places were blanked and why, and the body as it came with
null in those places. The door journals JSON only, which never begins with the mark: nobody can send such a body.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Raw, Struct

from heartline.collect.events import open_envelope
from heartline.collect.lenience import read_leniently, write_safely

MARK: Final = b"\x1e"
_NULL: Final = Raw(b"null")
_EMPTY: Final[Mapping[int, str]] = {}


class _Head(Struct, frozen=True):
    """Places by why they are blank."""

    blank: dict[str, list[int]]


_read_head: Final = msgspec.json.Decoder(_Head).decode
_read_object: Final = msgspec.json.Decoder(dict[str, Raw]).decode


def read_blanks(payload: bytes) -> tuple[Mapping[int, str], bytes]:
    """Return which places of a journaled body are blank and why, and the body without that line."""
    if not payload.startswith(MARK):
        return _EMPTY, payload
    head, _, rest = payload[1:].partition(b"\n")
    try:
        told = _read_head(head).blank
    except msgspec.DecodeError:
        # Not a line of ours: whatever it is, the gate judges it as it came.
        return _EMPTY, payload
    return {place: why for why, places in told.items() for place in places}, rest


def blank_events(payload: bytes, places: Mapping[int, str]) -> bytes:
    """Return a journaled body without the events at some places; ``places`` says why, by index.

    All else stays as it came, to the byte, for the events that stay are judged by it. Where none stays, nothing does.
    A body that is no batch by any reading is blanked whole.
    """
    blank, rest = read_blanks(payload)
    blank = {**blank, **places}
    envelope = open_envelope(rest)
    count = max(blank, default=0) + 1 if envelope is None else len(envelope.batch)
    if envelope is None or all(place in blank for place in range(count)):
        return _write_head(blank) + b'{"batch":[' + b",".join([b"null"] * count) + b"]}"
    raws = [_NULL if place in blank else raw for place, raw in enumerate(envelope.batch)]
    return _write_head(blank) + _write_object({**_read_fields(rest), "batch": Raw(msgspec.json.encode(raws))})


def _write_head(blank: Mapping[int, str]) -> bytes:
    by_reason: dict[str, list[int]] = {}
    for place in sorted(blank):
        by_reason.setdefault(blank[place], []).append(place)
    return MARK + msgspec.json.encode(_Head(by_reason), order="deterministic") + b"\n"


def _read_fields(payload: bytes) -> dict[str, Raw]:
    try:
        return _read_object(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        value = read_leniently(payload)
        fields = value if isinstance(value, dict) else {}
        return {str(name): Raw(write_safely(given)) for name, given in fields.items()}


def _write_object(fields: Mapping[str, Raw]) -> bytes:
    # By hand: whatever strict reading let pass in a key must not fail in writing.
    return b"{" + b",".join(write_safely(name) + b":" + bytes(raw) for name, raw in fields.items()) + b"}"
