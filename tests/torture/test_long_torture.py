"""The long torture: a thousand kills under load, each followed by the whole proof (``make torture``, R1–R7).

After each kill the installation is opened again and held to three promises: what was acknowledged is kept exactly once,
the account adds up, and a rebuild from the journal comes out equal.
"""

from __future__ import annotations

import os
import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from nursery import Nursery, Writer, a_story, ask_locally

from heartline.app import Heartline, open_heartline
from heartline.config import Settings
from heartline.records import Link, Mend, Split, Trust, UndoImport
from heartline.web import check_backup, rebuild, restore

pytestmark = pytest.mark.torture

KILLS = int(os.environ.get("TORTURE_KILLS", "1000"))
KILLS_A_WORLD = 20
POINTS = ("after_parse", "before_journal", "after_journal", "between_commits")
UPKEEP = {
    "rebuild_begun": "/local/rebuild",
    "rebuild_made": "/local/rebuild",
    "rebuild_swapping": "/local/rebuild",
    "backup_begun": "/local/backup",
    "backup_copied": "/local/backup",
    "backup_written": "/local/backup",
}
"""The fail-points of work on whole files, with the order that leads to each."""


@dataclass(slots=True)
class World:
    """An installation, and what its senders know."""

    data: Path
    rng: random.Random
    key: str = ""
    sent: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    unanswered: list[list[dict[str, Any]]] = field(default_factory=lambda: [[], []])
    deaths: list[str] = field(default_factory=list)

    @property
    def backups(self) -> Path:
        return self.data.parent / "backups"

    def order(self, path: str, turn: int) -> tuple[str, dict[str, Any]]:
        orders: dict[str, dict[str, Any]] = {
            "/local/rebuild": {"check_only": False},
            "/local/backup": {"path": str(self.backups / f"b{turn}"), "whole": self.rng.random() < 0.3},
            "/local/compact": {},
        }
        return path, orders[path]

    def open(self) -> Heartline:
        return open_heartline(Settings(data_dir=self.data))


def die_once(world: World, nursery: Nursery, turn: int) -> None:
    """Start a server, load it, have it die at a fail-point or at any moment."""
    rng = world.rng
    way = rng.random()
    order: tuple[str, dict[str, Any]] | None = None
    if way < 0.35:
        point = rng.choice(POINTS)
        fail_point = f"{point}:{rng.randint(1, 6 if point == 'between_commits' else 30)}"
    elif way < 0.5:
        point = rng.choice(sorted(UPKEEP))
        fail_point, order = point, world.order(UPKEEP[point], turn)
    else:
        point = fail_point = ""
        path = rng.choice(["", "", "/local/rebuild", "/local/backup", "/local/compact"])
        order = world.order(path, turn) if path else None
    port = nursery.start(fail_point)
    writers = [
        Writer(port, world.key, f"{turn}-{n}", world.unanswered[n], make=a_story(random.Random(rng.random())))
        for n in range(2)
    ]
    for writer in writers:
        writer.start()
    if order is not None:
        time.sleep(rng.uniform(0, 0.2))
        threading.Thread(target=ask_locally, args=(world.data, *order), daemon=True).start()
    if not fail_point:
        time.sleep(rng.uniform(0.005, 0.5))
        nursery.kill()
    # Whatever did not die where it was to die dies at last.
    last = threading.Timer(20, nursery.kill)
    last.start()
    for number, writer in enumerate(writers):
        writer.join()
        world.sent |= set(writer.sent)
        world.acknowledged |= set(writer.acknowledged)
        world.unanswered[number] = writer.unanswered
        assert writer.surprises == []
    assert nursery.await_end() == -9
    last.cancel()
    world.deaths.append(point or "any moment")


def prove(world: World) -> None:
    """Hold the installation to its promises."""
    with world.open() as heartline:
        heartline.catch_up()
        stored = [entry.message_id for entry in heartline.stores.history.recent(limit=10**7)]
        refused = {refusal.raw for refusal in heartline.stores.derived.refused(limit=10**7)}
        account = heartline.account()
        assert account.balanced, account
        assert account.pending == 0
        assert len(stored) == len(set(stored))
        assert set(stored) <= world.sent
        lost = world.acknowledged - set(stored)
        assert all(any(f'"{name}"'.encode() in raw for raw in refused) for name in lost), sorted(lost)[:5]
        report = rebuild(heartline, tell=lambda _stage, _done, _total: None, check_only=True)
        assert report.comparison is not None, report.trouble
        assert report.comparison.equal, (world.deaths, report.comparison)


def prove_backups(world: World) -> None:
    """Hold every backup that bears its name to be whole, and restore the newest."""
    named = (path for path in world.backups.iterdir() if path.name[1:].isdigit())
    whole = sorted(named, key=lambda path: int(path.name[1:]))
    for path in whole:
        check_backup(path, tell=lambda _stage, _done, _total: None)
    if not whole:
        return
    again = world.data.parent / "restored"
    restore(whole[-1], Settings(data_dir=again), tell=lambda _stage, _done, _total: None)
    with open_heartline(Settings(data_dir=again)) as heartline:
        heartline.catch_up()
        account = heartline.account()
        stored = [entry.message_id for entry in heartline.stores.history.recent(limit=10**7)]
    assert account.balanced
    assert len(stored) == len(set(stored))
    assert set(stored) <= world.sent


def act_as_staff(world: World) -> None:
    """Let staff split, link, mend and replay between two kills, so that acts are in the journal too."""
    with world.open() as heartline:
        heartline.catch_up()
        refused = heartline.stores.derived.refused(limit=2)
        heartline.act(
            Mend(
                events=tuple(
                    (one.seq, one.raw.decode().replace('"nonsense"', '"track","event":"Mended"')) for one in refused
                )
            )
        )
        owned = heartline.stores.derived.ownership()
        known = heartline.stores.derived.identifiers(sorted(set(owned.subject_id.tolist()))[:200])
        if len(known) > 2:
            one, other = world.rng.sample([identifier.handle for identifier in known], 2)
            heartline.act(world.rng.choice([Split(pairs=((one, other),)), Link(left=one, right=other)]))
        if world.rng.random() < 0.1:
            # Any run of bodies may be taken back, whoever brought them; what was acknowledged of it is undone.
            first = world.rng.randint(1, heartline.stores.journal.head())
            heartline.act(UndoImport(import_id=1, bodies=((first, first),)))
            kept = {entry.message_id for entry in heartline.stores.history.recent(limit=10**7)}
            raws = b"".join(refusal.raw for refusal in heartline.stores.derived.refused(limit=10**7))
            world.acknowledged = {name for name in world.acknowledged if name in kept or f'"{name}"'.encode() in raws}


@pytest.mark.parametrize("seed", range(-(-KILLS // KILLS_A_WORLD)))
def test_kills_at_any_moment_lose_and_double_nothing(tmp_path: Path, seed: int) -> None:
    world = World(tmp_path / "data", random.Random(seed))
    world.backups.mkdir()
    with world.open() as heartline:
        trust = Trust.TRUSTED if seed % 2 else Trust.PUBLIC
        world.key = heartline.stores.kept.add_source(name="Load", trust=trust).write_key
    with Nursery(world.data) as nursery:
        for turn in range(min(KILLS_A_WORLD, KILLS - seed * KILLS_A_WORLD)):
            die_once(world, nursery, turn)
            prove(world)
            if world.rng.random() < 0.3:
                act_as_staff(world)
                prove(world)
    prove_backups(world)
