"""Bytes of a file, plain or gzipped, counted and capped; and what its first bytes say about it."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import charset_normalizer

from heartline.collect.importing.mapping import FileKind
from heartline.errors import Invalid, Missing
from heartline.language import _, mark

HEAD_BYTES: Final = 1 << 20
CHUNK_BYTES: Final = 1 << 18
UNPACKED_CAP_BYTES: Final = 64 << 30
"""More than this after decompression is a bomb or a mistake."""
FALLBACK_ENCODING: Final = "cp1252"
"""How bytes are read that are not the UTF-8 the rest of the file is."""

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FOREIGN: Final = (
    (b"PK\x03\x04", mark("an Excel workbook or a zip archive"), mark("Save the sheet as CSV, or unpack the archive.")),
    (b"\xd0\xcf\x11\xe0", mark("an old Excel workbook"), mark("Save the sheet as CSV.")),
    (b"%PDF", mark("a PDF"), mark("Export the table as CSV.")),
    (b"BZh", mark("packed with bzip2"), mark("Unpack it, or pack it with gzip.")),
    (b"\xfd7zXZ", mark("packed with xz"), mark("Unpack it, or pack it with gzip.")),
    (b"\x28\xb5\x2f\xfd", mark("packed with zstd"), mark("Unpack it, or pack it with gzip.")),
)


class ByteStream(io.RawIOBase):
    """The unpacked bytes of a file. ``position`` is where the reading is in the file as it lies on disk.

    Raises (while reading):
        Invalid: the packed file is broken or cut off, or unpacks to more than the cap.
    """

    def __init__(self, path: Path, *, cap_bytes: int = UNPACKED_CAP_BYTES) -> None:
        super().__init__()
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise Missing(
                "no_file",
                _("{name} cannot be opened: {strerror}.").format(name=path.name, strerror=error.strerror),
                _("Check its path."),
            ) from None
        self.total = path.stat().st_size
        packed = self._file.read(2) == b"\x1f\x8b"
        self._file.seek(0)
        self._inner = gzip.GzipFile(fileobj=self._file) if packed else self._file
        self._left = cap_bytes

    @property
    def position(self) -> int:
        """Bytes of the file read so far."""
        return self.total if self._file.closed else self._file.tell()

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill a buffer."""
        view = memoryview(buffer)  # type: ignore[arg-type]  # io hands over a writable buffer
        try:
            data = self._inner.read(len(view))
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise Invalid(
                "broken_gzip",
                _("This gzip file is broken or was cut off."),
                _("Copy or download it again, then import again."),
            ) from None
        self._left -= len(data)
        if self._left < 0:
            raise Invalid(
                "too_large", _("This file unpacks to more than is allowed."), _("Split it into smaller files.")
            )
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def read_head(path: Path, size: int = HEAD_BYTES) -> bytes:
    """Return the first unpacked bytes of a file."""
    with io.BufferedReader(ByteStream(path), CHUNK_BYTES) as stream:
        return stream.read(size)


def fingerprint(path: Path) -> str:
    """Return what tells this file from another: its size, first and last MiB. Quick on files of any size."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        size = path.stat().st_size
        digest.update(str(size).encode())
        digest.update(file.read(HEAD_BYTES))
        file.seek(max(0, size - HEAD_BYTES))
        digest.update(file.read(HEAD_BYTES))
    return digest.hexdigest()


def detect_kind(head: bytes) -> FileKind:
    """Tell the kind of a file by its first bytes, never by its name.

    Raises:
        Invalid: it is empty, or of a kind that cannot be imported.
    """
    if not head.strip():
        raise Invalid("empty_file", _("This file is empty."), _("Export it again and check its size before importing."))
    if head.startswith(b"PAR1"):
        return FileKind.PARQUET
    for magic, name, hint in _FOREIGN:
        if head.startswith(magic):
            raise Invalid("foreign_file", _("This file is {name}.").format(name=_(name)), _(hint))
    start = head[:4096].decode(detect_encoding(head), errors="replace").lstrip("\ufeff \t\r\n")
    if start.startswith(("<?xml", "<log", "<!--", "<!DOCTYPE")):
        return FileKind.XES
    return FileKind.JSON if start.startswith(("{", "[")) else FileKind.DELIMITED


def detect_encoding(head: bytes) -> str:
    """Return the encoding of a text: its byte order mark, UTF-8 where it fits, else the likeliest."""
    for signature, name in _BOMS:
        if head.startswith(signature):
            return name
    wide = _wide_encoding(head)
    if wide:
        return wide
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return _narrow_encoding(head)
    return "utf-8"


def _wide_encoding(head: bytes) -> str:
    """Recognise UTF-16 without a mark: text of any Western kind has a NUL in every other byte."""
    even, odd = head[0:2000:2].count(0), head[1:2000:2].count(0)
    half = max(1, min(len(head), 2000) // 2)
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * half and odd < 0.05 * half else ""


def _narrow_encoding(head: bytes) -> str:
    multi = sum(1 for char in head.decode("utf-8", errors="ignore") if ord(char) > 127)
    stray = sum(1 for char in head.decode("utf-8", errors="surrogateescape") if "\udc80" <= char <= "\udcff")
    if multi > stray:  # UTF-8 but for a few pasted bytes: those are mended line by line
        return "utf-8"
    best = charset_normalizer.from_bytes(head[: 1 << 16]).best()
    name = codecs.lookup(best.encoding).name if best else FALLBACK_ENCODING
    # Western text is told from its neighbours by a letter or two; the commonest of them is the safest guess.
    western = {"cp1250", "cp1254", "cp1257", "cp1258", "iso8859-1", "iso8859-15", "mac-roman", "cp850", "cp437"}
    return FALLBACK_ENCODING if name in western or name.startswith("cp1252") else name


def utf8_chunks(stream: io.BufferedIOBase, encoding: str) -> Iterator[bytes]:
    """Yield a stream's bytes as UTF-8, without a byte order mark."""
    plain = encoding in {"utf-8", "utf-8-sig"}
    decoder = None if plain else codecs.getincrementaldecoder(encoding)(errors="replace")
    first = True
    while chunk := stream.read(CHUNK_BYTES):
        data = decoder.decode(chunk).encode() if decoder else chunk
        yield data.removeprefix(codecs.BOM_UTF8) if first else data
        first = False
