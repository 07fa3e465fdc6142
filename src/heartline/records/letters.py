"""Letters: e-mail that waits to be sent, and how each went."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LINK_MARK: Final = "{link}"
"""Stands in a letter's text for the address of its own link, which is made when it is sent and kept nowhere."""
LONGEST_ADDRESS: Final = 254
_TOKEN_BYTES: Final = 18
_ADDRESS: Final = re.compile(
    r"(?P<local>[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)@"
    r"(?P<domain>[^\W_](?:[\w-]{0,62})(?:\.[^\W_][\w-]{0,62})*)"
)


class LetterKind(StrEnum):
    """What a letter is for. A reply answers somebody who wrote, a test whoever asked, ``CONFIRM`` asks once whether an
    address is its owner's; the others can be stopped.
    """

    SURVEY = "survey"
    REPLY = "reply"
    ALERT = "alert"
    DIGEST = "digest"
    TEST = "test"
    CONFIRM = "confirm"


class LetterState(StrEnum):
    """How a letter stands.

    ``HELD_BACK``: whom it is for wants none of its kind. ``CAUGHT``: no relay is set, so it stays here to be read.
    ``REFUSED``: the relay said no for good. ``GIVEN_UP``: it said "later" too often.
    """

    WAITING = "waiting"
    SENT = "sent"
    CAUGHT = "caught"
    HELD_BACK = "held_back"
    REFUSED = "refused"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter to one address.

    ``key`` makes it one letter however often it is queued. Where ``path`` is set (``/s/``), ``LINK_MARK`` in ``text``
    and ``html`` becomes our address, the path and a token made of kind and key. ``text`` is plain, in ``language``.
    """

    to: str
    subject: str
    text: str
    kind: LetterKind
    key: str
    html: str = ""
    path: str = ""
    reply_to: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A letter in the outbox. ``message_id`` stays the same however often it is tried; ``handle`` is its address's.

    ``told`` is what the relay said last, and ``status`` its SMTP code (0: none).
    """

    letter_id: int
    letter: Letter
    handle: str
    message_id: str
    at_us: int
    due_us: int
    state: LetterState
    attempts: int = 0
    status: int = 0
    told: str = ""
    tried_us: int = 0


def is_address(text: str) -> bool:
    """Whether e-mail can be sent to a text: one plain address, no name beside it, nothing that ends a header."""
    return len(text) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def make_token(secret: bytes, purpose: str, key: str) -> str:
    """Return the opaque token of a link: 144 bits that only who holds the installation's secret can make."""
    digest = hmac.digest(secret, f"{purpose}\0{key}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:_TOKEN_BYTES]).decode()


def hash_token(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
