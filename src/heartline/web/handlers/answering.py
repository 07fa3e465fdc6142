"""``/s/…``: a survey as customers meet it. Opening it keeps nothing; only answering does."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import Invalid
from heartline.language import speaking
from heartline.web.answering import Sheet, choose_turn, find_sheet, is_full, take_answer, take_contact, turn_language
from heartline.web.answers import Answer, answer_text, guest_page, redirect
from heartline.web.pages.answering import draw_closed, draw_question, draw_thanks
from heartline.web.parts import STATIC
from heartline.web.visit import Visit

_OPEN: Final = {"open": True, "by_link": True}


@get("/embed/survey.js", opt={"open": True}, sync_to_thread=True)
def take_script() -> Answer:
    """Take the script that asks visitors of a site."""
    answer = answer_text((STATIC / "embed/survey.js").read_bytes(), media_type="text/javascript")
    answer.headers["cache-control"] = "public, max-age=3600"
    return answer


@get("/s/{token:str}", opt=_OPEN, sync_to_thread=True)
def show_survey(visit: Visit, token: str) -> Answer:
    """Show the first screen, or the one where somebody left off."""
    return sheet_page(visit, find_sheet(visit, token))


@get("/s/{token:str}/{mine:str}", opt=_OPEN, sync_to_thread=True)
def show_screen(visit: Visit, token: str, mine: str) -> Answer:
    """Show a screen to somebody who came by a public link and has begun."""
    return sheet_page(visit, find_sheet(visit, token, mine))


@post("/s/{token:str}", opt=_OPEN, sync_to_thread=True)
def answer_survey(visit: Visit, token: str) -> Answer:
    """Keep an answer and go on."""
    return _take(visit, token)


@post("/s/{token:str}/{mine:str}", opt=_OPEN, sync_to_thread=True)
def answer_screen(visit: Visit, token: str, mine: str) -> Answer:
    """Keep an answer of somebody who came by a public link, and go on."""
    return _take(visit, token, mine)


def sheet_page(visit: Visit, sheet: Sheet, *, said: bool = False, problem: str = "", status: int = 200) -> Answer:
    """Compose the screen somebody is at, in the language they read."""
    with speaking(sheet.language):
        if sheet.over:
            body = draw_thanks(sheet, said=said, problem=problem)
        elif not sheet.survey.is_open or is_full(visit.heartline, sheet.survey):
            body = draw_closed(sheet)
        else:
            body = draw_question(visit.plain_view, sheet)
        title = sheet.tongue.say(sheet.survey.text.title)
        return guest_page(visit, body, title=title, language=sheet.language, status=status)


def _take(visit: Visit, token: str, mine: str = "") -> Answer:
    # A form that was sent twice is read twice at once; the second must find what the first has kept.
    with visit.shared.turn(choose_turn(visit, token, mine)):
        return _take_in_turn(visit, find_sheet(visit, token, mine))


def _take_in_turn(visit: Visit, sheet: Sheet) -> Answer:
    if visit.field("do") == "contact":
        return _take_contact(visit, sheet)
    if not sheet.survey.is_open or (sheet.response is None and is_full(visit.heartline, sheet.survey)):
        return sheet_page(visit, sheet, status=409)
    if visit.field("lang"):
        return sheet_page(visit, turn_language(visit, sheet))
    with speaking(sheet.language):
        sheet, onward = take_answer(visit, sheet)
    return redirect(visit, onward) if onward else sheet_page(visit, sheet, status=400)


def _take_contact(visit: Visit, sheet: Sheet) -> Answer:
    try:
        with speaking(sheet.language):
            take_contact(visit, sheet)
    except Invalid as error:
        return sheet_page(visit, sheet, problem=error.message, status=400)
    return sheet_page(visit, sheet, said=True)


routes: Final[list[HTTPRouteHandler]] = [take_script, show_survey, show_screen, answer_survey, answer_screen]
