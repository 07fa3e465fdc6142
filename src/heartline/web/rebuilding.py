"""Rebuilding: State's derived half and History made again from the journal, compared, and swapped (design rule 2).

They are made beside those in force, which pages go on to show. The projector is held up only for the end: the last
micro-batches, the comparison, the swap. The command line calls this alone under the lock and beside a running server.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from heartline.app import Heartline, take_account
from heartline.errors import Conflict
from heartline.language import _
from heartline.log import get_logger
from heartline.store import LimitedJournal, Shadow, begin_shadow, drop_shadow
from heartline.unify import Comparison, compare, portray
from heartline.web.desk import Tell

_log = get_logger("web")
_BREATH: Final = 0.25
"""How long the rebuild rests after a micro-batch beside a server, as a share of what the batch took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildReport:
    """How a rebuild ended. ``comparison`` is None where the state before could not be read; ``trouble`` says why."""

    events: int
    seconds: float
    swapped: bool
    comparison: Comparison | None
    trouble: str = ""


@dataclass(slots=True)
class Rebuilding:
    """A rebuild on its way through ``STEPS``."""

    heartline: Heartline
    shadow: Shadow
    tell: Tell
    check_only: bool
    events: int = 0
    comparison: Comparison | None = None
    trouble: str = ""
    swapped: bool = False

    def make(self) -> None:
        """Project the journal into the shadow, until it is as far as what is in force."""
        journal = self.heartline.stores.journal
        projector = self.heartline.make_projector(journal, self.shadow.derived, self.shadow.history)
        total = journal.events()
        while self.shadow.history.offset() < min(journal.head(), self._in_force()):
            began = time.monotonic()
            self.events += projector.step()
            self.tell("rebuilding", min(self.events, total), total)
            if self.heartline.running:
                time.sleep(_BREATH * (time.monotonic() - began))
        self.heartline.reach("rebuild_made")

    def settle(self) -> None:
        """Bring both to the same seq. What is in force may be broken: then the journal's head is as good."""
        journal = self.heartline.stores.journal
        last = journal.head()
        try:
            while self._in_force() < last:
                self.heartline.projector.step()
            last = self._in_force()
        except Exception as error:  # noqa: BLE001  # the cure must not need the patient to be well
            _log.exception("web.rebuild_alone", error=str(error))
            self.trouble = f"The state before could not be brought up to date: {error}"
        limited = LimitedJournal(journal, last=last)
        projector = self.heartline.make_projector(limited, self.shadow.derived, self.shadow.history)
        while done := projector.step():
            self.events += done

    def verify(self) -> None:
        """Refuse a shadow that does not account for every event.

        Raises:
            Conflict: it does not; what is in force stays.
        """
        journal, derived, history = self.heartline.stores.journal, self.shadow.derived, self.shadow.history
        account = take_account(LimitedJournal(journal, last=derived.offset()), derived, history)
        if history.offset() != derived.offset() or not account.balanced:
            raise Conflict(
                "not_rebuilt",
                _("What was rebuilt does not account for every event: {account}.").format(account=account),
                _("Nothing was changed. Run heartline doctor, and report this with what it says."),
            )

    def look(self) -> None:
        """Compare it with what is in force."""
        if self.trouble:
            return
        self.tell("comparing", 0, 1)
        try:
            before = portray(self.heartline.stores.derived, self.heartline.stores.history)
            self.comparison = compare(before, portray(self.shadow.derived, self.shadow.history))
        except Exception as error:  # noqa: BLE001  # the cure must not need the patient to be well
            _log.exception("web.rebuild_not_compared", error=str(error))
            self.trouble = f"The state before could not be read: {error}"
        self.tell("comparing", 1, 1)

    def swap(self) -> None:
        """Put it in force."""
        if not self.check_only:
            self.heartline.take(self.shadow)
            self.swapped = True

    def _in_force(self) -> int:
        return self.heartline.stores.history.offset()


STEPS: Final[tuple[tuple[str, Callable[[Rebuilding], None]], ...]] = (
    ("settle", Rebuilding.settle),
    ("verify", Rebuilding.verify),
    ("look", Rebuilding.look),
    ("swap", Rebuilding.swap),
)
"""What happens while the projector is held up."""


def rebuild(heartline: Heartline, *, tell: Tell, check_only: bool = False) -> RebuildReport:
    """Make the derived half of State and History again from the journal, and swap them unless it is only a check.

    Raises:
        Conflict: other work on whole files is under way, or what was made does not account for every event.
        Unavailable: the disk is full. Nothing has changed then.
    """
    began = time.monotonic()
    with heartline.upkeep(_("a rebuild")):
        shadow = begin_shadow(heartline.stores)
        heartline.reach("rebuild_begun")
        work = Rebuilding(heartline=heartline, shadow=shadow, tell=tell, check_only=check_only)
        try:
            work.make()
            with heartline.hold():
                for _rest, step in STEPS:
                    step(work)
        finally:
            if not work.swapped:
                drop_shadow(shadow)
    if work.swapped:
        heartline.stores.kept.note_audit(who="heartline rebuild", what="rebuilt", detail=describe_outcome(work))
    return RebuildReport(
        events=heartline.stores.journal.events(),
        seconds=time.monotonic() - began,
        swapped=work.swapped,
        comparison=work.comparison,
        trouble=work.trouble,
    )


def describe_outcome(work: Rebuilding) -> str:
    """Say in a few words what a rebuild found."""
    if work.comparison is None:
        return work.trouble
    return "equal" if work.comparison.equal else "different"
