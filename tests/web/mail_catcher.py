"""A relay that keeps what it is given: SMTP (RFC 5321) on loopback, as little of it as a client needs."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Catcher:
    """What came, and what to say next. ``answers`` are used up, one for each letter: the reply to DATA's end, or to
    RCPT where it begins with ``rcpt``; ``hang up`` ends the conversation after the letter, without a word.
    """

    port: int = 0
    got: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def ids(self) -> list[str]:
        return [str(one["Message-ID"]) for one in self.got]


class _Conversation(socketserver.StreamRequestHandler):
    catcher: Catcher

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.catcher.connections += 1
        self.say("220 catcher")
        to = ""
        while line := self.rfile.readline().decode("utf-8", "replace").strip():
            verb = line[:4].upper()
            if verb == "RCPT":
                to = line.partition("<")[2].partition(">")[0]
                answers = self.catcher.answers
                self.say(answers.pop(0)[5:] if answers and answers[0].startswith("rcpt ") else "250 ok")
            elif verb == "DATA":
                self.say("354 go on")
                if not self.take(to):
                    return
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def take(self, to: str) -> bool:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line[1:] if line.startswith(b"..") else line)
        answer = self.catcher.answers.pop(0) if self.catcher.answers else "250 taken"
        if answer.startswith("2") or answer == "hang up":
            self.catcher.got.append(message_from_bytes(b"".join(lines), policy=policy.default))
            self.catcher.to.append(to)
        if answer == "hang up":
            return False
        self.say(answer)
        return True


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def catching(port: int = 0) -> Iterator[Catcher]:
    """Catch letters, at a port of its own or at a given one."""
    catcher = Catcher()
    server = _Server(("127.0.0.1", port), type("Conversation", (_Conversation,), {"catcher": catcher}))
    catcher.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield catcher
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
