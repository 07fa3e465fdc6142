"""What guards the way in: sessions, second factors, tokens of programs, teams, and the lines of the audit."""

from __future__ import annotations

from dataclasses import dataclass

from heartline.records.people import UNBOUND, Bounds, Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """People who have cases together."""

    team_id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a user is held to now: their bounds, whether a second factor guards them, when their session was last seen
    (0: not yet), and by which way it began ("password", "link", "oidc"; "" where nobody noted it).
    """

    bounds: Bounds = UNBOUND
    guarded: bool = False
    seen_us: int = 0
    way: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """A session as its user sees it in a list. ``agent`` is the browser as it calls itself."""

    token_hash: bytes
    created_us: int
    expires_us: int
    seen_us: int
    address: str
    agent: str
    way: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """A shared secret for one-time codes (RFC 6238). ``last_step`` is the newest step whose code was used: no code
    works twice, and none older than one that was used.
    """

    secret: str
    confirmed: bool
    last_step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """What a program may do for its maker: some of the maker's rights, for a time; at ``places`` alone, where any are
    named, and never beyond the maker's own. The token itself is shown once and kept as a hash.
    """

    token_id: int
    user_id: int
    name: str
    rights: frozenset[Right]
    places: tuple[str, ...]
    created_us: int
    expires_us: int
    used_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """Who saw or did what, when. ``who`` is an e-mail, or empty where nobody had signed in."""

    audit_id: int
    at_us: int
    who: str
    what: str
    detail: str
