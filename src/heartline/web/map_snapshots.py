"""Snapshots of a map: figures frozen by name and day, and two of them, or one and today, held against each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from heartline.errors import Invalid, Missing, NotAllowed
from heartline.language import _
from heartline.records import Journey, MapDocument, Snapshot, Stage
from heartline.understand import JourneyMap, StageChange, compare_figures, freeze
from heartline.web.loops import name_me
from heartline.web.map_documents import mask_of, read_document, write_document
from heartline.web.map_form import LONGEST_NAME, clean
from heartline.web.visit import Visit

NOW: Final = "now"
MOST: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """The page of snapshots: all of them, newest first, and two held against each other; ``now`` None: too few are
    there to compare.
    """

    journey: Journey
    snapshots: tuple[Snapshot, ...]
    before: Snapshot | None
    now: Snapshot | None
    changes: tuple[StageChange, ...]
    redrawn: tuple[str, ...] = ()
    narrow: bool = False


def read_album(visit: Visit, measured: JourneyMap) -> Album:
    """Read the page: ``a`` is held against the earlier ``b`` (their numbers, or ``now``). Where nothing is asked,
    today's figures are held against the newest snapshot.
    """
    journey = measured.journey
    kept = tuple(reversed(read_document(visit, journey).snapshots))
    known = {str(one.number): one for one in kept}
    today = take(visit, measured, name=_("Now"), number=0)
    now = known.get(visit.query.get("a", ""), today)
    before = known.get(visit.query.get("b", ""), kept[0] if kept else None)
    if visit.query.get("b") == NOW:
        before = today
    return Album(
        journey=journey,
        snapshots=kept,
        before=before,
        now=now if before is not None else None,
        changes=() if before is None else compare_figures(now.figures, before.figures),
        redrawn=() if before is None else list_redrawn(now.stages, before.stages),
        narrow=visit.bounds.narrow,
    )


def take(visit: Visit, measured: JourneyMap, *, name: str, number: int) -> Snapshot:
    """Return the map's figures as they are, unkept."""
    return Snapshot(
        number=number,
        name=name,
        by=name_me(visit),
        at_us=visit.now_us,
        asked=f"{visit.view.range_label}, {visit.view.filter_label}",
        stages=measured.journey.stages,
        figures=freeze(measured),
    )


def keep_snapshot(visit: Visit, measured: JourneyMap) -> Snapshot:
    """Freeze the figures of the time and filter chosen, under the name that was posted.

    Raises:
        Invalid: it has no name, or the map has as many as it may.
        NotAllowed: the reader sees only a part of the company.
    """
    if visit.bounds.narrow:
        raise NotAllowed(
            "not_at_a_place", _("A snapshot is of the whole company."), _("Ask somebody who sees all places.")
        )
    name = clean(visit.field("name"), longest=LONGEST_NAME)
    if not name:
        raise Invalid("no_name", _("A snapshot needs a name."), _("Say what it is of, e.g. “Before the new courier”."))
    made = take(visit, measured, name=name, number=0)

    def add(document: MapDocument) -> MapDocument:
        if len(document.snapshots) >= MOST:
            raise Invalid("many_snapshots", _("This map has as many snapshots as it can hold."), _("Remove one first."))
        number = max((one.number for one in document.snapshots), default=0) + 1
        return replace(document, snapshots=(*document.snapshots, replace(made, number=number)))

    kept = write_document(visit, measured.journey.journey_id, add)
    visit.note("map.snapshot", f"{measured.journey.journey_id} {kept.snapshots[-1].number}")
    return kept.snapshots[-1]


def drop_snapshot(visit: Visit, journey: Journey, number: int) -> Snapshot:
    """Forget a snapshot, and return it.

    Raises:
        Missing: there is none with this number.
    """
    found = next((one for one in read_document(visit, journey).snapshots if one.number == number), None)
    if found is None:
        raise Missing("no_snapshot", _("This snapshot is gone."), _("See the list of snapshots."))

    def drop(document: MapDocument) -> MapDocument:
        return replace(document, snapshots=tuple(one for one in document.snapshots if one.number != number))

    write_document(visit, journey.journey_id, drop)
    visit.note("map.snapshot.drop", f"{journey.journey_id} {number}")
    return replace(found, name=mask_of(visit)(found.name))


def list_redrawn(now: tuple[Stage, ...], before: tuple[Stage, ...]) -> tuple[str, ...]:
    """Return the stages of both whose touchpoints are others: their figures count something else."""
    old = {stage.name: frozenset(stage.touchpoints) for stage in before}
    return tuple(stage.name for stage in now if stage.name in old and old[stage.name] != frozenset(stage.touchpoints))
