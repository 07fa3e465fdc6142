"""Erasing customers everywhere (design rule 8), step by step, each step done again harmlessly after a kill.

Ingestion goes on all the while: the journal is rewritten a few bodies at a time, and only the last step holds the
projector, while History is written anew and State is vacuumed.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import msgspec

from heartline.app import Heartline
from heartline.collect import blank_events
from heartline.errors import Invalid, Missing
from heartline.language import _
from heartline.records import STAFF_SOURCE, Block, Erase, Erasure, ErasureStep, RefusalReason
from heartline.store import clear_history, clear_journal, clear_state
from heartline.unify import Sought
from heartline.web.privacy_files import remove_files
from heartline.web.privacy_search import (
    ERASED_TEXT,
    Plan,
    blank_act,
    erased_by,
    places_by_body,
    plan_erasure,
    read_reason,
    search_journal,
)

LEDGER: Final = "erasures.jsonl"
"""In the data directory: what was erased, by keyed hashes, so that a restore can do it again."""
_AT_ONCE: Final = 64
_read_plan: Final = msgspec.json.Decoder(Plan).decode


@dataclass(slots=True)
class Erasing:
    """Some erasures on their way through ``STEPS``, together: they share one reading of the journal."""

    heartline: Heartline
    erasures: list[Erasure]
    plans: dict[str, Plan] = field(default_factory=dict)
    sought: dict[str, Sought] = field(default_factory=dict)

    def plan(self) -> None:
        """Find what is theirs."""
        self.heartline.catch_up()
        with self.heartline.hold():
            for one in self._at(ErasureStep.ASKED):
                refs = one.handles or (one.ref,)
                known = frozenset((*one.handles, *one.shared))
                self.plans[one.certificate], self.sought[one.certificate] = plan_erasure(
                    self.heartline, refs, known=known
                )
        waiting = self._at(ErasureStep.ASKED)
        found = search_journal(
            self.heartline, [(self.plans[o.certificate], self.sought[o.certificate]) for o in waiting]
        )
        for one, plan in zip(waiting, found, strict=True):
            handles = tuple(dict.fromkeys((*one.handles, *plan.handles)))
            self._done(replace(one, step=ErasureStep.PLANNED, handles=handles, shared=plan.shared), plan=plan)

    def act(self) -> None:
        """Have the journal say so: State and History follow."""
        for one in self._at(ErasureStep.PLANNED):
            plan = self._plan_of(one)
            for handle in plan.pins:
                self.heartline.act(Block(handle=handle, by=one.by, at_us=_now_us()))
            while True:
                self._act_once(one, plan)
                again = self._search_on(one, plan)
                if len(again.ranges) == len(plan.ranges):
                    break
                plan = again
            self._done(replace(one, step=ErasureStep.ACTED), plan=plan)

    def _act_once(self, one: Erasure, plan: Plan) -> None:
        said = Erase(
            handles=one.handles or (one.ref,),
            certificate=one.certificate,
            suppress=one.suppressed,
            ranges=plan.ranges,
            by=one.by,
            at_us=_now_us(),
        )
        self.heartline.act(said)

    def _search_on(self, one: Erasure, plan: Plan) -> Plan:
        """Look at what came while it was planned: events that the act took along, copies, refused ones."""
        sought = self.sought.get(one.certificate) or Sought(keys=frozenset(plan.keys))
        (found,) = search_journal(self.heartline, [(plan, sought)])
        taken = erased_by(self.heartline, one.certificate, after=self._began(one))
        every = {seq for first, last in (*found.ranges, *taken) for seq in range(first, last + 1)}
        return msgspec.structs.replace(found, ranges=tuple((seq, seq) for seq in sorted(every)))

    def _began(self, one: Erasure) -> int:
        """Return the journal seq up to which the first search went: its acts come after."""
        return _read_plan(self.heartline.stores.kept.erasure_plan(one.certificate)).scanned

    def rewrite_journal(self) -> None:
        """Blank their events in the journal, and what staff acts say of them."""
        journal = self.heartline.stores.journal
        waiting = self._at(ErasureStep.ACTED)
        for one in waiting:
            plan = self._plan_of(one)
            places = places_by_body(plan.ranges)
            seqs = sorted({*places, *plan.acts})
            for start in range(0, len(seqs), _AT_ONCE):
                payloads: dict[int, bytes] = {}
                reasons: dict[int, str] = {}
                for body in journal.at(seqs[start : start + _AT_ONCE]):
                    if body.source_id == STAFF_SOURCE:
                        payload = blank_act(body, plan)
                        reasons[body.seq] = read_reason(payload)
                    else:
                        why = dict.fromkeys(places[body.seq], RefusalReason.ERASED.value)
                        payload = blank_events(body.payload, why)
                    if payload != body.payload:
                        payloads[body.seq] = payload
                if payloads:
                    journal.rewrite(payloads)
                if reasons:
                    # State tells of acts as the journal does, or a rebuild would end elsewhere.
                    self.heartline.stores.derived.reword_acts(reasons)
                self.heartline.reach("erasing_journal")
            self._done(replace(one, step=ErasureStep.JOURNAL))

    def empty_kept(self) -> None:
        """Empty cases, and take their words from what else people made."""
        kept = self.heartline.stores.kept
        staff = {word for user in kept.users() for word in (user.email, user.name)}
        for one in self._at(ErasureStep.JOURNAL):
            plan = self._plan_of(one)
            named = (*one.handles, one.ref)
            counts = {**plan.counts, "cases": kept.empty_cases(named), "suggestions": kept.forget_suggestions(named)}
            counts |= {"letters": kept.forget_letters(named), "surveys": kept.forget_surveyed(named)}
            changed = kept.replace_texts([w for w in plan.words if w not in staff], by=ERASED_TEXT)
            counts |= {f"texts in {table}": n for table, n in changed.items()}
            self.heartline.reach("erasing_kept")
            self._done(replace(one, step=ErasureStep.KEPT), plan=msgspec.structs.replace(plan, counts=counts))

    def remove_files(self) -> None:
        """Remove files in the data directory that name them."""
        directory = self.heartline.stores.directory
        for one in self._at(ErasureStep.KEPT):
            plan = self._plan_of(one)
            values = [value.partition(":")[2] if kind == "external" else value for kind, value in plan.keys]
            words = sorted({*plan.words, *(value for value in values if value in plan.words)})
            gone = remove_files(directory.path, words) if directory is not None else []
            counts = {**plan.counts, "files": len(gone)}
            self._done(replace(one, step=ErasureStep.FILES), plan=msgspec.structs.replace(plan, counts=counts))

    def certify(self) -> None:
        """Write the certificate, and forget what was looked for."""
        directory = self.heartline.stores.directory
        for one in self._at(ErasureStep.FILES):
            certified = replace(one, step=ErasureStep.CERTIFIED, counts=self._plan_of(one).counts, done_us=_now_us())
            if directory is not None:
                append_ledger(directory.path / LEDGER, certified)
            self._done(certified, plan=None, forget=True)
            self.heartline.stores.kept.note_audit(who=one.by, what="erased", detail=one.certificate)

    def clear(self) -> None:
        """Clear what deleting left behind in files."""
        waiting = self._at(ErasureStep.CERTIFIED)
        if not waiting:
            return
        stores = self.heartline.stores
        clear_journal(stores)
        with self.heartline.hold():
            self.heartline.reach("erasing_clear")
            clear_history(stores)
            self.heartline.listener.unlearn()
            clear_state(stores.database)
            # After History: nothing can write it again of rows and names from before.
            self.heartline.logs.forget_file()
        for one in waiting:
            self._done(replace(one, step=ErasureStep.DONE))

    def _at(self, step: ErasureStep) -> list[Erasure]:
        return [one for one in self.erasures if one.step is step]

    def _plan_of(self, one: Erasure) -> Plan:
        if one.certificate not in self.plans:
            self.plans[one.certificate] = _read_plan(self.heartline.stores.kept.erasure_plan(one.certificate))
        return self.plans[one.certificate]

    def _done(self, one: Erasure, *, plan: Plan | None = None, forget: bool = False) -> None:
        written = b"" if forget else None if plan is None else msgspec.json.encode(plan)
        self.heartline.stores.kept.set_erasure(one, plan=written)
        if plan is not None:
            self.plans[one.certificate] = plan
        self.erasures = [one if had.certificate == one.certificate else had for had in self.erasures]
        self.heartline.reach(f"erased_{one.step}")


STEPS: Final[tuple[tuple[str, Callable[[Erasing], None]], ...]] = (
    ("plan", Erasing.plan),
    ("act", Erasing.act),
    ("rewrite journal", Erasing.rewrite_journal),
    ("empty kept", Erasing.empty_kept),
    ("remove files", Erasing.remove_files),
    ("certify", Erasing.certify),
    ("clear", Erasing.clear),
)
Told = Callable[[str, int, int], None]
"""Told the step, how many are done, of how many."""


def ask_erasure(
    heartline: Heartline, refs: Sequence[str], *, by: str, reason: str, suppress: bool = True
) -> list[Erasure]:
    """Write down that customers are to be erased; whoever works next, or starts next, does it.

    Raises:
        Missing: nobody has such an id.
        Invalid: no reason is given.
    """
    if not reason.strip():
        raise Invalid(
            "no_reason", _("An erasure needs a reason."), _("Say who asked for it and when, without naming them.")
        )
    for ref in refs:
        if heartline.stores.derived.customer_of_handle(ref) is None:
            raise Missing(
                "no_customer",
                _("Nobody has the id {ref}.").format(ref=ref),
                _("Look the customer up; merged ids lead on."),
            )
    asked = [
        Erasure(
            certificate=f"E-{time.strftime('%Y%m%d', time.gmtime())}-{secrets.token_hex(4)}",
            ref=ref,
            by=by,
            reason=reason.strip(),
            asked_us=_now_us(),
            suppressed=suppress,
        )
        for ref in dict.fromkeys(refs)
    ]
    for one in asked:
        heartline.stores.kept.set_erasure(one, plan=b"")
    return asked


def work_erasures(heartline: Heartline, *, tell: Told = lambda _step, _done, _total: None) -> list[Erasure]:
    """Do all erasures that are not done, and return them. What a kill cut off goes on where it was.

    Raises:
        Conflict: other work on whole files is under way.
        Unavailable: the disk is full; the next call goes on.
    """
    with heartline.upkeep(_("an erasure")):
        work = Erasing(heartline, heartline.stores.kept.erasures(open_only=True))
        if work.erasures:
            for number, (name, step) in enumerate(STEPS):
                tell(name, number, len(STEPS))
                step(work)
        return work.erasures


def erase_customers(
    heartline: Heartline, refs: Sequence[str], *, by: str, reason: str, suppress: bool = True
) -> list[Erasure]:
    """Erase customers by their public ids, and return the certificates."""
    asked = {one.certificate for one in ask_erasure(heartline, refs, by=by, reason=reason, suppress=suppress)}
    return [one for one in work_erasures(heartline) if one.certificate in asked]


def append_ledger(path: Path, erasure: Erasure) -> None:
    """Write a certificate at the end of the ledger, once."""
    if any(had.certificate == erasure.certificate for had in read_ledger(path)):
        return
    with path.open("ab") as file:
        file.write(msgspec.json.encode(erasure) + b"\n")
        file.flush()
    path.chmod(0o600)


def read_ledger(path: Path) -> Iterator[Erasure]:
    """Yield the certificates of a ledger; a line cut off by a kill is left out."""
    if path.is_file():
        for line in path.read_bytes().splitlines():
            try:
                yield msgspec.json.decode(line, type=Erasure)
            except msgspec.MsgspecError:
                continue


def replay_erasures(heartline: Heartline, path: Path) -> list[Erasure]:
    """Erase again what a ledger says was erased: after a restore, from the ledger of the installation that was lost.

    The handles are keyed with the installation's secret, which a backup carries; a ledger of another installation
    finds nobody. Returns what was done.
    """
    had = {one.certificate: one for one in heartline.stores.kept.erasures()}
    for one in read_ledger(path):
        known = had.get(one.certificate)
        if known is None or (known.step is ErasureStep.DONE and _is_back(heartline, one)):
            heartline.stores.kept.set_erasure(replace(one, step=ErasureStep.ASKED, counts={}), plan=b"")
    return work_erasures(heartline)


def _is_back(heartline: Heartline, erasure: Erasure) -> bool:
    return any(heartline.stores.derived.customer_of_handle(handle) is not None for handle in erasure.handles)


def _now_us() -> int:
    return time.time_ns() // 1_000
