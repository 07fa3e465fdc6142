"""A relay that keeps what it is given: SMTP (RFC 5321) on loopback, as little of it as a client needs."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Catcher:
    """What came, and what to say next. ``answers`` are used up, one for each letter: the reply to DATA's end, or to
    RCPT where it begins with ``rcpt``; ``hang up`` ends the conversation after the letter, without a word.
    ``trouble`` is what holds for every conversation: ``hang`` says nothing at all, ``drop`` ends it within a letter,
    ``drop evil`` within those whose text says evil, ``few`` after two; else what is said to the verb it begins with.
    ``took`` is called after each letter.
    """

    port: int = 0
    got: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    connections: int = 0
    trouble: str = ""
    took: Callable[[], None] = lambda: None
    over: threading.Event = field(default_factory=threading.Event)

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
        if self.catcher.trouble == "hang":
            self.catcher.over.wait(5)
            return
        self.say(self.trouble_at("HELLO") or "220 catcher")
        to, taken = "", 0
        while line := self.rfile.readline().decode("utf-8", "replace").strip():
            verb = line[:4].upper()
            if said := self.trouble_at(verb):
                self.say(said)
            elif verb == "MAIL" and self.catcher.trouble == "few" and taken == 2:
                self.say("421 enough for one conversation")
                return
            elif verb == "RCPT":
                to = line.partition("<")[2].partition(">")[0]
                answers = self.catcher.answers
                self.say(answers.pop(0)[5:] if answers and answers[0].startswith("rcpt ") else "250 ok")
            elif verb == "DATA":
                self.say("354 go on")
                if not self.take(to):
                    return
                taken += 1
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def trouble_at(self, verb: str) -> str:
        where, _rest, said = self.catcher.trouble.partition(" ")
        return said if where == verb else ""

    def take(self, to: str) -> bool:
        lines = []
        if self.catcher.trouble == "drop":
            return False
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            if self.catcher.trouble == "drop evil" and b"evil" in line:
                return False
            lines.append(line[1:] if line.startswith(b"..") else line)
        answer = self.catcher.answers.pop(0) if self.catcher.answers else "250 taken"
        if answer.startswith("2") or answer == "hang up":
            self.catcher.got.append(message_from_bytes(b"".join(lines), policy=policy.default))
            self.catcher.to.append(to)
            self.catcher.took()
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
        catcher.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
