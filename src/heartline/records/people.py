"""The people who work with heartline, what each may do, and the workspace they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from heartline.language import mark


class Right(StrEnum):
    """One thing that somebody may do. Every route asks for one; what a role may is ``RIGHTS``, and nothing else is."""

    SIGN_IN = "sign_in"
    SEE_FIGURES = "see_figures"
    SEE_CUSTOMERS = "see_customers"
    SEE_PERSONAL_DATA = "see_personal_data"
    SEE_ARRIVALS = "see_arrivals"
    WORK_CASES = "work_cases"
    EXPORT = "export"
    CHANGE_JOURNEYS = "change_journeys"
    ASK_CUSTOMERS = "ask_customers"
    CHANGE_CUSTOMERS = "change_customers"
    IMPORT = "import"
    MANAGE_SOURCES = "manage_sources"
    MANAGE_PEOPLE = "manage_people"
    ERASE = "erase"
    SEE_AUDIT = "see_audit"
    CHANGE_WORKSPACE = "change_workspace"


MEANINGS: Final[Mapping[Right, str]] = MappingProxyType(
    {
        Right.SIGN_IN: mark("sign in, and keep a password, a second factor, sessions and tokens of their own"),
        Right.SEE_FIGURES: mark("see Home, journeys, touchpoints and scores"),
        Right.SEE_CUSTOMERS: mark("see customers, what they said and the cases about them"),
        Right.SEE_PERSONAL_DATA: mark(
            "see names, addresses and other identifiers, which are masked for everybody else"
        ),
        Right.SEE_ARRIVALS: mark("see the sources, what arrives and where every event is"),
        Right.WORK_CASES: mark("open, take over, move on and close cases"),
        Right.EXPORT: mark("take figures, answers and customers away as files"),
        Right.CHANGE_JOURNEYS: mark("add, change and forget journeys"),
        Right.ASK_CUSTOMERS: mark("write surveys, and invite customers to answer them"),
        Right.CHANGE_CUSTOMERS: mark("join and part customers, correct what is known of them, keep their consent"),
        Right.IMPORT: mark("bring files, and take imports back"),
        Right.MANAGE_SOURCES: mark("add and change sources, see secret keys, look at what was refused"),
        Right.MANAGE_PEOPLE: mark("invite people, say what they may and how they sign in, end their sessions"),
        Right.ERASE: mark("erase customers, and set how long data is kept"),
        Right.SEE_AUDIT: mark("see who saw and did what"),
        Right.CHANGE_WORKSPACE: mark("change the workspace: its name, places, languages"),
    }
)
"""Each right in words that follow "may"."""


class Role(StrEnum):
    """What a user is here for. What each may do is ``RIGHTS``."""

    OWNER = "owner"
    MANAGER = "manager"
    AGENT = "agent"
    ANALYST = "analyst"
    VIEWER = "viewer"


_LOOK: Final = frozenset({Right.SIGN_IN, Right.SEE_FIGURES, Right.SEE_CUSTOMERS})
RIGHTS: Final[Mapping[Role, frozenset[Right]]] = MappingProxyType(
    {
        Role.OWNER: frozenset(Right),
        Role.MANAGER: frozenset(Right) - {Right.MANAGE_PEOPLE, Right.ERASE, Right.SEE_AUDIT, Right.CHANGE_WORKSPACE},
        Role.AGENT: _LOOK | {Right.SEE_PERSONAL_DATA, Right.WORK_CASES},
        Role.ANALYST: _LOOK | {Right.SEE_ARRIVALS, Right.EXPORT, Right.CHANGE_JOURNEYS},
        Role.VIEWER: _LOOK | {Right.SEE_ARRIVALS},
    }
)
"""The one table of what each role may do."""

AT_A_PLACE: Final = _LOOK | {Right.SEE_PERSONAL_DATA, Right.WORK_CASES, Right.EXPORT}
"""The rights that end at a place. Somebody bound to places keeps only these of their role's: the others reach over the
whole workspace.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a user is bound to: they see the customers, touches and cases of these places and of this team alone.

    ``regions`` stand for the places in them. Without any place or region the whole workspace is seen; a team alone
    narrows nothing, it says whose cases are theirs too.
    """

    places: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    team_id: int = 0

    @property
    def narrow(self) -> bool:
        """Whether not everything is seen."""
        return bool(self.places or self.regions)


UNBOUND: Final = Bounds()


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Someone who signs in."""

    user_id: int
    email: str
    name: str
    role: Role
    language: str = "en"
    created_us: int = 0
    enabled: bool = True


def rights_of(user: User, *, bounds: Bounds = UNBOUND, granted: frozenset[Right] | None = None) -> frozenset[Right]:
    """Return what a user may do: their role's rights, those that end at a place where they are bound to places, and of
    these no more than was ``granted`` to the token they use (None: it is no token).
    """
    if not user.enabled:
        return frozenset()
    may = RIGHTS[user.role]
    if bounds.narrow:
        may &= AT_A_PLACE
    return may if granted is None else may & granted


def decide(
    user: User | None, right: Right, *, bounds: Bounds = UNBOUND, granted: frozenset[Right] | None = None
) -> bool:
    """Whether somebody may do something: the one judge of pages, fragments, streams and the API. Nobody may nothing."""
    return user is not None and right in rights_of(user, bounds=bounds, granted=granted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The one company an installation serves. Money is in integer minor units of ``currency``.

    Letters that can wait are sent from ``letters_from`` to ``letters_to`` o'clock in the company's time zone; where
    both are the same, at any hour. ``confirm_first``: an address that came by a form which anybody can fill is asked
    whether it is its owner's before it gets its first survey.
    """

    name: str = "Your company"
    timezone: str = "UTC"
    first_weekday: int = 0
    currency: str = "EUR"
    languages: tuple[str, ...] = ("en",)
    base_url: str = ""
    phone_region: str = ""
    score_names: tuple[tuple[str, str], ...] = ()
    sample: bool = False
    letters_from: int = 9
    letters_to: int = 20
    confirm_first: bool = False
