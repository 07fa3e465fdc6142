"""The port of State for letters out: the outbox of e-mail, and who wants none."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from heartline.records import Letter, LetterKind, LetterState, Posted


class KeptLetters(Protocol):
    """A part of ``KeptState``."""

    def queue_letter(self, letter: Letter) -> Posted:
        """Put a letter into the outbox; one with a key that is there already is that one, and nothing is queued.

        Raises:
            Invalid: its address can be none.
            Unavailable: too many letters wait.
        """
        ...

    def due_letters(self, *, now_us: int, but: Collection[LetterKind] = (), limit: int = 50) -> list[Posted]:
        """Return what is due first, leaving out some kinds."""
        ...

    def letters(self, *, limit: int, handles: Collection[str] | None = None) -> list[Posted]:
        """Return letters, the latest first: of all, or of some addresses' handles."""
        ...

    def letter(self, letter_id: int) -> Posted:
        """Return one. Raises Missing."""
        ...

    def letter_of_key(self, key: str) -> Posted | None:
        """Return the letter that was queued under a key, while it is kept."""
        ...

    def letter_states(self) -> dict[LetterState, int]:
        """Return how many letters stand how."""
        ...

    def note_letter(self, posted: Posted) -> None:
        """Keep how a letter stands after an attempt."""
        ...

    def send_letter_again(self, letter_id: int, *, now_us: int) -> None:
        """Have a letter that is over sent once more, under the same Message-ID. Raises Missing."""
        ...

    def find_way_out(self, token_hash: str) -> tuple[str, LetterKind] | None:
        """Return whose way out of which letters has a token of this hash: an address's handle, and the kind.

        Ways out stay when letters go.
        """
        ...

    def unsubscribe(self, handle: str, kind: LetterKind, *, now_us: int) -> bool:
        """Send an address no letter of a kind from now on; return whether that is new."""
        ...

    def is_unsubscribed(self, handle: str, kind: LetterKind) -> bool:
        """Whether an address wants no letter of a kind."""
        ...

    def handle_of_address(self, address: str) -> str:
        """Return the handle of an address: the keyed hash of its identifier."""
        ...

    def forget_letters(self, handles: Collection[str]) -> int:
        """Drop the letters to some addresses, and what they confirmed; return how many letters there were. Who
        unsubscribed or bounces stays so.
        """
        ...

    def count_letters(self, *, before_us: int) -> int:
        """Return how many letters that are over are from before a time."""
        ...

    def drop_letters(self, *, before_us: int) -> int:
        """Drop the letters that are over and from before a time; return how many."""
        ...
