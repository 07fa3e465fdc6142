"""The turnstile before surveys: so many customers are let in at once as are served soon; others are told when to come.

A survey in a newsletter is answered by thousands in a minute. Whoever waited in a queue without an end would hear
nothing for longer than anybody waits, and what waits is memory. Who is sent away is sent away before anything is read,
for a hundredth of what an answer costs, and their browser still holds what they chose.
"""

from __future__ import annotations

import random
import secrets
from functools import cache
from typing import Final

from heartline.language import choose_language, speaking
from heartline.web.asked import Scope, Send
from heartline.web.pages.answering import draw_crowded
from heartline.web.parts import View, guest
from heartline.web.security import guard_headers, make_nonce

MOST_AT_ONCE: Final = 32
"""At some 100 answers a second these are served within a third of one."""
SOONEST_S: Final = 3
LATEST_S: Final = 9
_chance: Final = random.Random(secrets.randbits(64))  # noqa: S311  # spreads those who come again, guards nothing


class Turnstile:
    """Counts who is inside. The event loop alone turns it."""

    def __init__(self, most: int = MOST_AT_ONCE) -> None:
        self._most = most
        self._inside = 0
        self.sent_away = 0

    def enter(self, *, begun: bool) -> bool:
        """Let somebody in, who must ``leave``; False where it is full. For who only opens a survey it is full at half:
        an answer that was begun is worth more than one that may be.
        """
        if self._inside >= (self._most if begun else self._most // 2):
            self.sent_away += 1
            return False
        self._inside += 1
        return True

    def leave(self) -> None:
        """Make room for the next."""
        self._inside -= 1


async def send_away(scope: Scope, send: Send, *, workspace: str, https: bool) -> None:
    """Answer 503 with the seconds to wait, spread so that not all come again at once."""
    headers = dict(scope["headers"])
    language = choose_language(headers.get(b"accept-language", b"").decode("latin-1"))
    wait = b"%d" % _chance.randint(SOONEST_S, LATEST_S)
    body = _write_crowded(workspace, language)
    told = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"retry-after", wait),
        *guard_headers(make_nonce(), https=https, path=scope["path"]),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": told})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


@cache
def _write_crowded(workspace: str, language: str) -> bytes:
    """The page, written once for each language: it holds nothing of anybody."""
    with speaking(language):
        view = View(workspace_name=workspace, language=language)
        return str(guest(view, title=workspace, body=draw_crowded())).encode()
