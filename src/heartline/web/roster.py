"""Rules about those who sign in: there is always an owner who can, and nobody shuts themselves out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from heartline.app import Heartline
from heartline.errors import Conflict, Invalid, Missing
from heartline.language import _
from heartline.records import UNBOUND, Bounds, Role, Team, User
from heartline.web.passwords import UNUSABLE
from heartline.web.sessions import now_us
from heartline.web.visit import Visit
from heartline.web.ways_in import WaysIn, read_ways_in
from heartline.web.workspaces import read_person as read_name_and_email

_MOST_BOUNDS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user as owners see them. ``me`` is the reader; ``sessions`` are counted where one person is looked at."""

    user: User
    bounds: Bounds
    guarded: bool
    me: bool
    sessions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Everybody, their teams with how many cases each has, and how people sign in (``oidc``: by whom, or "")."""

    people: tuple[Person, ...]
    teams: tuple[Team, ...]
    team_cases: Mapping[int, int]
    ways: WaysIn
    oidc: str


def read_crew(heartline: Heartline, *, me: User) -> Crew:
    """Read everybody."""
    kept = heartline.stores.kept
    bounds, guarded = kept.all_bounds(), kept.guarded_users()
    people = tuple(
        Person(
            user=user,
            bounds=bounds.get(user.user_id, UNBOUND),
            guarded=user.user_id in guarded,
            me=user.user_id == me.user_id,
        )
        for user in kept.users()
    )
    return Crew(
        people=people,
        teams=tuple(kept.teams()),
        team_cases=Counter(kept.case_teams().values()),
        ways=read_ways_in(heartline),
        oidc=heartline.settings.oidc_issuer,
    )


def read_person(heartline: Heartline, user: User, *, me: User) -> Person:
    """Read one of them."""
    kept = heartline.stores.kept
    standing = kept.standing(user.user_id)
    return Person(
        user=user,
        bounds=standing.bounds,
        guarded=standing.guarded,
        me=user.user_id == me.user_id,
        sessions=len(kept.sessions_of(user.user_id, now_us=now_us())),
    )


def find_user(heartline: Heartline, user_id: int) -> User:
    """Return a user.

    Raises:
        Missing: there is none of this number.
    """
    for user in heartline.stores.kept.users():
        if user.user_id == user_id:
            return user
    raise Missing("no_user", _("There is nobody of this number."), _("They may have been removed."))


def read_change(field: Callable[[str], str]) -> tuple[Role | None, bool | None]:
    """Read which role somebody shall have and whether they may sign in; None leaves it as it is.

    Raises:
        Invalid: there is no such role.
    """
    role, enabled = field("role"), field("enabled")
    if role and role not in set(Role):
        raise Invalid("bad_role", _("There is no such role."), _("Choose one of the roles shown."))
    return Role(role) if role else None, {"1": True, "0": False}.get(enabled)


def read_bounds(form: Mapping[str, Sequence[str]], teams: Sequence[Team]) -> Bounds | None:
    """Read what somebody shall be bound to; None where the form does not speak of it.

    Raises:
        Invalid: these are too many places.
    """
    if "bounds" not in form:
        return None
    places, regions = (tuple(dict.fromkeys(filter(None, form.get(name, ())))) for name in ("place", "region"))
    if len(places) + len(regions) > _MOST_BOUNDS:
        raise Invalid(
            "many_places",
            _("Somebody is bound to {most_bounds} places at most.").format(most_bounds=_MOST_BOUNDS),
            _("Make a region of them."),
        )
    team = next((team.team_id for team in teams if str(team.team_id) in form.get("team", ())), 0)
    return Bounds(places=places, regions=regions, team_id=team)


def invite_person(visit: Visit, *, name: str, email: str, role: Role) -> User:
    """Let somebody in, who has no password yet.

    Raises:
        Invalid: the name or the e-mail cannot be used.
        Conflict: they are here already.
    """
    name, email = read_name_and_email(name, email)
    kept = visit.heartline.stores.kept
    user = kept.add_user(email=email, name=name, role=role, language="", password_hash=UNUSABLE)
    visit.note("user.invited", f"{email} as {role.value}")
    return user


def change_user(visit: Visit, user: User, *, role: Role | None, enabled: bool | None, bounds: Bounds | None) -> None:
    """Change somebody's role, what they are bound to, or whether they may sign in; None leaves it as it is.

    Raises:
        Conflict: as ``judge_change``.
    """
    heartline, kept = visit.heartline, visit.heartline.stores.kept
    judge_change(heartline, user, me=visit.require_user(), role=role, enabled=enabled, bounds=bounds)
    kept.set_user(user.user_id, role=role, enabled=enabled)
    if bounds is not None:
        kept.set_bounds(user.user_id, bounds)
    visit.note("user.changed", f"{user.email}: role {role}, enabled {enabled}, {bounds}"[:500])


def judge_change(
    heartline: Heartline,
    user: User,
    *,
    me: User,
    role: Role | None,
    enabled: bool | None,
    bounds: Bounds | None = None,
) -> None:
    """Refuse a change that would leave nobody who may mend it.

    Raises:
        Conflict: it is oneself, or the last owner, or an owner who would be bound to places.
    """
    loses = enabled is False or (role is not None and role is not Role.OWNER)
    if (loses or role not in {None, user.role} or bounds is not None) and user.user_id == me.user_id:
        raise Conflict("oneself", _("Nobody takes their own rights away."), _("Ask another owner."))
    others = [u for u in heartline.stores.kept.users() if u.role is Role.OWNER and u.enabled and u != user]
    if loses and not others:
        raise Conflict("last_owner", _("This is the last owner."), _("Make somebody else an owner first."))
    now = heartline.stores.kept.standing(user.user_id).bounds if bounds is None else bounds
    if (role or user.role) is Role.OWNER and now.narrow:
        raise Conflict("owner_bound", _("An owner sees everything."), _("Choose another role, or no place."))


def judge_other(user: User, *, me: User) -> None:
    """Refuse to do to oneself what wants a proof on one's own page.

    Raises:
        Conflict: it is oneself.
    """
    if user.user_id == me.user_id:
        raise Conflict("oneself", _("This is you."), _("Do it on the page “You”."))
