"""Shopify: orders, refunds, checkouts and customers, signed over the raw body in base64."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from heartline.collect.bodies import Rejection
from heartline.collect.hooks.shape import (
    BAD_SIGNATURE,
    NOT_READ,
    POSTS_ONLY,
    HookCall,
    Verified,
    is_signed,
    read_json,
    sign,
)
from heartline.collect.plain import name_person
from heartline.collect.telling import Shaped, Telling, read_dict
from heartline.records import SourceRules

# By topic: the event's name of the Segment spec where it has one (``touches``), else words people read.
_EVENTS: Final = {
    "orders/create": "Order Completed",
    "orders/updated": "Order Updated",
    "orders/edited": "Order Updated",
    "orders/cancelled": "Order Cancelled",
    "orders/paid": "Order paid",
    "orders/fulfilled": "Order sent",
    "fulfillments/create": "Parcel sent",
    "fulfillments/update": "Parcel changed",
    "refunds/create": "Order Refunded",
    "checkouts/create": "Checkout Started",
    "carts/create": "Cart begun",
    "products/create": "Product made",
    "app/uninstalled": "App uninstalled",
}
_CUSTOMERS: Final = frozenset({"customers/create", "customers/update", "customers/enable", "customers/disable"})
_PRIVACY: Final = frozenset({"customers/redact", "customers/data_request", "shop/redact"})
_KEPT: Final = (
    *("name", "order_number", "financial_status", "cancel_reason"),
    *("tracking_company", "note", "source_name"),
)
_MONEY: Final = frozenset({"orders/create", "refunds/create"})


class ShopifyHook:
    """See ``Hook``."""

    def verify(self, call: HookCall, rules: SourceRules) -> Rejection | Verified:
        """See ``Hook``."""
        if call.method != "POST":
            return POSTS_ONLY
        wanted = [sign(secret.encode(), call.body) for secret in rules.hook_secrets]
        if not is_signed([call.header("x-shopify-hmac-sha256")], wanted):
            return BAD_SIGNATURE
        body = read_json(call.body)
        if not isinstance(body, dict):
            return NOT_READ
        return Verified(
            messages=[
                {
                    "topic": call.header("x-shopify-topic")[:100],
                    # The event's id is the same for all who subscribed to it; the delivery's is a retry's too.
                    "id": (call.header("x-shopify-event-id") or call.header("x-shopify-webhook-id"))[:200],
                    "at": call.header("x-shopify-triggered-at")[:100],
                    "shop": call.header("x-shopify-shop-domain")[:200],
                    "body": body,
                }
            ]
        )

    def translate(self, given: Mapping[str, Any], _telling: Telling) -> Shaped:
        """See ``Hook``."""
        topic, body = given.get("topic"), read_dict(given.get("body"))
        if not isinstance(topic, str) or not topic or topic in _PRIVACY:
            return {"type": topic}
        is_person = topic in _CUSTOMERS
        person = body if is_person else read_dict(body.get("customer"))
        shaped: Shaped = {
            "messageId": f"{given.get('id')} {topic}" if given.get("id") else None,
            "timestamp": given.get("at") or body.get("updated_at") or body.get("created_at"),
            "context": {"heartline": _tell(topic, body, person)},
        }
        if is_person:
            return {**shaped, "type": "identify", "traits": _read_traits(person)}
        name = _EVENTS.get(topic) or topic.replace("/", " ").replace("_", " ").capitalize()
        return {**shaped, "type": "track", "event": name, "properties": _read_properties(topic, body)}


def _tell(topic: str, body: Mapping[str, Any], person: Mapping[str, Any]) -> Shaped:
    return {
        "channel": "web",
        "order": _write(_find_order(topic, body)),
        "identifiers": name_person(
            email=person.get("email") or body.get("email") or body.get("contact_email"),
            phone=person.get("phone") or body.get("phone"),
            external={"shopify": _write(person.get("id"))},
        ),
    }


def _find_order(topic: str, body: Mapping[str, Any]) -> object:
    return body.get("id") if topic.startswith("orders/") else body.get("order_id")


def _read_properties(topic: str, body: Mapping[str, Any]) -> Shaped:
    found: Shaped = {key: body[key] for key in _KEPT if body.get(key) is not None}
    if topic == "refunds/create":
        paid = [read_dict(one) for one in body.get("transactions") or [] if isinstance(body.get("transactions"), list)]
        amounts = [one.get("amount") for one in paid if one.get("kind") == "refund"]
        found["currency"] = next((one.get("currency") for one in paid), None)
        found["revenue"] = amounts[0] if len(amounts) == 1 else None
    else:
        found["currency"] = body.get("currency")
        found["revenue" if topic in _MONEY else "value_of_order"] = body.get("total_price")
    lines = body.get("line_items")
    if isinstance(lines, list):
        found["products"] = [
            {"product_id": _write(read_dict(one).get("product_id")), "name": read_dict(one).get("title")}
            for one in lines[:50]
        ]
    return {key: value for key, value in found.items() if value is not None}


def _read_traits(person: Mapping[str, Any]) -> Shaped:
    first, last = person.get("first_name"), person.get("last_name")
    name = " ".join(part for part in (first, last) if isinstance(part, str) and part)
    keys = ("email", "phone", "state", "tags", "orders_count", "verified_email")
    return {"name": name or None, **{key: person.get(key) for key in keys}}


def _write(given: object) -> str | None:
    return str(given) if isinstance(given, (int, str)) and not isinstance(given, bool) and given != "" else None
