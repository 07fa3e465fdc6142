"""A process that has imported heartline and forks for each verb asked of it: a verb costs little more than its work.

Starting Python and importing heartline takes two seconds of a CPU; what is forked is as fresh. It ends, with its
children, when the tests' process ends, however that ends.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

_NURSE = """
import importlib, json, os, signal, sys, traceback
from heartline.cli import VERBS, main
for module in VERBS.values():
    importlib.import_module(f"heartline.cli.{module}")

def live(asked):
    os.environ.update(asked["environ"])
    made = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for stream, flags in (("given", os.O_RDONLY), ("out", made), ("err", made)):
        os.dup2(os.open(asked[stream], flags), ("given", "out", "err").index(stream))
    sys.stdin = open(0, closefd=False)
    sys.argv[1:] = asked["verb"]
    code = 0
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)

living = set()
while line := sys.stdin.readline():
    asked = json.loads(line)
    if "verb" in asked:
        if not (answer := os.fork()):
            live(asked)
        living.add(answer)
    else:
        ended, status = os.waitpid(asked["child"], os.WNOHANG)
        living.discard(ended)
        answer = os.waitstatus_to_exitcode(status) if ended else None
    print(json.dumps(answer), flush=True)
for child in living:
    os.kill(child, signal.SIGKILL)
"""


class Ended(AssertionError):
    """A verb ended before it said what was waited for."""


class Verb:
    """A verb in a process of its own. What it says on each stream lies in a file."""

    def __init__(self, nursery: Nursery, child: int, out: Path, err: Path) -> None:
        self.pid = child
        self._nursery, self._out, self._err = nursery, out, err
        self._status: int | None = None

    @property
    def said(self) -> str:
        """All that it said until now."""
        return "".join(path.read_text() for path in (self._out, self._err) if path.exists())

    def hear(self, pattern: str, *, patience_s: float = 300) -> re.Match[str]:
        """Wait until it has said something."""
        ends = time.monotonic() + patience_s
        while not (found := re.search(pattern, self.said)):
            assert time.monotonic() < ends, self.said
            if self.poll() is not None and not re.search(pattern, self.said):
                raise Ended(f"it ended with {self._status}: {self.said[-2_000:]}")
            time.sleep(0.02)
        return found

    def poll(self) -> int | None:
        """Return its exit status (negative for a signal), None while it runs."""
        if self._status is None:
            self._status = self._nursery.ask(child=self.pid)
        return self._status

    def wait(self, patience_s: float = 300) -> int:
        """Wait until it ends; return its exit status."""
        ends = time.monotonic() + patience_s
        while (status := self.poll()) is None:
            assert time.monotonic() < ends, f"it does not end: {self.said[-2_000:]}"
            time.sleep(0.01)
        return status

    def send(self, sign: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, sign)

    def end(self) -> int:
        """End it as an operator does, or else by force; return its exit status."""
        self.send(signal.SIGTERM)
        ends = time.monotonic() + 60
        while self.poll() is None and time.monotonic() < ends:
            time.sleep(0.01)
        self.send(signal.SIGKILL)
        return self.wait()


class Nursery:
    """Runs verbs of the command line."""

    def __init__(self, folder: Path) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("HEARTLINE_")}
        pipe = subprocess.PIPE
        self._nurse = subprocess.Popen([sys.executable, "-c", _NURSE], env=clean, stdin=pipe, stdout=pipe, text=True)
        self._folder = folder
        self._started = 0
        self._asking = threading.Lock()

    def start(
        self,
        *verb: str | Path,
        data: Path,
        fail_point: str = "",
        answer: str = "",
        log: str = "error",
        **settings: str,
    ) -> Verb:
        """Start a verb over a data directory; ``answer`` is what is typed, ``settings`` are more of the environment."""
        self._started += 1
        given, out, err = (self._folder / f"{self._started}-{name}" for name in ("given", "out", "err"))
        given.write_text(answer)
        environ = {"HEARTLINE_DATA_DIR": str(data), "HEARTLINE_FAIL_POINT": fail_point, "HEARTLINE_LOG_LEVEL": log}
        # Reading costs a process of its own: who tests it asks for it.
        environ |= {"HEARTLINE_READ": "0"}
        environ |= settings
        streams = {"given": str(given), "out": str(out), "err": str(err)}
        child = self.ask(verb=[str(part) for part in verb], environ=environ, **streams)
        assert child is not None
        return Verb(self, child, out, err)

    def run(self, *verb: str | Path, data: Path, fail_point: str = "", answer: str = "") -> tuple[int, str]:
        """Run a verb to its end; return its exit status (negative for a signal) and what it said."""
        started = self.start(*verb, data=data, fail_point=fail_point, answer=answer)
        return started.wait(), started.said

    def serve(self, data: Path) -> int:
        """Start a server; return its process id once it listens."""
        server = self.start("serve", "--port", "0", data=data)
        server.hear("ready")
        return server.pid

    def ask(self, **asked: object) -> int | None:
        """Give the nurse an order; return what it answers."""
        assert self._nurse.stdin is not None
        assert self._nurse.stdout is not None
        with self._asking:
            self._nurse.stdin.write(json.dumps(asked) + "\n")
            self._nurse.stdin.flush()
            answered: int | None = json.loads(self._nurse.stdout.readline())
        return answered

    def end(self) -> None:
        """End it, and with it whatever was left running."""
        self._nurse.communicate("", timeout=120)
