"""What an examination finds, and whom it examines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from heartline.app import Heartline
from heartline.web.desk import Tell


class Level(StrEnum):
    """How well something is; the worst of all is the installation's."""

    SOUND = "sound"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found, and what to do about it; sound ones need nothing."""

    check: str
    level: Level
    says: str
    do: str = ""


@dataclass(slots=True)
class Patient:
    """What is examined: the folder always, the installation where it could be opened. ``deep`` reads whole files."""

    folder: Path | None
    heartline: Heartline | None
    deep: bool
    tell: Tell
    facts: dict[str, object] = field(default_factory=dict)


Check = Callable[[Patient], Iterator[Finding]]
"""A check: it yields what it found, and adds to the facts."""
