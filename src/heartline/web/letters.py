"""Letters out as their pages have them: the outbox, its hours, a test, and the way out for who wants none."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from heartline.act import Sender, hours_open_at, read_relay, write_text
from heartline.app import Heartline
from heartline.errors import Conflict, Invalid, Missing
from heartline.language import _
from heartline.records import Letter, LetterKind, LetterState, Posted, hash_token, is_address
from heartline.web.returned import Reach, read_reach
from heartline.web.visit import Visit

RELAY_SETTING: Final = "relay_away"
"""What the relay said when it was away last; empty while it is there."""
SHOWN: Final = 40
_NOWHERE: Final = "heartline@localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """The outbox as its page shows it. ``away`` is why the relay cannot be used now, ``opens_us`` when letters that can
    wait go next (0: now).
    """

    letters: Sequence[Posted]
    reach: Reach
    states: dict[LetterState, int]
    relay: str
    sender: str
    away: str
    opens_us: int
    now_us: int

    @property
    def moving(self) -> bool:
        """Whether something shown is about to go."""
        return any(one.state is LetterState.WAITING and one.due_us <= self.now_us for one in self.letters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One letter, in the words it is sent in. ``base`` is what links of ours begin with."""

    posted: Posted
    text: str
    base: str
    now_us: int


def read_sender(heartline: Heartline) -> Sender:
    """Return who letters are from, and where their links lead."""
    settings, workspace = heartline.settings, heartline.workspace
    told = settings.mail_from.strip()
    name, _rest, address = told.rpartition("<")
    address = address.rstrip("> ").strip()
    base = workspace.base_url or settings.base_url or f"http://{settings.host}:{settings.port}"
    return Sender(
        address=address if is_address(address) else _NOWHERE,
        name=name.strip(' "') or workspace.name,
        base=base.rstrip("/"),
        secret=heartline.stores.database.secret(),
    )


def read_outbox(heartline: Heartline, *, now_us: int) -> Outbox:
    """Read the page of the outbox."""
    kept, workspace, sender = heartline.stores.kept, heartline.workspace, read_sender(heartline)
    relay = read_relay(heartline.settings.smtp_url)
    opens_us = hours_open_at(now_us, zone=workspace.timezone, first=workspace.letters_from, last=workspace.letters_to)
    return Outbox(
        letters=kept.letters(limit=SHOWN),
        reach=read_reach(heartline),
        states=kept.letter_states(),
        relay="" if relay is None else f"{relay.host}:{relay.port}",
        sender=sender.address,
        away=kept.setting(RELAY_SETTING) or "" if relay is not None else "",
        opens_us=0 if opens_us == now_us else opens_us,
        now_us=now_us,
    )


def open_letter(heartline: Heartline, letter_id: int, *, now_us: int) -> Opened:
    """Read one letter, as it is sent.

    Raises:
        Missing: there is none of this number.
    """
    posted, sender = heartline.stores.kept.letter(letter_id), read_sender(heartline)
    return Opened(posted=posted, text=write_text(posted, sender), base=sender.base, now_us=now_us)


def queue_test(visit: Visit) -> Posted:
    """Queue a letter to whoever asks, by the way of every letter."""
    user, company = visit.require_user(), visit.heartline.workspace.name
    letter = Letter(
        to=user.email,
        subject=_("A test from {company}").format(company=company),
        text=_("This is a test. If you can read it, heartline can send e-mail."),
        kind=LetterKind.TEST,
        key=f"test:{secrets.token_hex(8)}",
        language=visit.language,
    )
    return visit.heartline.stores.kept.queue_letter(letter)


def send_again(visit: Visit, letter_id: int) -> None:
    """Have a letter go once more.

    Raises:
        Missing: there is none of this number that is over.
        Conflict: it asked whose an address is, and went: that is asked once.
    """
    kept = visit.heartline.stores.kept
    if not may_go_again(kept.letter(letter_id)):
        raise Conflict(
            "asked_once", _("An address is asked once whose it is."), _("Wait until somebody leaves it again.")
        )
    kept.send_letter_again(letter_id, now_us=visit.now_us)
    visit.note("letter.again", f"{letter_id}")


def may_go_again(posted: Posted) -> bool:
    """Whether a letter that is over may go once more."""
    once = posted.letter.kind is LetterKind.CONFIRM and posted.state is LetterState.SENT
    return posted.state is not LetterState.WAITING and not once


def change_hours(visit: Visit) -> str:
    """Keep the hours in which letters that can wait are sent; return them for the audit.

    Raises:
        Invalid: an hour that is none.
    """
    told = visit.field("letters_from"), visit.field("letters_to")
    if not all(one.isascii() and one.isdecimal() and len(one) < 3 and int(one) < 24 for one in told):
        raise Invalid("bad_hours", _("An hour is a number from 0 to 23."), _("Choose both from the lists."))
    first, last = int(told[0]), int(told[1])
    visit.heartline.change_workspace(letters_from=first, letters_to=last)
    return f"{first}–{last}"


def find_way_out(heartline: Heartline, token: str) -> tuple[str, LetterKind]:
    """Return whose way out of which letters a token is: an address's handle, and the kind.

    Raises:
        Missing: it is none.
    """
    found = heartline.stores.kept.find_way_out(hash_token(token))
    if found is None:
        raise Missing(
            "no_way_out",
            _("This link is not known."),
            _("Answer the letter and ask for no more; a person reads it."),
        )
    return found
