"""An ASGI client of a few lines, and in-memory stand-ins for the door's two ports."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from heartline.collect import Door
from heartline.config import Settings
from heartline.errors import Unavailable
from heartline.records import NO_FILTERS, NO_RULES, Body, Source, SourceRules, TrafficFilters, Trust

RECEIVED_US = 1_795_000_000_000_000
PUBLIC = Source(source_id=1, name="Shop", write_key="public-key", trust=Trust.PUBLIC)
TRUSTED = Source(source_id=2, name="Server", write_key="server-key", trust=Trust.TRUSTED)
OFF = Source(source_id=3, name="Old", write_key="old-key", trust=Trust.PUBLIC, enabled=False)


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Doorstep:
    """A door with everything it told its ports."""

    bodies: list[Body] = field(default_factory=list)
    refused: list[tuple[str, int | None]] = field(default_factory=list)
    failure: Exception | None = None
    keys_down: bool = False
    settings: Settings = field(default_factory=Settings)
    asked: dict[int, SourceRules] = field(default_factory=dict)
    left_out: TrafficFilters = NO_FILTERS
    warned: list[tuple[str, int, int]] = field(default_factory=list)
    _door: tuple[Door, Settings] | None = None

    async def accept(self, body: Body) -> int:
        if self.failure is not None:
            raise self.failure
        self.bodies.append(body)
        return len(self.bodies)

    def by_key(self, write_key: str) -> Source | None:
        if self.keys_down:
            raise Unavailable("keys_down", "Keys cannot be looked up now.", retry_after_s=7)
        return {source.write_key: source for source in (PUBLIC, TRUSTED, OFF)}.get(write_key)

    def by_number(self, source_id: int) -> Source | None:
        return {source.source_id: source for source in (PUBLIC, TRUSTED, OFF)}.get(source_id)

    def rules(self, source_id: int) -> SourceRules:
        return self.asked.get(source_id, NO_RULES)

    def filters(self) -> TrafficFilters:
        return self.left_out

    def warn(self, what: str, source_id: int, *, events: int) -> None:
        self.warned.append((what, source_id, events))

    def refused_at_door(self, reason: str, source_id: int | None) -> None:
        self.refused.append((reason, source_id))

    def call(
        self,
        method: str,
        path: str,
        body: bytes | list[bytes] = b"",
        *,
        key: str | None = "public-key",
        query: str = "",
        headers: dict[str, str] | None = None,
        hang_up: bool = False,
        address: str | None = None,
    ) -> Reply:
        pairs = {name.lower(): value for name, value in (headers or {}).items()}
        if key is not None:
            pairs.setdefault("authorization", "Basic " + base64.b64encode(f"{key}:".encode()).decode())
        parts = [body] if isinstance(body, bytes) else body
        messages: list[dict[str, Any]] = [
            {"type": "http.request", "body": part, "more_body": hang_up or i < len(parts) - 1}
            for i, part in enumerate(parts)
        ]
        messages.append({"type": "http.disconnect"})
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return messages.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "scheme": "http",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in pairs.items()],
            "client": None if address is None else (address, 1234),
        }
        if self._door is None or self._door[1] is not self.settings:
            self._door = (Door(self, self, self.settings, now_us=lambda: RECEIVED_US), self.settings)
        asyncio.run(self._door[0](scope, receive, send))
        if not sent:
            return Reply(0, {}, b"")
        return Reply(
            sent[0]["status"],
            {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]},
            b"".join(message["body"] for message in sent[1:]),
        )

    def post(self, path: str, payload: object, **given: Any) -> Reply:
        return self.call("POST", path, json.dumps(payload).encode(), **given)


@pytest.fixture
def doorstep() -> Doorstep:
    return Doorstep()


@pytest.fixture(name="public")
def public_source() -> Source:
    return PUBLIC


@pytest.fixture(name="trusted")
def trusted_source() -> Source:
    return TRUSTED
