"""Message ids of imported rows: importing a file twice must change nothing, and true twins must survive."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

import msgspec


def digest_row(cells: Mapping[str, str]) -> bytes:
    """Return 16 bytes of a row's raw cells by column name. The columns' order and empty cells do not count."""
    said = [pair for pair in sorted(cells.items()) if pair[1]]
    return hashlib.blake2b(msgspec.json.encode(said), digest_size=16).digest()


def digest_key(cells: Mapping[str, str], key: tuple[str, ...]) -> bytes | None:
    """Return 16 bytes of a row's key, or None where all its cells are empty."""
    said = [cells.get(column, "") for column in key]
    return hashlib.blake2b(msgspec.json.encode(said), digest_size=16, person=b"key").digest() if any(said) else None


def name_message(source_id: int, row: bytes, ordinal: int, touch: str) -> str:
    """Return the message id of one touch of a row: source, key or content, ordinal among equal rows, and touch."""
    seed = b"%d\0%d\0%s\0%s" % (source_id, ordinal, row, touch.encode())
    return "import-" + base64.b32encode(hashlib.blake2b(seed, digest_size=20).digest()).decode().lower()


def short(digest: bytes) -> int:
    """Return the 64 bits by which a ledger knows a digest."""
    return int.from_bytes(digest[:8], "little")
