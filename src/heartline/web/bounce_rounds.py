"""What came back of e-mail, heard from services' signed notices: each is a touch, and says something of its address.

How far it has been heard is kept after what was heard is; a notice that is heard twice counts once by its seq. Only the
word of a trusted source counts whose webhooks are those of a mail service: anybody may name a touch like theirs.
"""

from __future__ import annotations

import json
from typing import Final

from heartline.act import FIRST_ASKS
from heartline.app import Heartline
from heartline.collect import BOUNCE_MARK, MAIL_HOOKS
from heartline.log import get_logger
from heartline.records import BounceKind, BounceNotice, IdentifierKind, LetterKind, Trust
from heartline.store import Entry

_HEARD: Final = "bounces_heard_seq"
_PART: Final = 500
_INDEX_BITS: Final = 20
_FAR: Final = 2_000 << _INDEX_BITS
"""So far behind is where it has heard kept, when there was nothing to hear: not each second while others send."""
_log = get_logger("web")


def hear_bounces(heartline: Heartline) -> int:
    """Hear the notices that came since the last time; return how many addresses are written to no more by them."""
    kept, history = heartline.stores.kept, heartline.stores.history
    services = find_services(heartline)
    newest = ((history.offset() + 1) << _INDEX_BITS) - 1
    after = int(kept.setting(_HEARD) or -1)
    if not services or after >= newest:
        return 0
    start, found, stopped = after, False, 0
    while True:
        told = history.told([BOUNCE_MARK], after_seq=after, limit=_PART)
        found |= bool(told)
        for entry in history.entries([one.seq for one in told]):
            stopped += entry.source_id in services and hear(heartline, entry)
        if len(told) < _PART:
            break
        after = told[-1].seq
    if found or newest - start >= _FAR:
        kept.set_setting(_HEARD, str(newest))
    return stopped


def find_services(heartline: Heartline) -> frozenset[int]:
    """Return the numbers of the sources whose word counts."""
    sources = heartline.sources
    return frozenset(
        number
        for number, source in sources.by_id().items()
        if source.trust is Trust.TRUSTED and sources.rules(number).hook in MAIL_HOOKS
    )


def hear(heartline: Heartline, entry: Entry) -> bool:
    """Keep what one notice says of its address; return whether that is written to no more because of it."""
    try:
        told = json.loads(entry.properties)
        kind = BounceKind(told[BOUNCE_MARK])
    except (ValueError, KeyError, TypeError):
        return False
    known = heartline.stores.derived.identifiers({entry.subject_id})
    handle = next((one.handle for one in known if one.identifier.kind is IdentifierKind.EMAIL), "")
    if not handle:
        return False
    notice = BounceNotice(
        handle=handle,
        kind=kind,
        at_us=entry.received_us,
        status=str(told.get("status") or "")[:12],
        told_by=str(told.get("service") or "")[:20],
        seq=entry.seq,
    )
    stopped = heartline.stores.kept.note_bounce(notice)
    if stopped:
        note_stopped(heartline, notice)
    return stopped


def note_stopped(heartline: Heartline, notice: BounceNotice) -> None:
    """Write down that an address is written to no more."""
    what = "letter.complained" if notice.kind is BounceKind.COMPLAINT else "letter.bounced"
    heartline.stores.kept.note_audit(who="heartline", what=what, detail=f"{notice.told_by}: {notice.handle}")
    _log.info("web.address_stopped", kind=notice.kind.value, told_by=notice.told_by)


def why_unreachable(heartline: Heartline, handle: str, kind: LetterKind) -> str:
    """Return why an address may not get a letter of a kind just now: ``bounces``, ``unconfirmed``, or nothing."""
    kept = heartline.stores.kept
    bounce = kept.bounce_of(handle)
    if bounce is not None and bounce.held_us:
        return "bounces"
    if heartline.workspace.confirm_first and kind in FIRST_ASKS:
        asked = kept.confirmation_of(handle)
        return "unconfirmed" if asked is not None and not asked.confirmed_us else ""
    return ""
