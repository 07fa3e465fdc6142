"""The people who may sign in: all of them, one of them, their teams, and how they sign in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.language import _, mark, pgettext
from heartline.records import ApiToken, Bounds, Right, Role, Team, User
from heartline.web.pages.settings import settings_tabs
from heartline.web.parts import (
    Choice,
    Column,
    View,
    acts,
    button,
    checkbox,
    copy_button,
    csrf_field,
    empty,
    field,
    form_row,
    key_values,
    lede,
    link_button,
    post_button,
    radios,
    section,
    select,
    table,
    tag,
)
from heartline.web.parts.sentences import fill
from heartline.web.parts.words import day, number, plural
from heartline.web.roster import Crew, Person
from heartline.web.ways_in import WaysIn

_MEANT: Final = {
    Role.VIEWER: mark("Looks at figures and comments. Sees nobody's name."),
    Role.AGENT: mark("Knows the customers and closes their cases."),
    Role.ANALYST: mark("Works with figures and journeys, takes files. No names."),
    Role.MANAGER: mark("Everything about customers, journeys, sources and imports."),
    Role.OWNER: mark("All that, and people, erasure, the audit and the workspace."),
}
"""The roles from the least to the most, each with what it is for."""
_RIGHTS: Final = {
    Right.SIGN_IN: mark("sign in"),
    Right.SEE_FIGURES: mark("see figures"),
    Right.SEE_CUSTOMERS: mark("see customers"),
    Right.SEE_PERSONAL_DATA: mark("see personal data"),
    Right.SEE_ARRIVALS: mark("see arrivals"),
    Right.WORK_CASES: mark("work cases"),
    Right.EXPORT: mark("export"),
    Right.CHANGE_JOURNEYS: mark("change journeys"),
    Right.CHANGE_CUSTOMERS: mark("change customers"),
    Right.IMPORT: mark("import"),
    Right.MANAGE_SOURCES: mark("manage sources"),
    Right.MANAGE_PEOPLE: mark("manage people"),
    Right.ERASE: mark("erase"),
    Right.SEE_AUDIT: mark("see audit"),
    Right.CHANGE_WORKSPACE: mark("change workspace"),
}


def say_role(role: Role) -> str:
    """Say a role. “Owner” is who owns the workspace; of a case it is who looks after it, another word elsewhere."""
    return {
        Role.OWNER: pgettext("role", "Owner"),
        Role.MANAGER: pgettext("role", "Manager"),
        Role.AGENT: pgettext("role", "Agent"),
        Role.ANALYST: pgettext("role", "Analyst"),
        Role.VIEWER: pgettext("role", "Viewer"),
    }[role]


def _offer_roles() -> list[tuple[Choice, str]]:
    return [(Choice(value=role.value, label=say_role(role)), _(meant)) for role, meant in _MEANT.items()]


def name_right(right: Right) -> str:
    """A right in a word or two, for lists."""
    return _(_RIGHTS[right])


def draw_people(view: View, crew: Crew, *, problem: tuple[str, str] = ("", "")) -> Element:
    """Everybody, and the forms to invite, to make teams, and to say how people sign in."""
    return h.div[
        lede(
            _("People"),
            under=_("Who may sign in, what each is here for, and what they see."),
            do=link_button(_("Invite someone"), "#invite", weight="main"),
        ),
        settings_tabs(view, "/settings/people"),
        _people(view, crew),
        section(_("Invite someone"), body=_invite(view, problem), identity="invite"),
        section(_("Teams"), body=_teams(view, crew, problem), identity="teams"),
        section(_("Signing in"), body=_ways(view, crew.ways, crew.oidc), identity="ways"),
    ]


def _people(view: View, crew: Crew) -> Element:
    columns = [
        Column(words=_("Name"), names=True),
        Column(words=_("E-mail")),
        Column(words=_("Role")),
        Column(words=_("Sees")),
        Column(words=_("Second factor")),
        Column(words=_("Since")),
    ]
    rows: list[tuple[Node, ...]] = [
        (
            [h.a(href=view.url(f"/settings/people/{p.user.user_id}"))[h.bdi[p.user.name]], p.me and f" ({_('you')})"],
            h.bdi[p.user.email],
            [say_role(p.user.role), _barred(p.user)],
            h.bdi[say_bounds(p.bounds, crew.teams)],
            tag(_("on"), tone="better") if p.guarded else _("off"),
            day(p.user.created_us, view.timezone) if p.user.created_us else "",
        )
        for p in crew.people
    ]
    return table(columns, rows, caption=_("People who may sign in"))


def _barred(user: User) -> Node:
    return None if user.enabled else [" ", tag(_("may not sign in"), tone="soft")]


def say_bounds(bounds: Bounds, teams: Sequence[Team]) -> str:
    """Return in words what somebody sees."""
    team = next((team.name for team in teams if team.team_id == bounds.team_id), "")
    seen = [*bounds.places, *(_("{name} (region)").format(name=region) for region in bounds.regions)]
    told = ", ".join(seen[:4]) if seen else _("Everything")
    if len(seen) > 4:
        told = _("{places} and {n} more").format(places=told, n=number(len(seen) - 4))
    return _("{sees}; team {team}").format(sees=told, team=team) if team else told


def _invite(view: View, problem: tuple[str, str]) -> Element:
    def told(name: str) -> str:
        return problem[1] if problem[0] == f"person_{name}" else ""

    return h.form(".stack", method="post", action="/settings/people")[
        csrf_field(view),
        form_row(
            field(_("Their name"), "person_name", error=told("name"), required=True, autocomplete="off"),
            field(
                _("Their e-mail"), "person_email", kind="email", error=told("email"), required=True, autocomplete="off"
            ),
        ),
        radios(_("They are here as"), "role", choices=_offer_roles(), value=Role.VIEWER.value),
        h.p(".note")[
            _("You get a link to hand over; no mail is sent. On their page you can bind them to places first.")
        ],
        button(_("Invite"), drawing="plus"),
    ]


def _teams(view: View, crew: Crew, problem: tuple[str, str]) -> Element:
    def members(team: Team) -> str:
        return plural(sum(p.bounds.team_id == team.team_id for p in crew.people), "person", "people")

    rows: list[tuple[Node, ...]] = [
        (
            h.bdi[team.name],
            members(team),
            plural(crew.team_cases.get(team.team_id, 0), "case", "cases"),
            post_button(view, _("Dissolve"), f"/settings/teams/{team.team_id}/drop", weight="plain"),
        )
        for team in crew.teams
    ]
    columns = [
        Column(words=_("Team"), names=True),
        Column(words=_("People")),
        Column(words=_("Cases")),
        Column(words=""),
    ]
    return h.div(".stack")[
        table(columns, rows, caption=_("Teams")) if rows else empty(_("No team yet. A team can have cases together.")),
        h.form(".stack", method="post", action="/settings/teams")[
            csrf_field(view),
            form_row(
                field(
                    _("A new team"),
                    "team_name",
                    error=problem[1] if problem[0] == "team" else "",
                    maxlength="80",
                    required=True,
                    autocomplete="off",
                ),
                button(_("Add"), drawing="plus"),
            ),
        ],
    ]


def _ways(view: View, ways: WaysIn, oidc: str) -> Element:
    return h.form(".stack", method="post", action="/settings/ways-in")[
        csrf_field(view),
        h.fieldset(".checks")[
            h.legend[_("Must have a second factor")],
            (
                checkbox(choice.label, "second", value=choice.value, checked=choice.value in ways.second_factor)
                for choice, _meant in reversed(_offer_roles())
            ),
        ],
        field(
            _("Days the audit is kept"),
            "audit_days",
            kind="number",
            value=str(ways.audit_days),
            hint=_("Who saw and did what. Older lines are forgotten; 0 keeps them for ever."),
            min="0",
            max="36500",
        ),
        key_values(((_("Sign-in by your company"), h.bdi[oidc] if oidc else _("Off; the operator sets it up.")),)),
        button(_("Save")),
    ]


def draw_person(
    view: View,
    person: Person,
    crew: Crew,
    *,
    places: Sequence[str],
    regions: Mapping[str, int],
    tokens: Sequence[ApiToken],
    problem: str = "",
) -> Element:
    """One of them: what they are here for and see, and what can be done about them."""
    user = person.user
    return h.div[
        lede(h.bdi[user.name], under=[h.bdi[user.email], _barred(user)]),
        problem and h.p(".state.error", role="alert")[problem],
        _own(view)
        if person.me
        else section(_("What they are here for"), body=_rights_form(view, person, crew, places, regions)),
        section(_("Ways in"), body=_ways_of(view, person)),
        bool(tokens) and section(_("Tokens of their programs"), body=_tokens_of(view, user, tokens)),
    ]


def _own(view: View) -> Element:
    note = _("This is you. Nobody takes their own rights away; ask another owner.")
    return h.p[note, " ", h.a(href=view.url("/account"))[_("Your page")]]


def _rights_form(view: View, person: Person, crew: Crew, places: Sequence[str], regions: Mapping[str, int]) -> Element:
    bounds = person.bounds
    known = [*places, *(place for place in bounds.places if place not in places)]
    named = [*regions, *(region for region in bounds.regions if region not in regions)]
    teams = [Choice(value="0", label=_("None")), *(Choice(value=str(t.team_id), label=t.name) for t in crew.teams)]
    return h.form(".stack", method="post", action=f"/settings/people/{person.user.user_id}")[
        csrf_field(view),
        h.input(type="hidden", name="bounds", value="1"),
        radios(_("They are here as"), "role", choices=_offer_roles(), value=person.user.role.value),
        select(
            _("Team"), "team", choices=teams, value=str(bounds.team_id), hint=_("They see the cases of their team too.")
        ),
        h.fieldset(".checks")[
            h.legend[_("They see only these places; none chosen means everything")],
            (
                checkbox(
                    _("Region {name}").format(name=name),
                    "region",
                    value=name,
                    checked=name in bounds.regions,
                    hint=plural(regions[name], "place", "places") if name in regions else _("of no place now"),
                )
                for name in named
            ),
            (checkbox(place, "place", value=place, checked=place in bounds.places) for place in known),
            not (known or named) and h.p(".note")[_("No place is known yet: they come with the data.")],
        ],
        h.p(".note")[
            _("Who is bound to places keeps only what ends there: figures, customers, cases and files of them.")
        ],
        button(_("Save"), weight="main"),
    ]


def _ways_of(view: View, person: Person) -> Element:
    user, path = person.user, f"/settings/people/{person.user.user_id}"
    facts = (
        (_("Second factor"), _("on") if person.guarded else _("off")),
        (_("Signed in now"), plural(person.sessions, "session", "sessions")),
    )
    return h.div(".stack")[
        key_values(facts),
        acts(
            user.enabled and post_button(view, _("Link to set a password"), f"{path}/link"),
            person.sessions > 0 and not person.me and post_button(view, _("End their sessions"), f"{path}/sessions"),
            person.guarded and not person.me and post_button(view, _("Take the second factor away"), f"{path}/second"),
            not person.me
            and (
                post_button(view, _("Suspend"), path, weight="danger", enabled="0")
                if user.enabled
                else post_button(view, _("Let in again"), path, enabled="1")
            ),
        ),
    ]


def _tokens_of(view: View, user: User, tokens: Sequence[ApiToken]) -> Element:
    columns = [Column(words=_("For"), names=True), Column(words=_("May")), Column(words=_("Ends")), Column(words="")]
    rows: list[tuple[Node, ...]] = [
        (
            h.bdi[token.name],
            ", ".join(sorted(name_right(right) for right in token.rights)),
            day(token.expires_us, view.timezone),
            post_button(
                view, _("Revoke"), f"/settings/people/{user.user_id}/tokens/{token.token_id}/revoke", weight="plain"
            ),
        )
        for token in tokens
    ]
    return table(columns, rows, caption=_("Tokens"))


def draw_link(view: View, user: User, address: str, *, invited: bool = False) -> Element:
    """A one-time link, shown once, to be handed over."""
    return h.div[
        lede(
            _("A link for {name}").format(name=user.name),
            under=_("It is shown this once. It works once, within three days."),
        ),
        h.p[
            fill(
                _("Give it to {name} ({email}) on a way you trust. On it they choose a password."),
                name=h.b[h.bdi[user.name]],
                email=user.email,
            )
        ],
        h.figure(".code")[
            h.pre(tabindex="0", aria_label=_("The one-time link"))[h.code[address]],
            copy_button(address, words=_("Copy link")),
        ],
        acts(
            link_button(_("Back to people"), view.url("/settings/people")),
            invited and link_button(_("Bind them to places"), view.url(f"/settings/people/{user.user_id}")),
        ),
    ]
