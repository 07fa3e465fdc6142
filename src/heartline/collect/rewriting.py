"""Putting other events into a journaled body's envelope: what the batch says of all its events stays said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Raw

from heartline.records import Body

_read: Final = msgspec.json.Decoder(dict[str, Raw]).decode
_write: Final = msgspec.json.Encoder().encode
_NOTHING: Final = Raw(b"null")


def put_events(body: Body, events: Mapping[int, str]) -> Body:
    """Return the body with only these events, as JSON, each at its own index; every other place holds null.

    No gate lets null pass, so who judges the body takes only the places given. Each event must be JSON.
    """
    try:
        envelope = _read(body.payload)
    except msgspec.DecodeError:
        # Read leniently when it came; only its events matter now.
        envelope = {}
    batch = [_NOTHING] * (max(events) + 1)
    for index, event in events.items():
        batch[index] = Raw(event.encode("utf-8", "surrogatepass"))
    envelope["batch"] = Raw(_write(batch))
    return msgspec.structs.replace(body, payload=_write(envelope), events=len(events))
