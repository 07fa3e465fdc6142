"""The composition root: opens the stores, plugs the rooms together, runs the projector. It knows no HTTP."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Self

from heartline.collect import GateRules, GroupIntake, SourceBook
from heartline.config import Settings
from heartline.errors import Conflict, HeartlineError
from heartline.keeper import LogFile, LogKeeper
from heartline.language import _
from heartline.listener import Listener
from heartline.log import get_logger
from heartline.records import Act, Workspace, write_act
from heartline.store import (
    DerivedState,
    DiskRoom,
    GuardedAppends,
    History,
    Journal,
    Shadow,
    Stores,
    open_memory,
    open_stores,
    take_shadow,
)
from heartline.understand import PackedLog
from heartline.unify import Projector

_IDLE_S = 0.2
_GATHER_S = 0.25
_QUIET_S = 5.0
_STEP_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where every received event is: received = stored + duplicate + refused + pending + undone + erased (rule 4)."""

    received: int
    stored: int
    duplicate: int
    refused: int
    pending: int
    undone: int = 0
    erased: int = 0

    @property
    def balanced(self) -> bool:
        """Whether the account adds up."""
        held = self.stored + self.duplicate + self.refused + self.pending + self.undone + self.erased
        return self.received == held


class Heartline:
    """One running installation. ``close`` it, or use it in a ``with`` block."""

    def __init__(self, settings: Settings, stores: Stores) -> None:
        self.settings = settings
        self.stores = stores
        self.sources = SourceBook(stores)
        file = None
        if stores.directory is not None:
            file = LogFile(stores, stores.directory, reach=lambda point: self.reach(point))  # noqa: PLW0108  # it may change
        self.logs = LogKeeper(stores, file=file)
        self.definitions = self.logs.definitions
        self.importing: dict[int, object] = {}
        self._logger = get_logger("app")
        self._arrived = threading.Event()
        self._stopping = threading.Event()
        self._turn = threading.Lock()
        self._thread: threading.Thread | None = None
        self._workspace = stores.kept.workspace()
        self.reach = fail_point(settings.fail_point)
        self._upkeep = threading.Lock()
        self._upkeep_name = ""
        self._idle_turns = 0
        self._compacted_to = 0
        folder = None if stores.directory is None else stores.directory.path
        self.room = DiskRoom(folder, reserve_bytes=settings.reserve_bytes)
        self.intake = GroupIntake(
            GuardedAppends(stores.journal, self.room),
            cap_bytes=settings.queue_cap_bytes,
            arrived=self._arrived.set,
            reach=self.reach,
        )
        self.projector = self.make_projector(stores.journal, stores.derived, stores.history)
        self.listener = Listener(stores, log=self.log, hold=self.hold, deep=settings.deep)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_rest: object) -> None:
        self.close()

    @property
    def workspace(self) -> Workspace:
        """The company this installation serves."""
        return self._workspace

    def change_workspace(self, **changes: object) -> Workspace:
        """Keep changes of the workspace."""
        self._workspace = replace(self._workspace, **changes)  # type: ignore[arg-type]  # names are checked by replace
        self.stores.kept.set_workspace(self._workspace)
        return self._workspace

    def gate_rules(self) -> GateRules:
        """Return what of the workspace the gate judges by."""
        return GateRules(
            currency=self._workspace.currency,
            phone_region=self._workspace.phone_region or None,
            event_cap_bytes=self.settings.event_cap_bytes,
        )

    def make_projector(self, journal: Journal, derived: DerivedState, history: History) -> Projector:
        """Return a projector that judges as this installation does, from any journal into any State and History."""
        return Projector(
            journal=journal,
            derived=derived,
            history=history,
            sources=self.sources.by_id,
            gate_rules=self.gate_rules,
            refused_quota_bytes=self.settings.refused_quota_bytes,
            reach=self.reach,
        )

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep the projector out: what the block reads of State and History is of one moment."""
        with self._turn:
            yield

    @contextmanager
    def upkeep(self, name: str) -> Iterator[None]:
        """Let one work on whole files run at a time: a rebuild, a backup, an erasure.

        Raises:
            Conflict: another is under way.
        """
        # An idle server compresses a little at a time; that is waited for, other work is not.
        if not self._upkeep.acquire(timeout=_STEP_S):
            raise Conflict(
                "upkeep_running",
                _("Under way: {upkeep_name}.").format(upkeep_name=self._upkeep_name),
                _("Wait until it is done."),
            )
        self._upkeep_name = name
        try:
            yield
        finally:
            self._upkeep_name = ""
            self._upkeep.release()

    @property
    def upkeep_name(self) -> str:
        """What work on whole files is under way, or nothing."""
        return self._upkeep_name

    def take(self, shadow: Shadow) -> None:
        """Put a rebuilt State and History in force; call it in ``hold``. Pages under way end on what they began with.

        Raises:
            Unavailable: it could not be done; all is as it was.
        """
        with self.logs.starting_over():
            take_shadow(self.stores, shadow, reach=self.reach)
        spent = self.projector.seconds
        self.projector = self.make_projector(self.stores.journal, self.stores.derived, self.stores.history)
        self.projector.seconds.update(spent)
        if self._thread is not None and not self._thread.is_alive() and not self._stopping.is_set():
            # What stopped the projector may be what was rebuilt.
            self.projector_error, self._thread = "", None
            self.start()

    def start(self) -> None:
        """Run the projector in a thread of its own until ``close``."""
        if self._thread is None and self.settings.project:
            self._thread = threading.Thread(target=self._project, name="heartline-projector", daemon=True)
            self._thread.start()
        threading.Thread(target=self.logs.warm, name="heartline-packing", daemon=True).start()
        if self.settings.read and self.settings.project:
            self.listener.start()

    def _project(self) -> None:
        while not self._stopping.is_set():
            try:
                done = self.project()
                self.sources.write_refusals()
            except HeartlineError as error:
                self._logger.warning("app.projector_waits", error=str(error))
                self._stopping.wait(2)
                continue
            except Exception as error:
                # What a bug cannot project stays in the journal; stopping loudly beats skipping silently.
                self._logger.exception("app.projector_stopped", error=str(error))
                self.projector_error = str(error)
                return
            if done and self._arrived.is_set():
                # Senders are at the door. It has the interpreter for a moment, and what gathers costs a fraction each.
                self._stopping.wait(_GATHER_S)
            if done or self._arrived.wait(_IDLE_S):
                self._arrived.clear()
                self._idle_turns = 0
            else:
                self._idle_turns += 1
                self._close_a_group()

    def _close_a_group(self) -> None:
        """Compress a little of the journal once nothing has come for a while, unless whole files are worked on."""
        head = self.stores.journal.head()
        quiet = self._idle_turns * _IDLE_S >= _QUIET_S and head != self._compacted_to
        if not quiet or not self._upkeep.acquire(blocking=False):
            return
        try:
            if not self.stores.journal.compact(settled=self.settled()).bodies:
                self._compacted_to = head
        except HeartlineError as error:
            self._logger.info("app.not_compacted", error=str(error))
        finally:
            self._upkeep.release()

    def settled(self) -> int:
        """Return the journal seq that State and History have both followed."""
        return min(self.stores.derived.offset(), self.stores.history.offset())

    projector_error: str = ""

    @property
    def ailment(self) -> str:
        """What is wrong in a few words that anybody may read, or nothing."""
        if self.projector_error:
            return "projector stopped"
        return "".join(f"{store} cannot be written" for store in list(self.room.troubles)[:1])

    @property
    def running(self) -> bool:
        """Whether a server runs it: others wait while we work."""
        return self._thread is not None

    def project(self) -> int:
        """Project one micro-batch now; return its events. Safe beside the projector's thread."""
        with self._turn, self.room.writing("state and history"):
            return self.projector.step()

    def catch_up(self) -> None:
        """Project until the journal is exhausted."""
        while self.project():
            pass

    def log(self) -> PackedLog:
        """Return the packed log of all history up to now."""
        return self.logs.current()

    def account(self) -> Account:
        """Return the account, read between two micro-batches so that each event is in exactly one term."""
        with self._turn:
            return take_account(self.stores.journal, self.stores.derived, self.stores.history)

    def act(self, act: Act) -> int:
        """Put a staff act into the journal and wait until State and History have followed it; return its seq.

        Raises:
            Unavailable: the journal takes nothing; the act did not happen.
        """
        seq = self.intake.submit(write_act(act, received_us=time.time_ns() // 1000))
        while self.stores.history.offset() < seq:
            self.project()
        return seq

    def close(self) -> None:
        """Write what waits, finish the micro-batch under way, close the files."""
        self.intake.stop()
        self.listener.stop()
        self._stopping.set()
        self._arrived.set()
        if self._thread is not None:
            self._thread.join()
        self.sources.write_refusals()
        self.logs.close()
        self.stores.close()


def take_account(journal: Journal, derived: DerivedState, history: History) -> Account:
    """Take the account of stores that nobody projects into meanwhile."""
    told: Counter[str] = Counter()
    for (_rest, what), n in derived.counters().items():
        told[what] += n
    stored, state_at = history.count(), derived.offset()
    pending = journal.events(after=state_at)
    if history.offset() < state_at:
        # History is being made again, or was behind when the process died: it waits for what State has settled.
        pending += told["stored"] - stored
    return Account(
        received=journal.events(),
        stored=stored,
        duplicate=told["duplicate"],
        refused=told["refused"],
        pending=pending,
        undone=told["undone"],
        erased=told["erased"],
    )


def open_heartline(settings: Settings) -> Heartline:
    """Open the installation in ``settings.data_dir``, making it where it is missing."""
    return Heartline(settings, open_stores(settings.data_dir, state_url=settings.state_url))


def open_twin(settings: Settings | None = None) -> Heartline:
    """Open an installation in memory, for tests and examples."""
    return Heartline(settings or Settings(), open_memory())


def fail_point(spec: str) -> Callable[[str], None]:
    """Return what the rooms call at each named fail-point. ``"between_commits:3"`` kills the process at the third.

    Only for crash tests; an empty spec reaches nothing.
    """
    name, _rest, times = spec.partition(":")
    left = int(times or 1)

    def reach(point: str) -> None:
        nonlocal left
        if point != name:
            return
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return reach if name else lambda _point: None
