"""The data directory and its lock: one process owns the files (design rule 9).

State and History lie in files of one *generation*. A rebuild makes the next one beside it, and the small file
``generation`` says which is in force: renaming it swaps both at once, so no kill leaves half of each.
"""

from __future__ import annotations

import fcntl
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heartline.errors import Conflict, Unavailable
from heartline.language import _

_POINTER: Final = "generation"
_OF_GENERATION: Final = re.compile(r"(?:state|history)(?:-(\d+))?\.(?:sqlite|duckdb)(?:[-.].*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataDirectory:
    """Where one installation keeps everything. ``lock`` is the open descriptor that holds it."""

    path: Path
    lock: int

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.path / "journal.sqlite"

    @property
    def state(self) -> Path:
        """State's file, of the generation in force."""
        return self.state_of(self.generation)

    @property
    def history(self) -> Path:
        """History's file, of the generation in force."""
        return self.history_of(self.generation)

    @property
    def generation(self) -> int:
        """Which generation of State and History is in force; 0 until the first rebuild."""
        return read_generation(self.path)

    def state_of(self, generation: int) -> Path:
        """State's file of a generation."""
        return state_path(self.path, generation)

    def history_of(self, generation: int) -> Path:
        """History's file of a generation."""
        return history_path(self.path, generation)

    def turn_to(self, generation: int) -> None:
        """Put a generation in force: what opens the directory from now on, finds it and no other."""
        sync_directory(self.path)
        write_durably(self.path / _POINTER, f"{generation}\n".encode())

    def sweep(self) -> list[Path]:
        """Remove what other generations left: a rebuild that was killed, or one whose old files outlived it."""
        if not self.state.exists():
            return []
        found = [(path, _OF_GENERATION.fullmatch(path.name)) for path in sorted(self.path.iterdir())]
        stale = [path for path, named in found if named and int(named[1] or 0) != self.generation]
        for path in stale:
            path.unlink(missing_ok=True)
        return stale

    @property
    def uploads(self) -> Path:
        """Files that came by the import page."""
        folder = self.path / "uploads"
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder

    @property
    def packed_log(self) -> Path:
        """The packed log, mapped by whoever owns the directory; it can be thrown away at any time."""
        return packed_log_path(self.path)

    @property
    def socket(self) -> Path:
        """Where a running server listens to the verbs of the command line."""
        return self.path / "heartline.sock"

    def close_to_others(self) -> None:
        """Let nobody but the owner of the process read or write the stores' files that are there."""
        for store in (self.journal, self.state, self.history):
            for path in self.path.glob(f"{store.name}*"):
                path.chmod(0o600)

    def release(self) -> None:
        """Let another process own the files."""
        os.close(self.lock)


def open_directory(path: Path) -> DataDirectory:
    """Make the directory where it is missing and take its lock.

    Raises:
        Conflict: another process holds it.
        Unavailable: the directory cannot be made or written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unavailable(
            "no_directory",
            _("{path} cannot be used: {error}.").format(path=path, error=error),
            _("Choose another with --data."),
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise Conflict(
            "directory_busy",
            _("{path} is in use by another heartline.").format(path=path),
            _("Stop it, or choose another with --data."),
        ) from error
    return DataDirectory(path=path, lock=lock)


def state_path(folder: Path, generation: int | None = None) -> Path:
    """Return State's file in a data directory: of a generation, or of the one in force."""
    number = read_generation(folder) if generation is None else generation
    return folder / (f"state-{number}.sqlite" if number else "state.sqlite")


def history_path(folder: Path, generation: int | None = None) -> Path:
    """Return History's file in a data directory: of a generation, or of the one in force."""
    number = read_generation(folder) if generation is None else generation
    return folder / (f"history-{number}.duckdb" if number else "history.duckdb")


def packed_log_path(folder: Path) -> Path:
    """Return where a data directory keeps its packed log."""
    return folder / "packed-log"


def read_generation(path: Path) -> int:
    """Return the generation in force in a data directory.

    Raises:
        Unavailable: the file that says so cannot be read.
    """
    try:
        return int((path / _POINTER).read_text(encoding="ascii"))
    except FileNotFoundError:
        return 0
    except (OSError, ValueError) as error:
        raise Unavailable(
            "bad_generation",
            _("{path} does not say which files are in force: {error}.").format(path=path / _POINTER, error=error),
            _("Write into it the number in the name of the newest state file (0 for state.sqlite)."),
        ) from error


def write_durably(path: Path, content: bytes) -> None:
    """Write a small file whole or not at all, and have it on disk before returning."""
    beside = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_directory(path.parent)


def sync_file(path: Path) -> None:
    """Have a file on disk before returning."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_directory(path: Path) -> None:
    """Have a directory's names on disk before returning."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
