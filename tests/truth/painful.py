"""Stories 1, 3, 5, 10 and 12 on the pain list, and what moved: places, dates, money, alarms; that no decoy is on it."""

from __future__ import annotations

from dataclasses import dataclass

from companies import DAY, Company
from stories import DOOR, Measured

from heartline.simulate.stories import RETURN_DAYS, TEAM_B
from heartline.understand import Measure, Pain, PainList, Selection, SignKind, find_pains
from heartline.web.mapping import list_journeys
from heartline.web.moves import MoveLine, watch_all
from heartline.web.sayings import read_sayings
from heartline.web.weeks import last_midnight

DECOYS = ("packag", "mill lane")
SEEN = 10
LATE = 5 * DAY
FACTS = {str(days) for days in RETURN_DAYS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hurting:
    """What the list says of the stories: places from 1 (0: not on it), days off the planted dates, the money in pounds,
    what of the decoys is among the first ten, and whether story 5 is on the contradictions card.

    ``promised`` says whether the broken promise is among the signs of story 1, ``answered`` whether the two answers of
    story 12 stand on a card with their facts, ``unserved`` whether story 10's messenger does, with its language.
    ``promise_held`` says whether the days given for the step of broken promises in the North hold the planted one.
    ``quiet`` measures had nothing planted, ``alarms`` of them moved.
    """

    courier: int
    courier_days: float
    money: Measured | None
    pickup: int
    pickup_days: float
    decoys: tuple[str, ...]
    leavers: bool
    promised: bool
    answered: bool
    unserved: bool
    promise_held: bool
    quiet: int
    alarms: tuple[str, ...]
    names: tuple[str, ...]


def list_pains(company: Company) -> PainList:
    """Find the pains of a company as the page does."""
    midnight = last_midnight(company.end_us, company.zone)
    journeys = list_journeys(company.heartline, company.log)
    return find_pains(
        company.log, journeys, now_us=company.end_us, midnight_us=midnight, sayings=read_sayings(company.heartline)
    )


def look_at_pains(company: Company) -> Hurting:
    """Read the list and look for the stories in it."""
    found = list_pains(company)
    courier = next((place for place, pain in enumerate(found.pains, start=1) if is_courier(pain)), 0)
    pickup = next((place for place, pain in enumerate(found.pains, start=1) if is_pickup(pain)), 0)
    first = found.pains[courier - 1] if courier else None
    told = company.truth["stories"]["10"]["channel_gap"]
    said = [f"{pain.spot} {pain.value} {' '.join(pain.touchpoints)}".lower() for pain in found.pains[:SEEN]]
    quiet, alarms = watch_quiet(company)
    return Hurting(
        courier=courier,
        courier_days=_days_off(first, company.switch_us),
        money=_measure_money(company, first),
        pickup=pickup,
        pickup_days=_days_off(found.pains[pickup - 1] if pickup else None, company.moment("app_5_2")),
        decoys=tuple(line for line in said for decoy in DECOYS if decoy in line),
        leavers=any(one.title == "leavers" or set(one.names) & set(TEAM_B) for one in found.contradictions),
        promised=first is not None and any(one.kind is SignKind.PROMISE for one in first.evidence),
        answered=any({side.fact for side in one.sides} == FACTS for one in found.inconsistencies),
        unserved=any((one.host, one.value) == (told["host"], told["where"]["value"]) for one in found.channel_gaps),
        promise_held=hold_promise(company),
        quiet=quiet,
        alarms=alarms,
        names=tuple(pain.key for pain in found.pains),
    )


def hold_promise(company: Company) -> bool:
    """Whether the days given for the step of promises broken at the door of the North hold the day of the switch, or
    begin at most five days after it: a late box tells of it when it comes.
    """
    lines = read_lines(company, "North")
    line = next(one for one in lines if one.measure is SignKind.PROMISE and one.spot == DOOR)
    return any(one.first_us - LATE <= company.switch_us <= one.last_us for one in line.moves.moves)


def watch_quiet(company: Company) -> tuple[int, tuple[str, ...]]:
    """Count the measures of the South and the West in which nothing was planted, and name those that moved: scores and
    promises of what is delivered there, and what is done with parcels by post.
    """
    watched = [
        (place, line)
        for place in ("South", "West")
        for line in read_lines(company, place)
        if line.measure in {Measure.NPS, SignKind.PROMISE} and line.spot in {DOOR, "Parcel by post"}
    ]
    moved = [f"{place} {line.measure.value} {line.spot}" for place, line in watched if line.moves.moves]
    return len(watched), tuple(moved)


def read_lines(company: Company, place: str) -> tuple[MoveLine, ...]:
    """Read what moved at a place as the page does."""
    selection = Selection(where=(("place", place),))
    return watch_all(company.heartline, company.log, selection, zone=company.zone, now_us=company.end_us).lines


def is_courier(pain: Pain) -> bool:
    """Whether a pain is story 1: at the door, in the North."""
    return DOOR in pain.touchpoints and pain.value in {"North", "Northgate Parcels"}


def is_pickup(pain: Pain) -> bool:
    """Whether a pain is story 3: the pickup step."""
    return "Order ahead: pickup step" in pain.touchpoints


def _measure_money(company: Company, pain: Pain | None) -> Measured | None:
    if pain is None or pain.worth is None:
        return None
    worth, told = pain.worth, company.truth["stories"]["1"]
    return Measured(
        name="pounds a quarter",
        planted=float(told["pounds_a_quarter"]),
        value=worth.middle / 100,
        low=worth.low / 100,
        high=worth.high / 100,
        n=worth.known,
    )


def _days_off(pain: Pain | None, planted_us: int) -> float:
    return 999.0 if pain is None or pain.since_us is None else abs(pain.since_us - planted_us) / DAY
