"""The one-page report, read: what Home, the map, the pains and the opportunities say, by their own definitions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from heartline.records import Opportunity, OpportunityStatus
from heartline.understand import JourneyMap, PainList, mask_personal
from heartline.web.charts.heartline import MapGiven
from heartline.web.mapping import fill_map, list_journeys, read_map, trim_map
from heartline.web.opening import Opening, read_opening
from heartline.web.opportunities import read_opportunities
from heartline.web.paining import read_pains
from heartline.web.visit import Visit

FIRST_VIEW_S: Final = 0.2
"""How long the page waits for what is not known yet, before it opens without."""
LONGEST_WAIT_S: Final = 120.0
COLUMNS: Final = 11
"""How many columns of the map fit on the width of a sheet with every word at seven points or more."""
SHOWN: Final = 4
_ORDER: Final = (OpportunityStatus.UNDER_WAY, OpportunityStatus.PLANNED, OpportunityStatus.IDEA)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePager:
    """All that stands on the sheet. ``measured`` and ``given`` are None where there is no journey; ``opportunities``
    are those not yet done or dropped, the furthest first.
    """

    opening: Opening
    measured: JourneyMap | None
    given: MapGiven | None
    pains: PainList
    opportunities: tuple[Opportunity, ...]
    company: str
    currency: str


def read_onepager(visit: Visit, *, wait_s: float = LONGEST_WAIT_S) -> OnePager | None:
    """Read the report for the range and filter chosen; None where something is not there within ``wait_s``."""
    heartline, log = visit.heartline, visit.whole_log
    opening = read_opening(heartline, log, visit.view, visit.selection, now_us=visit.now_us, wait_s=wait_s)
    pains = read_pains(visit, wait_s=wait_s) if opening.findings is not None else None
    if pains is None:
        return None
    measured, given = _read_map(visit, opening.map_id)
    return OnePager(
        opening=opening,
        measured=measured,
        given=given,
        pains=pains,
        opportunities=tuple(_list_open(visit)),
        company=heartline.workspace.name,
        currency=heartline.workspace.currency,
    )


def _read_map(visit: Visit, journey_id: str) -> tuple[JourneyMap | None, MapGiven | None]:
    """The map of Home's journey, with as many touchpoints as fit, and without the words of customers."""
    journeys = list_journeys(visit.heartline, visit.whole_log)
    journey = next((one for one in journeys if one.journey_id == journey_id), None)
    if journey is None:
        return None, None
    reading = read_map(visit.heartline, visit.whole_log, journey, visit.selection, now_us=visit.now_us)
    narrow = replace(reading, measured=trim_map(reading.measured, columns=COLUMNS), entries={})
    return narrow.measured, fill_map(visit.view, narrow, now_us=visit.now_us)


def _list_open(visit: Visit) -> list[Opportunity]:
    """Their titles are written by hand, so that what looks like personal data is masked before it is printed."""
    found = [one for one in read_opportunities(visit) if one.status in _ORDER]
    found.sort(key=lambda one: (_ORDER.index(one.status), one.due_us is None, one.due_us or 0, one.opportunity_id))
    return [replace(one, title=mask_personal(one.title)) for one in found]
