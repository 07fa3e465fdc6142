"""The shapes of a body and its events, as lean as the gate can use them; whatever else was sent stays raw.

Fields are as loose as SDKs are (trap 6). An event that does not even fit these is read again leniently, so an odd
``context`` costs the event its context and not its life.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from heartline.collect.lenience import read_leniently, write_safely

_NOTHING: Final = Raw(b"")


class Named(Struct):
    """``context.library``, ``context.os``: only the name counts."""

    name: Any = None


class Device(Struct):
    """``context.device``."""

    id: Any = None
    type: Any = None


class HeartlineBlock(Struct):
    """``context.heartline``: what a client says in heartline's own words (docs/reference/mapping.md)."""

    channel: Any = None
    touchpoint: Any = None
    area: Any = None
    action: Any = None
    place: Any = None
    text: Any = None
    score: Any = None
    amount: Any = None
    currency: Any = None
    employee: Any = None
    partner: Any = None
    order: Any = None
    product: Any = None
    identifiers: Any = None
    refuse: Any = None
    rival: Any = None


class Context(Struct, rename="camel"):
    """``context``, of an event or of its whole batch."""

    library: Named | None = None
    os: Named | None = None
    device: Device | None = None
    page: Raw = _NOTHING
    traits: Raw = _NOTHING
    external_ids: Any = None
    heartline: HeartlineBlock | None = None
    user_agent: Any = None


class Event(Struct, rename="camel"):
    """One event of a batch."""

    type: Any = None
    event: Any = None
    name: Any = None
    category: Any = None
    channel: Any = None
    user_id: Any = None
    anonymous_id: Any = None
    previous_id: Any = None
    message_id: Any = None
    timestamp: Any = None
    original_timestamp: Any = None
    sent_at: Any = None
    context: Context | None = None
    properties: Raw = _NOTHING
    traits: Raw = _NOTHING


class Envelope(Struct, rename="camel"):
    """A journaled body. ``type`` and ``anonymous_id`` come from path and headers and only stand in.

    ``posthog_sent_at`` and ``note`` are of version 2: how PostHog's clients call it, and what the door says.
    """

    batch: list[Raw]
    type: Any = None
    anonymous_id: Any = None
    sent_at: Any = None
    context: Raw = _NOTHING
    posthog_sent_at: Any = msgspec.field(default=None, name="sent_at")
    note: Raw = msgspec.field(default=_NOTHING, name="_heartline")


EMPTY_CONTEXT: Final = Context()

_read_envelope: Final = msgspec.json.Decoder(Envelope).decode
_read_event: Final = msgspec.json.Decoder(Event).decode
_read_context: Final = msgspec.json.Decoder(Context | None).decode
_read_any: Final = msgspec.json.Decoder().decode
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_PARTS: Final[dict[tuple[type[Struct], str], type[Struct]]] = {
    (Event, "context"): Context,
    (Context, "library"): Named,
    (Context, "os"): Named,
    (Context, "device"): Device,
    (Context, "heartline"): HeartlineBlock,
}
_RAW_FIELDS: Final = frozenset({"properties", "traits", "page"})


def open_envelope(payload: bytes) -> Envelope | None:
    """Read a journaled body, or None where it is no batch by any reading."""
    try:
        return _read_envelope(payload)
    except _UNREADABLE:
        pass
    try:
        value = read_leniently(payload)
    except ValueError:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("batch"), list):
        return None
    return Envelope(
        batch=[Raw(write_safely(item)) for item in value["batch"]],
        type=value.get("type"),
        anonymous_id=value.get("anonymousId"),
        sent_at=value.get("sentAt"),
        context=Raw(write_safely(value.get("context"))),
        posthog_sent_at=value.get("sent_at"),
        note=Raw(write_safely(value.get("_heartline"))),
    )


def read_context(raw: Raw) -> Context:
    """Read a batch's own context, which each of its events inherits."""
    if not raw:
        return EMPTY_CONTEXT
    try:
        return _read_context(raw) or EMPTY_CONTEXT
    except _UNREADABLE:
        pass
    try:
        return _fit(Context, read_leniently(bytes(raw))) or EMPTY_CONTEXT
    except ValueError:
        return EMPTY_CONTEXT


def read_event(raw: Raw) -> tuple[Event, dict[str, Any]] | None:
    """Read one event and its properties, or None where it is no object by any reading."""
    try:
        event = _read_event(raw)
        return event, read_object(event.properties)
    except _UNREADABLE:
        pass
    try:
        event_or_none = _fit(Event, read_leniently(bytes(raw)))
        return None if event_or_none is None else (event_or_none, read_object(event_or_none.properties))
    except (ValueError, RecursionError):
        return None


def read_object(raw: Raw) -> dict[str, Any]:
    """Read a JSON object kept raw. Anything that is no object reads as an empty one.

    Raises:
        MsgspecError, UnicodeDecodeError: it holds what a strict parser refuses.
    """
    if not raw:
        return {}
    value = _read_any(raw)
    return value if type(value) is dict else {}


def read_object_leniently(raw: Raw) -> dict[str, Any]:
    """Read a JSON object kept raw, whatever it holds."""
    try:
        return read_object(raw)
    except _UNREADABLE:
        value = _read_any(write_safely(read_leniently(bytes(raw))))
        return value if type(value) is dict else {}


def _fit(shape: type[Any], value: object) -> Any:  # noqa: ANN401  # a Struct of the shape asked for, or None
    """Build a Struct from a dict, leaving out what does not fit."""
    if not isinstance(value, dict):
        return None
    fitted: dict[str, Any] = {}
    for field, key in zip(shape.__struct_fields__, shape.__struct_encode_fields__, strict=True):
        given = value.get(key)
        if given is None:
            continue
        part = _PARTS.get((shape, field))
        if part is not None:
            fitted[field] = _fit(part, given)
        elif field in _RAW_FIELDS:
            fitted[field] = Raw(write_safely(given))
        else:
            fitted[field] = _read_any(write_safely(given))
    return shape(**fitted)
