"""The rival of the ack bar: uvicorn, msgspec and one SQLite append a group commit, and nothing else.

It decodes the same body by the same shape as the door and makes it as durable (WAL, synchronous=FULL, one blob a
commit, whatever arrives during a sync forms the next group). It knows no keys, no limits, no refusals, no CORS.

python bench/bare.py FOLDER
"""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from pysqlite3 import dbapi2


class Batch(msgspec.Struct, rename="camel"):
    """The body, its events left raw."""

    batch: list[msgspec.Raw]
    write_key: Any = None


decode = msgspec.json.Decoder(Batch).decode


class Bare:
    """The application."""

    def __init__(self, path: Path) -> None:
        self._db = dbapi2.connect(str(path), isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute("CREATE TABLE bodies (seq INTEGER PRIMARY KEY, blob BLOB)")
        self._changed = threading.Condition()
        self._waiting: list[tuple[tuple[int, int, bytes], asyncio.Future[None]]] = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                group, self._waiting = self._waiting, []
            blob = msgspec.msgpack.encode([body for body, _ in group])
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("INSERT INTO bodies (blob) VALUES (?)", (blob,))
            self._db.execute("COMMIT")
            group[0][1].get_loop().call_soon_threadsafe(_answer, [future for _, future in group])

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401, ARG002  # ASGI's shapes
        """Serve one request."""
        parts = []
        more = True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        body = b"".join(parts)
        events = len(decode(body).batch)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._changed:
            self._waiting.append(((time.time_ns(), events, body), future))
            self._changed.notify()
        await future
        headers = [(b"content-type", b"application/json"), (b"content-length", b"16")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"success":true}'})


def _answer(futures: list[asyncio.Future[None]]) -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)


def main() -> None:
    """Serve on any free port of loopback, with the same uvicorn settings as heartline."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    print(f"ready: http://127.0.0.1:{listening.getsockname()[1]}/", flush=True)
    config = uvicorn.Config(
        Bare(Path(sys.argv[1]) / "bare.sqlite"),
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
    )
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
