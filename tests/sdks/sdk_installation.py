"""A heartline of the test's own: served by the command line, killed and started again, read when stopped."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from heartline.app import Account, Heartline, open_heartline
from heartline.config import Settings
from heartline.records import Profile, Source, Trust
from verb_nursery import Ended, Nursery


class Server:
    """A ``heartline serve``. It is forked, so one killed in a test is up again while its clients still wait.

    Raises:
        OSError: it ended at once, as it does where the port is taken.
    """

    def __init__(self, data: Path, nursery: Nursery, *, port: int = 0, fail_point: str = "") -> None:
        self.process = nursery.start("serve", "--data", data, "--port", str(port), data=data, fail_point=fail_point)
        try:
            self.port = int(self.process.hear(r"http://127\.0\.0\.1:(\d+)")[1])
        except Ended as ended:
            raise OSError(f"heartline said no address: {ended}") from ended

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def await_kill(self) -> None:
        """Wait until a fail-point has killed it."""
        status = self.process.wait()
        assert status == -signal.SIGKILL, f"ended with {status}"

    def end(self) -> int:
        return self.process.end()


@dataclass(frozen=True, kw_only=True)
class Books:
    """What a stopped installation holds. ``stored`` are message ids by the name of their source."""

    stored: dict[str, list[str]]
    account: Account
    owners: dict[str, set[int]]
    profiles: dict[int, Profile]

    def owner(self, identifier: str) -> int:
        (owner,) = self.owners[identifier]
        return owner


class Installation:
    """A data directory, and the servers that may come to serve it, one at a time."""

    def __init__(self, data: Path, nursery: Nursery) -> None:
        self.data = data
        self._nursery = nursery

    def open(self) -> Heartline:
        return open_heartline(Settings(data_dir=self.data))

    def add_sources(self, *names: str, trust: Trust) -> dict[str, Source]:
        with self.open() as heartline:
            return {name: heartline.stores.kept.add_source(name=name, trust=trust) for name in names}

    @contextlib.contextmanager
    def serve(self, *, port: int = 0, fail_point: str = "") -> Iterator[Server]:
        server = self._start(port, fail_point)
        try:
            yield server
        finally:
            server.end()

    def _start(self, port: int, fail_point: str) -> Server:
        """Start, and again where a stranger's connection happens to sit on the port for a moment."""
        for patience_s in (0.3, 0.3, 0.3, None):
            try:
                return Server(self.data, self._nursery, port=port, fail_point=fail_point)
            except OSError:
                if patience_s is None:
                    raise
                time.sleep(patience_s)
        raise AssertionError

    def read(self, *identifiers: str) -> Books:
        """Open the directory of a stopped server, let the projector finish, and read."""
        with self.open() as heartline:
            heartline.catch_up()
            stores = heartline.stores
            entries = stores.history.recent(limit=100_000)
            names = {number: source.name for number, source in heartline.sources.by_id().items()}
            owners = {
                each: {profile.customer_id for profile in stores.derived.search(each, limit=10)} for each in identifiers
            }
            every = {owner for found in owners.values() for owner in found}
            return Books(
                stored={
                    name: [entry.message_id for entry in entries if entry.source_id == number]
                    for number, name in names.items()
                },
                account=heartline.account(),
                owners=owners,
                profiles=stores.derived.profiles(every),
            )
