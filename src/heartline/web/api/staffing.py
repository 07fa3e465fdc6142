"""People by call: invited, changed and judged as on their pages; the audit, page by page."""

from __future__ import annotations

from collections.abc import Sequence

from heartline.errors import Missing, NotAllowed
from heartline.records import RIGHTS, Role, User
from heartline.web.api.positions import Paging, write_position
from heartline.web.api.shapes.people import AuditPage, LinkGiven, PersonChange, tell_audit
from heartline.web.api.shapes.workspace import tell_person
from heartline.web.audits import AuditAsked, read_audit
from heartline.web.links import issue_password_link
from heartline.web.roster import change_user, find_user, read_bounds
from heartline.web.tokens import GRANTABLE
from heartline.web.visit import Visit


def judge_role(visit: Visit, role: Role) -> None:
    """Refuse to let somebody in as more than the caller is: a token with few rights would lend itself the others.

    Raises:
        NotAllowed: the role may what the caller may not.
    """
    beyond = (RIGHTS[role] & frozenset(GRANTABLE)) - visit.rights
    if beyond:
        hint = f"It would also take: {', '.join(sorted(right.value for right in beyond))}."
        raise NotAllowed("beyond_rights", f"You may not let anybody in as {role.value}.", hint)


def give_link(visit: Visit, user: User) -> LinkGiven:
    """Return somebody with a link that nobody is told of again.

    Raises:
        NotAllowed: they may what the caller may not.
    """
    judge_role(visit, user.role)
    return LinkGiven(person=tell_person(user), link=visit.address + issue_password_link(visit.heartline, user))


def change_asked(visit: Visit, user_id: int, change: PersonChange) -> User:
    """Change somebody, and return them as they are then.

    Raises:
        Missing: there is nobody of this number, or no such team.
        NotAllowed: the role may what the caller may not.
        Invalid, Conflict: as the page refuses.
    """
    user, kept = find_user(visit.heartline, user_id), visit.heartline.stores.kept
    if change.role is not None:
        judge_role(visit, change.role)
    teams, bounds = kept.teams(), None
    if change.team and change.team not in {team.team_id for team in teams}:
        raise Missing("no_team", "There is no team of this number.", "See GET /teams.")
    if (change.places, change.regions, change.team) != (None, None, None):
        now = kept.standing(user_id).bounds
        form: dict[str, Sequence[str]] = {
            "bounds": ["1"],
            "place": now.places if change.places is None else change.places,
            "region": now.regions if change.regions is None else change.regions,
            "team": [str(now.team_id if change.team is None else change.team)],
        }
        bounds = read_bounds(form, teams)
    change_user(visit, user, role=change.role, enabled=change.enabled, bounds=bounds)
    return find_user(visit.heartline, user_id)


def list_audit(visit: Visit, paging: Paging, *, who: str, what: str, about: str) -> AuditPage:
    """List lines of the audit, newest first."""
    begin = paging.read("audit", 1)
    asked = AuditAsked(
        who=who.strip(), what=what.strip(), about=about.strip(), before=None if begin is None else int(begin[0])
    )
    found = read_audit(visit.heartline, asked, limit=paging.limit)
    return AuditPage(
        items=[tell_audit(line) for line in found.lines],
        people=list(found.people),
        kinds=list(found.kinds),
        next=None if found.older is None else write_position("audit", (found.older,)),
    )
