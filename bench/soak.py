"""Soak: half an hour of senders, readers and programs on one server, and whether its memory stays flat.

    python bench/soak.py [--minutes 30]

A server on a sample company is sent events at a steady rate (a part of them copies, a part refused), while pages, the
live feed are read. Its resident memory is sampled; after a warm-up of a third of the time the line through the samples
(Theil–Sen) says by how much it grows. Three of four events are copies, for what is new must take room: 100,000 new
events are about 30 MiB in History's unwritten rows and in the packed log.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import re
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from servers import Server, add_source, serve, serve_heartline

from heartline.app import open_heartline
from heartline.config import read_settings
from heartline.records import Role
from heartline.web import fill_with_sample, issue_entry_link

RATE = 40
PAGES = ("/", "/journeys", "/customers", "/scores", "/data", "/data/live", "/data/account", "/cases", "/health")
SAMPLE_S = 5
MOST_GROWTH = 0.05
"""How much of the median the memory may grow over the time after the warm-up: 1.6 % where it was last measured."""


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def send(port: int, key: str, stop: threading.Event, told: Counter[str]) -> None:
    """Send RATE events a second: a quarter new, the others copies, some of either refused."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for turn in itertools.count():
        if stop.wait(1):
            return
        events = [
            {
                "type": "track" if n % 10 else "nonsense",
                "event": "Product Viewed",
                "anonymousId": f"soak-{(turn * RATE + n) % 500}",
                "messageId": f"{turn if n % 4 == 0 else 0}-{n}",
            }
            for n in range(RATE)
        ]
        try:
            connection.request("POST", "/v1/batch", json.dumps({"writeKey": key, "batch": events}))
            answer = connection.getresponse()
            answer.read()
            told[f"door {answer.status}"] += 1
        except (OSError, http.client.HTTPException):
            told["door failed"] += 1
            connection.close()


def read(port: int, cookie: str, stop: threading.Event, told: Counter[str]) -> None:
    """Read one page or call after the other, two a second."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for path in itertools.cycle(PAGES):
        if stop.wait(0.5):
            return
        try:
            connection.request("GET", path, headers={"cookie": cookie})
            answer = connection.getresponse()
            answer.read()
            told[f"page {answer.status}"] += 1
        except (OSError, http.client.HTTPException):
            told["page failed"] += 1
            connection.close()


def sign_in(port: int, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    cookies = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    return "; ".join(cookies)


def main() -> int:
    """Run the soak and print what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30)
    minutes = parser.parse_args().minutes
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        with open_heartline(read_settings(data_dir=data, log_level="error")) as heartline:
            fill_with_sample(heartline, customers=1_000, seed=1)
            owner = heartline.stores.kept.add_user(
                email="soak@example.com", name="Soak", role=Role.OWNER, language="en", password_hash=""
            )
            link = issue_entry_link(heartline, owner)
        key = add_source(data)
        with serve(serve_heartline(data)) as server:
            return soak(server, key, sign_in(server.port, link), minutes)


def soak(server: Server, key: str, cookie: str, minutes: float) -> int:
    """Load the server and sample its memory."""
    stop, told = threading.Event(), Counter[str]()
    lanes = [
        threading.Thread(target=send, args=(server.port, key, stop, told), daemon=True),
        threading.Thread(target=read, args=(server.port, cookie, stop, told), daemon=True),
    ]
    for lane in lanes:
        lane.start()
    samples: list[tuple[float, int]] = []
    began = time.monotonic()
    while (now := time.monotonic() - began) < minutes * 60:
        samples.append((now, resident(server.pid)))
        time.sleep(SAMPLE_S)
    stop.set()
    for lane in lanes:
        lane.join()
    return report(samples, told, minutes)


def report(samples: list[tuple[float, int]], told: Counter[str], minutes: float) -> int:
    after = [(at, size) for at, size in samples if at >= minutes * 60 / 3]
    slopes = [(b - a) / (t - s) for (s, a), (t, b) in itertools.combinations(after[:: max(1, len(after) // 200)], 2)]
    slope = statistics.median(slopes)
    middle = statistics.median(size for _, size in after)
    growth = slope * (after[-1][0] - after[0][0]) / middle
    failed = {what: n for what, n in told.items() if re.search(r"failed| 5\d\d", what)}
    print(f"soak of {minutes:g} minutes: {dict(told)}")
    print(
        f"resident: median {middle / 2**20:.0f} MiB, most {max(s for _, s in samples) / 2**20:.0f} MiB, "
        f"{slope * 3600 / 2**20:+.1f} MiB an hour, {growth:+.1%} after the warm-up (bar {MOST_GROWTH:.0%})"
    )
    return 1 if failed or growth > MOST_GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
