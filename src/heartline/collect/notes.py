"""What the door notes beside a body, for the gate: its dialect, and what its source and the workspace asked for then.

A rule that the gate applies travels with the body it was in force for. So a rebuild in ten years judges by the rules of
today, whatever they are by then, and needs nothing but the journal (design rule 10). The note stands last in the
envelope, where no field of the client's comes after it.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Raw, Struct

POSTHOG: Final = "posthog"
CLOUDEVENTS: Final = "cloudevents"


class Note(Struct, frozen=True, omit_defaults=True):
    """All that a body's events share beyond what their sender said.

    ``bot`` and ``internal`` say what the door saw in the request (a robot's name; the range its address is of).
    ``only`` are the event names that the source takes, none meaning all; ``staff`` the e-mail domains of one's own
    people. ``bots`` and ``identify`` say whether robots and calls that tell who somebody is are let in.
    """

    dialect: str = ""
    bot: str = ""
    internal: str = ""
    only: frozenset[str] = frozenset()
    staff: frozenset[str] = frozenset()
    identify: bool = True
    bots: bool = False


NO_NOTE: Final = Note()

_read: Final = msgspec.json.Decoder(Note).decode


def read_note(raw: Raw) -> Note:
    """Read the note of a journaled body; where none is, or something else stands in its place, an empty one."""
    if not raw:
        return NO_NOTE
    try:
        return _read(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return NO_NOTE


def write_note(payload: bytes, note: Note, *, noted: bool) -> bytes:
    """Put a note last into an envelope, which is a JSON object that is not empty; none where there is nothing to say.

    Where a client wrote one of its own (``noted``), ours is written even if empty: the last of two equal keys counts.
    """
    if not noted and (note is NO_NOTE or note == NO_NOTE):
        return payload
    return payload.rstrip()[:-1] + b',"_heartline":' + msgspec.json.encode(note, order="deterministic") + b"}"
