"""The verbs of privacy, each alone and beside a running server: the same words, the same outcome."""

from __future__ import annotations

import os
import signal
import time
import zipfile
from pathlib import Path

import pytest

from heartline.app import Heartline, open_heartline
from heartline.config import Settings
from heartline.errors import Conflict
from verb_nursery import Nursery


def opened(data: Path) -> Heartline:
    """Open it, waiting for a server that was told to end."""
    deadline = time.monotonic() + 120
    while True:
        try:
            return open_heartline(Settings(data_dir=data))
        except Conflict:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def somebody(data: Path) -> str:
    with opened(data) as heartline:
        customer = int(heartline.stores.derived.ownership().customer_id[0])
        return heartline.stores.derived.profiles([customer])[customer].ref


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside a server"])
def test_each_verb_of_privacy_works(company: Path, nursery: Nursery, tmp_path: Path, *, beside: bool) -> None:
    ref = somebody(company)
    process = nursery.serve(company) if beside else 0
    archive = tmp_path / "all.zip"
    code, said = nursery.run("access", ref, "--out", str(archive), data=company)
    assert code == 0, said
    assert "1 identifiers" in said or "identifiers" in said
    assert zipfile.ZipFile(archive).testzip() is None
    assert archive.stat().st_mode & 0o077 == 0

    code, said = nursery.run("erase", ref, "--yes", data=company)
    assert code == 2, said
    assert "needs a reason" in said
    code, said = nursery.run("erase", ref, "--reason", "by letter", "--by", "dpo", "--yes", data=company)
    assert code == 0, said
    assert "done: " in said
    assert nursery.run("access", ref, "--out", str(archive), data=company)[0] == 4
    code, said = nursery.run("erase", data=company)
    assert (code, said.strip()) == (0, "There was nothing to erase.")

    code, said = nursery.run("retention", data=company)
    assert "kept for ever" in said
    code, said = nursery.run("retention", "--keep", "identified=1", "--keep", "anonymous=1", data=company)
    assert code == 0, said
    assert "would go" in said
    code, said = nursery.run("retention", "--run", data=company)
    assert code == 0, said
    assert " gone" in said
    assert nursery.run("retention", "--keep", "identified", data=company)[0] == 2
    if beside:
        os.kill(process, signal.SIGTERM)
    with opened(company) as heartline:
        account = heartline.account()
        assert account.balanced
        assert account.stored == 0
        told = [line.what for line in heartline.stores.kept.audit(limit=20)]
        assert {"customer.archived", "customer.erasure_asked", "erased", "retention_changed", "purged"} <= set(told)
