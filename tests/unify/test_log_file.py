"""The packed log on disk: what is mapped after any life equals what is packed anew; what is in doubt is not used."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_log_splicing import lay_out, steps, take_step
from test_projector import TRUSTED, a_body, a_message, bodies

from heartline.app import Heartline, open_heartline
from heartline.config import Settings
from heartline.keeper import LogKeeper, log_file, log_keeper, look_at_file
from heartline.records import Body, SetTraits, Trust, write_act
from heartline.store import MappedColumns, map_columns, read_disk
from heartline.web.privacy import erase_customers
from heartline.web.rebuilding import rebuild


class Cut(BaseException):  # it stands for a killed process
    pass


@pytest.fixture(autouse=True, scope="module")
def small_logs_are_written_too() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_file, "LEAST_ROWS", 0)
        yield


def opened(folder: Path) -> Heartline:
    return open_heartline(Settings(data_dir=folder))


def begin(folder: Path, records: list[Body]) -> None:
    with opened(folder) as heartline:
        heartline.stores.kept.add_source(name="Site", trust=Trust.PUBLIC)
        heartline.stores.kept.add_source(name="Server", trust=Trust.TRUSTED)
        heartline.sources.reload()
        heartline.stores.journal.append(records)
        heartline.catch_up()
        heartline.log()


def assert_equals_packing(heartline: Heartline) -> None:
    assert lay_out(heartline.logs.fresh()) == lay_out(LogKeeper(heartline.stores).current())


def ways(heartline: Heartline) -> dict[str, int]:
    return {way: n for way, n in heartline.logs.renewals.items() if n}


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pattern") / "data"
    messages = [a_message("page", n * 60, userId=f"u{n % 7}", name=f"Page {n % 5}") for n in range(400)]
    begin(folder, [
        a_body(TRUSTED, [a_message("identify", 5, anonymousId="tablet", userId="u1", traits={"plan": "weekly"})]),
        a_body(TRUSTED, messages),
    ])  # fmt: skip
    return folder


@pytest.fixture
def company(pattern: Path, tmp_path: Path) -> Path:
    """A data directory of a company, its log beside its stores."""
    return Path(shutil.copytree(pattern, tmp_path / "data"))


def come(heartline: Heartline, *messages: dict[str, Any]) -> None:
    heartline.stores.journal.append([a_body(TRUSTED, messages)])
    heartline.catch_up()


@settings(max_examples=8, deadline=None)
@given(first=bodies, todo=st.lists(st.one_of(steps, st.just([])), min_size=2, max_size=4), data=st.data())
def test_any_life_with_restarts_maps_what_packing_makes(
    first: list[Body], todo: list[list[Any]], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        # At half: a file is often older than what it is of.
        patch.setattr(log_keeper, "_WRITTEN_AT", data.draw(st.sampled_from([0.0, 0.5])))
        folder = Path(place) / "data"
        begin(folder, first)
        for turn in todo:
            with opened(folder) as heartline:
                assert_equals_packing(heartline)
                for step in turn:
                    take_step(heartline, heartline.logs, step, data)
                    if data.draw(st.booleans()):
                        assert_equals_packing(heartline)
        with opened(folder) as heartline:
            assert_equals_packing(heartline)


def test_a_start_maps_and_a_second_one_splices_what_came(company: Path) -> None:
    with opened(company) as heartline:
        log = heartline.log()
        assert ways(heartline) == {"opened": 1}
        assert len(log) == 400
        assert not any(column.flags.writeable for column in (log.seq, log.ts_us, *log.codes.values()))
        assert_equals_packing(heartline)
        come(heartline, a_message("page", 30, userId="u3", name="Never seen"))
        come(heartline, a_message("identify", 31, anonymousId="tablet", userId="u2", traits={"plan": "daily"}))
    with opened(company) as heartline:
        assert_equals_packing(heartline)
        assert ways(heartline) == {"opened": 1, "spliced": 1}


def test_what_state_alone_was_told_before_a_crash_is_read_again(company: Path) -> None:
    with opened(company) as heartline:
        heartline.log()
        told = a_message("identify", 32, userId="u3", traits={"plan": "daily"})
        heartline.stores.journal.append([a_body(TRUSTED, [told])])

        def cut(name: str) -> None:
            if name == "between_commits":
                raise Cut

        projector = heartline.make_projector(
            heartline.stores.journal, heartline.stores.derived, heartline.stores.history
        )
        projector._reach = cut
        with pytest.raises(Cut):
            projector.drain()
        assert heartline.stores.derived.offset() > heartline.stores.history.offset()
    with opened(company) as heartline:
        heartline.log()
        assert ways(heartline) == {"opened": 1}
        heartline.catch_up()
        assert_equals_packing(heartline)
        assert ways(heartline) == {"opened": 1, "spliced": 1}
        assert "daily" in heartline.log().traits["plan"][1]


def test_the_file_is_written_when_a_twentieth_has_changed_and_not_before(company: Path) -> None:
    file = company / "packed-log"
    first = file.stat().st_ino
    with opened(company) as heartline:
        for n in range(19):
            come(heartline, a_message("page", n, userId="u3", name="Home"))
            heartline.log()
        assert file.stat().st_ino == first
        come(heartline, *(a_message("page", n, userId="u4", name="Home") for n in range(3)))
        heartline.log()
    assert file.stat().st_ino != first
    assert file.stat().st_mode & 0o777 == 0o600
    assert look_at_file(company, deep=True).touches == 422


def alter_head(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)


def cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def tell_less(path: Path) -> None:
    found = map_columns(path)
    assert isinstance(found, MappedColumns)
    columns = {name: column.copy() for name, column in found.columns.items()}
    assert log_file.write_columns(path, columns, told=b'{"form": 1}')


def change_version(path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_file, "__version__", "0.0.1")
        path.unlink()
        with opened(path.parent) as heartline:
            heartline.log()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (cut_off, "cut off"),
        (alter_head, "head"),
        (lambda path: path.write_bytes(b""), "cut off"),
        (lambda path: path.write_bytes(b"SQLite format 3\0" * 9), "another kind"),
        (lambda path: path.write_bytes(b"heartcol" + b"\7" * 99), "form"),
        (tell_less, ""),
        (change_version, ""),
    ],
    ids=["torn", "altered", "empty", "foreign", "another form", "tells less", "an older heartline's"],
)
def test_a_file_that_cannot_be_true_is_packed_anew(company: Path, spoil: Callable[[Path], None], why: str) -> None:
    spoil(company / "packed-log")
    with opened(company) as heartline:
        seen = heartline.logs.file.look(heartline.logs.stand(), deep=False)  # type: ignore[union-attr]
        assert seen.waiting is None
        assert why in " ".join(seen.problems) if why else not seen.problems
        assert_equals_packing(heartline)
        assert ways(heartline) == {"packed": 1}
    assert look_at_file(company, deep=True).problems == ()


def test_a_byte_gone_wrong_is_found_behind_the_readers(company: Path) -> None:
    path = company / "packed-log"
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 3)
        file.write(b"\xa5\x5a")
    assert look_at_file(company, deep=False).problems == ()
    assert len(look_at_file(company, deep=True).problems) == 1
    with opened(company) as heartline:
        heartline.logs.warm()
        assert ways(heartline) == {"opened": 1, "packed": 1}
        assert_equals_packing(heartline)
    assert look_at_file(company, deep=True).problems == ()


def older_state(company: Path, before: Path) -> None:
    for path in company.glob("state*"):
        path.unlink()
    shutil.copy(before / "state.sqlite", company / "state.sqlite")


def older_history(company: Path, before: Path) -> None:
    (company / "history.duckdb").unlink()
    shutil.copy(before / "history.duckdb", company / "history.duckdb")


def log_of_another(company: Path, before: Path) -> None:
    shutil.copy(before / "packed-log", company / "packed-log")


@pytest.mark.parametrize("put_back", [older_state, older_history, log_of_another])
def test_stores_put_back_by_hand_are_packed_anew(
    company: Path, pattern: Path, put_back: Callable[[Path, Path], None]
) -> None:
    with opened(company) as heartline:
        come(heartline, *(a_message("page", n, userId=f"v{n}", name="Late") for n in range(50)))
        heartline.log()
    put_back(company, pattern)
    with opened(company) as heartline:
        assert_equals_packing(heartline)
        assert ways(heartline) == {"packed": 1}
        if put_back is not older_state:
            # State follows the journal from its own offset; this one is not asked to.
            heartline.catch_up()
            assert_equals_packing(heartline)


@pytest.mark.parametrize("point", ["packed_log_part", "packed_log_written", "packed_log_told", "packed_log_named"])
def test_a_kill_while_it_is_written_leaves_the_old_or_the_new_or_none(company: Path, point: str) -> None:
    def cut(reached: str) -> None:
        if reached == point:
            raise Cut

    with opened(company) as heartline:
        heartline.log()
        come(heartline, *(a_message("page", n, userId=f"v{n}", name="Late") for n in range(50)))
        kept = heartline.logs._splice(heartline.logs._kept, heartline.logs.stand())  # type: ignore[arg-type]
        heartline.reach = cut
        file = heartline.logs.file
        assert file is not None
        with pytest.raises(Cut):
            file.write(kept, packed_s=0.0)
    after = {
        "packed_log_part": {"opened": 1, "spliced": 1},
        "packed_log_written": {"opened": 1, "spliced": 1},
        # State has the word of the new one, which never got the name.
        "packed_log_told": {"packed": 1},
        "packed_log_named": {"opened": 1},
    }[point]
    with opened(company) as heartline:
        assert not (company / "packed-log.new").exists(), "nothing half is left"
        assert_equals_packing(heartline)
        assert ways(heartline) == after


def test_a_full_disk_is_done_without_it(company: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (company / "packed-log").unlink()
    full = [True]

    def no_room(*asked: Any, **more: Any) -> bool:
        if full[0]:
            raise OSError(28, "No space left on device")
        return write(*asked, **more)

    write = log_file.write_columns
    monkeypatch.setattr(log_file, "write_columns", no_room)
    with opened(company) as heartline:
        assert_equals_packing(heartline)
    with opened(company) as heartline:
        come(heartline, a_message("page", 30, userId="u3", name="Home"))
        assert_equals_packing(heartline)
        assert ways(heartline) == {"packed": 1}
    assert not list(company.glob("packed-log*"))
    full[0] = False
    # Others need the last room more.
    monkeypatch.setattr(log_file, "read_disk", lambda folder: (10_000, read_disk(folder)[1]))
    with opened(company) as heartline:
        heartline.log()
    assert not list(company.glob("packed-log*"))
    monkeypatch.setattr(log_file, "read_disk", read_disk)
    with opened(company) as heartline:
        heartline.log()
    assert (company / "packed-log").exists()


def test_it_is_gone_after_an_erasure_and_no_writing_brings_it_back(company: Path) -> None:
    with opened(company) as heartline:
        come(heartline, a_message("identify", 70, userId="u5", traits={"hobby": "Qzhobby7x"}))
        come(heartline, *(a_message("page", n, userId="u5", name="Qzpage7x") for n in range(50)))
        heartline.log()
        heartline.logs._writer.join()  # type: ignore[union-attr]
        before = (company / "packed-log").read_bytes()
        assert b"Qzhobby7x" in before
        assert b"Qzpage7x" in before
        stale, file = heartline.logs._kept, heartline.logs.file
        assert stale is not None
        assert file is not None
        (ref,) = {p.ref for p in heartline.stores.derived.search("u5", limit=5)}
        erase_customers(heartline, [ref], by="dpo", reason="asked")
        assert all(b"Qz" not in path.read_bytes() for path in company.glob("packed-log*"))
        # Who had begun to write before, comes too late.
        assert not file.write(stale, packed_s=0.0)
        assert_equals_packing(heartline)
    assert b"Qz" not in (company / "packed-log").read_bytes()


def test_a_removal_ends_a_writing_under_way(company: Path) -> None:
    with opened(company) as heartline:
        heartline.log()
        kept, file = heartline.logs._kept, heartline.logs.file
        assert kept is not None
        assert file is not None
        begun: list[str] = []

        def remove_meanwhile(point: str) -> None:
            begun.append(point)
            if point == "packed_log_part" and len(begun) == 1:
                file._removals += 1

        heartline.reach = remove_meanwhile
        assert not file.write(kept, packed_s=0.0)
        assert "packed_log_named" not in begun


def test_a_staff_act_and_a_rebuild_make_it_of_no_use(company: Path) -> None:
    with opened(company) as heartline:
        heartline.log()
        (one,) = heartline.stores.derived.search("u1", limit=5)
        act = SetTraits(handle=one.ref, traits={"plan": "staff"})
        heartline.stores.journal.append([write_act(act, received_us=1)])
        heartline.catch_up()
    with opened(company) as heartline:
        assert_equals_packing(heartline)
        assert ways(heartline) == {"packed": 1}
        heartline.logs._writer.join()  # type: ignore[union-attr]
        rebuild(heartline, tell=lambda *_: None)
        assert not (company / "packed-log").exists()
        assert_equals_packing(heartline)
    with opened(company) as heartline:
        assert_equals_packing(heartline)
        assert ways(heartline) == {"opened": 1}


def test_columns_come_back_as_they_went(tmp_path: Path) -> None:
    columns = {
        "none": np.zeros(0, dtype=np.int64),
        "flags": np.array([True, False, True]),
        "strided": np.arange(12, dtype=np.int32)[::3],
        "floats": np.array([np.nan, -0.0], dtype=np.float32),
    }
    told = json.dumps({"names": ["", "Ä", "\u2028"]}).encode()
    assert log_file.write_columns(tmp_path / "file", columns, told=told)
    found = map_columns(tmp_path / "file")
    assert isinstance(found, MappedColumns)
    assert {n: (c.dtype, c.tobytes()) for n, c in found.columns.items()} == {
        n: (c.dtype, c.tobytes()) for n, c in columns.items()
    }
    assert json.loads(found.told) == json.loads(told)
    assert replace(found).size_bytes == (tmp_path / "file").stat().st_size
