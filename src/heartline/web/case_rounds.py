"""The round of the case rules: what came in since the last one is judged, and cases are opened or joined.

A touch is judged once for each rule. How far a rule has come is kept with it; what it made of a touch is kept in the
same transaction as the case, so a round that dies half way is done again and opens nothing twice. Numbers of touches
survive a rebuild, so that opens nothing either.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heartline.act import Heard, Judged, Touches, due_after, narrow, needs_said, settle, title_voice
from heartline.app import Heartline
from heartline.errors import HeartlineError
from heartline.language import speaking
from heartline.log import get_logger
from heartline.records import CaseRule, CaseStatus, Profile, Right, RuledCase, decide
from heartline.store import Columns, Entry
from heartline.web.alert_rounds import go_round_alerts
from heartline.web.case_replies import post_replies
from heartline.web.digest_rounds import go_round_digest
from heartline.web.lives import score_of
from heartline.web.loops import name_user
from heartline.web.promises import read_promise
from heartline.web.regions import read_regions

RULES_WAIT_US: Final = 3 * 86_400_000_000
"""After so long without a reading a touch waits no more: the reader is off, or cannot read it."""
LOOKED_BACK_US: Final = 7 * 86_400_000_000
"""How far back touches are looked at again: what happened before is no news, whoever mends it."""
AGAIN: Final = "Again: {what}."
_MARK: Final = "case_rules_history"
"""The setting that holds the fingerprint of the History that was judged."""
_EVERY_S: Final = 1.0
_MOST_WAITS: Final = 2_000
_PIECE: Final = 1_000
_DAY_US: Final = 86_400_000_000
_log = get_logger("web")


class CaseRounds:
    """A thread beside a running server that goes round the rules, replies, alerts and digest. ``stop`` it before the
    stores close.
    """

    def __init__(self, heartline: Heartline, *, every_s: float = _EVERY_S) -> None:
        self._heartline = heartline
        self._every_s = every_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartline-case-rules", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End with the round under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._every_s):
            try:
                now_us = time.time_ns() // 1_000
                go_round(self._heartline, now_us=now_us)
                post_replies(self._heartline, now_us=now_us)
                go_round_alerts(self._heartline, now_us=now_us)
                go_round_digest(self._heartline, now_us=now_us)
            except HeartlineError as error:
                _log.warning("web.case_rules_wait", error=str(error))
            except Exception as error:  # noqa: BLE001  # one bad round must not leave all later ones undone
                _log.exception("web.case_rules_failed", error=str(error))


def go_round(heartline: Heartline, *, now_us: int) -> int:
    """Judge what came in since, and what waited for its reading; return how many cases were opened."""
    kept = heartline.stores.kept
    rules = [rule for rule in kept.case_rules() if rule.enabled]
    hand_to_deputies(heartline, now_us=now_us)
    if not rules:
        return 0
    opened, columns, history = 0, None, heartline.stores.history
    mark = history.fingerprint()
    # Something came under an old number (an event that was mended) or was made anew: all is looked at again. What was
    # judged before is not judged twice.
    again = kept.setting(_MARK) != mark
    after = min(rule.from_seq if again else rule.at_seq for rule in rules)
    if again or after < last_seq(heartline):
        columns = history.columns(after_seq=after)
    for rule in rules:
        opened += _Round(heartline, rule, now_us).go(columns, again=again)
    if again:
        kept.set_setting(_MARK, mark)
    return opened


def last_seq(heartline: Heartline) -> int:
    """Return the greatest number that a touch in History can have now."""
    return ((heartline.stores.history.offset() + 1) << 20) - 1


class _Round:
    """One rule on one round."""

    def __init__(self, heartline: Heartline, rule: CaseRule, now_us: int) -> None:
        self._heartline = heartline
        self._kept = heartline.stores.kept
        self._rule = rule
        self._now_us = now_us
        self._opened = 0
        self._had: list[RuledCase] | None = None

    def go(self, columns: Columns | None, *, again: bool = False) -> int:
        """Judge what is new, or ``again`` all since the rule began; return how many cases were opened."""
        waits = self._kept.waits_of_rule(self._rule.rule_id, limit=_MOST_WAITS) if self._rule.asks.reads else {}
        if waits:
            self._settle(sorted(waits), waits)
        if columns is not None and len(columns.seq):
            self._settle(self._find(columns, again=again), {})
            self._kept.advance_case_rule(self._rule.rule_id, at_seq=int(columns.seq.max()))
        return self._opened

    def _find(self, columns: Columns, *, again: bool) -> list[int]:
        """The touches the columns leave, in the order in which they came: new to the rule, and not from before it."""
        rule = self._rule
        new = (columns.seq > rule.at_seq) & (columns.ts_us >= rule.since_us)
        if again:
            late = (columns.seq > rule.from_seq) & (columns.ts_us >= max(rule.since_us, self._now_us - LOOKED_BACK_US))
            new |= late
        if not new.any():
            return []
        meant = narrow(self._rule.asks, touches_of(columns, self._heartline.stores.history.vocabulary()))
        found: NDArray[np.int64] = np.sort(columns.seq[new & meant])
        return [int(seq) for seq in found]

    def _settle(self, seqs: Sequence[int], waited: Mapping[int, int]) -> None:
        waits: list[int] = []
        over: list[int] = []
        for entry, judged in judge_entries(self._heartline, self._rule, seqs):
            if judged is Judged.YES:
                self._bring(entry)
            elif judged is Judged.WAITS and waited.get(entry.seq, self._now_us) > self._now_us - RULES_WAIT_US:
                waits.append(entry.seq)
            elif entry.seq in waited:
                over.append(entry.seq)
        if waited:
            gone = waited.keys() - {entry.seq for entry in self._heartline.stores.history.entries(list(waited))}
            self._kept.drop_waits(self._rule.rule_id, [*over, *sorted(gone)])
        elif waits:
            self._kept.wait_by_rule(self._rule.rule_id, waits, now_us=self._now_us)

    def _bring(self, entry: Entry) -> None:
        """Open a case of a touch, or join it to the one its customer has of this rule."""
        customer = find_customer(self._heartline, entry)
        if customer is None:
            return
        had = self._case_of(customer)
        if had is not None:
            note = AGAIN.format(what=say_what(entry)) if had.open else ""
            self._kept.join_by_rule(self._rule.rule_id, entry.seq, case_id=had.case_id, note=note, now_us=self._now_us)
            return
        case = self._kept.open_by_rule(
            self._rule,
            entry.seq,
            title=self._rule.title or self._title(entry),
            handle=customer.ref,
            owner=find_owner(self._heartline, self._rule, entry.place),
            due_us=due_after(self._now_us, self._rule.due_hours, self._heartline.workspace.timezone),
            now_us=self._now_us,
        )
        if case is not None:
            self._opened += 1
            made = RuledCase(case_id=case.case_id, handle=case.handle, opened_us=case.opened_us, open=True)
            self._had = [*(self._had or ()), made]

    def _title(self, entry: Entry) -> str:
        """As a person would be proposed one, in the company's first language."""
        where = entry.touchpoint or entry.channel
        with speaking(next(iter(self._heartline.workspace.languages), "en")):
            return title_voice(touchpoint=where, place=entry.place, score=score_of(entry), said=bool(entry.text))

    def _case_of(self, customer: Profile) -> RuledCase | None:
        """The case this customer has of the rule: the open one, or the last within the cooldown."""
        if self._had is None:
            since_us = self._now_us - self._rule.cooldown_days * _DAY_US
            self._had = self._kept.ruled_cases(self._rule.rule_id, opened_after_us=since_us)
        handles = {one.handle for one in self._had if one.handle}
        owners = self._heartline.stores.derived.owners_of_handles(handles) if handles else {}
        theirs = [one for one in self._had if owners.get(one.handle) == customer.customer_id]
        return next((one for one in theirs if one.open), theirs[-1] if theirs else None)


def judge_entries(heartline: Heartline, rule: CaseRule, seqs: Sequence[int]) -> Iterator[tuple[Entry, Judged]]:
    """Judge touches that ``narrow`` has left by what was said; what is gone is left out."""
    stores = heartline.stores
    for start in range(0, len(seqs), _PIECE):
        piece = list(seqs[start : start + _PIECE])
        readings = stores.readings.readings(piece) if rule.asks.reads else {}
        for entry in stores.history.entries(piece):
            if not needs_said(rule.asks):
                yield entry, Judged.YES
                continue
            promise = read_promise(entry.properties) if rule.asks.broken_promise else None
            broken = promise is not None and promise.late is True
            yield (
                entry,
                settle(rule.asks, Heard(text=entry.text or "", broken=broken, reading=readings.get(entry.seq))),
            )


def touches_of(columns: Columns, names: Mapping[str, Sequence[str]]) -> Touches:
    """Return what the rules see of some columns."""
    return Touches(
        score_kind=columns.score_kind,
        score=columns.score,
        score_top=columns.score_top,
        has_text=columns.has_text,
        codes=columns.fields,
        names=names,
    )


def say_what(entry: Entry) -> str:
    """Name a touch in a note, in plain words that no language need translate: “Courier, North, 2/10”."""
    score = "" if entry.score is None else f"{entry.score:g}/{entry.score_top}"
    return ", ".join(filter(None, (entry.touchpoint or entry.channel, entry.place, score)))


def find_customer(heartline: Heartline, entry: Entry) -> Profile | None:
    """Return who owned a touch when it happened; None where nobody is known by it any more."""
    derived = heartline.stores.derived
    known = next(iter(derived.identifiers([entry.subject_id])), None)
    if known is None:
        return None
    now = derived.customer_of_handle(known.handle)
    if now is None:
        return None
    # What changed hands (a tablet in a shop) belongs to whoever had it then.
    held = [o for o in derived.owned_by(now) if o.subject_id == entry.subject_id]
    owner = now if any(o.from_us <= entry.ts_us < o.to_us for o in held) else _owner_then(heartline, entry)
    return derived.profiles([owner]).get(owner)


def _owner_then(heartline: Heartline, entry: Entry) -> int:
    log = heartline.log()
    rows = np.flatnonzero(log.seq == entry.seq)
    return int(log.customers[log.row[rows[0]]]) if len(rows) else -1


def find_owner(heartline: Heartline, rule: CaseRule, place: str) -> str:
    """Return who gets a case: whoever is bound to its place and has the fewest open cases, the rule's owner otherwise;
    the deputy where the owner is not here any more; "" where nobody is.
    """
    kept = heartline.stores.kept
    users = kept.users()
    here = {name_user(user, users): user for user in users if decide(user, Right.WORK_CASES)}
    if rule.by_place and place:
        bounds, region = kept.all_bounds(), read_regions(heartline).get(place, "")
        bound = [
            name
            for name, user in here.items()
            if (at := bounds.get(user.user_id)) and (place in at.places or (region and region in at.regions))
        ]
        if bound:
            return _least_busy(heartline, bound)
    return next((name for name in (rule.owner, rule.deputy) if name in here), "")


def _least_busy(heartline: Heartline, names: Iterable[str]) -> str:
    busy = Counter(case.owner for case in heartline.stores.kept.cases(open_only=True, limit=_MOST_WAITS))
    return min(names, key=lambda name: (busy[name], name.casefold()))


def hand_to_deputies(heartline: Heartline, *, now_us: int) -> int:
    """Hand cases that are still new when due to the deputy of their rule, once each; return how many."""
    kept, handed = heartline.stores.kept, 0
    for case_id, deputy in kept.cases_for_deputies(now_us=now_us).items():
        case = kept.case(case_id)
        if case.status is CaseStatus.NEW and case.owner != deputy:
            kept.change_case(case_id, author=case.opened_by, owner=deputy)
            handed += 1
        kept.note_escalated(case_id)
    return handed
