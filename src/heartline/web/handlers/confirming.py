"""``/y/…``: an address is confirmed by whoever has its mailbox, by a button and not by opening a link."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.language import _, speaking
from heartline.web.answers import Answer, guest_page
from heartline.web.confirming import confirm, find_question
from heartline.web.pages.confirming import draw_confirmation, draw_confirmed
from heartline.web.visit import Visit

_OPEN: Final = {"open": True, "by_link": True}


@get("/y/{token:str}", opt=_OPEN, sync_to_thread=True)
def show_confirmation(visit: Visit, token: str) -> Answer:
    """Ask somebody whether an address is theirs. Scanners open every link: nothing is kept of it."""
    asked = find_question(visit.heartline, token, now_us=visit.now_us)
    language = asked.confirmation.language
    with speaking(language):
        done = bool(asked.confirmation.confirmed_us)
        body = draw_confirmed() if done else draw_confirmation(visit.plain_view, asked, token)
        return guest_page(visit, body, title=_("Is this your address?"), language=language)


@post("/y/{token:str}", opt=_OPEN, sync_to_thread=True)
def take_confirmation(visit: Visit, token: str) -> Answer:
    """Keep that an address is theirs and what they agree to; once, however often it is sent."""
    language = confirm(visit, token).confirmation.language
    with speaking(language):
        return guest_page(visit, draw_confirmed(), title=_("Is this your address?"), language=language)


routes: Final[list[HTTPRouteHandler]] = [show_confirmation, take_confirmation]
