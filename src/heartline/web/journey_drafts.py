"""Journeys in the making: begun for a segment, proposed again around what is locked, saved as a new version."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Journey
from heartline.understand import propose_journey, take_customers
from heartline.web.map_documents import write_document
from heartline.web.map_form import carry_stages
from heartline.web.mapping import list_journeys
from heartline.web.visit import Visit

_LONGEST_ID: Final = 60


def begin_journey(visit: Visit, *, name: str, segment: str) -> Journey:
    """Add a journey with stages proposed from what its segment does. ``segment`` is ``field=value`` or empty.

    Raises:
        Invalid: it has no name, or nobody is in the segment.
    """
    name = name.strip()[:120]
    if not name:
        raise Invalid("no_name", _("A journey needs a name."), _("Say who goes where, e.g. “First look to renewal”."))
    field, _rest, value = segment.partition("=")
    where = ((field, value),) if field else ()
    log = take_customers(visit.whole_log, where)
    if not len(log):
        raise Invalid("nobody", _("Nobody is in that segment yet."), _("Choose another, or everyone."))
    proposal = propose_journey(log, name=name)
    journey = replace(proposal, journey_id=find_free_id(visit, name), where=where)
    save_journey(visit, journey, what="journey.add")
    return journey


def propose_again(visit: Visit, journey: Journey) -> Journey:
    """Propose the stages anew; those that are locked stay as they are."""
    return propose_journey(take_customers(visit.whole_log, journey.where), previous=journey)


def save_journey(visit: Visit, journey: Journey, *, what: str) -> None:
    """Keep a definition as its next version, and write who did it. What was written of a stage follows its new name."""
    before = next(
        (one for one in list_journeys(visit.heartline, visit.whole_log) if one.journey_id == journey.journey_id), None
    )
    kept = {one.journey_id: one for one in visit.heartline.stores.kept.journeys()}
    version = kept[journey.journey_id].version + 1 if journey.journey_id in kept else 1
    visit.heartline.stores.kept.set_journey(replace(journey, version=version))
    if before is not None and {one.name for one in before.stages} - {one.name for one in journey.stages}:
        written = visit.heartline.stores.kept.map_document(journey.journey_id)
        if carry_stages(written, before, journey) != written:
            write_document(visit, journey.journey_id, lambda document: carry_stages(document, before, journey))
    visit.note(what, journey.name)


def forget_journey(visit: Visit, journey: Journey) -> None:
    """Forget a definition with all that was written on its map, and write who did it."""
    visit.heartline.stores.kept.drop_journey(journey.journey_id)
    visit.heartline.stores.kept.drop_map_document(journey.journey_id)
    visit.note("journey.drop", journey.name)


def find_free_id(visit: Visit, name: str) -> str:
    """Return an id for a new journey of this name."""
    taken = {journey.journey_id for journey in list_journeys(visit.heartline, visit.whole_log)}
    slug = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:_LONGEST_ID] or "journey"
    count, found = 2, slug
    while found in taken:
        found, count = f"{slug}-{count}", count + 1
    return found
