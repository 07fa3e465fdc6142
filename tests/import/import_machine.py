"""One data directory with the real command line and the real server on it."""

from __future__ import annotations

import signal
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from verb_nursery import Nursery, Verb


@dataclass
class Machine:
    """One data directory, and the real commands run on it."""

    data: Path
    nursery: Nursery
    servers: list[Verb] = field(default_factory=list)

    def run(self, *arguments: str | Path, code: int = 0, fail_point: str = "", answer: str = "") -> str:
        """Run ``heartline import`` and return all it prints."""
        ended, said = self.nursery.run(
            "import", *arguments, "--data", self.data, data=self.data, fail_point=fail_point, answer=answer
        )
        assert ended == code, said
        return said

    def serve(self, fail_point: str = "") -> int:
        """Start a server; return its port."""
        server = self.nursery.start("serve", "--data", self.data, "--port", "0", data=self.data, fail_point=fail_point)
        self.servers.append(server)
        port = int(server.hear(r"http://127\.0\.0\.1:(\d+)")[1])
        wait_for_socket(self.data / "heartline.sock")
        return port

    def stop(self) -> int:
        """Stop the server; return its exit status."""
        self.servers[-1].send(signal.SIGINT)
        return self.reap()

    def reap(self) -> int:
        """Wait for the end of a server that was stopped or killed."""
        return self.servers.pop().wait()


def wait_for_socket(path: Path) -> None:
    for _ in range(2_400):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(path))
            except OSError:
                time.sleep(0.05)
            else:
                return
    pytest.fail("the server listens at no local socket")
