"""``/surveys/…/translate``: a survey's words in another language."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.language import _, name_language
from heartline.records import Right, SurveyStatus
from heartline.web.answers import Answer, fragment, page, redirect
from heartline.web.pages.survey_translating import draw_translated, draw_translating
from heartline.web.translating import open_translating, read_tag, translate
from heartline.web.visit import Visit

_ASK: Final = {"right": Right.ASK_CUSTOMERS}


@get("/surveys/{survey_id:int}/translate", opt=_ASK, sync_to_thread=True)
def show_translating(visit: Visit, survey_id: int) -> Answer:
    """Show a survey's texts beside their fields in the language of ``?lang=``."""
    at = open_translating(visit, survey_id)
    if visit.asked.is_fragment:
        return fragment(visit, draw_translated(visit.plain_view, at))
    crumbs = (("/surveys", _("Surveys")), (f"/surveys/{survey_id}", at.survey.text.title))
    body = draw_translating(visit.plain_view, at)
    return page(visit, body, title=name_language(at.tag), crumbs=crumbs, controls=False, wide=True)


@post("/surveys/{survey_id:int}/translate", opt=_ASK, sync_to_thread=True)
def keep_translating(visit: Visit, survey_id: int) -> Answer:
    """Keep what texts are in the language of ``?lang=``, or remove it."""
    tag, stays = read_tag(visit), translate(visit, survey_id)
    if visit.asked.is_fragment and visit.field("do") not in {"drop", "known"}:
        return fragment(visit, draw_translated(visit.plain_view, open_translating(visit, survey_id)))
    visit.note("survey.translated", f"{survey_id}: {tag}")
    if stays:
        return redirect(visit, f"/surveys/{survey_id}/translate?lang={tag}", notice=_("Saved."))
    draft = visit.heartline.stores.kept.survey(survey_id).status is SurveyStatus.DRAFT
    return redirect(visit, f"/surveys/{survey_id}{'/edit' if draft else ''}", notice=_("The language is removed."))


routes: Final[list[HTTPRouteHandler]] = [show_translating, keep_translating]
