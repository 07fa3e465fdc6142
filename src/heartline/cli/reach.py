"""Reaching an installation: opened here where nobody owns its files, else asked over its local socket (rule 9)."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from heartline.app import Heartline, open_heartline
from heartline.collect import DryRun, ImportMapping, ImportReport, write_mapping
from heartline.config import Settings
from heartline.errors import Conflict, HeartlineError, Invalid, Missing, NotAllowed, Unavailable
from heartline.store import ImportJob
from heartline.web import Desk, Tell, UndoPreview

_FAMILIES: Final = {family.__name__: family for family in (Invalid, NotAllowed, Missing, Conflict, Unavailable)}
SOCKET: Final = "heartline.sock"
_SHORT_S: Final = 30
_TRIES: Final = 50
_BETWEEN_S: Final = 0.1


class ImportDesk(Protocol):
    """What an import needs of an installation. See ``heartline.web.Desk``."""

    @property
    def zone(self) -> str:
        """The zone in which times that carry none are read."""
        ...

    @property
    def own(self) -> tuple[str, ...]:
        """The names we go by in files that name brands."""
        ...

    def mappings(self) -> Mapping[str, str]:
        """Return the saved mappings as JSON by name."""
        ...

    def save_mapping(self, mapping: ImportMapping) -> None:
        """Keep a mapping under its own name."""
        ...

    def plan(self, path: Path, mapping: ImportMapping, *, source: str, tell: Tell) -> DryRun:
        """Count what importing a file would do."""
        ...

    def run(self, path: Path, mapping: ImportMapping, *, source: str, tell: Tell) -> ImportReport:
        """Import a file and wait until all of it is seen everywhere."""
        ...

    def imports(self) -> list[tuple[ImportJob, bool]]:
        """Return imports, the newest first, each with whether it is under way."""
        ...

    def undo(self, import_id: int, *, by: str, tell: Tell) -> UndoPreview:
        """Take an import back."""
        ...


@contextmanager
def reach(settings: Settings) -> Iterator[Heartline | Distant]:
    """Open the installation's data directory under its lock, or reach the server that holds it.

    Raises:
        Conflict: another process holds the directory and listens to nobody.
    """
    heartline = _open_unless_busy(settings)
    if heartline is None:
        yield Distant(settings.data_dir / SOCKET)
        return
    with heartline:
        yield heartline


@contextmanager
def reach_desk(settings: Settings) -> Iterator[ImportDesk]:
    """Do as ``reach``, for imports."""
    with reach(settings) as reached:
        yield DistantDesk(reached) if isinstance(reached, Distant) else Desk(reached)


def _open_unless_busy(settings: Settings) -> Heartline | None:
    try:
        return open_heartline(settings)
    except Conflict:
        for _ in range(_TRIES):
            if _listens(settings.data_dir / SOCKET):
                return None
            # A server takes the lock first and listens a moment later.
            time.sleep(_BETWEEN_S)
        raise


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


class Distant:
    """A running server, asked over its local socket."""

    def __init__(self, path: Path) -> None:
        self._socket = path

    def ask(self, method: str, path: str, body: object) -> dict[str, Any]:
        """Ask something short."""
        with _talking(self._socket, timeout_s=_SHORT_S) as line:
            line.request(method, path, None if body is None else msgspec.json.encode(body))
            return next(_hear(line.getresponse()))

    def work(self, path: str, order: object, tell: Tell) -> dict[str, Any]:
        """Have it do something long, and return what it says at the end. Going away stops it."""
        with _talking(self._socket, timeout_s=None) as line:
            line.request("POST", path, msgspec.json.encode(order))
            for said in _hear(line.getresponse()):
                if "stage" in said:
                    tell(said["stage"], said["done"], said["total"])
                else:
                    return said
        raise _fell_silent()


class DistantDesk:
    """The desk of a running server. The server reads the file itself, so it must lie where the server can."""

    def __init__(self, server: Distant) -> None:
        self._server = server
        self._desk: dict[str, Any] | None = None

    @property
    def zone(self) -> str:
        """See ``ImportDesk``."""
        return str(self._read()["zone"])

    @property
    def own(self) -> tuple[str, ...]:
        """See ``ImportDesk``."""
        return tuple(self._read()["own"])

    def mappings(self) -> Mapping[str, str]:
        """See ``ImportDesk``."""
        found: Mapping[str, str] = self._read()["mappings"]
        return found

    def save_mapping(self, mapping: ImportMapping) -> None:
        """See ``ImportDesk``."""
        self._server.ask("POST", "/local/mappings", {"mapping": write_mapping(mapping).decode()})

    def plan(self, path: Path, mapping: ImportMapping, *, source: str, tell: Tell) -> DryRun:
        """See ``ImportDesk``."""
        return msgspec.convert(self._import(path, mapping, source, tell, dry_run=True)["plan"], DryRun)

    def run(self, path: Path, mapping: ImportMapping, *, source: str, tell: Tell) -> ImportReport:
        """See ``ImportDesk``."""
        return msgspec.convert(self._import(path, mapping, source, tell, dry_run=False)["report"], ImportReport)

    def imports(self) -> list[tuple[ImportJob, bool]]:
        """See ``ImportDesk``."""
        told = self._server.work("/local/imported", {}, lambda _stage, _done, _total: None)
        return msgspec.convert(told["imports"], list[tuple[ImportJob, bool]])

    def undo(self, import_id: int, *, by: str, tell: Tell) -> UndoPreview:
        """See ``ImportDesk``."""
        told = self._server.work("/local/undo", {"import_id": import_id, "by": by}, tell)
        return msgspec.convert(told["undone"], UndoPreview)

    def _read(self) -> dict[str, Any]:
        if self._desk is None:
            self._desk = self._server.ask("GET", "/local/desk", None)
        return self._desk

    def _import(self, path: Path, mapping: ImportMapping, source: str, tell: Tell, *, dry_run: bool) -> dict[str, Any]:
        order = {
            "path": str(path.resolve()),
            "mapping": write_mapping(mapping).decode(),
            "source": source,
            "dry_run": dry_run,
        }
        return self._server.work("/local/imports", order, tell)


class _LocalConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path, *, timeout_s: float | None) -> None:
        super().__init__("heartline")
        self._path = path
        self._timeout_s = timeout_s

    def connect(self) -> None:
        """Connect to the socket's path."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self._timeout_s)
        self.sock.connect(str(self._path))


@contextmanager
def _talking(path: Path, *, timeout_s: float | None) -> Iterator[_LocalConnection]:
    line = _LocalConnection(path, timeout_s=timeout_s)
    try:
        yield line
    except (OSError, http.client.HTTPException) as error:
        raise _fell_silent() from error
    finally:
        line.close()


def _hear(answer: http.client.HTTPResponse) -> Iterator[dict[str, Any]]:
    """Yield what the server says, line by line; its errors are raised here as if they were ours."""
    while line := answer.readline():
        said: dict[str, Any] = msgspec.json.decode(line)
        if "error" in said:
            error = said["error"]
            family = _FAMILIES.get(error["family"], HeartlineError)
            raise family(error["code"], error["message"], error["hint"])
        yield said


def _fell_silent() -> Unavailable:
    return Unavailable(
        "server_gone",
        "The running heartline stopped answering.",
        "Give the same command again: an import goes on where it was, anything else begins anew.",
    )
