"""An erasure cut off anywhere ends where one that is not ends, and a restore repeats it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from erasure_world import a_message, fill, open_world, others, raw_finds, ref_of, send

from heartline.errors import Invalid, Missing
from heartline.records import ErasureStep, Lift
from heartline.web.privacy import LEDGER, ask_erasure, erase_customers, read_ledger, replay_erasures, work_erasures
from heartline.web.rebuilding import rebuild

POINTS = (
    "erased_planned", "between_commits", "erased_acted", "erasing_journal", "erased_journal", "erasing_kept",
    "erased_kept", "erased_files", "erased_certified", "erasing_clear", "erased_done",
)  # fmt: skip
KILLED = """
import sys; from pathlib import Path
from heartline.app import open_heartline; from heartline.config import Settings
from heartline.web.privacy import work_erasures
work_erasures(open_heartline(Settings(data_dir=Path(sys.argv[1]), fail_point=sys.argv[2])))
"""


class Cut(BaseException):  # it stands for a killed process
    pass


def test_an_erasure_cut_off_at_every_step_ends_like_one_that_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with open_world(folder) as heartline:
        fill(heartline)
        ref = ref_of(heartline)
        before = others(heartline)
        ask_erasure(heartline, [ref], by="dpo", reason="asked")
    met: list[str] = []

    def cut_once(point: str) -> None:
        if point in POINTS and point not in met:
            met.append(point)
            raise Cut

    for _ in POINTS:
        with open_world(folder) as heartline:
            heartline.reach = cut_once
            heartline.projector = heartline.make_projector(
                heartline.stores.journal, heartline.stores.derived, heartline.stores.history
            )
            with pytest.raises(Cut):
                work_erasures(heartline)
    assert sorted(met) == sorted(POINTS)
    with open_world(folder) as heartline:
        work_erasures(heartline)
        (done,) = heartline.stores.kept.erasures()
        assert done.step is ErasureStep.DONE
        assert heartline.stores.kept.erasure_plan(done.certificate) == b""
        assert raw_finds(folder) == {}
        assert others(heartline) == before
        assert heartline.account().balanced
        assert [one.certificate for one in read_ledger(folder / LEDGER)] == [done.certificate]


def test_a_kill_and_a_restore_do_not_bring_anybody_back(tmp_path: Path) -> None:
    folder, backup = tmp_path / "data", tmp_path / "backup"
    with open_world(folder) as heartline:
        fill(heartline)
        ref = ref_of(heartline)
        before = others(heartline)
    shutil.copytree(folder, backup)
    with open_world(folder) as heartline:
        ask_erasure(heartline, [ref], by="dpo", reason="asked")
    # A real one: what the operating system had not written is lost as it would be.
    killed = subprocess.run([sys.executable, "-c", KILLED, str(folder), "erasing_clear"], check=False)
    assert killed.returncode == -signal.SIGKILL
    with open_world(folder) as heartline:
        send(heartline, "Server", [a_message("track", 25, "late", userId="u3", event="Courier")])
        work_erasures(heartline)
        assert raw_finds(folder) == {}

    with open_world(backup) as heartline:
        assert raw_finds(backup) != {}
        (again,) = replay_erasures(heartline, folder / LEDGER)
        assert again.step is ErasureStep.DONE
        assert raw_finds(backup) == {}
        assert others(heartline) == before
        assert heartline.account().balanced
        assert replay_erasures(heartline, folder / LEDGER) == []


def test_an_erasure_names_a_customer_and_a_reason_and_can_be_lifted(tmp_path: Path) -> None:
    with open_world(tmp_path / "data") as heartline:
        fill(heartline)
        ref = ref_of(heartline)
        with pytest.raises(Invalid):
            ask_erasure(heartline, [ref], by="dpo", reason=" ")
        with pytest.raises(Missing):
            ask_erasure(heartline, ["00" * 16], by="dpo", reason="asked")
        (done,) = erase_customers(heartline, [ref], by="dpo", reason="asked")
        again = [a_message("track", 20, "new", userId="QzUser7x", event="Courier")]
        heartline.act(Lift(handles=done.handles))
        send(heartline, "Server", again)
        heartline.catch_up()
        # Which of their identifiers named them before hangs on the secret; one of them does again.
        assert ref_of(heartline) in done.handles


def test_what_arrives_meanwhile_is_taken_in_and_goes_too_where_it_names_them(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with open_world(folder) as heartline:
        fill(heartline)
        ref = ref_of(heartline)
        before = heartline.account()
        late = [
            a_message("track", 26, "late1", userId="QzUser7x", event="Courier"),
            a_message("track", 10, "c9", userId="QzUser7x", event="Courier"),
            {"type": "nonsense", "messageId": "late2", "card": "QzCard7x"},
            a_message("track", 26, "late3", userId="u2", event="Courier"),
        ]
        answered: list[str] = []

        def arrive(point: str) -> None:
            # Each is answered before the step goes on, also while the projector is held back.
            if point == "erased_planned" or (point in {"erasing_journal", "erasing_clear"} and point not in answered):
                send(heartline, "Server", late if point == "erased_planned" else [{**late[3], "messageId": point}])
                answered.append(point)

        heartline.reach = arrive
        erase_customers(heartline, [ref], by="dpo", reason="asked")
        heartline.catch_up()
        assert answered == ["erased_planned", "erasing_journal", "erasing_clear"]
        account = heartline.account()
        assert account.balanced
        assert account.received == before.received + 6
        assert account.erased == 14
        assert raw_finds(folder) == {}
        report = rebuild(heartline, tell=lambda *_: None)
        assert report.comparison
        assert report.comparison.equal
