"""``heartline import --list`` and ``--undo``: alone, beside a running server, and cut off in the middle."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner
from import_machine import Machine

from heartline.app import open_heartline
from heartline.cli.import_verb import verb
from heartline.config import Settings


def run(machine: Machine, *words: str | Path, answer: str = "") -> str:
    ran = CliRunner().invoke(verb, [*map(str, words), "--data", str(machine.data)], input=answer, standalone_mode=False)
    return ran.output + str(ran.exception or "")


def test_an_import_is_listed_undone_and_may_come_again_alone_and_beside_a_server(
    machine: Machine, write_visits: Callable[[int], Path]
) -> None:
    visits = write_visits(120)
    assert "Nothing was imported yet." in run(machine, "--list")
    run(machine, visits, "--yes")
    assert re.search(r"^ +1  \d{4}-\S+ \S+  done +120 rows  visits.csv$", run(machine, "--list"), re.MULTILINE)
    run(machine, "--undo", "1", answer="n\n")
    assert "120 events of visits.csv are taken back; 120 of them were stored." in run(machine, "--undo", "1", "--yes")
    assert "undone already" in run(machine, "--undo", "1", "--yes")
    assert "no import 7" in run(machine, "--undo", "7", "--yes")
    machine.serve()
    assert "120 are new, 0 were there" in run(machine, visits, "--yes")
    assert "120 events of visits.csv" in run(machine, "--undo", "2", "--yes")
    listed = run(machine, "--list")
    assert [line.split()[3] for line in listed.splitlines()] == ["undone", "undone"]
    assert "undone already" in run(machine, "--undo", "2", "--yes")
    assert machine.stop() == 0
    with open_heartline(Settings(data_dir=machine.data)) as heartline:
        account = heartline.account()
        assert (account.stored, account.undone, account.balanced) == (0, 240, True)


def test_an_undo_killed_between_the_two_commits_is_done_when_it_is_looked_at_again(
    machine: Machine, write_visits: Callable[[int], Path]
) -> None:
    run(machine, write_visits(60), "--yes")
    machine.run("--undo", "1", "--yes", code=-signal.SIGKILL, fail_point="between_commits")
    assert " undone " in run(machine, "--list")
    with open_heartline(Settings(data_dir=machine.data)) as heartline:
        account = heartline.account()
        assert (account.stored, account.undone, account.balanced) == (0, 60, True)
