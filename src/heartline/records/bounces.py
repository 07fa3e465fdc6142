"""Which addresses can be written to: those that bounce, and those whose owners said that they are theirs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

NOBODY_THERE: Final = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
"""Codes that say of the recipient's address that it is none (RFC 3463, RFC 7505). 5.1.7 and 5.1.8 speak of the
sender's, 5.1.0 and 5.1.4 of either.
"""
_STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")


class BounceKind(StrEnum):
    """What came back of a letter: nobody is there, it could not be taken just now, or somebody calls it unwanted."""

    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceNotice:
    """One notice about an address. ``status`` is its enhanced code (RFC 3463, empty: none), ``told_by`` who said so:
    the relay, or a service by its name. ``seq`` is that of its event (0: the relay said it while the letter was sent).
    """

    handle: str
    kind: BounceKind
    at_us: int
    status: str = ""
    told_by: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """What came back from one address. While ``held_us`` is not 0 it is written to no more; ``soft`` only counts.

    The address itself is not kept, only its ``handle``; nor are the words that came back, for they name it.
    """

    handle: str
    held_us: int = 0
    soft: int = 0
    complained_us: int = 0
    last_us: int = 0
    status: str = ""
    told_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceCounts:
    """How many addresses are ``held`` back, how many only bounced softly, and of how many somebody complained."""

    held: int = 0
    soft: int = 0
    complaints: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """An address that was asked whether it is its owner's: by one letter, whose ``letter_key`` makes its link.

    ``cause`` is what it was asked for (``survey:17``), ``purpose`` what they agree to in ``wording``, in ``language``.
    ``confirmed_us`` 0: nobody said yes yet.
    """

    handle: str
    purpose: str
    cause: str
    wording: str
    language: str
    letter_key: str
    asked_us: int
    confirmed_us: int = 0


def find_status(text: str) -> str:
    """Return the first enhanced code in what a server said, or nothing."""
    found = _STATUS.search(text)
    return "" if found is None else found[0]


def weigh_failure(*, permanent: bool, status: str) -> BounceKind:
    """Say what a failure is. A permanent one with a code that speaks of something else (a policy, a full mailbox) does
    not say that nobody is there.
    """
    return BounceKind.HARD if permanent and status in {"", *NOBODY_THERE} else BounceKind.SOFT
