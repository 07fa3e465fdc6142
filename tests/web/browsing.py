"""A browser without a screen: cookies, forms and redirects over the ASGI site, on one event loop."""

from __future__ import annotations

import asyncio
import re
from functools import cache
from html import unescape
from types import TracebackType
from typing import Any, Self

import httpx

from heartline.app import Heartline
from heartline.records import Role, User
from heartline.web import Site, issue_entry_link, make_site, server
from heartline.web.passwords import hash_password

PASSWORD = "a sentence nobody guesses"
_TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')
_HEADER = re.compile(r"x-csrftoken&#34;: &#34;([^&]+)&#34;")

_hash_once = cache(hash_password)
# The table of routes knows no installation, and making it takes a seventh of a second of a CPU: once is enough for all.
server._make_pages = cache(server._make_pages)


def a_user(heartline: Heartline, *, role: Role = Role.OWNER, email: str = "owner@example.com") -> User:
    """Add a user whose password is PASSWORD."""
    name = email.split("@", maxsplit=1)[0].title()
    return heartline.stores.kept.add_user(
        email=email, name=name, role=role, language="en", password_hash=_hash_once(PASSWORD)
    )


class Browser:
    """Asks the site as a person's browser would. ``close`` it, or use it in a ``with`` block."""

    def __init__(self, heartline: Heartline, *, base: str = "http://heartline.test", site: Site | None = None) -> None:
        self.heartline = heartline
        transport = httpx.ASGITransport(app=site or make_site(heartline), client=("203.0.113.7", 4711))
        self._loop = asyncio.new_event_loop()
        self._client = httpx.AsyncClient(transport=transport, base_url=base)
        self.cookies = self._client.cookies

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._loop.run_until_complete(self._client.aclose())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        return self._loop.run_until_complete(self._client.request(method, path, **given))

    def get(self, path: str, **given: Any) -> httpx.Response:
        return self.ask("GET", path, **given)

    def post(self, path: str, data: dict[str, Any] | None = None, *, form: str = "", **given: Any) -> httpx.Response:
        """Post a form with the token that the page ``form`` carries (by default the reader's own)."""
        token = self.token(form or "/account")
        return self.ask("POST", path, data={"_csrf_token": token, **(data or {})}, **given)

    def token(self, page: str) -> str:
        text = self.get(page).text
        found = _TOKEN.search(text) or _HEADER.search(text)
        assert found, f"{page} carries no token"
        return unescape(found.group(1))

    def sign_in(self, user: User) -> Browser:
        answer = self.get(issue_entry_link(self.heartline, user))
        assert answer.status_code == 303
        return self
