"""What is told afterwards: causes, effects, decoys. Everything here is JSON-able and computed from what was drawn."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from heartline.simulate.dates import WEEK, write_iso
from heartline.simulate.post import Post
from heartline.simulate.speech import THEMES
from heartline.simulate.stories import (
    DELIVERY_NPS_AFTER,
    DELIVERY_NPS_BEFORE,
    HIT_AT_FULL_SIZE,
    LATE_AFTER,
    LATE_BEFORE,
    LEAST_ANSWERS,
    NEW_COURIER,
    OWN_BRAND,
    PARCEL_LATE,
    PICKUP_LATE,
    RENEWAL_AFTER,
    RENEWAL_BEFORE,
)
from heartline.simulate.subscriptions import Boxes, Plans, Renewals
from heartline.simulate.voices import EMOTIONS, TWISTS
from heartline.simulate.world import World

TEXTS_TOLD: Final = 20_000


def tell_courier_switch(
    world: World, *, boxes: Boxes, renewals: Renewals, plans: Plans, answers: dict[str, float]
) -> dict[str, Any]:
    """Tell story 1 as it was drawn."""
    dates = world.dates
    hit = np.unique(boxes.person[boxes.switched])
    value = float((plans.boxes * plans.pence)[hit].mean() / 100) if len(hit) else 0.0
    quarter = len(hit) * (RENEWAL_BEFORE - RENEWAL_AFTER) * value / (1 - RENEWAL_BEFORE)
    return {
        "title": "Courier switch",
        "where": {"touchpoint": "Courier at the door", "place": "North", "score": "nps"},
        "cause": f"{NEW_COURIER} delivers in the North since {write_iso(dates.switch_us)[:10]}",
        "at": write_iso(dates.switch_us),
        "late_rate": [LATE_BEFORE, LATE_AFTER],
        "delivery_nps": [DELIVERY_NPS_BEFORE, DELIVERY_NPS_AFTER],
        "delivery_nps_difference": DELIVERY_NPS_AFTER - DELIVERY_NPS_BEFORE,
        "renewal_rate": [RENEWAL_BEFORE, RENEWAL_AFTER],
        "renewal_holds_for": "renewals whose last box came by the new courier",
        "unmoved": {"place": ["South", "West"], "delivery_nps": DELIVERY_NPS_BEFORE, "late_rate": LATE_BEFORE},
        "decoy": "New packaging, everywhere, the same day: no effect on any score",
        "customers_hit": len(hit),
        "customers_hit_at_full_size": HIT_AT_FULL_SIZE,
        "pounds_a_quarter": round(quarter),
        "answer_share": round(answers["share"], 4),
        "answers": answers["count"],
        "least_answers_a_side": LEAST_ANSWERS,
        "windows_us": [[dates.switch_us - 12 * WEEK, dates.switch_us], [dates.switch_us, dates.end_us]],
        "renewals_after": int(renewals.switched.sum()),
    }


def tell_all(world: World, post: Post) -> dict[str, Any]:
    """Put the whole truth together: what was sent, when things happened, the stories, the texts."""
    dates = world.dates
    return {
        "company": "Harbour & Bean",
        "seed": world.seed,
        "customers": len(world.people),
        "strangers": len(world.strangers),
        "start": write_iso(dates.start_us),
        "end": write_iso(dates.end_us),
        "counts": _count(world, post),
        "dates": {
            "courier_switch": write_iso(dates.switch_us),
            "new_packaging": write_iso(dates.switch_us),
            "app_5_2": write_iso(dates.pickup_step_us),
            "one_tap_test": write_iso(dates.one_tap_us),
            "burnt_lot": write_iso(dates.burnt_us),
            "late_notice": write_iso(dates.notice_us),
            "handoff": write_iso(dates.handoff_us),
            "price": write_iso(dates.price_us),
            "oven": write_iso(dates.oven_us),
        },
        "promises": {
            "boxes": {"said_at": "Dispatch note", "kept_at": "Courier at the door", "see": "story 1"},
            "parcels": {"said_at": "Order placed", "kept_at": "Parcel by post", "late_rate": PARCEL_LATE},
            "pickups": {"said_at": "Order ahead: placed", "kept_at": "Pickup counter", "late_rate": PICKUP_LATE},
        },
        "stories": {number: world.stories[number] for number in sorted(world.stories, key=int)},
        "texts": _sample_texts(post),
    }


def _count(world: World, post: Post) -> dict[str, Any]:
    by_source: dict[str, int] = {}
    touches = 0
    for block in world.ledger.blocks:
        by_source[block.source] = by_source.get(block.source, 0) + len(block.at_us)
        touches += len(block.at_us) if block.touches else 0
    brands = world.stories["9"]["reviews"]["brands"]
    of_rivals = sum(count for brand, count in brands.items() if brand != OWN_BRAND)
    return {
        "messages": len(post),
        "distinct": sum(by_source.values()),
        "interactions": touches - of_rivals,
        "said_of_rivals": of_rivals,
        "sent_twice": post.twice,
        "sent_late": post.late,
        "broken": post.broken,
        "by_source": by_source,
    }


def _sample_texts(post: Post) -> dict[str, Any]:
    """The truth of up to 20,000 texts, evenly picked: message id → [theme, emotion, valence, twist]."""
    texts = list(post.list_texts())
    step = len(texts) // TEXTS_TOLD + 1
    told = {
        message_id: [
            THEMES[plan.theme[row]],
            EMOTIONS[plan.emotion[row]],
            plan.valence(row),
            TWISTS[plan.twist[row]],
        ]
        for message_id, plan, row in texts[::step]
    }
    return {"count": len(texts), "columns": ["theme", "emotion", "valence", "twist"], "by_message": told}
