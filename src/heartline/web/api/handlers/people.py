"""People changed: invited, given a role, bound to places, kept out; teams; the audit."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final

from litestar import Response, get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from heartline.records import Right
from heartline.web.api.document import PREFIX
from heartline.web.api.positions import PAGING, Paging
from heartline.web.api.problems import PROBLEMS
from heartline.web.api.shapes.people import (
    AuditPage,
    Invitation,
    LinkGiven,
    PersonChange,
    PersonKnown,
    TeamListed,
    tell_known,
)
from heartline.web.api.staffing import change_asked, give_link, judge_role, list_audit
from heartline.web.roster import find_user, invite_person, read_person
from heartline.web.visit import Visit

_OPT: Final = {"right": Right.MANAGE_PEOPLE}
see = partial(get, tags=["Workspace"], responses=PROBLEMS, sync_to_thread=True)
make = partial(post, tags=["Workspace"], opt=_OPT, responses=PROBLEMS, sync_to_thread=True)
change = partial(patch, tags=["Workspace"], opt=_OPT, responses=PROBLEMS, sync_to_thread=True)

WhoAsked = Annotated[str, QueryParameter(name="who", max_length=200, description="Only this person’s, by e-mail.")]
WhatAsked = Annotated[str, QueryParameter(name="what", max_length=200, description="Only lines of this kind.")]
AboutAsked = Annotated[
    str, QueryParameter(name="about", max_length=200, description="Only lines that say this, such as a customer’s id.")
]


@make("/people", summary="Invite somebody")
def invite(visit: Visit, data: Invitation) -> Response[LinkGiven]:
    """Let somebody in by a link on which they choose a password. Not as who may more than you."""
    judge_role(visit, data.role)
    user = invite_person(visit, name=data.name, email=data.email, role=data.role)
    given = give_link(visit, user)
    return Response(given, status_code=201, headers={"location": f"{PREFIX}/people/{user.user_id}"})


@see("/people/{user_id:int}", opt=_OPT, summary="Show somebody")
def show_person(visit: Visit, user_id: int) -> PersonKnown:
    """Show somebody with what they are bound to."""
    user = find_user(visit.heartline, user_id)
    return tell_known(read_person(visit.heartline, user, me=visit.require_user()))


@change("/people/{user_id:int}", summary="Change somebody")
def change_person(visit: Visit, user_id: int, data: PersonChange) -> PersonKnown:
    """Change somebody's role, what they are bound to, or whether they may sign in. A repeat changes nothing."""
    user = change_asked(visit, user_id, data)
    return tell_known(read_person(visit.heartline, user, me=visit.require_user()))


@make("/people/{user_id:int}/link", status_code=200, summary="Give somebody a new link")
def renew_link(visit: Visit, user_id: int) -> LinkGiven:
    """Make a new link on which somebody chooses a password, and end earlier ones. Not for who may more than you."""
    user = find_user(visit.heartline, user_id)
    given = give_link(visit, user)
    visit.note("user.link_given", user.email)
    return given


@see("/teams", opt=_OPT, summary="List teams")
def list_teams(visit: Visit) -> list[TeamListed]:
    """List the teams."""
    return [TeamListed(id=team.team_id, name=team.name) for team in visit.heartline.stores.kept.teams()]


@see("/audit", opt={"right": Right.SEE_AUDIT}, summary="Who did what", dependencies=PAGING)
def show_audit(
    visit: Visit, paging: Paging, who: WhoAsked = "", what: WhatAsked = "", about: AboutAsked = ""
) -> AuditPage:
    """List who saw and did what, newest first."""
    return list_audit(visit, paging, who=who, what=what, about=about)


routes: Final[list[HTTPRouteHandler]] = [invite, show_person, change_person, renew_link, list_teams, show_audit]
