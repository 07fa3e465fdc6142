"""Kills at named fail-points under load: what was acknowledged is stored exactly once, whatever happened (R1)."""

from __future__ import annotations

import random
import signal
from pathlib import Path
from typing import Any

import pytest
from nursery import Nursery, Writer

from heartline.app import open_heartline
from heartline.config import Settings
from heartline.records import Trust

# Two worlds, so that two workers share the twenty kills.
WORLDS = (20, 21)
ROUNDS = 10
FAIL_POINTS = ("after_parse", "before_journal", "after_journal", "between_commits")


@pytest.mark.slow
@pytest.mark.parametrize("seed", WORLDS)
def test_kills_lose_and_double_nothing(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    data = tmp_path / "data"
    with open_heartline(Settings(data_dir=data)) as heartline:
        key = heartline.stores.kept.add_source(name="Load", trust=Trust.PUBLIC).write_key
    sent: list[str] = []
    acknowledged: list[str] = []
    unanswered: list[list[dict[str, Any]]] = [[], []]
    with Nursery(data) as nursery:
        for turn in range(ROUNDS):
            point = FAIL_POINTS[(turn + seed) % len(FAIL_POINTS)]
            # A projector that is behind takes thousands of events a commit, so it passes this point less often; the
            # writers go on until it does.
            latest = 6 if point == "between_commits" else 30
            port = nursery.start(f"{point}:{rng.randint(1, latest)}")
            writers = [Writer(port, key, f"{turn}-{n}", unanswered[n], batches=20_000) for n in range(2)]
            for writer in writers:
                writer.start()
            for writer in writers:
                writer.join()
                sent += writer.sent
                acknowledged += writer.acknowledged
            assert [writer.surprises for writer in writers] == [[], []]
            assert [len(writer.unanswered) for writer in writers] == [3, 3], f"round {turn} did not die at {point}"
            assert nursery.await_end() == -signal.SIGKILL
            unanswered = [writer.unanswered for writer in writers]
    with open_heartline(Settings(data_dir=data)) as heartline:
        heartline.catch_up()
        stored = [entry.message_id for entry in heartline.stores.history.recent(limit=10**6)]
        account = heartline.account()
    assert len(stored) == len(set(stored))
    assert set(acknowledged) <= set(stored) <= set(sent)
    assert account.balanced
    assert account.pending == 0
    # Bodies that were durable when their answer was lost came again: without these the test would prove little.
    assert account.duplicate > 0
    assert len(acknowledged) > ROUNDS
