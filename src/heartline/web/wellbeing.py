"""Is this installation well? One definition for ``heartline doctor``, its JSON, and the page under Settings.

Each check stands by itself: what one meets becomes a finding, never the end of the others. A finding that is not sound
says what to do.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from heartline import __version__
from heartline.app import Account, Heartline
from heartline.errors import HeartlineError
from heartline.language import _, mark
from heartline.store import FileSize, read_versions
from heartline.web.checks import CHECKS, FILE_CHECKS, SourceShare
from heartline.web.chores import Chore
from heartline.web.desk import Tell
from heartline.web.diagnosis import Finding, Level, Patient

EXAMINATION: Final = "examination"
"""The chore that reads whole files."""
_WHEN_CLOSED: Final = mark(
    "See what is broken below. If it cannot be mended, run heartline restore with your last backup."
)
_REPORT: Final = mark("If nothing else here explains it, report it with this output.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wellbeing:
    """All findings with the figures behind them. Bytes, seconds of CPU by step of the projector, journal seqs."""

    level: Level
    findings: tuple[Finding, ...]
    versions: dict[str, str]
    account: Account | None = None
    sources: tuple[SourceShare, ...] = ()
    refused: dict[str, int] = field(default_factory=dict)
    at_door: dict[str, int] = field(default_factory=dict)
    seqs: dict[str, int] = field(default_factory=dict)
    files: tuple[FileSize, ...] = ()
    disk_free_bytes: int = 0
    steps: dict[str, float] = field(default_factory=dict)


def examine(
    heartline: Heartline | None, *, tell: Tell, folder: Path | None = None, deep: bool = True, trouble: str = ""
) -> Wellbeing:
    """Examine an installation; without ``heartline`` only the files in ``folder``, ``trouble`` saying why."""
    if heartline is not None and heartline.stores.directory is not None:
        folder = heartline.stores.directory.path
    patient = Patient(folder=folder, heartline=heartline, deep=deep, tell=tell)
    findings = [Finding(check="opening", level=Level.BROKEN, says=trouble, do=_(_WHEN_CLOSED))] if trouble else []
    for place, (name, check) in enumerate(CHECKS):
        tell("examining", place, len(CHECKS))
        try:
            findings.extend(check(patient))
        except Exception as error:  # noqa: BLE001  # a check that fails is a finding too
            said = error.message if isinstance(error, HeartlineError) else f"{type(error).__name__}: {error}"
            findings.append(
                Finding(
                    check=name,
                    level=Level.BROKEN,
                    says=_("It cannot be looked at: {said}").format(said=said),
                    do=_(_REPORT),
                )
            )
    tell("examining", len(CHECKS), len(CHECKS))
    versions = {"heartline": __version__, "Python": platform.python_version(), **read_versions()}
    return Wellbeing(level=_worst(findings), findings=tuple(findings), versions=versions, **patient.facts)  # type: ignore[arg-type]


def examine_in_chore(heartline: Heartline, chore: Chore) -> None:
    """Read whole files, telling the chore how far it is; what comes out is its outcome."""

    def tell(stage: str, done: int, total: int) -> None:
        # The journal is the longest of them by far.
        chore.tell(done / max(1, total) if stage == "journal" else chore.share)

    chore.outcome = examine(heartline, tell=tell)


def examine_quickly(heartline: Heartline, chore: Chore | None) -> Wellbeing:
    """Examine all but whole files; of these take what the last reading found, if there was one."""
    now = examine(heartline, tell=lambda _stage, _done, _total: None, deep=False)
    then = chore.outcome if chore is not None else None
    if not isinstance(then, Wellbeing):
        return now
    read = [finding for finding in then.findings if finding.check in FILE_CHECKS]
    findings = (*now.findings, *read)
    return replace(now, findings=findings, level=_worst(findings))


def _worst(findings: Sequence[Finding]) -> Level:
    levels = {finding.level for finding in findings}
    return next((level for level in (Level.BROKEN, Level.WARNING) if level in levels), Level.SOUND)
