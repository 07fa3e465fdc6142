"""What Find finds: customers by name or any identifier, cases, journeys, pages and acts by their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from heartline.act import STEP_WORDS
from heartline.app import Heartline
from heartline.language import _, mark
from heartline.records import Profile, Right
from heartline.understand import say_journey
from heartline.web.parts import Found, View
from heartline.web.people import find_people

_EACH: Final = 6
_SHORTEST: Final = 2

_PAGES: Final = (
    (Right.SEE_FIGURES, Found(words=mark("Home"), href="/", note=mark("the sentence that matters"), drawing="home")),
    (
        Right.SEE_FIGURES,
        Found(words=mark("Journeys"), href="/journeys", note=mark("maps of what people go through"), drawing="pulse"),
    ),
    (
        Right.SEE_FIGURES,
        Found(words=mark("Where it hurts"), href="/pains", note=mark("what it costs, whom it met"), drawing="pulse"),
    ),
    (
        Right.SEE_CUSTOMERS,
        Found(words=mark("Customers"), href="/customers", note=mark("search, profiles"), drawing="people"),
    ),
    (Right.SEE_CUSTOMERS, Found(words=mark("Cases"), href="/cases", note=mark("who owns what"), drawing="bolt")),
    (
        Right.SEE_ARRIVALS,
        Found(words=mark("Sources"), href="/data", note=mark("where interactions come from"), drawing="ear"),
    ),
    (
        Right.SEE_ARRIVALS,
        Found(words=mark("Live feed"), href="/data/live", note=mark("what arrives now"), drawing="clock"),
    ),
    (Right.IMPORT, Found(words=mark("Imports"), href="/data/imports", note="files", drawing="upload")),
    (
        Right.MANAGE_SOURCES,
        Found(
            words=mark("Refused"),
            href="/data/refused",
            note=mark("what could not be kept, and why"),
            drawing="question",
        ),
    ),
    (
        Right.SEE_ARRIVALS,
        Found(words=mark("The account"), href="/data/account", note=mark("where every event is"), drawing="ruler"),
    ),
    (
        Right.CHANGE_WORKSPACE,
        Found(
            words=mark("Definitions"), href="/settings/definitions", note=mark("what a number counts"), drawing="ruler"
        ),
    ),
    (
        Right.SIGN_IN,
        Found(words=mark("Settings"), href="/settings", note=mark("workspace and people"), drawing="sliders"),
    ),
    (
        Right.SIGN_IN,
        Found(words=mark("The API"), href="/api", note=mark("every number for programs, as JSON"), drawing="web"),
    ),
    (Right.SIGN_IN, Found(words=mark("You"), href="/account", note=mark("password, look"), drawing="user")),
)
_ACTS: Final = (
    (
        Right.MANAGE_SOURCES,
        Found(words=mark("Add a source"), href="/data#add", note=mark("connect a site or a server"), drawing="plus"),
    ),
    (
        Right.IMPORT,
        Found(
            words=mark("Import a file"), href="/data/imports", note=mark("CSV, JSON, Parquet, XES"), drawing="upload"
        ),
    ),
    (
        Right.MANAGE_PEOPLE,
        Found(words=mark("Add someone"), href="/settings/people#invite", note=mark("an invitation"), drawing="user"),
    ),
    (
        Right.SIGN_IN,
        Found(words=mark("Change the look"), href="/settings#look", note=mark("light, dark"), drawing="moon"),
    ),
)


def find_all(heartline: Heartline, view: View, asked: str) -> tuple[tuple[str, Sequence[Found]], ...]:
    """Return groups of what goes by these letters; without letters, the pages and acts there are."""
    places = [item for right, marked in _PAGES if view.may(right) and _goes_by(item := _say(marked), asked)]
    doable = [item for right, marked in _ACTS if view.may(right) and _goes_by(item := _say(marked), asked)]
    groups: list[tuple[str, Sequence[Found]]] = [(_("Pages"), places), (_("Do"), doable)]
    if len(asked) >= _SHORTEST:
        kept = heartline.stores.kept
        # Who still has to set up a second factor may open this page, and may see nobody.
        may_see, may_count = view.may(Right.SEE_CUSTOMERS), view.may(Right.SEE_FIGURES)
        people = find_people(heartline, asked, limit=_EACH)[:_EACH] if may_see else []
        customers = [_customer(profile) for profile in people]
        cases = [
            Found(
                words=case.title, href=f"/cases/{case.case_id}", note=_(STEP_WORDS[case.status]).lower(), drawing="bolt"
            )
            for case in (kept.cases(limit=500) if may_see else ())
            if asked.lower() in case.title.lower()
        ]
        journeys = [
            Found(
                words=say_journey(journey.name), href=f"/journeys/{quote(journey.journey_id, safe='')}", drawing="pulse"
            )
            for journey in (kept.journeys() if may_count else ())
            if asked.lower() in journey.name.lower()
        ]
        groups = [(_("Customers"), customers), (_("Journeys"), journeys[:_EACH]), (_("Cases"), cases[:_EACH]), *groups]
    return tuple(groups)


def _say(marked: Found) -> Found:
    """Return a page or an act in the reader's language."""
    return replace(marked, words=_(marked.words), note=_(marked.note))


def _customer(profile: Profile) -> Found:
    note = profile.email if profile.email != profile.title else profile.phone
    return Found(words=profile.title, href=f"/customers/{profile.ref}", note=note, drawing="user")


def _goes_by(item: Found, asked: str) -> bool:
    return asked.lower() in f"{item.words} {item.note}".lower()
