"""The form of a map's document: from what was posted to lanes and notes, and one act at a time on them.

Every press sends the whole form, so nothing typed is lost. Fields: for each lane ``lane`` (its key) and beside it
``label``; ``shown`` names the lanes to show; ``text:<key>`` are the words of an added lane, one a stage; for each stage
``stage`` and beside it ``department``, ``believed``, ``to_be``, ``target`` and ``backstage``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import ALWAYS_SHOWN, OWN_LANE, STANDARD_LANES, Journey, MapDocument, MapLane, StageNote

Form = Mapping[str, Sequence[str]]
LONGEST_LABEL: Final = 60
LONGEST_TEXT: Final = 400
LONGEST_NAME: Final = 120
MOST_OWN_LANES: Final = 12
BELIEF_STEP: Final = 0.1
FIELDS: Final = ("department", "believed", "to_be", "target", "backstage")
"""What the form asks of each stage, beside its added lanes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a form is read. ``mask`` is what the reader was shown instead of a text (a text that comes back as it was
    shown has not been changed); ``lenient`` leaves out what cannot be read, for showing the form again.
    """

    before: MapDocument
    stages: tuple[str, ...]
    mask: Callable[[str], str]
    lenient: bool = False

    def text(self, posted: str, old: str, *, longest: int) -> str:
        """A text as it is kept."""
        told = clean(posted, longest=longest)
        return old if told == clean(self.mask(old), longest=longest) else told


def clean(text: str, *, longest: int) -> str:
    """Return words on one line, no longer than they may be."""
    return " ".join(text.split())[:longest].rstrip()


def read_map_form(form: Form, reading: Reading) -> MapDocument:
    """Read a whole form into a document. What it says nothing of (stages that left the map) stays as it was.

    Raises:
        Invalid: a belief is no number from −1 to +1.
    """
    return replace(reading.before, lanes=_read_lanes(form, reading), notes=_read_notes(form, reading))


def apply_map_act(document: MapDocument, act: str) -> MapDocument:
    """Do what a button said: ``lane-up:<key>``, ``lane-down:<key>``, ``lane-add``, ``lane-remove:<key>``,
    ``believe-up:<stage>``, ``believe-down:<stage>``; anything else changes nothing.
    """
    verb, _rest, what = act.partition(":")
    lanes = list(document.arranged)
    keys = [lane.key for lane in lanes]
    if verb == "lane-add" and sum(lane.own for lane in lanes) < MOST_OWN_LANES:
        lanes.append(MapLane(key=_free_key(keys), label=_("New lane")))
    elif verb == "lane-remove" and what in keys and what.startswith(OWN_LANE):
        del lanes[keys.index(what)]
    elif verb in {"lane-up", "lane-down"} and what in keys:
        place = keys.index(what)
        other = place + (-1 if verb == "lane-up" else 1)
        if 0 <= other < len(lanes):
            lanes[place], lanes[other] = lanes[other], lanes[place]
    elif verb in {"believe-up", "believe-down"}:
        return _move_belief(document, what, by=BELIEF_STEP if verb == "believe-up" else -BELIEF_STEP)
    return replace(document, lanes=tuple(lanes))


def read_belief(text: str) -> float | None:
    """Read a belief: a number from −1 to +1, to two places; None where it is empty.

    Raises:
        Invalid: it is none.
    """
    told = text.strip().replace("−", "-").replace(",", ".")
    if not told:
        return None
    try:
        value = float(told[:20])
    except ValueError:
        value = 9.0
    if not -1 <= value <= 1:
        raise Invalid(
            "bad_belief",
            _("“{text}” is not a feeling.").format(text=text[:20]),
            _("Write a number from −1 to +1, e.g. 0.4, or nothing."),
        )
    return round(value, 2) + 0.0


def _read_lanes(form: Form, reading: Reading) -> tuple[MapLane, ...]:
    before = {lane.key: lane for lane in reading.before.arranged}
    labels, shown = form.get("label", ()), frozenset(form.get("shown", ()))
    found: dict[str, MapLane] = {}
    for place, key in enumerate(form.get("lane", ())):
        old = before.get(key)
        if old is None or key in found:
            continue
        label = reading.text(labels[place] if place < len(labels) else "", old.label, longest=LONGEST_LABEL)
        found[key] = replace(
            old,
            label=label or (_("New lane") if old.own else ""),
            hidden=key not in shown and key != ALWAYS_SHOWN,
            texts=_read_texts(form, reading, old) if old.own else (),
        )
    # A form that was cut short forgets no lane.
    return (*found.values(), *(lane for key, lane in before.items() if key not in found))


def _read_texts(form: Form, reading: Reading, lane: MapLane) -> tuple[tuple[str, str], ...]:
    posted = form.get(f"text:{lane.key}", ())
    stages = form.get("stage", ())
    said = {
        stage: reading.text(words, lane.words(stage), longest=LONGEST_TEXT)
        for stage, words in zip(stages, posted, strict=False)
        if stage in reading.stages
    }
    left = [(stage, words) for stage, words in lane.texts if stage not in said]
    return (*((stage, words) for stage, words in said.items() if words), *left)


def _read_notes(form: Form, reading: Reading) -> tuple[StageNote, ...]:
    def column(name: str) -> list[str]:
        return [*form.get(name, ()), *[""] * len(form.get("stage", ()))]

    found: dict[str, StageNote] = {}
    rows = zip(form.get("stage", ()), *(column(name) for name in FIELDS), strict=False)
    for stage, department, believed, to_be, target, backstage in rows:
        if stage in reading.stages:
            old = reading.before.note(stage)
            found[stage] = StageNote(
                stage=stage,
                department=reading.text(department, old.department, longest=LONGEST_NAME),
                believed=_read_belief(believed, lenient=reading.lenient),
                to_be=reading.text(to_be, old.to_be, longest=LONGEST_TEXT),
                target=reading.text(target, old.target, longest=LONGEST_TEXT),
                backstage=reading.text(backstage, old.backstage, longest=LONGEST_TEXT),
            )
    said = tuple(note for note in found.values() if note != StageNote(stage=note.stage))
    return (*said, *(note for note in reading.before.notes if note.stage not in found))


def _read_belief(text: str, *, lenient: bool) -> float | None:
    try:
        return read_belief(text)
    except Invalid:
        if lenient:
            return None
        raise


def _move_belief(document: MapDocument, stage: str, *, by: float) -> MapDocument:
    note = document.note(stage)
    moved = round(max(-1.0, min(1.0, (note.believed or 0.0) + by)), 2) + 0.0
    rest = tuple(one for one in document.notes if one.stage != stage)
    return replace(document, notes=(*rest, replace(note, believed=moved)))


def _free_key(keys: Sequence[str]) -> str:
    taken = frozenset(keys)
    return next(key for nth in range(1, len(keys) + 2) if (key := f"{OWN_LANE}{nth}") not in taken)


def carry_stages(document: MapDocument, before: Journey, after: Journey) -> MapDocument:
    """Take what was written of a stage along when it is renamed: a new name that stands for a stage with a touchpoint
    of the old one, or in its place with none.
    """
    old, new = {stage.name for stage in before.stages}, {stage.name for stage in after.stages}
    renamed: dict[str, str] = {}
    for place, stage in enumerate(before.stages):
        if stage.name in new:
            continue
        for at, other in enumerate(after.stages):
            same = set(stage.touchpoints) & set(other.touchpoints) or (
                place == at and not stage.touchpoints and not other.touchpoints
            )
            if same and other.name not in old and other.name not in renamed.values():
                renamed[stage.name] = other.name
                break

    def name(stage: str) -> str:
        return renamed.get(stage, stage)

    return replace(
        document,
        lanes=tuple(
            replace(lane, texts=tuple((name(stage), words) for stage, words in lane.texts)) for lane in document.lanes
        ),
        notes=tuple(replace(note, stage=name(note.stage)) for note in document.notes),
        comments=tuple(replace(comment, stage=name(comment.stage)) for comment in document.comments),
    )


__all__ = [
    "BELIEF_STEP",
    "LONGEST_LABEL",
    "LONGEST_NAME",
    "LONGEST_TEXT",
    "MOST_OWN_LANES",
    "STANDARD_LANES",
    "Reading",
    "apply_map_act",
    "carry_stages",
    "clean",
    "read_belief",
    "read_map_form",
]
