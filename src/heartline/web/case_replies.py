"""Replies by e-mail from a case: a draft kept here, a warning when two write at once, and seconds to take one back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from heartline.act import is_open
from heartline.app import Heartline
from heartline.errors import Conflict, Invalid
from heartline.language import _
from heartline.log import get_logger
from heartline.records import Case, Letter, LetterKind, Profile, Reply, ReplyState, Right, is_address
from heartline.web.loops import name_me
from heartline.web.visit import Visit

UNDO_S: Final = 10
FRESH_US: Final = 15 * 60_000_000
"""So long somebody counts as writing after they changed their draft last."""
LONGEST_REPLY: Final = 20_000
LONGEST_SUBJECT: Final = 150
_log = get_logger("web")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyDesk:
    """What the page of a case knows of replies: the reader's own draft (None: none), what waits to go, who else writes
    now, and how many replies there were when the page was drawn. ``address`` "" : the customer cannot be written to.
    """

    address: str
    subject: str
    draft: Reply | None
    waiting: tuple[Reply, ...]
    others: tuple[str, ...]
    gone: int


def read_desk(visit: Visit, case: Case, customer: Profile | None) -> ReplyDesk | None:
    """Read it; None for readers who may not write to customers, and for cases that are closed."""
    if not (is_open(case) and visit.may(Right.WORK_CASES) and visit.may(Right.SEE_PERSONAL_DATA)):
        return None
    me, replies = name_me(visit), visit.heartline.stores.kept.replies(case.case_id)
    drafts = [one for one in replies if one.state is ReplyState.DRAFT]
    address = customer.email if customer and is_address(customer.email) else ""
    return ReplyDesk(
        address=address,
        subject=_("About your feedback"),
        draft=next((one for one in drafts if one.author == me), None),
        waiting=tuple(one for one in replies if one.state is ReplyState.WAITING),
        others=tuple(one.author for one in drafts if one.author != me and one.at_us > visit.now_us - FRESH_US),
        gone=count_gone(replies),
    )


def count_gone(replies: list[Reply]) -> int:
    """Return how many replies went or are about to: what a form is held to."""
    return sum(one.state is not ReplyState.DRAFT for one in replies)


def keep_draft(visit: Visit, case_id: int) -> Reply:
    """Keep what was posted as the reader's draft."""
    subject = " ".join(visit.field("subject").split())[:LONGEST_SUBJECT]
    text = visit.form.get("text", [""])[0].strip()[:LONGEST_REPLY]
    kept = visit.heartline.stores.kept
    return kept.keep_draft(case_id, author=name_me(visit), subject=subject, text=text, now_us=visit.now_us)


def send_reply(visit: Visit, case_id: int) -> None:
    """Let the reply that was posted go in some seconds. It is kept as a draft first, whatever becomes of it.

    Raises:
        Invalid: nothing was written, or the customer has no address.
        Conflict: somebody else has replied meanwhile, or writes at this moment, and the reader was not told yet.
    """
    kept, case = visit.heartline.stores.kept, visit.heartline.stores.kept.case(case_id)
    draft = keep_draft(visit, case_id)
    owner = visit.heartline.stores.derived.customer_of_handle(case.handle)
    customer = None if owner is None else visit.heartline.stores.derived.profiles([owner]).get(owner)
    desk = read_desk(visit, case, customer)
    if desk is None or not desk.address:
        raise Invalid("no_address", _("This customer has no address to write to."), _("Reach them another way."))
    if not draft.text:
        raise Invalid("no_reply", _("There is nothing to send yet."), _("Write what the customer should read."))
    warn_of_others(visit, case_id, desk)
    subject = draft.subject or desk.subject
    draft = kept.keep_draft(case_id, author=draft.author, subject=subject, text=draft.text, now_us=visit.now_us)
    kept.hold_reply(
        draft.reply_id, address=desk.address, now_us=visit.now_us, send_us=visit.now_us + UNDO_S * 1_000_000
    )
    visit.note("case.replied", f"{case_id}")


def warn_of_others(visit: Visit, case_id: int, desk: ReplyDesk) -> None:
    """Stop the second of two who reply at once, until they have seen that the other does.

    Raises:
        Conflict: somebody replied since the form was drawn, or writes now.
    """
    seen = visit.field("gone", "0")
    newer = desk.gone > (int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 9 else 0)
    if newer:
        last = [r for r in visit.heartline.stores.kept.replies(case_id) if r.state is not ReplyState.DRAFT][-1]
        told = _("{name} has just replied to this customer.").format(name=last.author)
        raise Conflict("two_replies", told, _("Your words are kept. Read theirs, then send yours if it still fits."))
    if desk.others and visit.field("nevertheless") != "1":
        told = _("{name} is writing to this customer at this moment.").format(name=", ".join(desk.others))
        raise Conflict("two_write", told, _("Your words are kept. Talk to each other, or send yours nevertheless."))


def take_back(visit: Visit, case_id: int) -> bool:
    """Take the reader's waiting reply back; False where it has gone."""
    me, kept = name_me(visit), visit.heartline.stores.kept
    waiting = [one for one in kept.replies(case_id) if one.state is ReplyState.WAITING and one.author == me]
    return sum(kept.take_back(one.reply_id) for one in waiting) > 0


def post_replies(heartline: Heartline, *, now_us: int) -> int:
    """Give the replies whose seconds are over to the outbox, each once; return how many."""
    kept, posted = heartline.stores.kept, 0
    for reply in kept.replies_due(now_us=now_us):
        letter = Letter(
            to=reply.address,
            subject=reply.subject,
            text=reply.text,
            kind=LetterKind.REPLY,
            key=f"case:{reply.case_id}:reply:{reply.reply_id}",
        )
        try:
            # The key makes it one letter, should we die before the case has noted it.
            kept.queue_letter(letter)
        except Invalid as error:
            _log.warning("web.reply_not_posted", case=reply.case_id, error=str(error))
            kept.take_back(reply.reply_id)
            continue
        kept.finish_reply(reply.reply_id)
        posted += 1
    return posted
