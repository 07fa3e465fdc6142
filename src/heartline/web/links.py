"""One-time links: first set-up, the demo's way in, setting a password; and the step between password and second factor.

Kept as hashes, spent once, each expires.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final

from heartline.app import Heartline
from heartline.errors import Missing
from heartline.language import _
from heartline.records import Role, User
from heartline.web.passwords import UNUSABLE
from heartline.web.sessions import hash_token, now_us

SETUP: Final = "setup"
ENTER: Final = "enter"
PASSWORD: Final = "password"  # noqa: S105  # the purpose's name
SECOND: Final = "second"
_MINUTES: Final = {SETUP: 1_440, ENTER: 60, PASSWORD: 4_320, SECOND: 10}
_SETTING: Final = "one_time_links"
_MOST: Final = 500
_changing: Final = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link not spent yet. ``user_id`` is 0 where it is nobody's."""

    hashed: str
    purpose: str
    user_id: int
    expires_us: int


def issue_setup_link(heartline: Heartline) -> str:
    """Return the path of the page that makes the first owner. An earlier one stops working."""
    return f"/setup?token={_issue(heartline, SETUP, 0)}"


def issue_entry_link(heartline: Heartline, user: User | None = None) -> str:
    """Return a path that signs a user in once, within the hour: without one the first owner, made where none is."""
    return f"/enter?token={_issue(heartline, ENTER, (user or _first_owner(heartline)).user_id)}"


def issue_password_link(heartline: Heartline, user: User) -> str:
    """Return a path on which a user chooses a password, within three days. An earlier one stops working."""
    return f"/password?token={_issue(heartline, PASSWORD, user.user_id)}"


def issue_second_link(heartline: Heartline, user: User) -> str:
    """Return a token that says for ten minutes that a user has shown the first thing they must."""
    return _issue(heartline, SECOND, user.user_id)


def drop_links(heartline: Heartline, user: User) -> None:
    """End all links of a user."""
    with _changing:
        _keep(heartline, _without(heartline, lambda link: link.user_id == user.user_id))


def find_link(heartline: Heartline, token: str, purpose: str) -> Link:
    """Return the live link of a token.

    Raises:
        Missing: it was used, has expired, or never was.
    """
    hashed = hash_token(token).hex()
    for link in _links(heartline):
        if link.purpose == purpose and hmac.compare_digest(link.hashed, hashed) and link.expires_us > now_us():
            return link
    raise Missing("link_used", _("This link was used already, or it has expired."), _("Ask for a new one."))


def spend_link(heartline: Heartline, token: str, purpose: str) -> Link:
    """Return the live link of a token and end it, so that of two who come at once one is refused.

    Raises:
        Missing: as ``find_link``.
    """
    with _changing:
        found = find_link(heartline, token, purpose)
        _keep(heartline, [link for link in _links(heartline) if link != found])
    return found


def _issue(heartline: Heartline, purpose: str, user_id: int) -> str:
    token = secrets.token_urlsafe(32)
    fresh = Link(
        hashed=hash_token(token).hex(),
        purpose=purpose,
        user_id=user_id,
        expires_us=now_us() + _MINUTES[purpose] * 60_000_000,
    )
    with _changing:
        others = _without(heartline, lambda link: (link.purpose, link.user_id) == (purpose, user_id))
        _keep(heartline, [*others[-_MOST:], fresh])
    return token


def _without(heartline: Heartline, drop: Callable[[Link], bool]) -> list[Link]:
    now = now_us()
    return [link for link in _links(heartline) if link.expires_us > now and not drop(link)]


def _links(heartline: Heartline) -> list[Link]:
    return [Link(**kept) for kept in json.loads(heartline.stores.kept.setting(_SETTING) or "[]")]


def _keep(heartline: Heartline, links: list[Link]) -> None:
    heartline.stores.kept.set_setting(_SETTING, json.dumps([asdict(link) for link in links]))


def _first_owner(heartline: Heartline) -> User:
    kept = heartline.stores.kept
    owners = [user for user in kept.users() if user.role is Role.OWNER and user.enabled]
    if owners:
        return owners[0]
    return kept.add_user(email="you@example.com", name="You", role=Role.OWNER, language="en", password_hash=UNUSABLE)
