"""The journey's form: from what was posted to a definition, and one act at a time (move, lock, rename, add) on it.

Every press sends the whole form, so nothing typed is lost. Fields: ``name``, ``gap_days``, ``where`` (``field=value``
a line); for each stage ``stage``, ``owner`` and, where locked, its place in ``locked``; for each touchpoint ``touch``
and beside it ``in``, the place of its stage or empty; ``starts`` and ``ends`` name touchpoints.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Journey, Stage

Form = Mapping[str, Sequence[str]]
_LONGEST_GAP = 3_650
_MOST_STAGES = 20


def read_form(form: Form, before: Journey) -> Journey:
    """Read a whole form into a definition.

    Raises:
        Invalid: the name is empty, or the silent days are no number from 1 to 3650.
    """
    name = _first(form, "name").strip()[:120]
    if not name:
        raise Invalid("no_name", _("A journey needs a name."), _("Say who goes where, e.g. “First look to renewal”."))
    return replace(
        before,
        name=name,
        gap_days=_read_gap(_first(form, "gap_days") or str(before.gap_days)),
        where=read_where(_first(form, "where")) if "where" in form else before.where,
        stages=_read_stages(form),
        starts=tuple(dict.fromkeys(form.get("starts", ()))),
        ends=tuple(dict.fromkeys(form.get("ends", ()))),
    )


def apply_act(journey: Journey, act: str) -> Journey:
    """Do what a button said: ``add``, ``remove:<stage>``, ``stage-up:<stage>``, ``stage-down:<stage>``,
    ``lock:<stage>``, ``up:<touchpoint>``, ``down:<touchpoint>``; anything else changes nothing.
    """
    verb, _rest, what = act.partition(":")
    place = int(what) if what.isdecimal() and len(what) < 4 else -1
    stages = list(journey.stages)
    if verb == "add" and len(stages) < _MOST_STAGES:
        stages.append(Stage(name="New stage", touchpoints=()))
    elif verb == "remove" and 0 <= place < len(stages):
        del stages[place]
    elif verb in {"stage-up", "stage-down"} and 0 <= place < len(stages):
        _shift(stages, place, by=-1 if verb == "stage-up" else 1)
    elif verb == "lock" and 0 <= place < len(stages):
        stages[place] = replace(stages[place], locked=not stages[place].locked)
    elif verb in {"up", "down"}:
        stages = _move_touchpoint(stages, what, by=-1 if verb == "up" else 1)
    return replace(journey, stages=tuple(stages))


def read_where(text: str) -> tuple[tuple[str, str], ...]:
    """Read ``field=value`` lines; a line without ``=`` is left out."""
    pairs = (line.partition("=") for line in text.splitlines())
    return tuple((field.strip(), value.strip()) for field, sign, value in pairs if sign and field.strip())


def write_where(where: tuple[tuple[str, str], ...]) -> str:
    """The lines ``read_where`` reads."""
    return "\n".join(f"{field}={value}" for field, value in where)


def _read_stages(form: Form) -> tuple[Stage, ...]:
    names, owners, locked = form.get("stage", ()), form.get("owner", ()), frozenset(form.get("locked", ()))
    members: dict[str, list[str]] = {}
    seen: set[str] = set()
    for touchpoint, place in zip(form.get("touch", ()), form.get("in", ()), strict=False):
        if touchpoint and touchpoint not in seen:
            members.setdefault(place, []).append(touchpoint)
            seen.add(touchpoint)
    return tuple(
        Stage(
            name=name.strip()[:80] or f"Stage {place + 1}",
            touchpoints=tuple(members.get(str(place), ())),
            locked=str(place) in locked,
            owner=owners[place].strip()[:120] if place < len(owners) else "",
        )
        for place, name in enumerate(names[:_MOST_STAGES])
    )


def _move_touchpoint(stages: list[Stage], name: str, *, by: int) -> list[Stage]:
    """Move a touchpoint one place; at the edge of its stage it goes over into the next one."""
    home = next((place for place, stage in enumerate(stages) if name in stage.touchpoints), None)
    if home is None:
        return stages
    touchpoints = list(stages[home].touchpoints)
    place = touchpoints.index(name)
    if 0 <= place + by < len(touchpoints):
        _shift(touchpoints, place, by=by)
        stages[home] = replace(stages[home], touchpoints=tuple(touchpoints))
    elif 0 <= home + by < len(stages):
        touchpoints.remove(name)
        stages[home] = replace(stages[home], touchpoints=tuple(touchpoints))
        there = stages[home + by].touchpoints
        stages[home + by] = replace(stages[home + by], touchpoints=(*there, name) if by < 0 else (name, *there))
    return stages


def _shift(items: list[Any], place: int, *, by: int) -> None:
    other = place + by
    if 0 <= other < len(items):
        items[place], items[other] = items[other], items[place]


def _read_gap(text: str) -> int:
    if not text.strip().isdecimal() or not 1 <= int(text) <= _LONGEST_GAP:
        raise Invalid(
            "bad_gap",
            _("“{text}” is not a number of days.").format(text=text[:20]),
            _("Write whole days, from 1 to 3650."),
        )
    return int(text)


def _first(form: Form, name: str) -> str:
    values = form.get(name, ())
    return values[0] if values else ""
