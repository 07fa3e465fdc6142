"""What people may ask of us about their data: consent in their own words, erasure with a certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

EVERYTHING: Final = "*"
"""Stands for every purpose, or every channel: a word on all of them at once."""


class ConsentState(StrEnum):
    """What a customer's latest word comes to. ``PENDING`` waits for the second half of a double opt-in."""

    GIVEN = "given"
    PENDING = "pending"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWord:
    """One word of a customer on one purpose by one channel; none is ever overwritten.

    ``seq`` is its event's or act's, ``handle`` the identifier that said it, ``wording`` the exact text they were shown
    and ``version`` its name, ``how`` the way it was given, ``by`` the member of staff who wrote it down, if one did.
    """

    seq: int
    handle: str
    at_us: int
    purpose: str
    channel: str
    state: ConsentState
    wording: str = ""
    version: str = ""
    how: str = ""
    by: str = ""
    source_id: int = 0


class ErasureStep(StrEnum):
    """How far an erasure is: the last step that is done."""

    ASKED = "asked"
    PLANNED = "planned"
    ACTED = "acted"
    JOURNAL = "journal"
    KEPT = "kept"
    FILES = "files"
    CERTIFIED = "certified"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One customer's erasure, as its certificate shows it. ``counts`` is by store; nothing in it is personal.

    ``ref`` is the customer's id, a keyed hash, and ``handles`` are those of the identifiers that went. ``shared`` are
    those of identifiers that other customers' events name too: they stay, as part of these. ``suppressed`` says whether
    what names the first is refused from now on.
    """

    certificate: str
    ref: str
    by: str
    reason: str
    asked_us: int
    done_us: int = 0
    step: ErasureStep = ErasureStep.ASKED
    suppressed: bool = True
    handles: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A handle that is refused, since when, and by which certificate."""

    handle: str
    certificate: str
    since_us: int
