"""An import is undone whole: nothing of it is left, what was there before is as it was, and it may come again."""

from __future__ import annotations

from pathlib import Path

import pytest

from heartline.app import open_twin
from heartline.errors import Conflict, Missing
from heartline.unify import dump_canonical
from heartline.web import Desk
from heartline.web.undoing import preview_undo, undo_import

HEAD = "when,email,what,score\n"
FIRST = HEAD + "".join(f"2026-03-{n:02}T10:00:00Z,p{n % 5}@x.org,Order,{n % 10}\n" for n in range(1, 25))
SECOND = HEAD + "".join(f"2026-04-{n:02}T10:00:00Z,p{n % 7}@x.org,Delivery,{n % 10}\n" for n in range(1, 25))


def test_nothing_of_an_undone_import_is_left_and_it_may_come_again(tmp_path: Path) -> None:
    heartline = open_twin()
    desk = Desk(heartline)
    files = {}
    for name, text in (("first.csv", FIRST), ("second.csv", SECOND)):
        files[name] = tmp_path / name
        files[name].write_text(text, encoding="utf-8")

    def bring(name: str) -> int:
        return desk.run(files[name], desk.guess(files[name]).mapping, source="Shop").stored

    assert bring("first.csv") == 24
    before = dump_canonical(heartline.stores.derived, heartline.stores.history)
    assert bring("second.csv") == 24
    both = dump_canonical(heartline.stores.derived, heartline.stores.history)
    del both["interactions"]
    (job, *_rest) = [job for job, _ in desk.imports()]
    assert preview_undo(heartline, job.import_id).stored == 24
    undone = undo_import(heartline, job.import_id, by="owner@x.org")
    assert (undone.events, undone.job.file_name) == (24, "second.csv")
    assert dump_canonical(heartline.stores.derived, heartline.stores.history) == before
    account = heartline.account()
    assert account.balanced
    assert (account.stored, account.undone) == (24, 24)
    with pytest.raises(Conflict, match="is undone already"):
        undo_import(heartline, job.import_id, by="owner@x.org")
    with pytest.raises(Missing):
        undo_import(heartline, 999, by="owner@x.org")
    assert bring("second.csv") == 24
    again = dump_canonical(heartline.stores.derived, heartline.stores.history)
    # Only the time at which they were received is another.
    assert {part: again[part] for part in again if part != "interactions"} == both
    assert heartline.account().balanced
    heartline.close()
