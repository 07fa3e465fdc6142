"""What one more event costs the keeper of the packed log: ``python bench/renewal.py [--events 1000000] [--rounds 5]``.

A company of so many touches (``journey_events.py``), about twenty a customer, each of whom told a plan and a city, lies
in a History file and a State file. In one process and in turns: the log is packed anew, then one touch arrives, then a
device of one customer goes over to another. Told is the median of the CPU seconds of this process, user and system.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from journeys import find_events
from machine import describe_machine

from heartline.keeper import LogKeeper
from heartline.records import Ownership
from heartline.store import Entry, Stores, open_stores

PART = 20_000
ALWAYS_US, FOREVER_US = -(2**63), 2**63 - 1


def own(subject: int, customer: int) -> tuple[Ownership, ...]:
    """Return a subject's whole life as one customer's."""
    return (Ownership(subject_id=subject, from_us=ALWAYS_US, to_us=FOREVER_US, customer_id=customer),)


def fill_state(stores: Stores) -> int:
    """Give every subject in History an owner and a profile; return how many there are."""
    subjects = stores.history.subjects(after_seq=-1).tolist()
    for start in range(0, len(subjects), PART):
        part = subjects[start : start + PART]
        with stores.derived.batch(stores.history.offset()) as batch:
            batch.own({subject: own(subject, subject) for subject in part}, new=set(part))
            batch.write_profiles({s: {"plan": f"plan {s % 4}", "city": f"city {s % 40}"} for s in part})
    return len(subjects)


def make_company(events: int, folder: Path) -> Stores:
    """Lay State and History down and open them."""
    folder.mkdir()
    shutil.copy(find_events(events) / "history.duckdb", folder / "history.duckdb")
    return open_stores(folder)


def measure(stores: Stores, *, rounds: int) -> dict[str, list[float]]:
    """Return CPU seconds by kind of renewal."""
    costs: dict[str, list[float]] = {"packed anew": [], "one event": [], "one device moved": []}
    subjects = stores.history.subjects(after_seq=-1).tolist()
    at = int(stores.history.columns().seq.max())
    keeper = LogKeeper(stores)

    def renew(kind: str, by: LogKeeper) -> None:
        began = time.process_time()
        by.fresh()
        costs[kind].append(time.process_time() - began)

    keeper.fresh()
    for turn in range(rounds):
        renew("packed anew", LogKeeper(stores))
        at += 1
        entry = Entry(
            seq=at, ts_us=1_750_000_000_000_000 + turn, received_us=0, subject_id=subjects[turn], source_id=1,
            kind="track", touch=True, touchpoint="touchpoint 1", message_id=f"new {turn}",
        )  # fmt: skip
        stores.history.append([entry], offset=stores.history.offset() + 1)
        renew("one event", keeper)
        with stores.derived.batch(stores.history.offset()) as batch:
            batch.own({subjects[-1 - turn]: own(subjects[-1 - turn], subjects[turn])}, new=())
        renew("one device moved", keeper)
    if keeper.renewals != {"packed": 1, "spliced": 2 * rounds}:
        sys.exit(f"The log was not spliced: {dict(keeper.renewals)}.")
    return costs


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    print(" · ".join(f"{name} {value}" for name, value in describe_machine().items()))
    with tempfile.TemporaryDirectory() as folder:
        stores = make_company(asked.events, Path(folder) / "data")
        print(f"{asked.events:,} touches of {fill_state(stores):,} customers")
        for kind, costs in measure(stores, rounds=asked.rounds).items():
            print(f"{kind:18s} {statistics.median(costs):.3f} CPU-s ({min(costs):.3f} to {max(costs):.3f})")
        stores.close()


if __name__ == "__main__":
    main()
