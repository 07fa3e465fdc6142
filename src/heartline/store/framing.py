"""How bodies lie in a row of the journal: MessagePack, plain while the row is young, in a Zstandard frame once closed.

The first bytes tell which: a frame begins with Zstandard's magic number, and no array of MessagePack begins so. Rows of
both kinds are read for ever (design rule 10).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from heartline.records import Body

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_OPTIONS: Final = {int(zstd.CompressionParameter.compression_level): 6, int(zstd.CompressionParameter.checksum_flag): 1}


def write_plain(bodies: Sequence[Body]) -> bytes:
    """Return a row's bodies as they are written when they arrive."""
    return msgspec.msgpack.encode(
        [(b.source_id, b.received_us, b.body_version, b.gate_version, b.events, b.payload) for b in bodies]
    )


def write_closed(bodies: Sequence[Body]) -> bytes:
    """Return a row's bodies in a frame, which carries a checksum of what is in it."""
    return zstd.compress(write_plain(bodies), options=_OPTIONS)


def is_closed(blob: bytes) -> bool:
    """Whether a row lies in a frame."""
    return blob[:4] == _MAGIC


def read_row(first: int, blob: bytes) -> list[Body]:
    """Return the bodies of a row of either kind; the first has seq ``first``.

    Raises:
        ValueError: the row is damaged.
    """
    return [
        Body(
            source_id=source_id,
            received_us=received_us,
            body_version=body_version,
            gate_version=gate_version,
            events=events,
            payload=payload,
            seq=first + i,
        )
        for i, (source_id, received_us, body_version, gate_version, events, payload) in enumerate(_read(blob))
    ]


def _read(blob: bytes) -> list[Any]:
    try:
        rows: list[Any] = msgspec.msgpack.decode(zstd.decompress(blob) if is_closed(blob) else blob)
    except (zstd.ZstdError, msgspec.MsgspecError) as error:
        raise ValueError(str(error)) from error
    return rows
