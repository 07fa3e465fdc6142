"""Surveys: listed, and one with what came of it."""

from __future__ import annotations

from functools import partial
from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler

from heartline.records import Right
from heartline.web.api.problems import PROBLEMS
from heartline.web.api.shapes.surveys import SurveyKnown, SurveyListed, tell_line, tell_report
from heartline.web.survey_figures import read_report
from heartline.web.surveys import list_surveys
from heartline.web.visit import Visit

see = partial(get, tags=["Surveys"], opt={"right": Right.SEE_ARRIVALS}, responses=PROBLEMS, sync_to_thread=True)


@see("/surveys", summary="List surveys")
def list_all(visit: Visit) -> list[SurveyListed]:
    """List surveys, the latest first, with how many were asked, began and finished."""
    return [tell_line(line) for line in list_surveys(visit.heartline)]


@see("/surveys/{survey_id:int}", summary="Show a survey")
def show_survey(visit: Visit, survey_id: int) -> SurveyKnown:
    """Show a survey with its response rate and each question's answers, as its page has them."""
    return tell_report(read_report(visit, survey_id))


routes: Final[list[HTTPRouteHandler]] = [list_all, show_survey]
