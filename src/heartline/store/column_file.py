"""A file of columns that is mapped into memory: written beside, renamed when it is whole, and never changed after.

It begins with where its head lies; then come the columns, each at a multiple of 64 bytes; the head, at the end, says
what they are, with a checksum each. Opening reads the head alone, whatever the size: bytes of a column are read when
somebody looks at them.
"""

from __future__ import annotations

import mmap
import os
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

FORM: Final = 1
"""Counted up when files are laid out otherwise."""
_MAGIC: Final = b"heartcol"
_START: Final = struct.Struct("<8sIIQQ")
_ALIGNED: Final = 64
_CHUNK: Final = 1 << 24


class Column(msgspec.Struct, frozen=True):
    """Where a column lies: numpy's name of its type, its length, its first byte, the CRC-32 of its bytes."""

    name: str
    dtype: str
    length: int
    at: int
    crc: int


class Head(msgspec.Struct, frozen=True):
    """What a file holds. ``told`` is the writer's own JSON."""

    columns: tuple[Column, ...]
    told: msgspec.Raw


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedColumns:
    """The columns of a file, which cannot be written, and what its writer told beside them, as JSON."""

    columns: Mapping[str, NDArray[Any]]
    told: bytes
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a file gives nothing; ``missing`` where there is none."""

    reason: str
    missing: bool = False


def write_columns(
    path: Path,
    columns: Mapping[str, NDArray[Any]],
    *,
    told: bytes,
    stopping: Callable[[], bool] = lambda: False,
) -> bool:
    """Write a file for its owner alone and have it on disk; False where ``stopping`` said so between two parts of it.

    Raises:
        OSError: the disk is full. What was written is left to whoever asked.
    """
    laid: list[Column] = []
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb", 0) as file:
        file.write(bytes(_ALIGNED))
        at = _ALIGNED
        for name, column in columns.items():
            flat = np.ascontiguousarray(column)
            raw, crc = flat.view(np.uint8).data, 0
            for start in range(0, len(raw), _CHUNK):
                if stopping():
                    return False
                part = raw[start : start + _CHUNK]
                crc = zlib.crc32(part, crc)
                _write_all(file.fileno(), part)
            laid.append(Column(name, flat.dtype.str, len(flat), at, crc))
            gap = -(at + len(raw)) % _ALIGNED
            _write_all(file.fileno(), memoryview(bytes(gap)))
            at += len(raw) + gap
        head = msgspec.json.encode(Head(tuple(laid), msgspec.Raw(told)))
        _write_all(file.fileno(), memoryview(head))
        os.pwrite(file.fileno(), _START.pack(_MAGIC, FORM, zlib.crc32(head), at, len(head)), 0)
        os.fsync(file.fileno())
    return True


def _write_all(file: int, part: memoryview) -> None:
    while part:
        part = part[os.write(file, part) :]


def map_columns(path: Path) -> MappedColumns | Unreadable:
    """Map a file into memory. That its columns are as they were written, ``examine_columns`` says."""
    try:
        with path.open("rb") as file:
            head = _read_head(file.fileno())
            if isinstance(head, Unreadable):
                return head
            # A mapping outlives its descriptor, and the file's name.
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        columns = {
            one.name: np.frombuffer(mapped, dtype=np.dtype(one.dtype), count=one.length, offset=one.at)
            for one in head.columns
        }
    except FileNotFoundError:
        return Unreadable("There is none.", missing=True)
    except (OSError, ValueError, TypeError, OverflowError, msgspec.MsgspecError) as error:
        return Unreadable(str(error))
    return MappedColumns(columns=columns, told=bytes(head.told), size_bytes=len(mapped))


def _read_head(file: int) -> Head | Unreadable:
    start = os.pread(file, _START.size, 0)
    if len(start) < _START.size:
        return Unreadable("It is cut off.")
    magic, form, crc, at, length = _START.unpack(start)
    if magic != _MAGIC:
        return Unreadable("It is another kind of file.")
    if form != FORM:
        return Unreadable(f"It has form {form}, and {FORM} is read here.")
    if os.fstat(file).st_size != at + length:
        return Unreadable("It is cut off, or longer than it was written.")
    head = os.pread(file, length, at)
    if zlib.crc32(head) != crc:
        return Unreadable("Its head is not as it was written.")
    return msgspec.json.decode(head, type=Head)


def examine_columns(path: Path) -> list[str]:
    """Return what is wrong with a file; every byte of every column is read, none of them through a mapping.

    Raises:
        FileNotFoundError: there is none.
    """
    problems: list[str] = []
    with path.open("rb") as file:
        try:
            head = _read_head(file.fileno())
            if isinstance(head, Unreadable):
                return [head.reason]
            problems.extend(
                f"{one.name} is not as it was written."
                for one in head.columns
                if _sum_up(file.fileno(), one) != one.crc
            )
        except (OSError, ValueError, TypeError, msgspec.MsgspecError) as error:
            problems.append(str(error))
    return problems


def _sum_up(file: int, column: Column) -> int:
    at, left, crc = column.at, column.length * np.dtype(column.dtype).itemsize, 0
    while left and (part := os.pread(file, min(left, _CHUNK), at)):
        crc, at, left = zlib.crc32(part, crc), at + len(part), left - len(part)
    return crc
