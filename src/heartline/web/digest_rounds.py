"""The round of the digest: once a week it goes to each who wants it, by one letter each."""

from __future__ import annotations

from typing import Final

from heartline.act import hours_open_at
from heartline.app import Heartline
from heartline.errors import Invalid
from heartline.language import speaking
from heartline.log import get_logger
from heartline.records import Letter, LetterKind, Right, User, decide
from heartline.web.digest import Digest, list_readers, read_digest, week_of
from heartline.web.digest_words import write_digest
from heartline.web.letters import read_sender

_SENT: Final = "digest_week"
_log = get_logger("web")


def go_round_digest(heartline: Heartline, *, now_us: int) -> int:
    """Queue this week's letters where they are due and were not queued; return how many."""
    kept, workspace = heartline.stores.kept, heartline.workspace
    zone, first, last = workspace.timezone, workspace.letters_from, workspace.letters_to
    week = week_of(now_us, zone=zone, first_weekday=workspace.first_weekday, hour=first)
    if kept.setting(_SENT) == week or hours_open_at(now_us, zone=zone, first=first, last=last) != now_us:
        return 0
    written = 0
    readers = list_readers(heartline)
    # The first week that is met is not told late: whoever signs up on a Thursday waits for the next.
    if readers and kept.setting(_SENT) is not None:
        written = write_all(heartline, readers, week, now_us=now_us)
    kept.set_setting(_SENT, week)
    return written


def write_all(heartline: Heartline, readers: frozenset[int], week: str, *, now_us: int) -> int:
    """Queue a letter for each reader who may still see what it tells; the key makes it one a week."""
    kept = heartline.stores.kept
    bounds = kept.all_bounds()
    users = [
        user
        for user in kept.users()
        if user.user_id in readers
        and user.enabled
        and decide(user, Right.SEE_CUSTOMERS)
        and not (user.user_id in bounds and bounds[user.user_id].narrow)
    ]
    if not users:
        return 0
    digest, written = read_digest(heartline, now_us=now_us), 0
    for user in users:
        try:
            kept.queue_letter(write_letter_to(heartline, user, digest, week))
        except Invalid as error:
            _log.warning("web.digest_not_written", user=user.user_id, error=str(error))
            continue
        written += 1
    return written


def write_letter_to(heartline: Heartline, user: User, digest: Digest, week: str) -> Letter:
    """Write a reader's letter, in the language they read."""
    workspace = heartline.workspace
    with speaking(user.language):
        subject, text = write_digest(
            digest,
            zone=workspace.timezone,
            base=read_sender(heartline).base,
            name=user.name,
            company=workspace.name,
        )
    key = f"digest:{week}:{user.user_id}"
    return Letter(to=user.email, subject=subject, text=text, kind=LetterKind.DIGEST, key=key)
