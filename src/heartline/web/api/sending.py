"""Sends the API's answers: whole, with their tag, zipped where it is worth it, and with guarded headers."""

from __future__ import annotations

import gzip
import hashlib
from typing import Final

from heartline.web.asked import Asked, Message, Send

_WORTH_ZIPPING: Final = 1_400
_BODILESS: Final = frozenset({204, 304})


class ApiSend:
    """Gathers one answer and sends it. A GET that the caller has already (``If-None-Match``) is answered 304.

    The tag is a hash of the body as it would go out, so that it can never be right for something else. ``guard`` are
    the headers every answer carries.
    """

    def __init__(self, send: Send, asked: Asked, *, guard: list[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._asked = asked
        self._guard = guard
        self._start: Message = {}
        self._body = bytearray()
        self.started = False

    async def __call__(self, message: Message) -> None:
        """Take a part of the answer."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if not message.get("more_body"):
            await self._finish()

    async def _finish(self) -> None:
        self.started = True
        status, body = int(self._start["status"]), bytes(self._body)
        own = {name for name, _ in self._guard} | {b"content-length"}
        headers = [(name.lower(), value) for name, value in self._start.get("headers", [])]
        headers = [pair for pair in headers if pair[0] not in own] + self._guard
        if status == 200 and self._asked.method in {"GET", "HEAD"}:
            tag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
            headers.append((b"etag", tag.encode()))
            if _names(self._asked.headers.get("if-none-match", ""), tag):
                status, body = 304, b""
        if len(body) > _WORTH_ZIPPING and "gzip" in self._asked.headers.get("accept-encoding", ""):
            body = gzip.compress(body, 4, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
        if status in _BODILESS:
            headers = [pair for pair in headers if pair[0] != b"content-type"]
        else:
            headers.append((b"content-length", str(len(body)).encode()))
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": b"" if self._asked.method == "HEAD" else body})


def _names(given: str, tag: str) -> bool:
    return given.strip() == "*" or tag in {one.strip() for one in given.split(",")}
