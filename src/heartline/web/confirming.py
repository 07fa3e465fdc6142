"""Double opt-in: an address that came by a form which anybody can fill is asked once, by one letter, whether it is its
owner's. Opening the link keeps nothing, for scanners open every link; the button on its page does.

The letter is single: it has no other purpose, ends after some days, and goes to an address at most once in thirty;
never to one that was erased, unsubscribed, bounces, or belongs to somebody whom a trusted source named by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from heartline.app import Heartline
from heartline.errors import Invalid, Missing, Unavailable
from heartline.language import _, speaking
from heartline.log import get_logger
from heartline.records import (
    LINK_MARK,
    Confirmation,
    Letter,
    LetterKind,
    Trust,
    hash_token,
    is_address,
)
from heartline.web.handing_over import submit
from heartline.web.visit import Visit

CONFIRM_DAYS: Final = 14
"""How long the link of a letter holds."""
AGAIN_DAYS: Final = 30
"""How long an address is left in peace after it was asked."""
MOST_AN_HOUR: Final = 300
"""How many letters may be asked for in an hour: over it, somebody makes us write to strangers."""
SOURCE_KIND: Final = "confirmed addresses"
REPLY: Final = "reply"
"""The purpose of who said that we may write to them about what they said."""
_DAY_US: Final = 86_400_000_000
_HOUR_US: Final = 3_600_000_000
_VERSION: Final = "double opt-in 1"
_log = get_logger("web")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A link that was opened: what it asks, and the address it is about."""

    confirmation: Confirmation
    address: str


def word_confirmation(purpose: str, company: str) -> str:
    """What somebody says by the button: it is kept in these words."""
    if purpose == REPLY:
        return _("Yes, this is my address, and {company} may write to me there about what I said.").format(
            company=company
        )
    return _("Yes, this is my address, and {company} may ask for my opinion there.").format(company=company)


def is_claimed_only(heartline: Heartline, handle: str) -> bool:
    """Whether nothing but a form says whose an address is: no trusted source named anybody by it, nobody confirmed."""
    asked = heartline.stores.kept.confirmation_of(handle)
    if asked is not None and asked.confirmed_us:
        return False
    return heartline.stores.derived.customer_of_handle(handle) is None


def ask_first(
    heartline: Heartline, address: str, *, purpose: str, cause: str, language: str, now_us: int, title: str = ""
) -> bool:
    """Ask an address whether it is its owner's, where the workspace wants that; return whether a letter was queued.

    ``cause`` is what it was left in (``survey:17``): each asks one address at most. ``title`` names that to people.
    """
    kept = heartline.stores.kept
    if not heartline.workspace.confirm_first or not is_address(address):
        return False
    handle = kept.handle_of_address(address)
    bounce = kept.bounce_of(handle)
    unwanted = (
        heartline.stores.derived.is_suppressed(handle)
        or kept.is_unsubscribed(handle, LetterKind.SURVEY)
        or (bounce is not None and bool(bounce.held_us or bounce.complained_us))
    )
    if unwanted or not is_claimed_only(heartline, handle):
        return False
    if kept.count_asked(since_us=now_us - _HOUR_US) >= MOST_AN_HOUR:
        _log.warning("web.too_many_confirmations", most=MOST_AN_HOUR)
        return False
    with speaking(language):
        wording = word_confirmation(purpose, heartline.workspace.name)
        letter = write_question(heartline, address, handle, title=title, language=language, now_us=now_us)
    asked = Confirmation(
        handle=handle,
        purpose=purpose,
        cause=cause,
        wording=wording,
        language=language,
        letter_key=letter.key,
        asked_us=now_us,
    )
    try:
        return kept.ask_confirmation(asked, letter, not_since_us=now_us - AGAIN_DAYS * _DAY_US)
    except (Invalid, Unavailable) as error:
        _log.warning("web.confirmation_not_asked", error=str(error))
        return False


def write_question(
    heartline: Heartline, address: str, handle: str, *, title: str, language: str, now_us: int
) -> Letter:
    """Write the letter, in the language that is spoken."""
    company = heartline.workspace.name
    left = (
        _("Somebody left this address with us, at “{title}”.").format(title=title)
        if title
        else _("Somebody left this address with us.")
    )
    lines = [
        _("Hello,"),
        left + " " + _("If that was you, and {company} may write to you, please say so here:").format(company=company),
        LINK_MARK,
        _(
            "If it was not you, do nothing. Without your word nothing else is sent to this address. "
            "The link holds for {days} days."
        ).format(days=CONFIRM_DAYS),
        company,
    ]
    return Letter(
        to=address,
        subject=_("{company}: is this your address?").format(company=company),
        text="\n\n".join(lines),
        kind=LetterKind.CONFIRM,
        key=f"confirm:{handle}:{now_us // _DAY_US}",
        path="/y/",
        language=language,
    )


def find_question(heartline: Heartline, token: str, *, now_us: int) -> Asked:
    """Return what a link asks.

    Raises:
        Missing: it is none, it has ended, or its letter is gone.
    """
    kept = heartline.stores.kept
    found = kept.confirmation_by_link(hash_token(token))
    letter = None if found is None else kept.letter_of_key(found.letter_key)
    if found is None or letter is None or now_us - found.asked_us > CONFIRM_DAYS * _DAY_US:
        raise Missing(
            "no_confirmation",
            _("This link is not known, or has ended."),
            _("Leave your address once more; a new letter comes."),
        )
    return Asked(confirmation=found, address=letter.letter.to)


def confirm(visit: Visit, token: str) -> Asked:
    """Keep somebody's word: the address is theirs, and they agree, in the words they were shown.

    Raises:
        Missing: the link is none, or has ended.
        Unavailable: the journal takes nothing just now; nothing is kept.
    """
    heartline = visit.heartline
    asked = find_question(heartline, token, now_us=visit.now_us)
    if asked.confirmation.confirmed_us:
        return asked
    # The word first: told twice it is one by its message id, and it is the record of what they agreed to.
    tell_consent(heartline, asked, now_us=visit.now_us)
    if heartline.stores.kept.confirm_address(asked.confirmation.handle, now_us=visit.now_us):
        visit.note("letter.confirmed", f"{asked.confirmation.purpose}: {asked.confirmation.handle}")
    return asked


def tell_consent(heartline: Heartline, asked: Asked, *, now_us: int) -> None:
    """Put the word into the journal, by a source that is trusted: whoever has the mailbox has pressed the button."""
    one = asked.confirmation
    name = _("Confirmed addresses")
    source = heartline.sources.of_kind(SOURCE_KIND, name=name, trust=Trust.TRUSTED)
    event = {
        "type": "track",
        "event": "Consent Confirmed",
        "messageId": f"{one.letter_key}:yes",
        "timestamp": now_us,
        "properties": {
            "purpose": one.purpose,
            "channel": "email",
            "wording": one.wording,
            "version": _VERSION,
            "how": f"double opt-in, {one.cause}",
        },
        "context": {"heartline": {"identifiers": {"email": asked.address}}},
    }
    submit(heartline, source, [event])


def change_asking(visit: Visit) -> bool:
    """Keep whether addresses are asked first; return it."""
    first = visit.field("confirm_first") == "1"
    visit.heartline.change_workspace(confirm_first=first)
    return first
