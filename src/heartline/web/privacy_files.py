"""Files in the data directory that are no store: uploads, exports, reports. Those that name somebody who was erased go.

A file that waits to be imported is taken whole: who needs the rest of it brings it again, and suppression keeps the
erased rows out.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final

from heartline.store import read_parquet_rows

_STORES: Final = re.compile(
    r"journal\.sqlite.*|state.*|history(?:-\d+)?\.duckdb.*|moving\.sqlite.*|lock|reserve|generation.*|.*\.sock|"
    r"erasures\.jsonl.*|packed-log.*"
)
BACKUPS: Final = frozenset({"backups"})
"""Folders that are never opened: a backup is replaced, not edited, and restoring one replays the erasures since."""
_CHUNK: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
_PARQUET: Final = b"PAR1"


def remove_files(folder: Path, words: Sequence[str]) -> list[str]:
    """Remove each file that names one of the words, whatever packs it; return their names within the folder."""
    if not words:
        return []
    either = b"|".join(re.escape(spelt) for word in words for spelt in _spell(word))
    # Within a longer word or number it is somebody else's.
    pattern = re.compile(rb"(?<![0-9A-Za-z])(?:" + either + rb")(?![0-9A-Za-z])", re.IGNORECASE)
    longest = max(len(spelt) for word in words for spelt in _spell(word))
    removed = []
    for path in list(_list(folder)):
        if _names(path, pattern, longest):
            removed.append(str(path.relative_to(folder)))
            _remove(path)
    return removed


def _spell(word: str) -> set[bytes]:
    """Return a word in the encodings files come in."""
    spelt = {word.encode("utf-8", "replace"), word.encode("utf-16-le", "replace")}
    if word.isascii():
        return spelt
    # JSON may write what is not ASCII by numbers.
    return spelt | {word.encode("latin-1", "ignore"), json.dumps(word)[1:-1].encode()}


def _list(folder: Path) -> Iterator[Path]:
    for top in sorted(folder.iterdir()):
        if _STORES.fullmatch(top.name) or top.name in BACKUPS:
            continue
        if top.is_dir() and not top.is_symlink():
            yield from (path for path in sorted(top.rglob("*")) if path.is_file() and not path.is_symlink())
        elif top.is_file():
            yield top


def _names(path: Path, pattern: re.Pattern[bytes], longest: int) -> bool:
    # A file's own name may be somebody's.
    if pattern.search(str(path.name).encode("utf-8", "replace")):
        return True
    try:
        with path.open("rb") as file:
            head = file.read(4)
            file.seek(0)
            if head.startswith(_GZIP):
                return _search(gzip.GzipFile(fileobj=file), pattern, longest)
            if head == _ZIP:
                with zipfile.ZipFile(file) as packed:
                    return any(_search(packed.open(name), pattern, longest) for name in packed.namelist())
            if head == _PARQUET:
                return any(pattern.search(repr(row).encode("utf-8", "replace")) for row in read_parquet_rows(path))
            return _search(file, pattern, longest)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, ValueError, NotImplementedError):
        # What cannot be opened cannot be shown to be clean.
        return path.exists()


def _search(file: IO[bytes] | gzip.GzipFile, pattern: re.Pattern[bytes], longest: int) -> bool:
    tail = b""
    while chunk := file.read(_CHUNK):
        if pattern.search(tail + chunk):
            return True
        tail = chunk[-longest - 2 :]
    return False


def _remove(path: Path) -> None:
    # Overwritten first: on most disks nothing then holds the bytes.
    with path.open("r+b") as file:
        size = path.stat().st_size
        for _ in range(0, size, _CHUNK):
            file.write(bytes(min(_CHUNK, size)))
    path.unlink(missing_ok=True)
    if path.parent.name == "file":
        # An upload's folder holds its mapping beside it.
        shutil.rmtree(path.parent.parent, ignore_errors=True)
