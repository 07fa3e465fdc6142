"""Sessions on the server: the browser holds 256 random bits, State holds their hash, so a stolen file opens nothing.

Programs show a token instead (``Authorization: Bearer hl_…``), kept the same way.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Final

from heartline.app import Heartline
from heartline.errors import Missing
from heartline.language import _
from heartline.records import UNBOUND, ApiToken, Bounds, Right, SessionLine, User, rights_of
from heartline.web.asked import Asked
from heartline.web.regions import read_regions
from heartline.web.security import is_https, make_csrf
from heartline.web.ways_in import demands_second

API_TOKEN: Final = "hl_"  # noqa: S105  # how such tokens begin
BY_PASSWORD: Final = "password"  # noqa: S105  # the name of a way
BY_LINK: Final = "link"
OIDC: Final = "oidc"
_HOUR_US: Final = 3_600_000_000
_MINUTE_US: Final = 60_000_000
_SEEN_EVERY_US: Final = 10 * _MINUTE_US
_LONGEST_AGENT: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody signed in. ``csrf`` is the unmasked token of their forms; ``bounds`` is what they are bound to, and
    ``places`` all places that means.

    ``rights`` is what they may do now. Who has to set up a second factor first may do nothing else (``must_enrol``). A
    program that shows an API token has its number in ``token_id``, and no forms.
    """

    user: User
    csrf: str
    token_hash: bytes
    rights: frozenset[Right]
    bounds: Bounds = UNBOUND
    places: tuple[str, ...] = ()
    must_enrol: bool = False
    token_id: int = 0


def hash_token(token: str) -> bytes:
    """Return what State keeps of a random token."""
    return hashlib.sha256(token.encode()).digest()


def now_us() -> int:
    """Return the wall clock in µs UTC."""
    return time.time_ns() // 1_000


def cookie_name(asked: Asked, heartline: Heartline) -> str:
    """Return the session cookie's name: under https the browser itself holds that no other host may set it."""
    return "__Host-heartline" if is_https(asked, heartline.settings) else "heartline"


def start_session(heartline: Heartline, user: User, *, asked: Asked, way: str) -> str:
    """Begin a session by a way in; return its token, which goes to the browser and nowhere else."""
    token = secrets.token_urlsafe(32)
    heartline.stores.kept.add_session(
        hash_token(token),
        user_id=user.user_id,
        csrf=make_csrf(),
        expires_us=now_us() + heartline.settings.session_hours * _HOUR_US,
    )
    _mark(heartline, hash_token(token), asked, way=way)
    return token


def find_session(heartline: Heartline, asked: Asked) -> Session | None:
    """Return the live session of a request."""
    token = asked.cookies.get(cookie_name(asked, heartline), "")
    if not 20 <= len(token) <= 100:
        return None
    hashed = hash_token(token)
    found = heartline.stores.kept.session(hashed, now_us=now_us())
    if found is None:
        return None
    session, seen_us = _stand(heartline, found[0], csrf=found[1], token_hash=hashed)
    if now_us() - seen_us > _SEEN_EVERY_US:
        _mark(heartline, hashed, asked)
    return session


def find_token(heartline: Heartline, token: str) -> Session | None:
    """Return what an API token stands for: its maker, with some of their rights, at some of their places."""
    if not token.startswith(API_TOKEN) or len(token) > 100:
        return None
    hashed, now = hash_token(token), now_us()
    found = heartline.stores.kept.api_token(hashed, now_us=now)
    if found is None:
        return None
    user, kept = found
    session, _rest = _stand(heartline, user, csrf="", token_hash=hashed, token=kept)
    if now - kept.used_us > _MINUTE_US:
        heartline.stores.kept.use_api_token(kept.token_id, at_us=now)
    return session


def end_session(heartline: Heartline, session: Session | None) -> None:
    """Sign out."""
    if session is not None:
        heartline.stores.kept.end_session(session.token_hash)


def list_sessions(heartline: Heartline, user: User) -> list[tuple[str, SessionLine]]:
    """Return a user's sessions, each with a name that forms may carry: it opens nothing."""
    lines = heartline.stores.kept.sessions_of(user.user_id, now_us=now_us())
    return [(hashlib.sha256(line.token_hash).hexdigest()[:16], line) for line in lines]


def find_own_session(heartline: Heartline, user: User, name: str) -> SessionLine:
    """Return a session of a user by its name in a form.

    Raises:
        Missing: they have none of this name.
    """
    for known, line in list_sessions(heartline, user):
        if known == name:
            return line
    raise Missing("no_session", _("This session has ended already."), _("See where you are signed in."))


def places_of(heartline: Heartline, bounds: Bounds) -> tuple[str, ...]:
    """Return all places that bounds mean: those named, and those of the regions named."""
    if not bounds.regions:
        return bounds.places
    lying = (place for place, region in read_regions(heartline).items() if region in bounds.regions)
    return tuple(sorted({*bounds.places, *lying}))


def _stand(
    heartline: Heartline, user: User, *, csrf: str, token_hash: bytes, token: ApiToken | None = None
) -> tuple[Session, int]:
    standing = heartline.stores.kept.standing(user.user_id, token_hash)
    bounds, places = standing.bounds, places_of(heartline, standing.bounds)
    if token is not None and token.places:
        places = tuple(place for place in token.places if place in places) if bounds.narrow else token.places
        # Without any of its places left a token is still bound: it sees nothing.
        bounds = Bounds(places=token.places, team_id=bounds.team_id)
    # Whom the company's own sign-in let in has proved there what it asks for.
    must_enrol = not standing.guarded and standing.way != OIDC and demands_second(heartline, user.role)
    rights = rights_of(user, bounds=bounds, granted=token.rights if token else None)
    session = Session(
        user=user,
        csrf=csrf,
        token_hash=token_hash,
        rights=rights & {Right.SIGN_IN} if must_enrol else rights,
        bounds=bounds,
        places=places,
        must_enrol=must_enrol,
        token_id=token.token_id if token else 0,
    )
    return session, standing.seen_us


def _mark(heartline: Heartline, token_hash: bytes, asked: Asked, *, way: str | None = None) -> None:
    agent = asked.headers.get("user-agent", "")[:_LONGEST_AGENT]
    heartline.stores.kept.mark_session(token_hash, at_us=now_us(), address=asked.address, agent=agent, way=way)
