"""What the gate leaves out though it could be read: robots, one's own people, and what a source was told not to send.

Left out means refused with a reason: the account adds up, and who finds a filter too strict finds the events under
Refused (protocols.md §4.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from heartline.collect.bots import name_robot
from heartline.collect.events import Context
from heartline.collect.notes import Note
from heartline.records import Identifier, IdentifierKind, RefusalReason

Refused = tuple[RefusalReason, str]

_TELLING_CALLS: Final = frozenset({"identify", "alias", "group"})


def sift_traffic(note: Note, context: Context) -> Refused | None:
    """Leave out what a robot sent, or came from an address of one's own."""
    if not note.bots:
        robot = note.bot or (name_robot(context.user_agent) if isinstance(context.user_agent, str) else "")
        if robot:
            return RefusalReason.BOT, f"sent by a robot: {robot}"
    if note.internal:
        return RefusalReason.INTERNAL, f"came from {note.internal}, which is yours"
    return None


def sift_call(note: Note, call: str, name: str) -> Refused | None:
    """Leave out what the source was told not to send."""
    if call in _TELLING_CALLS:
        if note.identify:
            return None
        return RefusalReason.NOT_WANTED, f"this source may not say who somebody is ({call})"
    if note.only and (name or call) not in note.only:
        return RefusalReason.NOT_WANTED, f"{(name or call)[:100]!r} is not on the source's list"
    return None


def sift_people(note: Note, identifiers: Iterable[Identifier], traits: Mapping[str, Any]) -> Refused | None:
    """Leave out one's own people, by the domain of their e-mail address, wherever it stands."""
    if not note.staff:
        return None
    told = [traits.get("email")]
    told += [i.value for i in identifiers if i.kind in {IdentifierKind.EMAIL, IdentifierKind.USER_ID}]
    for address in told:
        domain = address.rpartition("@")[2].strip().lower() if isinstance(address, str) and "@" in address else ""
        if domain in note.staff:
            return RefusalReason.INTERNAL, f"somebody of {domain}, which is yours"
    return None
