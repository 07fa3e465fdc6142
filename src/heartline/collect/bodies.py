"""A request's body: read bounded, inflated bounded, and put into the envelope that the journal keeps.

Nothing is re-encoded on the way: the bytes of each event reach the journal as they were sent, unless strict JSON cannot
hold them (``lenience``).
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

import msgspec
from msgspec import Raw, Struct

from heartline.collect.lenience import read_leniently, write_safely
from heartline.collect.notes import POSTHOG
from heartline.collect.posthog import find_posthog_key
from heartline.collect.telling import read_dict

BATCH: Final = "batch"
SOFT_EVENT_BYTES: Final = 32 * 1024
"""What an event should stay under (C5): larger ones are stored, and counted as a warning to their source."""
GZIP_MAGIC: Final = b"\x1f\x8b"
MOST_EVENTS: Final = 1 << 20
MOST_MEMBERS: Final = 16
"""How many gzip members one body may be made of: each copies what comes after it, so very many cost minutes."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a request is answered with an error: status, a stable code, one sentence, and what to do."""

    status: int
    code: str
    message: str
    detail: str = ""
    retry_after_s: int | None = None


class Packed(NamedTuple):  # a request makes one: a tuple costs a third of a frozen dataclass
    """A body ready for the journal: its envelope, its number of events, the key it carried, how many are oversized.

    ``noted`` says that the client wrote a note of its own (``notes``), which counts for nothing.
    """

    payload: bytes
    events: int
    key: str | None
    oversized: int = 0
    noted: bool = False


class Gone(Exception):  # not an error of ours: the client hung up
    """The client hung up before its body was complete."""


_NOTHING: Final = Raw(b"")


class _Batch(Struct, rename="camel"):
    batch: list[Raw] | None = None
    write_key: Any = None
    note: Raw = msgspec.field(default=_NOTHING, name="_heartline")


class _Single(Struct, rename="camel"):
    write_key: Any = None


class _Posthog(Struct):
    batch: list[Raw] | None = None
    api_key: Any = None
    token: Any = None


_read_batch: Final = msgspec.json.Decoder(_Batch).decode
_read_single: Final = msgspec.json.Decoder(_Single).decode
_read_posthog: Final = msgspec.json.Decoder(_Posthog).decode
_read_any: Final = msgspec.json.Decoder().decode
_read_list: Final = msgspec.json.Decoder(list[Raw]).decode

_NOT_JSON: Final = Rejection(400, "bad_json", "The body is not JSON.", "Send one JSON object, plain or gzipped.")
_NOT_A_BATCH: Final = Rejection(400, "bad_body", "The body holds no batch.", 'Send {"batch": [event, ...]}.')
_NOT_AN_EVENT: Final = Rejection(400, "bad_body", "The body is no event.", "Send one JSON object.")
_NOT_INFLATED: Final = Rejection(
    400, "bad_encoding", "The body cannot be decompressed.", "It is cut off or is not what Content-Encoding says."
)
_UNKNOWN_ENCODING: Final = Rejection(
    415, "unknown_encoding", "This Content-Encoding is not served.", "Send gzip, deflate or plain."
)
_TOO_MANY: Final = Rejection(413, "too_many_events", "The batch holds too many events.", "Send it in parts.")


def reject_size(cap: int) -> Rejection:
    """Say that a body is over the cap."""
    return Rejection(413, "too_large", "The body is too large.", f"The most is {cap} bytes, decompressed.")


async def read_body(receive: Receive, cap: int, announced: bytes | None) -> bytes | Rejection:
    """Read a request's body, but never more than ``cap`` bytes of it.

    Raises:
        Gone: the client hung up.
    """
    if announced is not None and announced.isdigit() and int(announced[:20]) > cap:
        return reject_size(cap)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > cap:
            return reject_size(cap)
        if not message.get("more_body", False):
            return b"".join([*parts, part]) if parts else part
        parts.append(part)


def inflate(body: bytes, encoding: bytes, cap: int) -> bytes | Rejection:
    """Decompress by header or by magic bytes, stopping at ``cap`` bytes: a bomb never unfolds."""
    name = encoding.strip().lower()
    if not name and body[:1] == b"{":
        return body
    if body.startswith(GZIP_MAGIC):
        inflated = _inflate_all(body, 31, cap)
        # Some clients' proxies compress what is compressed already.
        if isinstance(inflated, bytes) and inflated.startswith(GZIP_MAGIC):
            inflated = _inflate_all(inflated, 31, cap)
        return inflated
    if not name or name in {b"identity", b"gzip", b"x-gzip"}:
        return body  # a gzip header around plain JSON: a proxy has inflated it already
    if name == b"deflate":
        # The standard says zlib; some clients send the bare stream, some proxies plain JSON.
        for window in (15, -15):
            inflated = _inflate_all(body, window, cap)
            if inflated is not _NOT_INFLATED:
                return inflated
        return body if body[:1] in {b"{", b"["} else _NOT_INFLATED
    return _UNKNOWN_ENCODING


def _inflate_all(body: bytes, window: int, cap: int) -> bytes | Rejection:
    parts: list[bytes] = []
    left = cap
    try:
        for _ in range(MOST_MEMBERS):
            if not body:
                break
            inflater = zlib.decompressobj(window)
            part = inflater.decompress(body, left + 1)
            left -= len(part)
            if left < 0:
                return reject_size(cap)
            if not inflater.eof:
                return _NOT_INFLATED
            parts.append(part)
            body = inflater.unused_data.lstrip(b"\x00")
            if not body.startswith(GZIP_MAGIC):
                break
        else:
            return _NOT_INFLATED
    except zlib.error:
        return _NOT_INFLATED
    return b"".join(parts)


def pack(body: bytes, call: str, extras: dict[str, str]) -> Packed | Rejection:
    """Put a decompressed body into an envelope and count its events.

    ``call`` is ``batch`` or the type of the single event that the path announces. ``extras`` are fields from headers;
    fields of the body's own win over them, because the last of two equal keys counts.
    """
    try:
        return _pack(body, call, extras)
    except msgspec.ValidationError:
        return _NOT_A_BATCH if call == BATCH else _NOT_AN_EVENT
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return _pack(write_safely(read_leniently(body)), call, extras)
    except msgspec.ValidationError:
        return _NOT_A_BATCH if call == BATCH else _NOT_AN_EVENT
    except (ValueError, RecursionError):
        return _NOT_JSON


def pack_items(items: list[object]) -> Packed:
    """Put what was read already into an envelope, an event each."""
    return Packed(write_safely({"batch": items}), len(items), None)


def unwrap_form(body: bytes) -> bytes:
    """Return what older PostHog clients put into a form: ``data=`` with JSON, plain or in base64."""
    if not body.startswith(b"data="):
        return body
    try:
        given = parse_qs(body.decode("latin-1"), max_num_fields=20).get("data", [""])[0]
    except ValueError:
        return body
    if given[:1] in {"{", "["}:
        return given.encode("latin-1")
    try:
        # A plus in a form reads as a blank.
        return base64.b64decode(given.replace(" ", "+") + "=" * (-len(given) % 4))
    except (binascii.Error, ValueError):
        return body


def _pack(body: bytes, call: str, extras: dict[str, str]) -> Packed | Rejection:
    if call == POSTHOG:
        return _pack_posthog(body.strip())
    if call != BATCH:
        single = _read_single(body)
        head = msgspec.json.encode({"type": call, **extras})
        return Packed(
            head[:-1] + b',"batch":[' + body + b"]}", 1, _as_key(single.write_key), int(len(body) > SOFT_EVENT_BYTES)
        )
    body = body.strip()
    if body.startswith(b"["):
        raws = _read_list(body)
        body = b'{"batch":' + body + b"}"
        key, noted = None, False
    else:
        batch = _read_batch(body)
        if batch.batch is None:
            return _NOT_A_BATCH
        raws, key, noted = batch.batch, _as_key(batch.write_key), bool(batch.note)
    if len(raws) > MOST_EVENTS:
        return _TOO_MANY
    if extras:
        body = msgspec.json.encode(extras)[:-1] + b"," + body[1:]
    return Packed(body, len(raws), key, _count_oversized(body, raws), noted)


def _pack_posthog(body: bytes) -> Packed | Rejection:
    """Pack an event, a list of events, or a batch. The key may stand in the body, or in an event."""
    if body.startswith(b"["):
        raws = _read_list(body)
        key = find_posthog_key(read_dict(_read_any(raws[0]))) if raws else None
        body = b'{"batch":' + body + b"}"
    else:
        read = _read_posthog(body)
        if read.batch is None:
            raws = [Raw(body)]
            key = find_posthog_key(_read_any(body))
            body = b'{"batch":[' + body + b"]}"
        else:
            raws = read.batch
            key = read.api_key or read.token or (find_posthog_key(read_dict(_read_any(raws[0]))) if raws else None)
    if len(raws) > MOST_EVENTS:
        return _TOO_MANY
    return Packed(body, len(raws), _as_key(key), _count_oversized(body, raws))


def _count_oversized(body: bytes, raws: list[Raw]) -> int:
    if len(body) <= SOFT_EVENT_BYTES or max(map(len, raws), default=0) <= SOFT_EVENT_BYTES:
        return 0
    return sum(len(raw) > SOFT_EVENT_BYTES for raw in raws)


def _as_key(given: object) -> str | None:
    return given if isinstance(given, str) and given else None
