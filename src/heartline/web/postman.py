"""The postman: takes what waits in the outbox to the relay, letter by letter, and marks each.

A letter is marked after it was sent, so a crash between the two sends it again, under the same Message-ID. Whether
somebody still wants it is asked right before it goes. While the relay is away letters only wait: no attempt is spent.
"""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from heartline.act import (
    CAN_WAIT,
    NOT_A_LIST,
    Said,
    Sender,
    encode_domain,
    hours_open,
    judge_bounce,
    judge_letter,
    read_relay,
    write_letter,
)
from heartline.app import Heartline
from heartline.errors import HeartlineError, Unavailable
from heartline.log import get_logger
from heartline.records import BounceNotice, LetterState, Posted, find_status
from heartline.unify import objects
from heartline.web.bounce_rounds import hear_bounces, note_stopped, why_unreachable
from heartline.web.letters import RELAY_SETTING, read_sender
from heartline.web.privacy_desk import words_of_customer
from heartline.web.relaying import Relaying

_EVERY_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 300.0
MADE_UP: Final = frozenset({"example.com", "example.net", "example.org"})
"""Where the sample's people have their e-mail: nobody (RFC 2606)."""
_log = get_logger("web")
_chance: Final = random.Random(secrets.randbits(64))  # noqa: S311  # spreads attempts, guards nothing


class Postman:
    """A thread beside a running server. ``stop`` it before the stores close.

    Raises:
        Invalid: the setting of the relay cannot be read.
    """

    def __init__(
        self, heartline: Heartline, *, every_s: float = _EVERY_S, clock: Callable[[], int] | None = None
    ) -> None:
        self._heartline = heartline
        self._relay = read_relay(heartline.settings.smtp_url)
        self._every_s = every_s
        self._clock = clock or (lambda: time.time_ns() // 1_000)
        self._failures = 0
        self._not_before_us = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartline-postman", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the letter that is under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._every_s):
            try:
                self.go_round()
            except HeartlineError as error:
                _log.warning("web.postman_waits", error=str(error))
            except Exception as error:  # noqa: BLE001  # one bad round must not leave all later ones undone
                _log.exception("web.postman_failed", error=str(error))

    def go_round(self) -> int:
        """Send what is due; return how many letters are over now."""
        now_us, workspace = self._clock(), self._heartline.workspace
        # What came back is heard first: nobody is written to a moment after their notice.
        hear_bounces(self._heartline)
        if now_us < self._not_before_us:
            return 0
        first, last = workspace.letters_from, workspace.letters_to
        waits = () if hours_open(now_us, zone=workspace.timezone, first=first, last=last) else CAN_WAIT
        due = self._heartline.stores.kept.due_letters(now_us=now_us, but=waits)
        wanted = [posted for posted in due if not self._hold_back(posted)]
        if not wanted:
            return len(due)
        if self._relay is None:
            for posted in wanted:
                self._heartline.stores.kept.note_letter(replace(posted, state=LetterState.CAUGHT, tried_us=now_us))
            return len(due)
        over, trouble = self._converse(wanted)
        if trouble is not None:
            if over:
                # It takes so many a conversation, and no more: that is not being away.
                self._failures = 0
            self._wait_for_relay(trouble)
        else:
            self._note_relay("")
        return len(due) - len(wanted) + over

    def _converse(self, wanted: list[Posted]) -> tuple[int, Unavailable | None]:
        """Return how many letters are over, and what ended it before all were tried."""
        if self._relay is None:
            return 0, None
        over, sender = 0, read_sender(self._heartline)
        try:
            with Relaying(self._relay) as relaying:
                for posted in wanted:
                    # Asked again here: somebody may have unsubscribed while the letters before this one went.
                    if self._stopping.is_set():
                        break
                    over += self._hold_back(posted) or self._send(relaying, posted, sender)
        except Unavailable as error:
            return over, error
        return over, None

    def _send(self, relaying: Relaying, posted: Posted, sender: Sender) -> bool:
        to = encode_domain(posted.letter.to)
        try:
            message = write_letter(posted, sender, now=datetime.fromtimestamp(self._clock() / 1_000_000, UTC))
        except ValueError as error:
            # Whatever a header cannot hold is that letter's fault alone.
            said = Said(status=550, told=f"{error}")
        else:
            said = relaying.send(message, sender=encode_domain(sender.address), to=to)
        self._heartline.reach("letter_sent")
        after = judge_letter(posted, said, now_us=self._clock(), chance=_chance.random())
        self._note_bounce(after, said)
        self._heartline.stores.kept.note_letter(after)
        if after.state in {LetterState.REFUSED, LetterState.GIVEN_UP}:
            _log.warning("web.letter_not_taken", letter=posted.letter_id, status=said.status)
        return after.state is not LetterState.WAITING

    def _note_bounce(self, after: Posted, said: Said) -> None:
        kind = judge_bounce(after, said)
        if kind is None:
            return
        status = find_status(said.told)
        notice = BounceNotice(handle=after.handle, kind=kind, at_us=self._clock(), status=status, told_by="relay")
        if self._heartline.stores.kept.note_bounce(notice):
            note_stopped(self._heartline, notice)

    def _hold_back(self, posted: Posted) -> bool:
        """Mark a letter that nobody wants; return whether it is one."""
        why = why_held_back(self._heartline, posted)
        if why:
            held = replace(posted, state=LetterState.HELD_BACK, told=why, tried_us=self._clock())
            self._heartline.stores.kept.note_letter(held)
        return bool(why)

    def _wait_for_relay(self, error: Unavailable) -> None:
        self._failures += 1
        pause_s = min(_LONGEST_PAUSE_S, self._every_s * 2 ** min(self._failures, 12))
        self._not_before_us = self._clock() + int(pause_s * (1 + 0.2 * _chance.random()) * 1_000_000)
        self._note_relay(error.message)
        _log.warning("web.relay_away", error=str(error), tries=self._failures)

    def _note_relay(self, told: str) -> None:
        if not told:
            self._failures, self._not_before_us = 0, 0
        kept = self._heartline.stores.kept
        if (kept.setting(RELAY_SETTING) or "") != told:
            kept.set_setting(RELAY_SETTING, told)


def why_held_back(heartline: Heartline, posted: Posted) -> str:
    """Return why nobody may be sent a letter: ``made_up``, ``erased``, ``bounces``, ``unsubscribed``, ``unconfirmed``
    or ``withdrawn``; nothing where they may.

    Who was erased is never written to, nor an address that bounces, and nobody of a sample. What answers somebody goes
    to all others.
    """
    if heartline.workspace.sample and posted.letter.to.rpartition("@")[2].lower() in MADE_UP:
        return "made_up"
    derived, kind = heartline.stores.derived, posted.letter.kind
    if derived.is_suppressed(posted.handle):
        return "erased"
    unreachable = why_unreachable(heartline, posted.handle, kind)
    if unreachable or kind in NOT_A_LIST:
        return unreachable
    if heartline.stores.kept.is_unsubscribed(posted.handle, kind):
        return "unsubscribed"
    customer_id = derived.customer_of_handle(posted.handle)
    if customer_id is None:
        return ""
    words = words_of_customer(heartline, customer_id)
    return "withdrawn" if objects(words, purpose=kind.value, channel="email") else ""
