"""The port of State for the loop: rules that open cases, and what each made of a touch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from heartline.records import Case, CaseLoop, CaseRule, Reply, RuledCase


class KeptLoops(Protocol):
    """A part of ``KeptState``."""

    def case_rules(self) -> tuple[CaseRule, ...]:
        """Return all rules, in the order they were made."""
        ...

    def case_rule(self, rule_id: int) -> CaseRule:
        """Return a rule. Raises Missing."""
        ...

    def add_case_rule(self, rule: CaseRule) -> CaseRule:
        """Keep a new rule under a number of its own."""
        ...

    def set_case_rule(self, rule: CaseRule) -> None:
        """Keep a changed rule. Raises Missing."""
        ...

    def drop_case_rule(self, rule_id: int) -> None:
        """Forget a rule; the cases it opened stay."""
        ...

    def advance_case_rule(self, rule_id: int, *, at_seq: int) -> None:
        """Note up to which touch a rule was judged; never back."""
        ...

    def ruled_cases(self, rule_id: int, *, opened_after_us: int) -> list[RuledCase]:
        """Return the cases a rule opened that are open, or were opened after a time, in that order."""
        ...

    def open_by_rule(
        self, rule: CaseRule, seq: int, *, title: str, handle: str, owner: str, due_us: int, now_us: int
    ) -> Case | None:
        """Open a case of a touch, all in one transaction; None where the rule has judged this touch before."""
        ...

    def join_by_rule(self, rule_id: int, seq: int, *, case_id: int, note: str, now_us: int) -> bool:
        """Note a touch at a case that is there already ("": without a word); False where it was judged before."""
        ...

    def wait_by_rule(self, rule_id: int, seqs: Sequence[int], *, now_us: int) -> None:
        """Keep touches that wait for their reading; those that were judged before stay as they are."""
        ...

    def waits_of_rule(self, rule_id: int, *, limit: int) -> Mapping[int, int]:
        """Return touches that wait for their reading, and since when, the oldest first."""
        ...

    def drop_waits(self, rule_id: int, seqs: Sequence[int]) -> None:
        """Forget touches that wait no more: they came to nothing, or are gone."""
        ...

    def rule_counts(self) -> Mapping[int, tuple[int, int, int]]:
        """Return of each rule how many touches it meant, how many cases it opened, how many touches wait."""
        ...

    def cases_for_deputies(self, *, now_us: int) -> Mapping[int, str]:
        """Return the deputy of each case that is past due, was not handed over yet and is still new."""
        ...

    def note_escalated(self, case_id: int) -> None:
        """Note that a case was handed to its deputy: that happens once."""
        ...

    def case_loop(self, case_id: int) -> CaseLoop:
        """Return how far a case's loop has come; a blank one where nothing was noted."""
        ...

    def case_loops(self) -> Mapping[int, CaseLoop]:
        """Return all loops of which something was noted, by case."""
        ...

    def whole_cases(self, *, limit: int) -> list[Case]:
        """Return the cases opened last, with their notes, the newest first."""
        ...

    def set_cause(self, case_id: int, *, cause: str, journey_id: str, stage: str, author: str) -> None:
        """Note why it happened and at which stage of a journey; written beside the case where it changed."""
        ...

    def end_recheck(self, case_id: int, *, author: str, note: str) -> None:
        """Note that somebody looked again: the case asks no more."""
        ...

    def replies(self, case_id: int) -> list[Reply]:
        """Return the replies of a case: drafts, those that wait, those that went; in the order they were begun."""
        ...

    def keep_draft(self, case_id: int, *, author: str, subject: str, text: str, now_us: int) -> Reply:
        """Keep what somebody writes: one draft of each at a case; an empty text keeps none."""
        ...

    def hold_reply(self, reply_id: int, *, address: str, now_us: int, send_us: int) -> None:
        """Let a draft go at a time; until then it can be taken back."""
        ...

    def take_back(self, reply_id: int) -> bool:
        """Make a waiting reply a draft again; False where it has gone."""
        ...

    def replies_due(self, *, now_us: int) -> list[Reply]:
        """Return the replies whose time has come."""
        ...

    def finish_reply(self, reply_id: int) -> None:
        """Note at its case that a reply went; a case that was new is contacted by it. All in one transaction."""
        ...
