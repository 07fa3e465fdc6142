"""What the command line asks of a running server (design rule 9): routes that only the local socket reaches.

The socket lies in the data directory and only its owner may open it, so nobody signs in here. A caller over the network
never arrives: the server tells by which of its listening sockets a connection came.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import msgspec

from heartline.app import Heartline
from heartline.collect import read_mapping
from heartline.errors import HeartlineError, Invalid, Missing
from heartline.language import _
from heartline.log import get_logger
from heartline.web.asked import Receive, Scope, Send
from heartline.web.backups import back_up
from heartline.web.compaction import compact
from heartline.web.desk import Desk
from heartline.web.privacy_orders import PRIVACY_WORKS
from heartline.web.reading_now import read_comments
from heartline.web.rebuilding import rebuild
from heartline.web.user_orders import UserOrder, carry_out
from heartline.web.wellbeing import examine

PREFIX: Final = "/local/"
_BODY_CAP: Final = 1 << 20
_TOLD_EVERY_S: Final = 0.1
_log = get_logger("web")


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """An import asked for: a file the server can read, its mapping as JSON, and the name of its source."""

    path: str
    mapping: str
    source: str
    dry_run: bool = False


class RebuildOrder(msgspec.Struct, forbid_unknown_fields=True):
    """A rebuild asked for."""

    check_only: bool = False


class ReadOrder(msgspec.Struct, forbid_unknown_fields=True):
    """How many texts to read at most; 0 is all, and teaches."""

    most: int = 0


class DoctorOrder(msgspec.Struct, forbid_unknown_fields=True):
    """An examination asked for; a deep one reads whole files."""

    deep: bool = True


class BackupOrder(msgspec.Struct, forbid_unknown_fields=True):
    """A backup asked for; the path is as the server sees it."""

    path: str
    whole: bool = False


class UndoOrder(msgspec.Struct, forbid_unknown_fields=True):
    """An import to be undone."""

    import_id: int
    by: str


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """An order that needs no words."""


class Kept(msgspec.Struct, forbid_unknown_fields=True):
    """A mapping to keep, as JSON."""

    mapping: str


class LocalRoutes:
    """The ASGI application behind ``PREFIX``."""

    def __init__(self, heartline: Heartline) -> None:
        self._heartline = heartline

    def owns(self, scope: Scope) -> bool:
        """Tell whether a request is for these routes and came by the local socket."""
        directory = self._heartline.stores.directory
        # A TCP connection's server is an address and a port; nothing a client sends changes it.
        return (
            directory is not None
            and scope["path"].startswith(PREFIX)
            and scope.get("server") is not None
            and tuple(scope["server"]) == (str(directory.socket), None)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            match scope["method"], scope["path"]:
                case "GET", "/local/desk":
                    desk = Desk(self._heartline)
                    mappings = await asyncio.to_thread(desk.mappings)
                    await _answer(send, 200, {"zone": desk.zone, "own": desk.own, "mappings": mappings})
                case "POST", "/local/mappings":
                    kept = await _read(receive, Kept)
                    await asyncio.to_thread(Desk(self._heartline).save_mapping, read_mapping(kept.mapping))
                    await _answer(send, 200, {})
                case "POST", "/local/users":
                    order = await _read(receive, UserOrder)
                    await _answer(send, 200, await asyncio.to_thread(carry_out, self._heartline, order))
                case "POST", path if path in WORKS:
                    shape, do = WORKS[path]
                    await self._work(_Work(self._heartline, await _read(receive, shape), do), receive, send)
                case _:
                    raise Missing("no_route", _("There is nothing here."), _("Use a command line of the same version."))
        except HeartlineError as error:
            await _answer(send, 400, {"error": describe_error(error)})

    async def _work(self, work: _Work, receive: Receive, send: Send) -> None:
        leaving = asyncio.create_task(_wait_until_gone(receive, work))
        headers = [(b"content-type", b"application/x-ndjson")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            async for line in work.lines():
                await send({"type": "http.response.body", "body": line + b"\n", "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            work.gone.set()
            leaving.cancel()


class _GoneError(Exception):
    """Nobody listens any more: the work stops. An import goes on when it is asked for again, a rebuild begins anew."""


class _Work:
    """Something long in a thread of its own; its progress and its end come out as lines of JSON."""

    def __init__(self, heartline: Heartline, order: Any, do: Do) -> None:  # noqa: ANN401  # a Struct of ``do``'s shape
        self.gone = threading.Event()
        self.heartline = heartline
        self.order = order
        self._do = do
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._next = 0.0

    async def lines(self) -> AsyncIterator[bytes]:
        """Start it; yield lines until it ends."""
        # Not the shared pool: this runs for minutes, and pages wait for that pool.
        threading.Thread(target=self._run, name="heartline-work", daemon=True).start()
        while (line := await self._lines.get()) is not None:
            yield line

    def _run(self) -> None:
        try:
            self._say(self._do(self))
        except _GoneError:
            _log.info("web.work_left", order=type(self.order).__name__)
        except HeartlineError as error:
            self._say({"error": describe_error(error)})
        except Exception as error:  # noqa: BLE001  # the caller must hear of it; the trace is logged
            _log.exception("web.work_failed", order=type(self.order).__name__)
            broken = HeartlineError(
                "broken", _("Something broke: {error}.").format(error=error), _("Its trace is in the server's log.")
            )
            self._say({"error": describe_error(broken)})
        finally:
            self._put(None)

    def tell(self, stage: str, done: int, total: int) -> None:
        """Say how far it is. See ``Tell``."""
        if self.gone.is_set():
            raise _GoneError
        now = time.monotonic()
        if now >= self._next or done >= total:
            self._next = now + _TOLD_EVERY_S
            self._say({"stage": stage, "done": done, "total": total})

    def pause(self, seconds: float) -> None:
        """Wait, unless nobody listens any more."""
        if self.gone.wait(seconds):
            raise _GoneError

    def _say(self, said: object) -> None:
        self._put(msgspec.json.encode(said))

    def _put(self, line: bytes | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._lines.put_nowait, line)
        except RuntimeError:
            # The server stopped; the checkpoint stays.
            self.gone.set()


Do = Callable[[_Work], dict[str, object]]
"""What a work does: it reads its order, tells how far it is, and returns what it says at the end."""


def _import(work: _Work) -> dict[str, object]:
    order, mapping = work.order, read_mapping(work.order.mapping)
    desk, path = Desk(work.heartline, pause=work.pause), Path(order.path)
    if order.dry_run:
        return {"plan": asdict(desk.plan(path, mapping, source=order.source, tell=work.tell))}
    return {"report": asdict(desk.run(path, mapping, source=order.source, tell=work.tell))}


def _list_imports(work: _Work) -> dict[str, object]:
    return {"imports": [[asdict(job), under_way] for job, under_way in Desk(work.heartline).imports()]}


def _undo(work: _Work) -> dict[str, object]:
    order = work.order
    return {"undone": asdict(Desk(work.heartline).undo(order.import_id, by=order.by, tell=work.tell))}


def _rebuild(work: _Work) -> dict[str, object]:
    return {"report": asdict(rebuild(work.heartline, tell=work.tell, check_only=work.order.check_only))}


def _compact(work: _Work) -> dict[str, object]:
    return {"report": asdict(compact(work.heartline, tell=work.tell))}


def _hear(work: _Work) -> dict[str, object]:
    return {"report": asdict(read_comments(work.heartline, tell=work.tell, most=work.order.most or None))}


def _examine(work: _Work) -> dict[str, object]:
    return {"wellbeing": asdict(examine(work.heartline, tell=work.tell, deep=work.order.deep))}


def _back_up(work: _Work) -> dict[str, object]:
    made = back_up(work.heartline, Path(work.order.path), tell=work.tell, whole=work.order.whole)
    return {"report": asdict(made)}


WORKS: Final[dict[str, tuple[type[Any], Do]]] = {
    "/local/imports": (Order, _import),
    "/local/imported": (Nothing, _list_imports),
    "/local/undo": (UndoOrder, _undo),
    "/local/rebuild": (RebuildOrder, _rebuild),
    "/local/backup": (BackupOrder, _back_up),
    "/local/doctor": (DoctorOrder, _examine),
    "/local/compact": (Nothing, _compact),
    "/local/read": (ReadOrder, _hear),
    **PRIVACY_WORKS,
}
"""What takes long, by path: the shape of its order and what it does."""


def describe_error(error: HeartlineError) -> dict[str, str]:
    """Return an error as JSON, with the name of its family."""
    return {"family": type(error).__name__, "code": error.code, "message": error.message, "hint": error.hint}


async def _wait_until_gone(receive: Receive, work: _Work) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    work.gone.set()


async def _read(receive: Receive, shape: type[Any]) -> Any:  # noqa: ANN401  # a Struct of the shape asked for
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _BODY_CAP:
            raise Invalid("too_large", _("That is more than is asked for here."))
        if not message.get("more_body"):
            break
    try:
        return msgspec.json.decode(bytes(body), type=shape)
    except msgspec.MsgspecError as error:
        raise Invalid(
            "bad_order",
            _("That cannot be read: {error}.").format(error=error),
            _("Use a command line of this version."),
        ) from None


async def _answer(send: Send, status: int, said: object) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": msgspec.json.encode(said)})
