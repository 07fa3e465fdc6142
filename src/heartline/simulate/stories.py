"""What is planted: each story's rates, dates and counts, in one place.

Counts are for 60,000 customers and scale with size; rates, dates and effects do not. Two counts stay: the score answers
of story 1 (at least 600 a side, so that it can be found) and the 31 answers of Mill Lane.

To add a story: give it its numbers here, a planner in a module of its own, and a line in ``simulation.STEPS``.
"""

from __future__ import annotations

from typing import Final

FULL_SIZE: Final = 60_000

REGIONS: Final = ("North", "South", "West")
LANGUAGES: Final = ("en", "ru", "zh")
AGE_BANDS: Final = ("18–34", "35–54", "55+")
CAFES: Final = (
    ("Mill Lane", "North"),
    ("Station Arcade", "North"),
    ("Chapel Yard", "North"),
    ("Old Tannery", "North"),
    ("Harbour Steps", "South"),
    ("Lighthouse Row", "South"),
    ("Castle Street", "South"),
    ("Quayside", "South"),
    ("Bridge End", "West"),
    ("Orchard Hill", "West"),
    ("Canal Basin", "West"),
    ("Market Hall", "West"),
)
OLD_COURIER: Final = "Swiftline"
NEW_COURIER: Final = "Northgate Parcels"
TEAM_A: Final = ("Tom Okafor", "Aisha Bello", "Priya Raman", "Ines Vasconcelos-Montgomery")
TEAM_B: Final = ("Gareth Pritchard", "Maximiliana Konstantinopoulou", "Joanna Ashworth")

# Story 1. Both effects pass through the late box alone, so the two NPS fix what a punctual and a late box are worth:
# .94 p + .06 l = 41 and .69 p + .31 l = 17.
LATE_BEFORE: Final = 0.06
LATE_AFTER: Final = 0.31
DELIVERY_NPS_BEFORE: Final = 41.0
DELIVERY_NPS_AFTER: Final = 17.0
RENEWAL_BEFORE: Final = 0.73
RENEWAL_AFTER: Final = 0.62
LEAST_ANSWERS: Final = 600
WANTED_ANSWERS: Final = 820
HIT_AT_FULL_SIZE: Final = 3_100

# Story 3.
ABANDON: Final = 0.21
ABANDON_PICKUP_STEP: Final = 0.34
ABANDON_ONE_TAP: Final = 0.12
TAPS_PICKUP_STEP: Final = 6
SECONDS_PICKUP_STEP: Final = 74
SECONDS_ONE_TAP: Final = 9

# Story 5.
HAPPY_LEAVERS_AT_FULL_SIZE: Final = 640
GONE_LEAVERS: Final = 0.41
GONE_MATCHED: Final = 0.14
GAP_STRETCH: Final = 2.5
RECONTACT_A: Final = 0.15
RECONTACT_B: Final = 0.34
CSAT_A: Final = 4.2
CSAT_B: Final = 4.6

# Story 6.
BURNT_COMPLAINTS: Final = 61
BURNT_MINUTES: Final = 45
BURNT_LOT: Final = "217"

# Story 10.
RESEARCH_SHARE: Final = 0.22
UNSERVED_AT_FULL_SIZE: Final = 2_300
UNSERVED_ODDS: Final = 12.0
UNSERVED_HOST: Final = "messenger.example"

# Story 11: population shares and true NPS by age; who answers leans old and, within an age, to the satisfied.
CAFE_AGE_SHARE: Final = (0.45, 0.35, 0.20)
CAFE_NPS: Final = (20.0, 36.0, 47.0)
CAFE_ANSWER_SHARE: Final = (0.17, 0.31, 0.52)
CAFE_TRUTH: Final = 31.0
CAFE_RAKED: Final = 36.0
CAFE_RAW: Final = 44.0
CAFE_RESPONSE: Final = 0.04
MILL_LANE_ANSWERS: Final = 31

# Story 2. Customers are drawn into an arm, each once; what counts is whether they ask about that box.
NOTICE_WEEKS: Final = 5
NOTICE_AT_FULL_SIZE: Final = 1_900
ASKED_HELD_OUT: Final = 0.22
ASKED_TOLD: Final = 0.09

# Story 4: without and with the context handed over. The shares of ease 1…7 have means of 3.1 and 5.2.
HANDOFF_AT_FULL_SIZE: Final = 1_150
HANDOFF_WEEKS: Final = 6
ASKED_AGAIN: Final = (0.38, 0.07)
EASE: Final = (3.1, 5.2)
EASE_SHARES: Final = ((0.17, 0.24, 0.23, 0.16, 0.11, 0.06, 0.03), (0.02, 0.04, 0.08, 0.13, 0.24, 0.29, 0.20))

# Story 7: points above the other card holders.
WORKSHOP_AT_FULL_SIZE: Final = 400
WORKSHOP_RAW: Final = 0.27
WORKSHOP_LOTTERY: Final = 0.11
WORKSHOP_POUNDS: Final = 35
WORKSHOP_MARGIN: Final = 12
WORKSHOP_DAYS: Final = 28

# Story 8.
NOTES_AT_FULL_SIZE: Final = 2_000
NOTE_REPEAT: Final = (0.70, 0.76)
GIFTS_AT_FULL_SIZE: Final = 1_200
GIFT_POUNDS: Final = 7.5
REPEAT_DAYS: Final = 60

# Story 9. The shares of reviews that are glad of a theme: ours, theirs.
PRICE_WEEKS: Final = 8
PRICE_RISE: Final = 0.08
CONNECTED: Final = 0.12
ORDERS_LOST: Final = (0.09, 0.01)
REFERRALS: Final = (0.06, 0.31)
RIVALS: Final = ("Copper Kettle", "Bean Barn", "Morning Mill")
OWN_BRAND: Final = "Harbour & Bean"
RIVAL_REVIEWS_AT_FULL_SIZE: Final = 4_800
OWN_REVIEWS_AT_FULL_SIZE: Final = 1_600
GLAD: Final = {
    "freshness": (0.84, 0.60),
    "price": (0.34, 0.60),
    "taste": (0.72, 0.72),
    "packaging": (0.64, 0.64),
    "late delivery": (0.58, 0.58),
}

# Story 12. The limit comes to the cafés in four groups, weeks ago; the last has yet to get it.
COMPLAINTS_AT_FULL_SIZE: Final = 3_120
FIXED: Final = (0.52, 0.81)
REFUND_LIMIT: Final = 20
REFUND_WEEKS: Final = (6, 6, 6, 6, 4, 4, 4, 4, 2, 2, None, None)
REFUND_POUNDS_A_MONTH: Final = 1_900
OVEN_CAFE: Final = 4
OVEN_FALL: Final = 18.0
OVEN_WARNING_DAYS: Final = 11
RETURN_CHATS_AT_FULL_SIZE: Final = 212
RETURN_DAYS: Final = (30, 14)

# Promises: the shares of parcels by post and of pickups that come later than was said, everywhere and always.
PARCEL_LATE: Final = 0.06
PICKUP_LATE: Final = 0.10


def split_nps() -> tuple[float, float]:
    """Solve story 1 for the NPS of a punctual and of a late box."""
    step = (DELIVERY_NPS_BEFORE - DELIVERY_NPS_AFTER) / (LATE_AFTER - LATE_BEFORE)
    punctual = DELIVERY_NPS_BEFORE + LATE_BEFORE * step
    return punctual, punctual - step


def split_renewal() -> tuple[float, float]:
    """Solve story 1 for the renewal rate after a punctual and after a late last box."""
    step = (RENEWAL_BEFORE - RENEWAL_AFTER) / (LATE_AFTER - LATE_BEFORE)
    punctual = RENEWAL_BEFORE + LATE_BEFORE * step
    return punctual, punctual - step


def scale_count(count: int, *, customers: int) -> int:
    """Scale a count of the table, given for 60,000 customers, to this size."""
    return round(count * customers / FULL_SIZE)


WAITING: dict[int, str] = {}
"""Stories that are not planted yet, by number."""
