"""API tokens: what a program shows instead of a session. Made by a user for less than the user may, shown once."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

import numpy as np

from heartline.app import Heartline
from heartline.errors import Conflict, Invalid, Missing
from heartline.language import _
from heartline.records import ApiToken, Right, User
from heartline.web.sessions import API_TOKEN, hash_token, now_us
from heartline.web.visit import Visit

GRANTABLE: Final = tuple(right for right in Right if right not in {Right.SIGN_IN, Right.MANAGE_PEOPLE})
"""The rights a token may have: none that would let it make others of its kind, or people."""
DAYS: Final = (7, 30, 90, 365)
_MOST: Final = 50
_DAY_US: Final = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenReading:
    """A user's tokens, and which rights and places a new one may have."""

    tokens: tuple[ApiToken, ...]
    grantable: tuple[Right, ...]
    places: tuple[str, ...]


def make_token(
    heartline: Heartline,
    user: User,
    *,
    name: str,
    rights: Collection[Right],
    places: tuple[str, ...] = (),
    days: int = 90,
) -> tuple[str, ApiToken]:
    """Make a token and return it with what is kept of it; it is never to be had again.

    Raises:
        Invalid: it has no name, or would have no right.
        Conflict: the user has too many.
    """
    granted = frozenset(rights) & frozenset(GRANTABLE)
    if not name:
        raise Invalid("no_token_name", _("A token has a name."), _("Say which program it is for."))
    if not granted:
        raise Invalid("no_token_rights", _("A token without a right opens nothing."), _("Choose what it may do."))
    kept = heartline.stores.kept
    if len(kept.api_tokens(user.user_id)) >= _MOST:
        raise Conflict(
            "many_tokens",
            _("You have {most} tokens already.").format(most=_MOST),
            _("Revoke one that is not used any more."),
        )
    token = API_TOKEN + secrets.token_urlsafe(32)
    expires_us = now_us() + days * _DAY_US
    made = kept.add_api_token(
        hash_token(token), user_id=user.user_id, name=name, rights=granted, places=places, expires_us=expires_us
    )
    return token, made


def read_token_form(
    form: Callable[[str], Collection[str]], *, may: frozenset[Right]
) -> tuple[str, frozenset[Right], int]:
    """Return the name, the rights and the days a form asks for; rights beyond the maker's own are left out."""
    name = " ".join(next(iter(form("token_name")), "").split())[:80]
    rights = frozenset(right for right in GRANTABLE if right.value in form("token_right") and right in may)
    asked = next(iter(form("token_days")), "")
    return name, rights, next((days for days in DAYS if str(days) == asked), 90)


def find_own_token(heartline: Heartline, user: User, token_id: int) -> ApiToken:
    """Return a token of a user.

    Raises:
        Missing: they have none of this number.
    """
    for token in heartline.stores.kept.api_tokens(user.user_id):
        if token.token_id == token_id:
            return token
    raise Missing("no_token", _("You have no token of this number."), _("It may have been revoked."))


def list_places(visit: Visit) -> list[str]:
    """Return the places a token may be bound to: those its maker sees."""
    log = visit.whole_log
    codes = set(np.unique(log.codes["place"]).tolist()) if len(log) else set()
    return sorted(name for code, name in enumerate(log.names["place"]) if code in codes and name) if codes else []


def read_tokens(visit: Visit) -> TokenReading:
    """Read the reader's tokens, and what a new one may be given."""
    return TokenReading(
        tokens=tuple(visit.heartline.stores.kept.api_tokens(visit.require_user().user_id)),
        grantable=tuple(right for right in GRANTABLE if visit.may(right)),
        places=tuple(list_places(visit)),
    )
