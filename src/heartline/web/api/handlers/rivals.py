"""Reviews and rivals: the figures of their page."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from heartline.records import Right
from heartline.web.api.asking import LENS
from heartline.web.api.problems import PROBLEMS
from heartline.web.api.shapes.rivals import RivalsTold, tell_rivals
from heartline.web.rivalry import read_rivalry
from heartline.web.visit import Visit

RivalAsked = Annotated[
    str, QueryParameter(name="rival", max_length=200, description="Only this rival's reviews; “brands” lists them.")
]


@get(
    "/rivals",
    tags=["Figures"],
    opt={"right": Right.SEE_FIGURES},
    responses=PROBLEMS,
    sync_to_thread=True,
    summary="Our reviews against rivals’, reasons, replies",
    dependencies=LENS,
)
def show_rivals(lens: Visit, rival: RivalAsked = "") -> RivalsTold:
    """Show our reviews against rivals' theme by theme, why people buy and leave, and how many reviews were answered."""
    return tell_rivals(read_rivalry(lens, against=rival))


routes: Final[list[HTTPRouteHandler]] = [show_rivals]
