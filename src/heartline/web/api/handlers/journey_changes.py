"""Journeys changed: begun, kept as a new version, proposed again, forgotten."""

from __future__ import annotations

from functools import partial
from typing import Final

from litestar import Response, delete, patch, post
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.api.document import PREFIX
from heartline.web.api.drafting import begin_asked, change_asked
from heartline.web.api.problems import PROBLEMS
from heartline.web.api.shapes.journey_changes import JourneyChange, JourneyOpening
from heartline.web.api.shapes.journeys import JourneyDefined, tell_journey
from heartline.web.itinerary import find_journey
from heartline.web.journey_drafts import forget_journey, propose_again, save_journey
from heartline.web.visit import Visit

_OPT: Final = {"right": Right.CHANGE_JOURNEYS}
make = partial(post, tags=["Journeys"], opt=_OPT, responses=PROBLEMS, sync_to_thread=True)
change = partial(patch, tags=["Journeys"], opt=_OPT, responses=PROBLEMS, sync_to_thread=True)
drop = partial(delete, tags=["Journeys"], opt=_OPT, responses=PROBLEMS, sync_to_thread=True)


@make("/journeys", summary="Begin a journey")
def begin_new_journey(visit: Visit, data: JourneyOpening) -> Response[JourneyDefined]:
    """Begin a journey for everyone or a segment, with stages proposed from the data. A repeat begins another."""
    journey = begin_asked(visit, data)
    return Response(
        tell_journey(journey), status_code=201, headers={"location": f"{PREFIX}/journeys/{journey.journey_id}"}
    )


@change("/journeys/{journey_id:str}", summary="Change a journey")
def change_one_journey(visit: Visit, journey_id: str, data: JourneyChange) -> JourneyDefined:
    """Keep a journey as a new version; an empty change accepts what was proposed."""
    return tell_journey(change_asked(visit, journey_id, data))


@make("/journeys/{journey_id:str}/propose", status_code=200, summary="Propose stages again")
def propose_stages_again(visit: Visit, journey_id: str) -> JourneyDefined:
    """Propose the stages that are not locked again, as a new version."""
    save_journey(visit, propose_again(visit, find_journey(visit, journey_id)), what="journey.propose")
    return tell_journey(find_journey(visit, journey_id))


@drop("/journeys/{journey_id:str}", summary="Forget a journey")
def drop_journey(visit: Visit, journey_id: str) -> None:
    """Forget a journey's definition; what happened stays. A repeat finds it no more."""
    forget_journey(visit, find_journey(visit, journey_id))


routes: Final[list[HTTPRouteHandler]] = [
    begin_new_journey,
    change_one_journey,
    propose_stages_again,
    drop_journey,
]
