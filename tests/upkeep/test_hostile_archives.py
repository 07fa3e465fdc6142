"""Archives that nobody's backup wrote: refused by a reason, with nothing unpacked elsewhere and the disk not filled."""

from __future__ import annotations

import io
import shutil
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from heartline.errors import HeartlineError
from heartline.store import opening_backup, verify_backup

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Member = tuple[tarfile.TarInfo, bytes]


def a_file(name: str, content: bytes = b"x") -> Member:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    return member, content


def a_member(name: str, kind: bytes, link: str = "") -> Member:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member, b""


HOSTILE: dict[str, Sequence[Member]] = {
    "climbs out": [a_file("../outside")],
    "writes through a link": [a_member("a", tarfile.SYMTYPE, "/tmp"), a_file("a/outside")],  # never made
    "links within": [a_member("manifest.json", tarfile.SYMTYPE, "journal.sqlite"), a_file("journal.sqlite")],
    "links to a file elsewhere": [a_member("manifest.json", tarfile.LNKTYPE, "/etc/passwd")],
    "holds a device": [a_member("dev", tarfile.CHRTYPE)],
    "holds a pipe": [a_member("pipe", tarfile.FIFOTYPE)],
    "holds a name too long": [a_file("a" * 300)],
    "holds a file within a file": [a_file("a"), a_file("a/b")],
    "has a folder for a manifest": [a_member("manifest.json", tarfile.DIRTYPE)],
}


def write_archive(path: Path, members: Sequence[Member]) -> None:
    with zstd.open(path, "wb") as stream, tarfile.open(fileobj=stream, mode="w|") as archive:
        for member, content in members:
            archive.addfile(member, io.BytesIO(content))


def tell(_done: int, _total: int) -> None:
    return


@pytest.mark.parametrize("members", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_archive_is_refused_and_leaves_nothing(tmp_path: Path, members: Sequence[Member]) -> None:
    archive = tmp_path / "within" / "hostile.tar.zst"
    archive.parent.mkdir()
    write_archive(archive, members)
    with pytest.raises(HeartlineError) as told, opening_backup(archive) as folder:
        verify_backup(folder, told=tell)
    assert told.value.code in {"bad_backup", "no_manifest"}
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [archive.name]


def test_an_archive_that_says_more_than_the_disk_holds_is_not_unpacked(tmp_path: Path) -> None:
    archive, member = tmp_path / "bomb.tar.zst", tarfile.TarInfo("journal.sqlite")
    # The whole disk, for what is free may grow while this runs.
    member.size = shutil.disk_usage(tmp_path).total
    with zstd.open(archive, "wb") as stream:
        stream.write(member.tobuf() + bytes(1 << 20))
    with pytest.raises(HeartlineError) as told, opening_backup(archive):
        pass
    assert told.value.code == "backup_unpacked"
    assert list(tmp_path.iterdir()) == [archive]
