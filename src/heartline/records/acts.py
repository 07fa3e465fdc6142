"""Staff acts: what people decide about customers, kept in the journal like everything else that happened (rule 2).

An act is a body of the source ``STAFF_SOURCE`` that counts no event. It names identifiers by their handles (keyed
hashes in hex) and never by value. Acts are read for ever: a field may be added with a default, never renamed or
removed.
"""

from __future__ import annotations

from typing import Final

import msgspec

from heartline.records.journal import Body

STAFF_SOURCE: Final = 0
"""The source of staff acts. No write key leads to it, so nothing from outside can pose as one."""


class _Act(msgspec.Struct, frozen=True, kw_only=True, tag_field="act"):
    """Who decided, when (µs UTC), and why, in their words."""

    by: str = ""
    at_us: int = 0
    reason: str = ""


class Split(_Act, frozen=True, tag="split"):
    """These pairs of handles never link: evidence between them is kept and refused (rule I2)."""

    pairs: tuple[tuple[str, str], ...]


class Unsplit(_Act, frozen=True, tag="unsplit"):
    """Take a split back: evidence between these pairs links again."""

    pairs: tuple[tuple[str, str], ...]


class Link(_Act, frozen=True, tag="link"):
    """These two handles are one person, says a member of staff.

    ``over_limit`` lets them be one even where a limit would forbid it, such as two accounts of one person.
    """

    left: str
    right: str
    over_limit: bool = False


class Unlink(_Act, frozen=True, tag="unlink"):
    """Take a link back. ``over_limit`` is the link's own, so that it can be made again."""

    left: str
    right: str
    over_limit: bool = False


class Block(_Act, frozen=True, tag="block"):
    """This identifier stands for nobody in particular: it links nobody (rule I5)."""

    handle: str


class Unblock(_Act, frozen=True, tag="unblock"):
    """Take a block, or a quarantine, back: a person has looked at it and says that it means one customer."""

    handle: str


class SetIdentityRules(_Act, frozen=True, tag="identity_rules"):
    """How many verified identifiers of a kind one customer may hold (``None``: as many as there are), and how many
    neighbours of higher kind in a UTC day put an identifier into quarantine (0: never).
    """

    limits: dict[str, int | None] = {}
    quarantine_over: int = 20


class SetTraits(_Act, frozen=True, tag="traits"):
    """Staff put a trait right; ``None`` removes it. What staff say wins over what sources said before or say later."""

    handle: str
    traits: dict[str, str | int | float | bool | None]


class Consent(_Act, frozen=True, tag="consent"):
    """A customer's word on one purpose by one channel: given, withdrawn or, for double opt-in, still to be confirmed.

    ``wording`` is the exact text they were shown, ``version`` its name, ``how`` the way it was given.
    """

    handle: str
    purpose: str
    channel: str
    state: str
    wording: str = ""
    version: str = ""
    how: str = ""


class UndoImport(_Act, frozen=True, tag="undo_import"):
    """Take an import back: all that its bodies brought is removed, and they may be imported again."""

    import_id: int
    bodies: tuple[tuple[int, int], ...]
    """Journal seqs of its bodies, as ranges of first and last."""


class Mend(_Act, frozen=True, tag="mend"):
    """Refused events, put right: each is judged again in its own place, and moves from refused to stored if it passes.

    ``events`` holds the seq of each with its JSON as it should have come; the same JSON again is a replay.
    """

    events: tuple[tuple[int, str], ...]


class Erase(_Act, frozen=True, tag="erase"):
    """Erase all that is known of these handles, everywhere and for ever (rule 8). ``certificate`` names its record.

    ``ranges`` are the seqs of the events that go. With ``suppress``, what names one of the handles from now on is
    refused and not kept.
    """

    handles: tuple[str, ...]
    certificate: str
    suppress: bool = True
    ranges: tuple[tuple[int, int], ...] = ()


class Lift(_Act, frozen=True, tag="lift"):
    """Let these handles be heard again: they were suppressed by an erasure."""

    handles: tuple[str, ...]


class Purge(_Act, frozen=True, tag="purge"):
    """Retention: what is of this class and happened before ``before_us`` is removed; ``ranges`` are the seqs of it."""

    data_class: str
    before_us: int
    ranges: tuple[tuple[int, int], ...] = ()


Act = (
    Split
    | Unsplit
    | Link
    | Unlink
    | Block
    | Unblock
    | SetIdentityRules
    | SetTraits
    | Consent
    | UndoImport
    | Mend
    | Erase
    | Lift
    | Purge
)

_decoder: Final[msgspec.json.Decoder[Act]] = msgspec.json.Decoder(Act)


def write_act(act: Act, *, received_us: int) -> Body:
    """Return the body that keeps an act in the journal. It counts no event: the account is of interactions."""
    return Body(source_id=STAFF_SOURCE, received_us=received_us, payload=msgspec.json.encode(act), events=0)


def read_act(body: Body) -> Act:
    """Read a staff act.

    Raises:
        msgspec.ValidationError: the body holds no act that this version knows.
    """
    return _decoder.decode(body.payload)
