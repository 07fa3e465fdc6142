"""Companies that live through the whole way: simulate → door → journal → projector → State and History → packed log."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from heartline.app import Account, Heartline, open_heartline
from heartline.config import Settings
from heartline.simulate import Simulation, simulate
from heartline.understand import PackedLog
from heartline.web.sample import fill_with_sample

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 1440 * MINUTE
WEEK = 7 * DAY
SMALL = 5_000
LAST_US = 1_795_352_400_000_000  # 22 November 2026, 13:00 UTC


def choose_end(seed: int) -> int:
    """Choose when a seed's company is looked at: another day, hour and season each, summer time included.

    The twenty ends lie 17 days and 77 minutes apart, over most of a year.
    """
    return LAST_US - seed % 21 * (17 * DAY + 77 * MINUTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company after everything was sent, with what was planted beside it."""

    heartline: Heartline
    log: PackedLog
    made: Simulation
    end_us: int

    @property
    def truth(self) -> Any:
        """What was planted, as truth.json says it."""
        return self.made.truth

    @property
    def zone(self) -> str:
        """The workspace's time zone, by which pages count their days."""
        return self.heartline.workspace.timezone

    @property
    def switch_us(self) -> int:
        """When the North changed its courier."""
        return self.moment("courier_switch")

    def moment(self, name: str) -> int:
        """Return a planted date in µs UTC."""
        return self.moment_of(self.truth["dates"][name])

    def moment_of(self, iso: str) -> int:
        """Read a planted ISO date as µs UTC."""
        return round(datetime.fromisoformat(iso).timestamp() * 1_000) * 1_000

    def account(self) -> Account:
        """Return where each event sent is."""
        return self.heartline.account()


@contextmanager
def live(seed: int, folder: Path, *, customers: int = SMALL) -> Iterator[Company]:
    """Let a company live in ``folder`` and look at it; its files go when we have seen it."""
    end_us = choose_end(seed)
    with open_heartline(Settings(data_dir=folder)) as heartline:
        fill_with_sample(heartline, customers=customers, seed=seed, end_us=end_us)
        made = simulate(seed=seed, customers=customers, end_us=end_us)
        yield Company(heartline=heartline, log=heartline.log(), made=made, end_us=end_us)
    shutil.rmtree(folder)
