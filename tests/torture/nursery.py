"""Servers that are forked from one process that has imported heartline, so that a thousand starts cost little more."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest

NURSE = """
import os, sys
import heartline.cli.serve
import heartline.cli
from heartline.cli import main
from heartline.store import identifier_book, key_filter, sql_messages
# Few keys wait and few identifiers stand unsorted, so that kills meet merges too.
sql_messages.SETTLE_KEYS, key_filter.SEGMENT_KEYS, identifier_book.SORT_AFTER = 60, 2048, 30
while line := sys.stdin.readline():
    gate, go = os.pipe()
    child = os.fork()
    if not child:
        # Not before it was named: what it says comes after that.
        os.read(gate, 1)
        os.close(gate), os.close(go)
        os.environ["HEARTLINE_FAIL_POINT"] = line.strip()
        sys.argv[1:] = ["serve", "--port", "0"]
        main()
        sys.exit()
    print("child", child, flush=True)
    os.write(go, b".")
    os.close(gate), os.close(go)
    _, status = os.waitpid(child, 0)
    print("ended", os.waitstatus_to_exitcode(status), flush=True)
    if not os.WIFSIGNALED(status):
        break
"""

PATIENCE_S = 300.0
"""So long a server may take to start or to end: a loaded machine is slow, but who waits for ever tells nothing."""

Batches = Callable[["Writer", int], list[dict[str, Any]]]


class Nursery:
    """Starts one server at a time over one data directory."""

    def __init__(self, data: Path) -> None:
        pipe = subprocess.PIPE
        environ = {**os.environ, "HEARTLINE_DATA_DIR": str(data), "HEARTLINE_LOG_LEVEL": "error"}
        command = [sys.executable, "-c", NURSE]
        self._nurse = subprocess.Popen(command, env=environ, stdin=pipe, stdout=pipe, text=True, start_new_session=True)
        self._heard = bytearray()
        self.child = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._nurse:
            os.killpg(self._nurse.pid, signal.SIGKILL)

    def start(self, fail_point: str = "") -> int:
        """Start a server; return its port."""
        assert self._nurse.stdin is not None
        self._nurse.stdin.write(fail_point + "\n")
        self._nurse.stdin.flush()
        self.child = int(self._hear(r"^child (\d+)"))
        return int(self._hear(r"http://127\.0\.0\.1:(\d+)"))

    def kill(self) -> None:
        """Kill the server, unless it is dead already."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.child, signal.SIGKILL)

    def await_end(self) -> int:
        """Wait for the server's end; return its exit status."""
        return int(self._hear(r"^ended (-?\d+)"))

    def resident_bytes(self) -> int:
        """Return how much memory the server holds."""
        pages = int(Path(f"/proc/{self.child}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def _hear(self, pattern: str) -> str:
        assert self._nurse.stdout is not None
        heard, until = self._heard, time.monotonic() + PATIENCE_S
        while (left := until - time.monotonic()) > 0:
            while b"\n" in heard:
                line, _newline, rest = heard.partition(b"\n")
                heard[:] = rest
                if found := re.search(pattern, line.decode()):
                    return found[1]
            if select.select([self._nurse.stdout], [], [], left)[0]:
                more = os.read(self._nurse.stdout.fileno(), 65_536)
                if not more:
                    break
                heard += more
        pytest.fail(f"the server never said {pattern}; last it said {bytes(heard[-200:])!r}")


def three_views(writer: Writer, number: int) -> list[dict[str, Any]]:
    """Make three product views."""
    ids = [f"{writer.name}-{number}-{i}" for i in range(3)]
    return [
        {"type": "track", "event": "Product Viewed", "anonymousId": f"a{sum(i.encode()) % 7}", "messageId": i}
        for i in ids
    ]


class Writer(threading.Thread):
    """Sends small batches until the server dies. First it sends what the last one got no answer for, as SDKs do."""

    def __init__(
        self,
        port: int,
        key: str,
        name: str,
        unanswered: list[dict[str, Any]],
        *,
        make: Batches = three_views,
        batches: int = 400,
    ) -> None:
        super().__init__(name=name)
        self._port = port
        self._key = key
        self._make = make
        self._batches = batches
        self.unanswered = unanswered
        self.sent: list[str] = []
        self.acknowledged: list[str] = []
        self.surprises: list[int] = []
        self.put_off = 0
        self.stopping = threading.Event()

    def run(self) -> None:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)) as connection:
            if self.unanswered and not self._send(connection, self.unanswered):
                return
            for number in range(self._batches):
                if self.stopping.is_set() or not self._send(connection, self._make(self, number)):
                    return

    def _send(self, connection: http.client.HTTPConnection, batch: list[dict[str, Any]]) -> bool:
        ids = [str(message["messageId"]) for message in batch]
        self.sent += ids
        self.unanswered = batch
        try:
            connection.request("POST", "/v1/batch", json.dumps({"writeKey": self._key, "batch": batch}))
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return False
        if answer.status in {429, 503} and int(answer.headers["Retry-After"]) >= 1:
            self.put_off += 1
            return True
        if answer.status != 200:
            self.surprises.append(answer.status)
            return False
        self.acknowledged += ids
        self.unanswered = []
        return True


def ask_locally(data: Path, path: str, order: dict[str, Any], *, timeout_s: float = 60) -> None:
    """Give a running server an order over its local socket, and read what it says until it ends or dies."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(timeout_s)
        line.connect(str(data / "heartline.sock"))
        body = json.dumps(order).encode()
        head = f"POST {path} HTTP/1.1\r\nhost: heartline\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n"
        line.sendall(head.encode() + body)
        while line.recv(65_536):
            pass


def a_story(rng: random.Random) -> Batches:
    """Make batches with logins, shared devices, e-mails, answers, rubbish and times from far away."""

    def make(writer: Writer, number: int) -> list[dict[str, Any]]:
        batch: list[dict[str, Any]] = []
        for place in range(rng.randint(1, 5)):
            user, cookie = f"u{rng.randint(1, 9)}", f"c{rng.randint(1, 12)}"
            message: dict[str, Any] = {"messageId": f"{writer.name}-{number}-{place}"}
            kind = rng.randrange(8)
            if kind == 0:
                message |= {"type": "identify", "userId": user, "anonymousId": cookie}
                message["traits"] = {"email": f"p{rng.randint(1, 9)}@x.org", "plan": rng.choice(["a", "b"])}
            elif kind == 1:
                message |= {"type": "alias", "userId": user, "previousId": cookie}
            elif kind == 2:
                message |= {"type": "nonsense", "userId": user}
            elif kind == 3:
                message |= {"type": "track", "event": "Answered", "userId": user, "score": {"kind": "nps"}}
                message["properties"] = {"nps": rng.randint(0, 10), "comment": "schön 第一 \u0000"}
            else:
                message |= {"type": "track", "event": "Product Viewed", "anonymousId": cookie}
            message["timestamp"] = f"20{rng.randint(25, 27)}-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}T10:00:00Z"
            batch.append(message)
        return batch

    return make
