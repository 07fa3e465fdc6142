"""The courier: takes what waits in the outbox to its endpoints, one at a time for each, until it is delivered.

A message is marked after it was sent, so a crash between the two sends it again, under the same id. Each endpoint has a
thread of its own while something of it is under way: a slow one holds up itself alone.
"""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections.abc import Callable
from typing import Final

from heartline.act import Outcome, judge_attempt, read_rules, write_headers
from heartline.app import Heartline
from heartline.errors import HeartlineError
from heartline.log import get_logger
from heartline.records import Delivery, Endpoint
from heartline.web.alarms import Alarms
from heartline.web.happenings import write_message
from heartline.web.wire import post

_EVERY_S: Final = 1.0
_GRACE_S: Final = 2.0
_log = get_logger("web")
_chance: Final = random.Random(secrets.randbits(64))  # noqa: S311  # spreads attempts, guards nothing
Send = Callable[[Endpoint, Delivery], Outcome]


class Courier:
    """Threads beside a running server. ``stop`` it before the stores close.

    Raises:
        Invalid: a setting of the webhooks cannot be read.
    """

    def __init__(self, heartline: Heartline, *, every_s: float = _EVERY_S, send: Send | None = None) -> None:
        settings = heartline.settings
        self._rules = read_rules(settings.webhook_allow, settings.webhook_ports)
        self._heartline = heartline
        self._alarms = Alarms(heartline)
        self._every_s = every_s
        self._send = send or self._post
        self._stopping = threading.Event()
        self._busy: dict[int, threading.Thread] = {}
        self._marking = threading.Lock()
        self._over = False
        self._thread = threading.Thread(target=self._run, name="heartline-courier", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End. What is under way may take two seconds more; after that it counts as not sent, and is sent again."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        ends = time.monotonic() + _GRACE_S
        for thread in list(self._busy.values()):
            thread.join(max(0.0, ends - time.monotonic()))
        with self._marking:
            self._over = True

    def _run(self) -> None:
        while not self._stopping.wait(self._every_s):
            try:
                self._alarms.look()
                self.go_round()
            except HeartlineError as error:
                _log.warning("web.courier_waits", error=str(error))
            except Exception as error:  # noqa: BLE001  # one bad round must not leave all later ones undone
                _log.exception("web.courier_failed", error=str(error))

    def go_round(self) -> int:
        """Send what is due of each endpoint that nothing is under way to; return how many were begun."""
        self._busy = {number: thread for number, thread in self._busy.items() if thread.is_alive()}
        kept, now_us = self._heartline.stores.kept, time.time_ns() // 1_000
        due = kept.due_deliveries(now_us=now_us, busy=self._busy)
        for delivery in due:
            name = f"heartline-webhook-{delivery.endpoint_id}"
            thread = threading.Thread(target=self._take, args=(delivery,), name=name, daemon=True)
            self._busy[delivery.endpoint_id] = thread
            thread.start()
        return len(due)

    def _take(self, delivery: Delivery) -> None:
        """Send one delivery, and as long as that goes well those that are due after it."""
        try:
            going: Delivery | None = delivery
            while going is not None and not self._stopping.is_set():
                going = self._attempt(going)
        except HeartlineError as error:
            _log.warning("web.webhook_not_marked", endpoint=delivery.endpoint_id, error=str(error))
        except Exception as error:  # noqa: BLE001  # a thread has nobody above it
            _log.exception("web.webhook_failed", endpoint=delivery.endpoint_id, error=str(error))

    def _attempt(self, delivery: Delivery) -> Delivery | None:
        kept = self._heartline.stores.kept
        endpoint = kept.endpoint(delivery.endpoint_id)
        if not endpoint.enabled:
            return None
        outcome = self._send(endpoint, delivery)
        now_us = time.time_ns() // 1_000
        verdict = judge_attempt(endpoint, delivery, outcome, now_us=now_us, chance=_chance.random())
        self._heartline.reach("webhook_sent")
        with self._marking:
            if self._over:
                return None
            kept.note_attempt(verdict.delivery, delivered=outcome.delivered, why_off=verdict.why_off)
        if verdict.why_off:
            _log.warning("web.webhook_off", endpoint=endpoint.endpoint_id, why=verdict.why_off)
            kept.note_audit(who="heartline", what="webhook.off", detail=f"{endpoint.endpoint_id}: {verdict.why_off}")
        if not outcome.delivered:
            return None
        return next(iter(kept.due_deliveries(now_us=now_us, only=endpoint.endpoint_id)), None)

    def _post(self, endpoint: Endpoint, delivery: Delivery) -> Outcome:
        body = write_message(self._heartline, delivery)
        headers = write_headers(endpoint, delivery, body, now_us=time.time_ns() // 1_000)
        return post(endpoint.url, headers, body, rules=self._rules)
