"""What Prometheus reads: the account, lags, sizes and the projector, from the same definitions as the doctor's page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from heartline import __version__
from heartline.app import Heartline
from heartline.store import list_files

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_STATM: Final = Path("/proc/self/statm")


def write_gauges(heartline: Heartline) -> bytes:
    """Return all figures in Prometheus' text format. They are read when they are asked for."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Gauges(heartline))
    return generate_latest(registry)


class _Gauges:
    def __init__(self, heartline: Heartline) -> None:
        self._heartline = heartline

    def describe(self) -> list[Metric]:
        """Say nothing beforehand: the library would collect twice."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield each figure."""
        yield from self._tell_account()
        yield from self._tell_way()
        yield from self._tell_process()

    def _tell_account(self) -> Iterator[Metric]:
        account = self._heartline.account()
        yield CounterMetricFamily("heartline_events_received", "Events that were acknowledged.", value=account.received)
        terms = GaugeMetricFamily("heartline_events", "Where received events are.", labels=["term"])
        for term in ("stored", "duplicate", "refused", "pending", "undone", "erased"):
            terms.add_metric([term], getattr(account, term))
        yield terms
        yield GaugeMetricFamily("heartline_account_balanced", "1 if the account adds up.", value=account.balanced)
        by_source = CounterMetricFamily(
            "heartline_source_events", "Events by source and what became of them.", labels=["source", "what"]
        )
        for (source_id, what), n in sorted(self._heartline.stores.derived.counters().items()):
            by_source.add_metric([str(source_id), what], n)
        yield by_source
        at_door = CounterMetricFamily(
            "heartline_bodies_refused", "Bodies refused whole at the door.", labels=["source", "reason"]
        )
        for (source_id, reason), n in sorted(self._heartline.stores.kept.door_refusals().items()):
            at_door.add_metric([str(source_id), reason], n)
        yield at_door

    def _tell_way(self) -> Iterator[Metric]:
        stores = self._heartline.stores
        seqs = GaugeMetricFamily("heartline_journal_seq", "How far each store is, as a journal seq.", labels=["store"])
        seqs.add_metric(["journal"], stores.journal.head())
        seqs.add_metric(["state"], stores.derived.offset())
        seqs.add_metric(["history"], stores.history.offset())
        yield seqs
        up = not self._heartline.projector_error
        yield GaugeMetricFamily("heartline_projector_up", "1 unless the projector has stopped.", value=up)
        steps = CounterMetricFamily("heartline_projector_cpu_seconds", "CPU by step of the projector.", labels=["step"])
        for step, seconds in sorted(self._heartline.projector.seconds.items()):
            steps.add_metric([step], seconds)
        yield steps
        yield GaugeMetricFamily("heartline_customers", "Customers known.", value=stores.derived.customer_count())

    def _tell_process(self) -> Iterator[Metric]:
        version = GaugeMetricFamily("heartline_build", "The version that runs.", labels=["version"])
        version.add_metric([__version__], 1)
        yield version
        if _STATM.exists():
            pages = int(_STATM.read_text(encoding="ascii").split()[1])
            resident = pages * os.sysconf("SC_PAGE_SIZE")
            yield GaugeMetricFamily("heartline_resident_bytes", "Memory this process holds.", value=resident)
        directory = self._heartline.stores.directory
        if directory is not None:
            sizes = GaugeMetricFamily(
                "heartline_file_bytes", "Bytes of each file of the installation.", labels=["file"]
            )
            for file in list_files(directory.path):
                sizes.add_metric([file.name], file.size_bytes)
            yield sizes
            free = shutil.disk_usage(directory.path).free
            yield GaugeMetricFamily("heartline_disk_free_bytes", "Free bytes where the data lies.", value=free)
