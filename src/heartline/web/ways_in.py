"""The workspace's rules of signing in: whom it asks for a second factor, and how long the audit is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from heartline.app import Heartline
from heartline.records import Role

_SETTING: Final = "ways_in"
AUDIT_DAYS: Final = 730


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysIn:
    """``second_factor`` names the roles that need one; lines of the audit older than ``audit_days`` are forgotten (0:
    never).
    """

    second_factor: tuple[Role, ...] = ()
    audit_days: int = AUDIT_DAYS


def read_ways_in(heartline: Heartline) -> WaysIn:
    """Return the rules in force."""
    text = heartline.stores.kept.setting(_SETTING)
    return WaysIn() if text is None else msgspec.json.decode(text, type=WaysIn)


def keep_ways_in(heartline: Heartline, ways: WaysIn) -> None:
    """Keep other rules."""
    heartline.stores.kept.set_setting(_SETTING, msgspec.json.encode(ways).decode())


def demands_second(heartline: Heartline, role: Role) -> bool:
    """Whether somebody of this role must have a second factor."""
    return role in read_ways_in(heartline).second_factor


def read_ways_form(form: Mapping[str, Sequence[str]]) -> WaysIn:
    """Read the rules a form says; a number of days that cannot be read is the usual one."""
    asked = next(iter(form.get("audit_days", ())), "").strip()
    days = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) <= 5 else AUDIT_DAYS
    return WaysIn(second_factor=tuple(role for role in Role if role in form.get("second", ())), audit_days=days)
