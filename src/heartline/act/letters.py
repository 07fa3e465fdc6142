"""Letters out: what is written around them, when they may go, and what comes of an attempt. All pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

from heartline.act.webhooks import AGAIN_S
from heartline.errors import Invalid
from heartline.language import _, speaking
from heartline.records import (
    LINK_MARK,
    BounceKind,
    Letter,
    LetterKind,
    LetterState,
    Posted,
    find_status,
    is_address,
    make_token,
    weigh_failure,
)

CAN_WAIT: Final = frozenset({LetterKind.SURVEY, LetterKind.DIGEST})
"""Kinds that wait for the hours in which the company writes."""
NOT_A_LIST: Final = frozenset({LetterKind.REPLY, LetterKind.TEST, LetterKind.CONFIRM})
"""Kinds that answer somebody, that somebody asked for just now, or that come once: nothing to unsubscribe from."""
FIRST_ASKS: Final = frozenset({LetterKind.SURVEY, LetterKind.DIGEST})
"""Kinds that wait until an address is known to be its owner's, where that is asked."""
LONGEST_SUBJECT: Final = 200
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_TLS: Final = frozenset({"always", "never"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """The server that takes our mail. ``tls`` is ``implicit`` (from the first byte), ``starttls`` or ``none``."""

    host: str
    port: int
    tls: str
    user: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who a letter is from, and where its links lead. ``base`` is our public address without a closing slash."""

    address: str
    name: str
    base: str
    secret: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a relay said of one letter: a code of SMTP (0: it was lost on the way), and its words; ``of_recipient``
    where it said so to the recipient's address, before it heard the letter.
    """

    status: int
    told: str = ""
    of_recipient: bool = False


def read_relay(url: str) -> Relay | None:
    """Read ``smtp://user:password@host:587`` or ``smtps://…:465``; None where no relay is set.

    ``smtp`` speaks STARTTLS and sends nothing without it, except to this machine itself or with ``?tls=never``.

    Raises:
        Invalid: it is no such address.
    """
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _bad_relay() from None
    tls = parse_qs(parts.query).get("tls", ["always"])[0]
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or tls not in _TLS:
        raise _bad_relay()
    if parts.scheme == "smtps":
        how = "implicit"
    else:
        here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
        how = "none" if tls == "never" or here else "starttls"
    return Relay(
        host=parts.hostname,
        port=port or (465 if how == "implicit" else 587),
        tls=how,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _bad_relay() -> Invalid:
    return Invalid(
        "bad_relay", _("HEARTLINE_SMTP_URL cannot be read."), _("Write smtp://user:password@mail.example.com:587.")
    )


def plain_line(text: str, *, longest: int = LONGEST_SUBJECT) -> str:
    """Return a text as one line for a header: no control character, no turning of the writing's direction."""
    return _CONTROL.sub(" ", text).strip()[:longest]


def own_link(letter: Letter, sender: Sender) -> str:
    """Return the address of a letter's own link, or nothing."""
    token = make_token(sender.secret, letter.kind.value, letter.key)
    return f"{sender.base}{letter.path}{token}" if letter.path else ""


def unsubscribe_link(posted: Posted, sender: Sender) -> str:
    """Return the address by which the recipient stops letters of this kind; nothing for what is no list."""
    if posted.letter.kind in NOT_A_LIST:
        return ""
    return f"{sender.base}/u/{make_token(sender.secret, f'unsubscribe {posted.letter.kind.value}', posted.handle)}"


def write_text(posted: Posted, sender: Sender) -> str:
    """Return a letter's plain text as it is sent: its link in place, the way out below it."""
    text = posted.letter.text.replace(LINK_MARK, own_link(posted.letter, sender)).rstrip()
    way_out = unsubscribe_link(posted, sender)
    with speaking(posted.letter.language):
        said = _("No more letters of this kind:")
    return f"{text}\n\n-- \n{said} {way_out}\n" if way_out else f"{text}\n"


def write_letter(posted: Posted, sender: Sender, *, now: datetime) -> EmailMessage:
    """Return a letter as RFC 5322 has it. Headers are built from parts, so no text of anybody's can add one.

    ``Message-ID`` is the letter's own, whenever and however often it is tried (RFC 8058 for the way out).
    """
    letter, message = posted.letter, EmailMessage(policy=SMTP)
    message["From"] = Address(display_name=plain_line(sender.name, longest=80), addr_spec=encode_domain(sender.address))
    message["To"] = Address(addr_spec=encode_domain(letter.to))
    message["Subject"] = plain_line(letter.subject) or "…"
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{posted.message_id}@{encode_domain(sender.address).rpartition('@')[2]}>"
    if letter.reply_to and is_address(letter.reply_to):
        message["Reply-To"] = Address(addr_spec=encode_domain(letter.reply_to))
    if letter.kind is not LetterKind.REPLY:
        message["Auto-Submitted"] = "auto-generated"
    way_out = unsubscribe_link(posted, sender)
    if way_out:
        message["List-Unsubscribe"] = f"<{way_out}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(write_text(posted, sender), cte="quoted-printable")
    if letter.html:
        link = escape(own_link(letter, sender))
        message.add_alternative(letter.html.replace(LINK_MARK, link), subtype="html", cte="quoted-printable")
    return message


def encode_domain(address: str) -> str:
    """Return an address with its domain as the wire has it (IDNA)."""
    local, _at, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return address


def judge_letter(posted: Posted, said: Said, *, now_us: int, chance: float) -> Posted:
    """Say what becomes of a letter after an attempt. ``chance`` in 0…1 spreads the attempts of many."""
    tried = replace(
        posted, attempts=posted.attempts + 1, status=said.status, told=plain_line(said.told), tried_us=now_us
    )
    if 200 <= said.status < 300:
        return replace(tried, state=LetterState.SENT)
    if said.status >= 500:
        return replace(tried, state=LetterState.REFUSED)
    if tried.attempts > len(AGAIN_S):
        return replace(tried, state=LetterState.GIVEN_UP)
    wait_s = AGAIN_S[tried.attempts - 1] * (1 + 0.2 * chance)
    return replace(tried, due_us=now_us + int(wait_s * 1_000_000))


def judge_bounce(after: Posted, said: Said) -> BounceKind | None:
    """Say what an attempt says of the address: nobody is there, it took nothing for days, or nothing.

    A relay refuses for many reasons. Only where it refuses the recipient, with a code that says the address is none,
    does it say that nobody is there.
    """
    if after.state is LetterState.GIVEN_UP:
        return BounceKind.SOFT if said.status else None
    if after.state is not LetterState.REFUSED or not said.of_recipient:
        return None
    status = find_status(said.told)
    return weigh_failure(permanent=True, status=status) if status else None


def hours_open(now_us: int, *, zone: str, first: int, last: int) -> bool:
    """Whether letters that can wait may go now: from ``first`` to ``last`` o'clock, over midnight too."""
    if first == last:
        return True
    hour = datetime.fromtimestamp(now_us / 1_000_000, ZoneInfo(zone)).hour
    return first <= hour < last if first < last else hour >= first or hour < last


def hours_open_at(now_us: int, *, zone: str, first: int, last: int) -> int:
    """Return when letters that can wait may go next, in µs UTC: now, or the next ``first`` o'clock."""
    if hours_open(now_us, zone=zone, first=first, last=last):
        return now_us
    now = datetime.fromtimestamp(now_us / 1_000_000, ZoneInfo(zone))
    opens = now.replace(hour=first, minute=0, second=0, microsecond=0)
    opens = opens if opens > now else opens + timedelta(days=1)
    return int(opens.timestamp() * 1_000_000)
