"""What every SDK is made to say, in words all of them share, and what heartline must know afterwards."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

BATCH = 5
"""Events a batch, so that a short story takes several requests."""

Call = dict[str, Any]


def visitor(prefix: str, who: str) -> str:
    """The id of somebody who has not said who he is, made up as browsers make them."""
    return str(uuid5(NAMESPACE_URL, f"{prefix}-{who}"))


def tell(prefix: str, *, touches: int = 12) -> list[Call]:
    """A visitor looks around, signs in, belongs to a company, had an older id; another customer stands apart.

    Names are snake_case as the Python SDKs take them. Arguments not named are left out, so the Python SDKs send nulls.
    """
    mei, jonas = (f"{prefix}-{who}" for who in ("mei", "jonas"))
    laptop, before = (visitor(prefix, who) for who in ("laptop", "before"))
    return [
        {"call": "page", "anonymous_id": laptop, "name": "Home", "properties": {"url": "https://shop.example/"}},
        {"call": "track", "anonymous_id": laptop, "event": "Product Viewed", "properties": {"name": "Kona – 250 g"}},
        {"call": "identify", "user_id": mei, "anonymous_id": laptop, "traits": {"name": f"Mei {prefix}"}},
        {"call": "group", "user_id": mei, "group_id": f"{prefix}-office", "traits": {"name": "Office"}},
        {"call": "alias", "previous_id": before, "user_id": mei},
        {"call": "alias", "previous_id": jonas, "user_id": jonas},
        {"call": "screen", "user_id": jonas, "name": "Basket"},
        *(
            {"call": "track", "user_id": mei, "event": "Order Completed", "properties": {"order_id": f"{prefix}-{n}"}}
            for n in range(touches)
        ),
    ]
