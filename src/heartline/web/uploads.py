"""Files that came by the import page: kept aside in a folder each, with the mapping chosen so far, until imported."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from multipart import (  # type: ignore[import-untyped]  # it ships no types
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
)

from heartline.app import Heartline
from heartline.collect import ImportMapping, read_mapping, write_mapping
from heartline.errors import Invalid, Missing, Unavailable
from heartline.language import _
from heartline.web.security import CSRF_FIELD, is_csrf, stale_form

_IDENTITY: Final = re.compile(r"[0-9a-f]{24}")
_BOUNDARY: Final = re.compile(r'boundary="?([^";,]{1,200})"?', re.IGNORECASE)
_FIELD_CAP: Final = 4_096
_LONGEST_NAME: Final = 200
_KEPT_DAYS: Final = 14
_MAPPING: Final = "mapping.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file kept aside. ``path`` is the file itself, under the name people gave it made harmless."""

    identity: str
    path: Path
    size: int
    received_s: float

    @property
    def name(self) -> str:
        """What people call the file."""
        return self.path.name

    def read_mapping(self) -> ImportMapping | None:
        """Return the mapping chosen so far, if one was."""
        kept = self.path.parent.parent / _MAPPING
        return read_mapping(kept.read_bytes()) if kept.is_file() else None

    def keep_mapping(self, mapping: ImportMapping) -> None:
        """Keep the mapping chosen."""
        (self.path.parent.parent / _MAPPING).write_bytes(write_mapping(mapping))


def folder_of(heartline: Heartline) -> Path:
    """Return where uploads are kept; the in-memory twin keeps them among the machine's temporary files."""
    directory = heartline.stores.directory
    if directory is not None:
        return directory.uploads
    folder = Path(tempfile.gettempdir()) / f"heartline-twin-{os.getpid()}-{id(heartline):x}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def find_upload(heartline: Heartline, identity: str) -> Upload:
    """Return a file kept aside.

    Raises:
        Missing: there is none of this identity.
    """
    files = folder_of(heartline) / identity / "file"
    found = sorted(files.iterdir()) if _IDENTITY.fullmatch(identity) and files.is_dir() else []
    if not found:
        raise Missing("no_upload", _("This file is here no more."), _("Bring it again."))
    stat = found[0].stat()
    return Upload(identity=identity, path=found[0], size=stat.st_size, received_s=stat.st_mtime)


def list_uploads(heartline: Heartline) -> list[Upload]:
    """Return the files that wait, newest first; those forgotten for two weeks go."""
    uploads = []
    for folder in folder_of(heartline).iterdir():
        try:
            upload = find_upload(heartline, folder.name)
        except Missing:
            continue
        if time.time() - upload.received_s > _KEPT_DAYS * 86_400:
            forget_upload(upload)
        else:
            uploads.append(upload)
    return sorted(uploads, key=lambda upload: -upload.received_s)


def forget_upload(upload: Upload) -> None:
    """Delete a file and what was chosen for it."""
    shutil.rmtree(upload.path.parent.parent, ignore_errors=True)


async def receive_upload(heartline: Heartline, body: AsyncIterator[bytes], *, content_type: str, csrf: str) -> Upload:
    """Write a multipart form's file to disk as it comes. The form's token must come before the file.

    Raises:
        NotAllowed: the token is missing or wrong; nothing was kept.
        Invalid: it is no such form, holds no file, or the file is over the cap.
        Unavailable: the disk is full.
    """
    boundary = _BOUNDARY.search(content_type)
    if boundary is None or not content_type.lower().startswith("multipart/form-data"):
        raise Invalid("no_form", _("This is not the import page’s form."), _("Choose a file on the import page."))
    receiver = _Receiver(heartline, csrf)
    try:
        with PushMultipartParser(boundary[1], max_segment_count=10) as parser:
            async for chunk in body:
                for event in parser.parse(chunk):
                    await asyncio.to_thread(receiver.take, event)
        return receiver.finish()
    except MultipartError as error:
        receiver.give_up()
        raise Invalid("broken_form", _("The file did not arrive whole."), _("Bring it again.")) from error
    except OSError as error:
        receiver.give_up()
        raise Unavailable(
            "no_space", _("The file cannot be kept: {strerror}.").format(strerror=error.strerror), _("Free disk space.")
        ) from error
    except BaseException:
        receiver.give_up()
        raise


class _Receiver:
    """Takes a form's parts in order."""

    def __init__(self, heartline: Heartline, csrf: str) -> None:
        self._heartline = heartline
        self._csrf = csrf
        self._cap = heartline.settings.import_cap_bytes
        self._identity = secrets.token_hex(12)
        self._proven = False
        self._part = ""
        self._value = b""
        self._file: IO[bytes] | None = None
        self._kept = False
        self._size = 0

    def take(self, event: MultipartSegment | bytearray | None) -> None:
        """Take a part's head, some of its bytes, or its end."""
        if isinstance(event, MultipartSegment):
            self._part, self._value = event.name, b""
            if event.filename:
                self._open(event.filename)
        elif event is None:
            if self._part == CSRF_FIELD:
                self._proven = is_csrf(self._value.decode("utf-8", "replace"), self._csrf)
            self._close()
        elif self._file is not None:
            self._size += len(event)
            if self._size > self._cap:
                raise Invalid(
                    "file_too_large", _("This file is larger than an import may be."), _("Import it in parts.")
                )
            self._file.write(event)
        else:
            self._value = (self._value + event)[:_FIELD_CAP]

    def _open(self, name: str) -> None:
        if not self._proven:
            raise stale_form()
        if self._kept:
            raise Invalid("many_files", _("One file at a time."), _("Import them one after the other."))
        folder = folder_of(self._heartline) / self._identity / "file"
        folder.mkdir(parents=True, mode=0o700)
        self._file = (folder / _harmless(name)).open("xb")
        self._kept = True

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def finish(self) -> Upload:
        """Return what was kept."""
        if not self._proven:
            raise stale_form()
        if not self._kept or not self._size:
            raise Invalid("no_file", _("No file was chosen, or it is empty."), _("Choose a file, then try again."))
        return find_upload(self._heartline, self._identity)

    def give_up(self) -> None:
        """Delete what was kept so far."""
        self._close()
        shutil.rmtree(folder_of(self._heartline) / self._identity, ignore_errors=True)


def _harmless(name: str) -> str:
    base = re.split(r"[/\\]", name)[-1]
    cleaned = "".join(sign if sign.isalnum() or sign in "._- ()" else "_" for sign in base).strip(" .")
    # A file system counts bytes, and most scripts need several for a sign.
    return cleaned[-100:].encode()[-_LONGEST_NAME:].decode(errors="ignore").strip(" .") or "file"
