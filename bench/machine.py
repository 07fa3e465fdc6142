"""What a figure was measured on, and what a process has cost so far."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def describe_machine() -> dict[str, object]:
    """Return processor, cores, memory in GiB, system, Python and load average."""
    processor = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            processor = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": processor,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": [round(load, 2) for load in os.getloadavg()],
    }


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds, user and system, of a process and the children it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / TICKS


def thread_seconds(pid: int) -> float:
    """Return the CPU seconds of the threads a process has now, to the nanosecond: no tick of a clock rounds them."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text(encoding="utf-8").split()[0]) for task in tasks) / 1e9


def rss_mb(pid: int) -> float:
    """Return the resident memory of a process now, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def wait_until_idle(pid: int, *, quiet_s: float = 0.6, most_s: float = 90.0) -> None:
    """Wait until a process has used next to no CPU for a while: its projector has caught up."""
    deadline = time.monotonic() + most_s
    before = cpu_seconds(pid)
    while time.monotonic() < deadline:
        time.sleep(quiet_s)
        now = cpu_seconds(pid)
        if now - before <= 0.1 * quiet_s:
            return
        before = now
