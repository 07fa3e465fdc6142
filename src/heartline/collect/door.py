"""The door: a bare ASGI callable that takes what unchanged SDKs send and answers 200 only once it is durable.

The way of a body is ``find_key`` (whose is it), ``Bouncer.judge`` (may it come in), ``read_body``, ``inflate``,
``pack``, ``Intake.accept``, 200. Single events are not judged here (C6): the gate does that, from the journal, so that
a rule mended later mends the past. docs/reference/http-api.md says what is served.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol
from urllib.parse import parse_qs

from heartline.collect.addresses import cut_addresses
from heartline.collect.answers import (
    SCRIPT,
    Headers,
    Scope,
    Send,
    answer,
    answer_preflight,
    answer_rejection,
)
from heartline.collect.bodies import (
    Gone,
    Packed,
    Receive,
    Rejection,
    inflate,
    pack,
    read_body,
    unwrap_form,
)
from heartline.collect.bouncer import UNKNOWN_KEY, Bouncer, Sources
from heartline.collect.clients import (
    find_own_host,
    write_posthog_config,
    write_posthog_flags,
    write_posthog_script,
    write_rudder_config,
    write_segment_settings,
)
from heartline.collect.cloudevents import pack_cloudevents
from heartline.collect.hooks import HookCall, Verified, find_hook
from heartline.collect.keys import find_key, fold_headers
from heartline.collect.notes import CLOUDEVENTS, POSTHOG, write_note
from heartline.collect.paths import (
    ARRAY_HEAD,
    FLAG_PATHS,
    HOOK_HEAD,
    RUDDER_CONFIG_PATH,
    SETTINGS_HEAD,
    SETTINGS_TAIL,
    STATIC_HEAD,
    UNKEPT_PATHS,
    find_call,
    is_owned,
)
from heartline.config import Settings
from heartline.errors import Unavailable
from heartline.log import get_logger
from heartline.records import NO_RULES, Body, Source

_NO_KEY: Final = Rejection(
    401, "no_write_key", "No write key was given.", "Send it as the Basic user, as writeKey in the body, or ?writeKey=."
)
_NO_PATH: Final = Rejection(404, "not_found", "There is nothing here.", "See docs/reference/http-api.md.")
_TRANSIENT: Final = Rejection(503, "unavailable", "heartline cannot take this now.", "Try again.", retry_after_s=5)
_NUMBER: Final = re.compile(r"^[0-9]{1,9}$")
_EMPTY: Final = b'{"success":true}'

_log = get_logger("collect")


class Intake(Protocol):
    """Where accepted bodies go."""

    async def accept(self, body: Body) -> int:
        """Make a body durable, then return the seq it got in the journal.

        Raises:
            Unavailable: the queue or the disk is full, or heartline is stopping.
        """
        ...


class _Ask(NamedTuple):
    """One request."""

    scope: Scope
    headers: Headers
    receive: Receive
    send: Send

    @property
    def query(self) -> bytes:
        found: bytes = self.scope.get("query_string", b"")
        return found

    @property
    def path(self) -> str:
        found: str = self.scope["path"]
        return found.rstrip("/")


class Door:
    """``Door(intake, sources, settings)`` is the ASGI application for all paths it ``owns``."""

    def __init__(
        self, intake: Intake, sources: Sources, settings: Settings, *, now_us: Callable[[], int] | None = None
    ) -> None:
        self._intake = intake
        self._sources = sources
        self._cap = settings.body_cap_bytes
        self._posthog_cap = settings.posthog_cap_bytes
        self._base_url = settings.base_url
        self._now_us = now_us or (lambda: time.time_ns() // 1000)
        self._bouncer = Bouncer(sources, rate=settings.source_rate)

    def owns(self, path: str) -> bool:
        """Tell whether a request path is the door's; everything else is the web's."""
        return is_owned(path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Nothing a client sends makes it raise or answer 500."""
        ask = _Ask(scope, dict(scope["headers"]), receive, send)
        path: str = scope["path"]
        method: str = scope["method"]
        call = find_call(path)
        try:
            if call is not None and (method == "POST" or (call == POSTHOG and _is_pixel(ask))):
                await self._take(ask, call)
            elif method == "OPTIONS":
                await answer_preflight(send, ask.headers)
            elif path.startswith(HOOK_HEAD):
                await self._take_hook(ask)
            else:
                await self._serve(ask, is_call=call is not None)
        except Gone:
            return
        except Unavailable as error:
            refused = Rejection(503, error.code, error.message, error.hint, retry_after_s=error.retry_after_s)
            await answer_rejection(send, ask.headers, refused)
        except Exception:  # noqa: BLE001  # a bug of ours must cost a retry, never a client's events
            _log.exception("collect.door_failed", path=path[:100])
            await answer_rejection(send, ask.headers, _TRANSIENT)

    async def _take(self, ask: _Ask, call: str) -> None:
        """Take a body of events."""
        key = find_key(ask.headers, ask.query)
        source = None if key is None else self._sources.by_key(key)
        if key is not None and (source is None or not source.enabled):
            await self._refuse(ask, UNKNOWN_KEY, None)
            return
        refused = None if source is None else self._bouncer.judge(source, ask.headers)
        packed = refused or await self._read(ask, call)
        if isinstance(packed, Rejection):
            await self._refuse(ask, packed, source)
            return
        if source is None:
            source = None if packed.key is None else self._sources.by_key(packed.key)
            if source is None or not source.enabled:
                await self._refuse(ask, _NO_KEY if packed.key is None else UNKNOWN_KEY, None)
                return
            refused = self._bouncer.judge(source, ask.headers)
            if refused is not None:
                await self._refuse(ask, refused, source)
                return
        await self._keep(ask, source, packed, call if call in {POSTHOG, CLOUDEVENTS} else "")
        await answer(ask.send, ask.headers, 200, b'{"success":true,"accepted":%d}' % packed.events)

    async def _read(self, ask: _Ask, call: str) -> Packed | Rejection:
        """Read a request's body and pack it for the journal."""
        cap = self._posthog_cap if call == POSTHOG else self._cap
        if ask.scope["method"] == "GET":
            body: bytes | Rejection = ask.query
        else:
            body = await self._read_plain(ask, cap)
        if isinstance(body, Rejection):
            return body
        if call == CLOUDEVENTS:
            return pack_cloudevents(body, ask.headers)
        if call == POSTHOG:
            body = unwrap_form(body)
        return pack(body, call, fold_headers(ask.headers))

    async def _read_plain(self, ask: _Ask, cap: int) -> bytes | Rejection:
        """Read a request's body, decompressed, with the addresses in it cut short."""
        body = await read_body(ask.receive, cap, ask.headers.get(b"content-length"))
        if isinstance(body, bytes):
            body = inflate(body, ask.headers.get(b"content-encoding", b""), cap)
        if isinstance(body, bytes) and not self._sources.filters().whole_addresses:
            body = cut_addresses(body)
        return body

    async def _keep(self, ask: _Ask, source: Source, packed: Packed, dialect: str) -> None:
        """Journal a body with what the door knows of it; return when it is durable."""
        if not packed.events:
            return
        client = ask.scope.get("client")
        note = self._bouncer.note(source, ask.headers, dialect=dialect, address=client[0] if client else "")
        await self._intake.accept(
            Body(
                source_id=source.source_id,
                received_us=self._now_us(),
                payload=write_note(packed.payload, note, noted=packed.noted),
                events=packed.events,
            )
        )
        self._bouncer.count(source, packed)

    async def _take_hook(self, ask: _Ask) -> None:
        """Take a signed webhook, or answer what its sender asks before it sends any."""
        number = ask.path[len(HOOK_HEAD) :]
        source = self._sources.by_number(int(number)) if _NUMBER.match(number) else None
        rules = NO_RULES if source is None else self._sources.rules(source.source_id)
        hook = find_hook(rules.hook)
        if source is None or hook is None or not source.enabled:
            await answer_rejection(ask.send, ask.headers, _NO_PATH)
            return
        refused = self._bouncer.judge(source, {})
        body = refused or await read_body(ask.receive, self._cap, ask.headers.get(b"content-length"))
        if isinstance(body, Rejection):
            await self._refuse(ask, body, source)
            return
        told = hook.verify(
            HookCall(
                method=ask.scope["method"],
                body=body,
                headers=ask.headers,
                query=ask.query,
                url=self._own_url(ask),
                now_us=self._now_us(),
            ),
            rules,
        )
        if isinstance(told, Rejection):
            await self._refuse(ask, told, source)
            return
        if isinstance(told, Verified):
            packed = told.pack(whole_addresses=self._sources.filters().whole_addresses)
            await self._keep(ask, source, packed, rules.hook)
        await answer(ask.send, ask.headers, 200, told.answer, kind=told.kind)

    def _own_url(self, ask: _Ask) -> str:
        protocol, host = find_own_host(self._base_url, ask.scope.get("scheme", "http"), ask.headers.get(b"host"))
        raw: bytes = ask.scope.get("raw_path") or ask.scope["path"].encode()
        query = b"?" + ask.query if ask.query else b""
        return f"{protocol}://{host}{(raw.partition(b'?')[0] + query).decode('latin-1')}"

    async def _refuse(self, ask: _Ask, rejection: Rejection, source: Source | None) -> None:
        self._sources.refused_at_door(rejection.code, None if source is None else source.source_id)
        await answer_rejection(ask.send, ask.headers, rejection)

    async def _serve(self, ask: _Ask, *, is_call: bool) -> None:
        """Serve what carries no events: settings, source config, flags, what is never kept, and what is not here."""
        path, method, send, headers = ask.path, ask.scope["method"], ask.send, ask.headers
        if path in UNKEPT_PATHS and method == "POST":
            await answer(send, headers, 200, _EMPTY)
        elif path in FLAG_PATHS and method in {"POST", "GET"}:
            await answer(send, headers, 200, write_posthog_flags())
        elif is_call or path in UNKEPT_PATHS or path in FLAG_PATHS:
            allow = [(b"allow", b"POST, OPTIONS")]
            wrong = Rejection(405, "method_not_allowed", f"{method[:20]} is not served here.", "Send a POST.")
            await answer_rejection(send, headers, wrong, more=allow)
        elif method not in {"GET", "HEAD"}:
            await answer_rejection(send, headers, _NO_PATH)
        elif path == RUDDER_CONFIG_PATH:
            await self._serve_config(ask, find_key(headers, ask.query), write_rudder_config)
        elif path.startswith(SETTINGS_HEAD) and path.endswith(SETTINGS_TAIL):
            protocol, host = find_own_host(self._base_url, ask.scope.get("scheme", "http"), headers.get(b"host"))
            key = path[len(SETTINGS_HEAD) : -len(SETTINGS_TAIL)]
            await self._serve_config(ask, key, lambda _: write_segment_settings(key, protocol, host))
        elif path.startswith(ARRAY_HEAD) and path.endswith(("/config", "/config.js")):
            key = path[len(ARRAY_HEAD) :].rpartition("/")[0]
            if path.endswith(".js"):
                await self._serve_config(ask, key, lambda _: write_posthog_script(key), kind=SCRIPT)
            else:
                await self._serve_config(ask, key, lambda _: write_posthog_config(key))
        elif path.startswith((STATIC_HEAD, ARRAY_HEAD)):
            await answer(send, headers, 200, b"", kind=SCRIPT)
        else:
            await answer_rejection(send, headers, _NO_PATH)

    async def _serve_config(
        self, ask: _Ask, key: str | None, write: Callable[[Source], bytes], *, kind: tuple[bytes, bytes] | None = None
    ) -> None:
        source = None if key is None else self._sources.by_key(key)
        if source is None:
            await answer_rejection(ask.send, ask.headers, _NO_KEY if key is None else UNKNOWN_KEY)
        else:
            await answer(ask.send, ask.headers, 200, write(source), kind=kind)


def _is_pixel(ask: _Ask) -> bool:
    """Tell whether a GET carries an event in its query, as an image's address does."""
    try:
        return ask.scope["method"] == "GET" and "data" in parse_qs(ask.query.decode("latin-1"), max_num_fields=100)
    except ValueError:
        return False
