"""The port of State for which addresses can be written to: those that bounce, and those that were confirmed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from heartline.records import Bounce, BounceCounts, BounceNotice, Confirmation, Letter


class KeptBounces(Protocol):
    """A part of ``KeptState``."""

    def note_bounce(self, notice: BounceNotice) -> bool:
        """Keep what came back from an address; return whether it is held back by that, or complained, for the first
        time. An event that was heard before changes nothing. A complaint ends letters of every list as well.
        """
        ...

    def bounce_of(self, handle: str) -> Bounce | None:
        """Return what came back from an address, if anything did."""
        ...

    def bounces(self, *, limit: int, handles: Collection[str] | None = None) -> list[Bounce]:
        """Return addresses from which something came back, the latest first: of all, or of some handles."""
        ...

    def bounce_counts(self) -> BounceCounts:
        """Return how many addresses stand how."""
        ...

    def lift_bounce(self, handle: str) -> bool:
        """Write to an address again; return whether it was held back. A new bounce holds it back anew."""
        ...

    def ask_confirmation(self, asked: Confirmation, letter: Letter, *, not_since_us: int) -> bool:
        """Ask an address whether it is its owner's by one letter; return whether that was queued.

        It is not where the address was confirmed, was asked after ``not_since_us``, or its ``cause`` asked any other
        address before.

        Raises:
            Invalid: its address can be none.
            Unavailable: too many letters wait.
        """
        ...

    def confirmation_of(self, handle: str) -> Confirmation | None:
        """Return when an address was asked, and whether it said yes; None where it never was."""
        ...

    def confirmation_by_link(self, token_hash: str) -> Confirmation | None:
        """Return which confirmation has a token of this hash."""
        ...

    def confirm_address(self, handle: str, *, now_us: int) -> bool:
        """Keep that an address is its owner's; return whether that is new."""
        ...

    def confirmation_counts(self) -> tuple[int, int]:
        """Return how many addresses were asked and have not answered, and how many said yes."""
        ...

    def count_asked(self, *, since_us: int) -> int:
        """Return how many addresses were asked since a time."""
        ...
