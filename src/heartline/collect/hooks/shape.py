"""What every adapter of signed webhooks is given and gives back."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import parse_qs

from heartline.collect.addresses import cut_addresses
from heartline.collect.answers import JSON
from heartline.collect.bodies import Packed, Rejection, pack_items
from heartline.collect.lenience import read_leniently
from heartline.collect.telling import Shaped, Telling
from heartline.records import SourceRules

BAD_SIGNATURE: Final = Rejection(
    401, "bad_signature", "The signature is missing or wrong.", "Check the secret, and the public address it signs."
)
NOT_READ: Final = Rejection(400, "bad_body", "The body cannot be read.", "Send what the signature's scheme says.")
POSTS_ONLY: Final = Rejection(405, "method_not_allowed", "A webhook is posted.", "Send a POST.")


@dataclass(frozen=True, slots=True, kw_only=True)
class HookCall:
    """A request as it came: the raw body is what was signed. ``url`` is the public address it was sent to."""

    method: str
    body: bytes
    headers: Mapping[bytes, bytes]
    query: bytes
    url: str
    now_us: int

    def header(self, name: str) -> str:
        """Return a header, or ""."""
        return self.headers.get(name.encode(), b"").decode("latin-1")

    def asked(self) -> dict[str, list[str]]:
        """Return the fields of the query; none where they are too many for any sender."""
        try:
            return parse_qs(self.query.decode("latin-1"), max_num_fields=100)
        except ValueError:
            return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A call that proved itself: its messages, as JSON objects, and what its sender wants to hear."""

    messages: list[object]
    answer: bytes = b'{"success":true}'
    kind: tuple[bytes, bytes] = JSON

    def pack(self, *, whole_addresses: bool) -> Packed:
        """Pack the messages for the journal."""
        packed = pack_items(self.messages)
        if whole_addresses:
            return packed
        return Packed(cut_addresses(packed.payload), packed.events, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """An answer to a sender who only asks whether somebody is there."""

    answer: bytes
    kind: tuple[bytes, bytes] = JSON


class Hook(Protocol):
    """One scheme of signing. ``verify`` decides at the door; ``translate`` is pure and part of the gate's version."""

    def verify(self, call: HookCall, rules: SourceRules) -> Rejection | Verified | Echo:
        """Say why a call is refused, or return the messages in it."""
        ...

    def translate(self, given: Mapping[str, Any], telling: Telling, /) -> Shaped:
        """Return one of those messages as the gate reads events."""
        ...


def sign(secret: bytes, signed: bytes, *, how: str = "sha256") -> bytes:
    """Return the HMAC of a text."""
    return hmac.new(secret, signed, getattr(hashlib, how)).digest()


def is_signed(given: Iterable[str], wanted: Iterable[bytes]) -> bool:
    """Tell whether any of the given signatures (base64) is any of those wanted, in a time that tells nothing."""
    held = [base64.b64encode(one) for one in wanted]
    return any(hmac.compare_digest(one.encode("utf-8", "replace"), other) for one in given for other in held)


def read_json(body: bytes) -> object:
    """Read a body as JSON; None where it is none."""
    try:
        return read_leniently(body)
    except (ValueError, RecursionError):
        return None
