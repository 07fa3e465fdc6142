"""The port of people and access: bounds, teams, sessions' marks, second factors, tokens, and the audit read back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from heartline.records import ApiToken, AuditLine, Bounds, Right, SecondFactor, SessionLine, Standing, Team, User


class KeptAccess(Protocol):
    """A theme of ``KeptState``."""

    def all_bounds(self) -> Mapping[int, Bounds]:
        """Return what users are bound to, by user; who is not here is unbound."""
        ...

    def set_bounds(self, user_id: int, bounds: Bounds) -> None:
        """Bind a user, or let them go by ``UNBOUND``."""
        ...

    def standing(self, user_id: int, token_hash: bytes = b"") -> Standing:
        """Return what a user, in this session, is held to now."""
        ...

    def teams(self) -> list[Team]:
        """Return all teams by name."""
        ...

    def add_team(self, name: str) -> Team:
        """Add a team. Raises Conflict where the name is taken."""
        ...

    def drop_team(self, team_id: int) -> None:
        """Forget a team; its people and its cases belong to none then."""
        ...

    def case_teams(self) -> Mapping[int, int]:
        """Return the team of each case that has one."""
        ...

    def set_case_team(self, case_id: int, team_id: int) -> None:
        """Give a case to a team; 0 takes it away."""
        ...

    def mark_session(self, token_hash: bytes, *, at_us: int, address: str, agent: str, way: str | None = None) -> None:
        """Note when, whence and by what browser a session was seen; and by which way it began, where that is told."""
        ...

    def sessions_of(self, user_id: int, *, now_us: int) -> list[SessionLine]:
        """Return a user's live sessions, the newest first."""
        ...

    def end_sessions(self, user_id: int, *, but: bytes = b"") -> int:
        """End a user's sessions, all but one; return how many."""
        ...

    def second_factor(self, user_id: int) -> SecondFactor | None:
        """Return a user's second factor, confirmed or about to be."""
        ...

    def set_second_factor(self, user_id: int, *, secret: str, confirmed: bool, last_step: int = 0) -> None:
        """Keep a second factor in place of the one before."""
        ...

    def use_step(self, user_id: int, step: int) -> bool:
        """Use up a step of a confirmed factor; False where it, or a later one, was used before."""
        ...

    def drop_second_factor(self, user_id: int) -> None:
        """Forget a second factor and its recovery codes."""
        ...

    def set_recovery_codes(self, user_id: int, hashes: Collection[bytes]) -> None:
        """Keep recovery codes, by their hashes, in place of those before."""
        ...

    def use_recovery_code(self, user_id: int, code_hash: bytes) -> bool:
        """Use up a recovery code; False where there is no such one (any more)."""
        ...

    def recovery_left(self, user_id: int) -> int:
        """Return how many recovery codes are left."""
        ...

    def guarded_users(self) -> set[int]:
        """Return who has a confirmed second factor."""
        ...

    def add_api_token(
        self,
        token_hash: bytes,
        *,
        user_id: int,
        name: str,
        rights: frozenset[Right],
        places: tuple[str, ...],
        expires_us: int,
    ) -> ApiToken:
        """Keep a token by its hash."""
        ...

    def api_token(self, token_hash: bytes, *, now_us: int) -> tuple[User, ApiToken] | None:
        """Return a live token of somebody who may sign in."""
        ...

    def api_tokens(self, user_id: int | None = None) -> list[ApiToken]:
        """Return tokens, of one user or of all, the newest first; expired ones too."""
        ...

    def use_api_token(self, token_id: int, *, at_us: int) -> None:
        """Note when a token was used."""
        ...

    def drop_api_token(self, token_id: int) -> None:
        """Revoke a token."""
        ...

    def audit(
        self, *, limit: int, before: int | None = None, who: str = "", what: str = "", about: str = ""
    ) -> list[AuditLine]:
        """Return lines of the audit, the newest first: those before a number, by exact ``who``, by what ``what`` begins
        with, by what ``about`` the detail holds.
        """
        ...

    def audit_names(self) -> tuple[list[str], list[str]]:
        """Return who and what the audit has lines of."""
        ...

    def drop_audit(self, *, before_us: int) -> int:
        """Forget lines older than that; return how many."""
        ...
