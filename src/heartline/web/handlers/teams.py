"""``/cases/{id}/team``: giving a case to a team."""

from __future__ import annotations

from typing import Final

from litestar import post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import Right
from heartline.web.answers import Answer, redirect
from heartline.web.visit import Visit


@post("/cases/{case_id:int}/team", opt={"right": Right.WORK_CASES}, sync_to_thread=True)
def give_to_team(visit: Visit, case_id: int) -> Answer:
    """Give a case to a team, or to none."""
    kept = visit.heartline.stores.kept
    kept.case(case_id)
    asked = visit.field("team", "0")
    team = next((team for team in kept.teams() if str(team.team_id) == asked), None)
    if team is None and asked != "0":
        raise Invalid("bad_team", _("There is no such team."), _("Choose one of those shown."))
    kept.set_case_team(case_id, team.team_id if team else 0)
    visit.note("case.changed", f"{case_id} team {team.name if team else 'none'}")
    return redirect(visit, visit.plain_view.url(f"/cases/{case_id}"), notice=_("Saved."))


routes: Final[list[HTTPRouteHandler]] = [give_to_team]
