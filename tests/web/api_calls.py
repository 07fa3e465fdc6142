"""Calls of the JSON API as a program makes them."""

from __future__ import annotations

import secrets
from typing import Any

import httpx
from browsing import Browser, a_user

from heartline.app import Heartline
from heartline.records import Right, Role, User
from heartline.web.sessions import API_TOKEN, hash_token, now_us

API = "/api/v1"


def a_token(
    heartline: Heartline,
    user: User,
    *,
    rights: frozenset[Right] = frozenset(Right),
    places: tuple[str, ...] = (),
    hours: int = 1,
) -> str:
    """Make a token of a user's."""
    token = API_TOKEN + secrets.token_urlsafe(32)
    heartline.stores.kept.add_api_token(
        hash_token(token),
        user_id=user.user_id,
        name="test",
        rights=rights,
        places=places,
        expires_us=now_us() + hours * 3_600_000_000,
    )
    return token


class Program(Browser):
    """Calls by token; ``call`` takes a path under ``/api/v1``."""

    def __init__(self, heartline: Heartline, token: str = "", **given: Any) -> None:
        super().__init__(heartline, **given)
        self.token_shown = token

    def call(self, path: str, *, method: str = "GET", **given: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token_shown}"} if self.token_shown else {}
        return self.ask(method, API + path, headers={**headers, **given.pop("headers", {})}, **given)

    def read(self, path: str, **params: Any) -> Any:
        """What a call that must succeed answers."""
        answer = self.call(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def walk(self, path: str, **params: Any) -> list[Any]:
        """All items of all pages of a list."""
        found, after = [], ""
        while after is not None:
            page = self.read(path, **params, after=after)
            found += page["items"]
            after = page["next"]
        return found


def a_program(heartline: Heartline, *, role: Role = Role.OWNER, **given: Any) -> Program:
    """A program of a new user of a role."""
    email = f"{role.value}-{secrets.token_hex(4)}@example.com"
    return Program(heartline, a_token(heartline, a_user(heartline, role=role, email=email), **given))
