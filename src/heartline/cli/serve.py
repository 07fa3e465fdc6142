"""``heartline serve``: collect, project and show, in one process."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import click
import uvicorn

from heartline.app import Heartline, open_heartline
from heartline.config import Settings, read_settings
from heartline.errors import Unavailable
from heartline.log import configure_logging
from heartline.understand import mask_personal
from heartline.web import (
    CaseRounds,
    Courier,
    Housekeeper,
    Postman,
    TracedSite,
    issue_setup_link,
    let_go_of_old,
    make_site,
    open_exporter,
)

_TURN_S = 0.0005
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # as in glibc's malloc.h
_ARENAS = 2
_TRIM_S = 20


@click.command("serve")
@click.option("--data", "data_dir", type=click.Path(path_type=Path), help="Where everything is kept. [default: data]")
@click.option("--host", help="The address to listen on. [default: 127.0.0.1]")
@click.option("--port", type=int, help="The port to listen on, 0 for any free one. [default: 8118]")
def verb(data_dir: Path | None, host: str | None, port: int | None) -> None:
    """Run heartline: take interactions, find their customers, show the journeys."""
    settings = read_settings(data_dir=data_dir, host=host, port=port)
    configure_logging(settings.log_level, as_json=settings.log_json, mask=mask_personal)
    with open_heartline(settings) as heartline:
        listening = listen(settings)
        address = address_of(settings, listening)
        path = "/" if heartline.stores.kept.users() else issue_setup_link(heartline)
        click.echo(f"heartline is ready: {address}{path}")
        run(heartline, listening)


def listen(settings: Settings) -> socket.socket:
    """Open the listening socket.

    Raises:
        Unavailable: the address is taken or not ours.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        # From here on callers wait to be served: "ready" is printed before the event loop runs.
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise Unavailable(
            "port_taken", f"{settings.host}:{settings.port} cannot be listened on: {error}.", "Choose another --port."
        ) from error
    return listening


def address_of(settings: Settings, listening: socket.socket) -> str:
    """Return the address people open."""
    if settings.base_url:
        return settings.base_url.rstrip("/")
    host = settings.host if ":" not in settings.host else f"[{settings.host}]"
    return f"http://{host}:{listening.getsockname()[1]}"


def run(heartline: Heartline, listening: socket.socket) -> None:
    """Serve until the process is told to stop; the command line's verbs come by a local socket of their own."""
    # The projector and large pages hold the interpreter; who waits for an answer must not wait for four turns of 5 ms.
    sys.setswitchinterval(_TURN_S)
    # Letters lead to us, and no request says where that is.
    heartline.settings = replace(heartline.settings, port=listening.getsockname()[1])
    # What was imported stays: searching it for cycles again and again stopped all threads for 100 ms each time.
    gc.collect()
    gc.freeze()
    trimming = _Trimming()
    local = _listen_locally(heartline)
    heartline.room.keep()
    heartline.start()
    beside = (Housekeeper(heartline), Courier(heartline), CaseRounds(heartline), Postman(heartline), trimming)
    for thread in beside:
        thread.start()
    site = make_site(heartline)
    endpoint = heartline.settings.telemetry_endpoint
    traced = TracedSite(site, open_exporter(endpoint)) if endpoint else None
    config = uvicorn.Config(
        traced or site,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=True,
        lifespan="off",
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=65_536,
    )
    try:
        # Not asyncio.run: uvicorn's own way brings its quicker event loop, which is half of what an answer costs.
        with _ending_well():
            uvicorn.Server(config).run(sockets=[listening, *([local] if local else [])])
    finally:
        for thread in beside:
            thread.stop()
        if traced is not None:
            traced.close()
        # What is frozen at the end counts as leaked, and DuckDB's binding would say so on the terminal.
        gc.unfreeze()
        if heartline.stores.directory is not None:
            heartline.stores.directory.socket.unlink(missing_ok=True)


class _Trimming:
    """Has what is remembered of old logs let go, and the C library give memory back to the system (glibc alone does).

    Arrays of a megabyte are mapped each on their own, so that they go back when freed. Left alone, glibc raises that
    bound as arrays come and go and keeps what was freed: 533 MB at rest instead of 443 over a million interactions.
    What is smaller lies in few arenas, not eight a core, and every so often the pages in them that hold nothing are
    given back: packed logs come and go with every event, and the holes they leave grew by 60 MiB an hour
    (docs/explanation/performance.md).
    """

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartline-trimming", daemon=True)
        self._trim: Callable[[int], int] | None = None
        with contextlib.suppress(OSError, AttributeError):
            library = ctypes.CDLL(None)
            library.mallopt(_M_MMAP_THRESHOLD, 1 << 20)
            library.mallopt(_M_ARENA_MAX, _ARENAS)
            self._trim = library.malloc_trim

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(_TRIM_S):
            let_go_of_old()
            if self._trim is not None:
                self._trim(0)


@contextlib.contextmanager
def _ending_well() -> Iterator[None]:
    """Let a told process close its files: uvicorn raises the signal again once it has stopped, and that kills."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _listen_locally(heartline: Heartline) -> socket.socket | None:
    if heartline.stores.directory is None:
        return None
    path = heartline.stores.directory.socket
    path.unlink(missing_ok=True)
    local = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # A path too long for a socket (about 108 bytes) leaves the verbs to say that the directory is busy.
        local.bind(str(path))
    except OSError:
        local.close()
        return None
    with contextlib.suppress(OSError):
        os.chmod(path, 0o600)  # noqa: PTH101  # a socket, not a file of ours
    # As with the port: a verb given now waits to be served.
    local.listen(64)
    return local
