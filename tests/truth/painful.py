"""Stories 1, 3 and 5 on the pain list: their places, dates and money, and that no decoy is on it."""

from __future__ import annotations

from dataclasses import dataclass

from companies import DAY, Company
from stories import DOOR, Measured

from heartline.simulate.stories import TEAM_B
from heartline.understand import Pain, PainList, find_pains
from heartline.web.mapping import list_journeys
from heartline.web.weeks import last_midnight

DECOYS = ("packag", "mill lane")
SEEN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Hurting:
    """What the list says of the stories: places from 1 (0: not on it), days off the planted dates, the money in pounds,
    what of the decoys is among the first ten, and whether story 5 is on the contradictions card.
    """

    courier: int
    courier_days: float
    money: Measured | None
    pickup: int
    pickup_days: float
    decoys: tuple[str, ...]
    leavers: bool
    names: tuple[str, ...]


def list_pains(company: Company) -> PainList:
    """Find the pains of a company as the page does."""
    midnight = last_midnight(company.end_us, company.zone)
    journeys = list_journeys(company.heartline, company.log)
    return find_pains(company.log, journeys, now_us=company.end_us, midnight_us=midnight)


def look_at_pains(company: Company) -> Hurting:
    """Read the list and look for the stories in it."""
    found = list_pains(company)
    courier = next((place for place, pain in enumerate(found.pains, start=1) if is_courier(pain)), 0)
    pickup = next((place for place, pain in enumerate(found.pains, start=1) if is_pickup(pain)), 0)
    first = found.pains[courier - 1] if courier else None
    said = [f"{pain.spot} {pain.value} {' '.join(pain.touchpoints)}".lower() for pain in found.pains[:SEEN]]
    return Hurting(
        courier=courier,
        courier_days=_days_off(first, company.switch_us),
        money=_measure_money(company, first),
        pickup=pickup,
        pickup_days=_days_off(found.pains[pickup - 1] if pickup else None, company.moment("app_5_2")),
        decoys=tuple(line for line in said for decoy in DECOYS if decoy in line),
        leavers=any(one.title == "leavers" or set(one.names) & set(TEAM_B) for one in found.contradictions),
        names=tuple(pain.key for pain in found.pains),
    )


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
