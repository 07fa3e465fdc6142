"""While senders are at the door a micro-batch gathers; who comes alone, and who closes, waits for nothing."""

from __future__ import annotations

import threading
import time
from itertools import count

import pytest

from heartline import app
from heartline.app import Heartline, open_twin
from heartline.records import Body, Trust


def send(heartline: Heartline, source_id: int, number: int) -> int:
    event = b'{"type":"track","event":"Tried","userId":"u%d"}' % number
    return heartline.intake.submit(
        Body(source_id=source_id, received_us=1, payload=b'{"batch":[' + event + b"]}", events=1)
    )


def wait_for(heartline: Heartline, seq: int) -> None:
    deadline = time.monotonic() + 30
    while heartline.settled() < seq:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_lone_event_is_not_kept_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "_GATHER_S", 3600)
    with open_twin() as heartline:
        source = heartline.stores.kept.add_source(name="Site", trust=Trust.PUBLIC)
        heartline.sources.reload()
        heartline.start()
        wait_for(heartline, send(heartline, source.source_id, 1))


def test_what_gathers_is_taken_together_and_a_close_does_not_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "_GATHER_S", 0.2)
    with open_twin() as heartline:
        source = heartline.stores.kept.add_source(name="Site", trust=Trust.PUBLIC)
        heartline.sources.reload()
        steps: list[int] = []
        project = heartline.project

        def note() -> int:
            steps.append(project())
            return steps[-1]

        monkeypatch.setattr(heartline, "project", note)
        heartline.start()
        last, stop, began = 0, threading.Event(), time.monotonic()
        threading.Timer(2, stop.set).start()
        for number in count(1):
            last = send(heartline, source.source_id, number)
            time.sleep(0.001)
            if stop.is_set():
                break
        wait_for(heartline, last)
        deadline = time.monotonic() + 30
        while sum(steps) < last and time.monotonic() < deadline:
            time.sleep(0.01)
        took_s = time.monotonic() - began
        taken = [done for done in steps if done]
        assert sum(taken) == last
        # Two seconds hold ten pauses, and a slow machine takes longer; without them each group would be a step.
        assert len(taken) <= 5 + took_s / 0.2
        monkeypatch.setattr(app, "_GATHER_S", 3600)
        send(heartline, source.source_id, last + 1)
