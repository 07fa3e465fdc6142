"""The port of State for what is shared by link."""

from __future__ import annotations

from typing import Protocol

from heartline.records import Share


class KeptShares(Protocol):
    """A part of ``KeptState``."""

    def shares(self) -> tuple[Share, ...]:
        """Return all links, the newest first; those that have ended too."""
        ...

    def add_share(self, share: Share, *, token_hash: str) -> Share:
        """Keep a new link by the hash of its token."""
        ...

    def open_share(self, token_hash: str, *, now_us: int) -> Share | None:
        """Return a live link and count that it was opened; None where there is none, or it has ended."""
        ...

    def drop_share(self, share_id: int) -> None:
        """Revoke a link: nobody opens it any more. Raises Missing."""
        ...
