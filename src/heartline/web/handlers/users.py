"""``/settings/people``: who may sign in and what each may and sees; ``/settings/teams``; how people sign in."""

from __future__ import annotations

from collections import Counter
from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import Conflict, Invalid
from heartline.language import _
from heartline.records import Right, User
from heartline.web.answers import Answer, page, redirect, status_of
from heartline.web.links import drop_links, issue_password_link
from heartline.web.pages.users import draw_link, draw_people, draw_person
from heartline.web.roster import change_user, find_user, invite_person, judge_other, read_bounds, read_change, read_crew
from heartline.web.roster import read_person as read_member
from heartline.web.tokens import find_own_token, list_places
from heartline.web.visit import Visit
from heartline.web.ways_in import keep_ways_in, read_ways_form
from heartline.web.workspaces import FIELD_OF, read_name, read_role

_OPT: Final = {"right": Right.MANAGE_PEOPLE}


def _say_crumbs() -> tuple[tuple[str, str], ...]:
    return (("/settings", _("Settings")), ("/settings/people", _("People")))


@get("/settings/people", opt=_OPT, sync_to_thread=True)
def show_people(visit: Visit) -> Answer:
    """Show everybody who may sign in, their teams, and how they sign in."""
    return people_page(visit)


def people_page(visit: Visit, problem: tuple[str, str] = ("", ""), *, status: int = 400) -> Answer:
    """Compose it, with what was wrong in a form."""
    crew = read_crew(visit.heartline, me=visit.require_user())
    body = draw_people(visit.plain_view, crew, problem=problem)
    return page(visit, body, title=_("People"), controls=False, status=status if problem[1] else 200)


@post("/settings/people", opt=_OPT, sync_to_thread=True)
def add_person(visit: Visit) -> Answer:
    """Invite somebody, who chooses a password by a link shown once."""
    try:
        name, email, role = visit.field("person_name"), visit.field("person_email"), read_role(visit.field("role"))
        user = invite_person(visit, name=name, email=email, role=role)
    except (Invalid, Conflict) as error:
        field = FIELD_OF.get(error.code, "email")
        return people_page(visit, (f"person_{field}", f"{error}"), status=status_of(error))
    return link_page(visit, user, invited=True)


def link_page(visit: Visit, user: User, *, invited: bool = False) -> Answer:
    """Compose the page that shows a link once."""
    address = visit.address + issue_password_link(visit.heartline, user)
    body = draw_link(visit.plain_view, user, address, invited=invited)
    return page(visit, body, title=_("A link"), crumbs=_say_crumbs(), controls=False)


@get("/settings/people/{user_id:int}", opt=_OPT, sync_to_thread=True)
def show_person(visit: Visit, user_id: int) -> Answer:
    """Show one of them."""
    return person_page(visit, find_user(visit.heartline, user_id))


def person_page(visit: Visit, user: User, problem: str = "", *, status: int = 200) -> Answer:
    """Compose it, with what was wrong."""
    me, heartline = visit.require_user(), visit.heartline
    body = draw_person(
        visit.plain_view,
        read_member(heartline, user, me=me),
        read_crew(heartline, me=me),
        places=list_places(visit),
        regions=Counter(visit.regions.values()),
        tokens=heartline.stores.kept.api_tokens(user.user_id),
        problem=problem,
    )
    return page(visit, body, title=user.name, crumbs=(*_say_crumbs(), ("", user.name)), controls=False, status=status)


@post("/settings/people/{user_id:int}", opt=_OPT, sync_to_thread=True)
def change_person(visit: Visit, user_id: int) -> Answer:
    """Change somebody's role, what they are bound to, or whether they may sign in."""
    user, kept = find_user(visit.heartline, user_id), visit.heartline.stores.kept
    try:
        (role, enabled), bounds = read_change(visit.field), read_bounds(visit.form, kept.teams())
        change_user(visit, user, role=role, enabled=enabled, bounds=bounds)
    except (Invalid, Conflict) as error:
        return person_page(visit, user, f"{error}", status=status_of(error))
    return redirect(visit, f"/settings/people/{user_id}", notice=_("{name} was changed.").format(name=user.name))


@post("/settings/people/{user_id:int}/link", opt=_OPT, sync_to_thread=True)
def give_link(visit: Visit, user_id: int) -> Answer:
    """Show a one-time link on which somebody sets a password."""
    user = find_user(visit.heartline, user_id)
    visit.note("user.link_given", user.email)
    return link_page(visit, user)


@post("/settings/people/{user_id:int}/sessions", opt=_OPT, sync_to_thread=True)
def end_their_sessions(visit: Visit, user_id: int) -> Answer:
    """End all sessions and links of somebody."""
    user = find_user(visit.heartline, user_id)
    ended = visit.heartline.stores.kept.end_sessions(user_id)
    drop_links(visit.heartline, user)
    visit.note("sessions.ended", f"{ended} of {user.email}")
    return redirect(
        visit, f"/settings/people/{user_id}", notice=_("{name} is signed out everywhere.").format(name=user.name)
    )


@post("/settings/people/{user_id:int}/second", opt=_OPT, sync_to_thread=True)
def drop_their_second(visit: Visit, user_id: int) -> Answer:
    """Take somebody's second factor away, and sign them out: their phone is lost."""
    user, kept = find_user(visit.heartline, user_id), visit.heartline.stores.kept
    judge_other(user, me=visit.require_user())
    kept.drop_second_factor(user_id)
    kept.end_sessions(user_id)
    visit.note("second_factor.taken", user.email)
    return redirect(visit, f"/settings/people/{user_id}", notice=_("Their password alone lets them in again."))


@post("/settings/people/{user_id:int}/tokens/{token_id:int}/revoke", opt=_OPT, sync_to_thread=True)
def revoke_their_token(visit: Visit, user_id: int, token_id: int) -> Answer:
    """Revoke a token of somebody's."""
    token = find_own_token(visit.heartline, find_user(visit.heartline, user_id), token_id)
    visit.heartline.stores.kept.drop_api_token(token_id)
    visit.note("token.revoked", f"{token_id} {token.name}")
    return redirect(
        visit, f"/settings/people/{user_id}", notice=_("{name} opens nothing any more.").format(name=token.name)
    )


@post("/settings/teams", opt=_OPT, sync_to_thread=True)
def add_team(visit: Visit) -> Answer:
    """Add a team."""
    try:
        team = visit.heartline.stores.kept.add_team(read_name(visit.field("team_name"), longest=80))
    except (Invalid, Conflict) as error:
        return people_page(visit, ("team", f"{error}"), status=status_of(error))
    visit.note("team.added", team.name)
    return redirect(visit, "/settings/people#teams", notice=_("{name} is a team now.").format(name=team.name))


@post("/settings/teams/{team_id:int}/drop", opt=_OPT, sync_to_thread=True)
def drop_team(visit: Visit, team_id: int) -> Answer:
    """Dissolve a team; its people and cases stay."""
    visit.heartline.stores.kept.drop_team(team_id)
    visit.note("team.dropped", f"{team_id}")
    return redirect(visit, "/settings/people#teams", notice=_("The team is no more. Its people and cases stay."))


@post("/settings/ways-in", opt=_OPT, sync_to_thread=True)
def change_ways_in(visit: Visit) -> Answer:
    """Keep who must have a second factor, and how long the audit is kept."""
    ways = read_ways_form(visit.form)
    keep_ways_in(visit.heartline, ways)
    visit.note("ways_in.changed", f"second factor: {', '.join(ways.second_factor)}; audit {ways.audit_days} days")
    return redirect(visit, "/settings/people#ways", notice=_("Saved."))


routes: Final[list[HTTPRouteHandler]] = [
    show_people,
    add_person,
    show_person,
    change_person,
    give_link,
    end_their_sessions,
    drop_their_second,
    revoke_their_token,
    add_team,
    drop_team,
    change_ways_in,
]
