"""A relay between an SDK and heartline: writes down what crosses, and says heartline's own no as often as it is told.

It changes nothing on the way. What it answers when it refuses comes out of heartline's door: over a full queue (503),
from a source that sent too much (429), to a body over the cap (413), and to one that is no JSON (400).
"""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from heartline.collect import Door
from heartline.config import Settings
from heartline.errors import Unavailable
from heartline.records import NO_FILTERS, NO_RULES, Body, Source, SourceRules, TrafficFilters, Trust

UNTOLD = ("/flags", "/v1/m")
"""Where libraries post what is no event."""
RETRY_AFTER_S = 1.2
"""A little longer than the refusing door's Retry-After."""
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "date", "server"}


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its answer. ``at_s`` is when it came, on a clock of its own."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    at_s: float

    @property
    def json(self) -> Any:
        zipped = self.body.startswith(b"\x1f\x8b")
        return json.loads(gzip.decompress(self.body) if zipped else self.body)

    @property
    def message_ids(self) -> list[str]:
        return [name_message(event) for event in self.events]

    @property
    def events(self) -> list[Any]:
        told = self.json
        return told if isinstance(told, list) else told.get("batch", [told])


@dataclass
class Relay:
    """Where SDKs are pointed at. ``refusals`` is how many more POSTs get ``refusal``.

    ``most`` are the events that a batch may hold before it gets a 413.
    """

    upstream: int
    port: int = 0
    refusals: int = 0
    refusal: int = 503
    most: int = 10**6
    exchanges: list[Exchange] = field(default_factory=list)
    under_way: int = 0
    last_refusal_s: float = float("-inf")
    turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def take_posts(self) -> list[Exchange]:
        """Return the POSTs since the last taking, in the order they came."""
        with self.turn:
            taken, self.exchanges[:] = sorted(self.exchanges, key=lambda each: each.at_s), []
        return [each for each in taken if each.method == "POST" and not each.path.startswith(UNTOLD)]

    def refuses(self, body: bytes) -> int:
        """Return the status to refuse with, 0 for none."""
        with self.turn:
            self.refusals -= 1
            if self.refusals >= 0:
                self.under_way += 1
                return self.refusal
        if self.most < 10**6 and len(Exchange(body=body, **_ANY).events) > self.most:
            return 413
        return 0

    def note_refusal(self) -> None:
        """Note that a refusal was answered."""
        with self.turn:
            self.under_way -= 1
            self.last_refusal_s = time.monotonic()

    def hold_success(self) -> None:
        """Hold a success back while a 429 is waited for: segment-node forgets its wait when another batch succeeds."""
        while self.refusal == 429 and (self.under_way or time.monotonic() < self.last_refusal_s + RETRY_AFTER_S):
            time.sleep(0.02)


_ANY: Any = {"method": "POST", "path": "", "headers": {}, "status": 0, "at_s": 0.0}


def name_message(event: Any) -> str:
    """Return what a message is called by its SDK."""
    found: str = event.get("messageId") or event["uuid"]
    return found


class _Ports:
    """A door's ports where every key is known, the queue may be full, and a source may send one event a second."""

    def __init__(self, *, full: bool) -> None:
        self._full = full

    async def accept(self, body: Body) -> int:
        if self._full:
            raise Unavailable("overloaded", "Too much is waiting to be written.", "Try again.", retry_after_s=1)
        return 1

    def by_key(self, write_key: str) -> Source:
        return Source(source_id=1, name="Any", write_key=write_key, trust=Trust.PUBLIC)

    def by_number(self, source_id: int) -> None:
        return None

    def rules(self, source_id: int) -> SourceRules:
        return NO_RULES if self._full else SourceRules(events_per_s=1)

    def filters(self) -> TrafficFilters:
        return NO_FILTERS

    def refused_at_door(self, reason: str, source_id: int | None) -> None:
        return

    def warn(self, what: str, source_id: int, *, events: int) -> None:
        return


def ask_refusing_door(
    status: int, path: str, headers: dict[str, str], body: bytes
) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return how heartline's door refuses a request with a status."""
    ports = _Ports(full=status != 429)
    door = Door(ports, ports, Settings(body_cap_bytes=10, posthog_cap_bytes=10) if status == 413 else Settings())
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": pairs}

    async def ask() -> list[Any]:
        if status == 429:
            spent = json.dumps({"api_key": "any", "writeKey": "any", "batch": [{}] * 11}).encode()
            await _ask(door, {**scope, "path": "/v1/batch", "headers": []}, spent)
        return await _ask(door, scope, b"{" if status == 400 else body)

    sent = asyncio.run(ask())
    told = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
    assert sent[0]["status"] == status
    return status, told, sent[1]["body"]


async def _ask(door: Door, scope: dict[str, Any], body: bytes) -> list[Any]:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    await door(scope, receive, send)
    return sent


@contextmanager
def a_relay(upstream: int) -> Iterator[Relay]:
    relay = Relay(upstream)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def relay_one(self) -> None:
            at_s = time.monotonic()
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = dict(self.headers.items())
            refusal = relay.refuses(body) if self.command == "POST" and not self.path.startswith(UNTOLD) else 0
            if refusal:
                status, told, answer = ask_refusing_door(refusal, self.path, headers, body)
            else:
                try:
                    status, told, answer = self.ask_heartline(headers, body)
                except (OSError, http.client.HTTPException):
                    # Nobody is there: hang up, as nobody would.
                    self.close_connection = True
                    return
                relay.hold_success()
            seen = {name.lower(): value for name, value in headers.items()}
            with relay.turn:
                relay.exchanges.append(
                    Exchange(method=self.command, path=self.path, headers=seen, body=body, status=status, at_s=at_s)
                )
            self.send_response_only(status)
            for name, value in told:
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)
            if refusal and refusal == relay.refusal:
                relay.note_refusal()

        def ask_heartline(self, headers: dict[str, str], body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            connection = http.client.HTTPConnection("127.0.0.1", relay.upstream, timeout=20)
            try:
                connection.request(self.command, self.path, body or None, headers)
                answer = connection.getresponse()
                return answer.status, answer.getheaders(), answer.read()
            finally:
                connection.close()

        do_GET = do_POST = do_OPTIONS = do_HEAD = relay_one  # noqa: N815  # the names the base class looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        relay.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield relay
        finally:
            server.shutdown()
            thread.join()
