"""What privacy needs done again and again: suppressed events forgotten, erasures finished, retention run."""

from __future__ import annotations

import threading
import time
from typing import Final

from heartline.app import Heartline
from heartline.collect import blank_events
from heartline.errors import HeartlineError
from heartline.log import get_logger
from heartline.records import STAFF_SOURCE, RefusalReason
from heartline.store import clear_journal
from heartline.web.handing_over import settle_left
from heartline.web.privacy import work_erasures
from heartline.web.privacy_retention import purge_due, read_schedule
from heartline.web.privacy_search import places_by_body
from heartline.web.standing import ask_standing

FORGOTTEN: Final = "suppressed_forgotten"
"""The setting that says up to which event the journal has forgotten what suppression refused."""
RETENTION_RAN: Final = "retention_ran"
_AT_ONCE: Final = 1_000
_DAY_US: Final = 86_400_000_000
_EVERY_S: Final = 5.0
_log = get_logger("web")


def forget_suppressed(heartline: Heartline) -> int:
    """Blank in the journal what suppression refused since the last time; return how many events that were."""
    kept, derived, journal = heartline.stores.kept, heartline.stores.derived, heartline.stores.journal
    total = 0
    while seqs := derived.suppressed_after(int(kept.setting(FORGOTTEN) or -1), limit=_AT_ONCE):
        places = places_by_body([(seq, seq) for seq in seqs])
        payloads = {}
        for body in journal.at(places):
            if body.source_id != STAFF_SOURCE:
                why = dict.fromkeys(places[body.seq], RefusalReason.SUPPRESSED.value)
                payloads[body.seq] = blank_events(body.payload, why)
        journal.rewrite(payloads)
        kept.set_setting(FORGOTTEN, str(seqs[-1]))
        total += len(seqs)
    if total:
        clear_journal(heartline.stores)
    return total


def keep_house(heartline: Heartline, *, now_us: int) -> None:
    """Do what is due: erasures, what suppression refused, surveys, and once a day what retention ends."""
    if heartline.stores.kept.erasures(open_only=True):
        work_erasures(heartline)
    forget_suppressed(heartline)
    ran_us = int(heartline.stores.kept.setting(RETENTION_RAN) or 0)
    if now_us - ran_us >= _DAY_US and read_schedule(heartline):
        purge_due(heartline, by="heartline retention", now_us=now_us)
        heartline.stores.kept.set_setting(RETENTION_RAN, str(now_us))
    # Last: what privacy asks for waits for nobody.
    settle_left(heartline, now_us=now_us)
    ask_standing(heartline, now_us=now_us)


class Housekeeper:
    """A thread beside a running server that keeps house every few seconds, until it is told to stop."""

    def __init__(self, heartline: Heartline) -> None:
        self._heartline = heartline
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartline-privacy", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is under way."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(_EVERY_S):
            try:
                keep_house(self._heartline, now_us=time.time_ns() // 1_000)
            except HeartlineError as error:
                _log.warning("web.privacy_waits", error=str(error))
            except Exception as error:  # noqa: BLE001  # one bad round must not leave all later ones undone
                _log.exception("web.privacy_failed", error=str(error))
