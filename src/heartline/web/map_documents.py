"""What people wrote on a journey's map: read as the reader may see it, changed by the form, kept by version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from heartline.errors import Conflict
from heartline.language import _
from heartline.records import Journey, MapDocument, Right, replace_words
from heartline.understand import BeliefGap, JourneyMap, mask_personal, weigh_beliefs
from heartline.web.loops import name_me
from heartline.web.map_form import Reading, apply_map_act, read_map_form
from heartline.web.visit import Visit

_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The page of a document: what was written, the gaps it shows, the departments known, and
    the people who may be mentioned.
    """

    journey: Journey
    document: MapDocument
    gaps: tuple[BeliefGap, ...]
    departments: tuple[str, ...]
    people: tuple[str, ...]


def read_document(visit: Visit, journey: Journey) -> MapDocument:
    """Read a journey's document as the reader may see it: numbers and addresses masked for who may see none, and no
    snapshot, which is of the whole company, for who is bound to places.
    """
    document = visit.heartline.stores.kept.map_document(journey.journey_id)
    if visit.bounds.narrow:
        document = replace(document, snapshots=())
    return replace_words(document, mask_of(visit))


def mask_of(visit: Visit) -> Callable[[str], str]:
    """Return what is done to a text before the reader sees it."""
    return _keep if visit.may(Right.SEE_PERSONAL_DATA) else mask_personal


def read_desk(visit: Visit, measured: JourneyMap, *, draft: MapDocument | None = None) -> Desk:
    """Read the page; ``draft`` is shown in place of what is kept."""
    document = draft or read_document(visit, measured.journey)
    mask = mask_of(visit)
    known = {note.department for one in visit.heartline.stores.kept.map_documents() for note in one.notes}
    known |= {stage.owner for stage in measured.journey.stages}
    return Desk(
        journey=measured.journey,
        document=document,
        gaps=find_gaps_of_belief(document, measured),
        departments=tuple(sorted({mask(department) for department in known if department})),
        people=tuple(user.name or user.email for user in visit.heartline.stores.kept.users() if user.enabled),
    )


def find_gaps_of_belief(document: MapDocument, measured: JourneyMap) -> tuple[BeliefGap, ...]:
    """Return what is believed against what was measured, stage by stage."""
    stages = measured.stages
    return weigh_beliefs(
        [stage.name for stage in stages],
        [stage.heart for stage in stages],
        [document.note(stage.name).believed for stage in stages],
    )


def change_document(visit: Visit, journey: Journey) -> MapDocument:
    """Keep what the form says.

    Raises:
        Invalid: a belief is no number from −1 to +1.
        Conflict: somebody else changed lanes or notes since the form was shown.
    """
    kept = visit.heartline.stores.kept.map_document(journey.journey_id)
    if visit.field("was", "0") != str(kept.edition):
        raise Conflict(
            "document_moved",
            _("{name} changed this map while you wrote.").format(name=kept.edited_by or _("Somebody")),
            _("What you wrote is still below. Save again to keep yours instead."),
        )
    made = apply_map_act(read_map_form(visit.form, _reading(visit, journey, kept)), visit.field("act", "save"))
    made = replace(made, edition=kept.edition + 1, edited_by=name_me(visit), edited_us=visit.now_us)
    made = visit.heartline.stores.kept.set_map_document(made)
    visit.note("map.changed", journey.journey_id)
    return made


def draft_document(visit: Visit, journey: Journey) -> MapDocument:
    """Return what the form says, without keeping it: to be shown again as the next after what is kept now."""
    kept = visit.heartline.stores.kept.map_document(journey.journey_id)
    draft = read_map_form(visit.form, replace(_reading(visit, journey, kept), lenient=True))
    return replace_words(draft, mask_of(visit))


def write_document(visit: Visit, journey_id: str, change: Callable[[MapDocument], MapDocument]) -> MapDocument:
    """Keep a change that does not mind what else changed: it is made again on whatever somebody else kept meanwhile.

    Raises:
        Conflict: they do nothing else.
    """
    for _nth in range(_TRIES):
        before = visit.heartline.stores.kept.map_document(journey_id)
        try:
            return visit.heartline.stores.kept.set_map_document(change(before))
        except Conflict as error:
            last = error
    raise last


def _reading(visit: Visit, journey: Journey, kept: MapDocument) -> Reading:
    return Reading(before=kept, stages=tuple(stage.name for stage in journey.stages), mask=mask_of(visit))


def _keep(text: str) -> str:
    return text
