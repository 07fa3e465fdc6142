"""From an event to a touch: channel, touchpoint, area, action, place, words, score and money.

The ``context.heartline`` block speaks our own words and wins; then the table of known event names (``touches``); then
what the context tells. An unknown event name becomes a touchpoint of its own. docs/reference/mapping.md says it all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct

from heartline.collect.events import Context, Event, HeartlineBlock
from heartline.collect.money import read_amount, read_currency
from heartline.collect.touches import PAGE, SCREEN, TOUCHES, Touch
from heartline.collect.wording import clean_name, clean_text
from heartline.records import Area, Score, ScoreKind

OTHER_CHANNEL: Final = "other"

_BY_FOLDED_NAME: Final = {name.casefold(): touch for name, touch in TOUCHES.items()}
_AREAS: Final = frozenset(area.value for area in Area)
_RUDDER_CHANNELS: Final = {"web": "web", "browser": "web", "mobile": "app"}
_MOBILE_SIGNS: Final = ("ios", "android", "mobile", "react-native", "flutter", "swift", "kotlin")
_WEB_SIGNS: Final = ("analytics.js", "analytics-js", "web", "rudderlabs javascript", "rudder-js")
_FIXED_TOPS: Final = {ScoreKind.NPS: 10, ScoreKind.STARS: 5}
_USUAL_TOPS: Final = {ScoreKind.CSAT: 5, ScoreKind.CES: 7}


class Reading(Struct, frozen=True):
    """What the mapping read from an event; the fields are those of ``Interaction``."""

    action: str
    channel: str
    touchpoint: str
    area: str
    place: str = ""
    text: str | None = None
    score: Score | None = None
    amount_minor: int | None = None
    currency: str | None = None
    employee: str | None = None
    partner: str | None = None
    order: str | None = None
    product: str | None = None


class Scene(Struct, frozen=True):
    """Where a touch stands: the call and its event, the order it speaks of, and the workspace's currency.

    ``name`` is that of a track call's event (``name_event``).
    """

    call: str
    name: str
    event: Event
    properties: Mapping[str, Any]
    context: Context
    order: str
    currency: str


def read_touch(scene: Scene) -> Reading:
    """Read the touch of a track, page or screen call."""
    touch = _find_touch(scene)
    block = scene.context.heartline
    properties = scene.properties
    amount, currency = _read_money(scene, touch, block)
    channel = touch.channel or find_channel(scene.event, scene.context)
    if block is None:
        return Reading(
            action=touch.action,
            channel=channel,
            touchpoint=touch.touchpoint,
            area=touch.area,
            text=_read_text(scene, touch),
            score=_read_stars(properties) if touch.action == "rate" else None,
            amount_minor=amount,
            currency=currency,
            order=scene.order or None,
            product=_find_product(properties),
        )
    area = clean_name(block.area).lower()
    return Reading(
        action=clean_name(block.action) or touch.action,
        channel=clean_name(block.channel).lower() or channel,
        touchpoint=clean_name(block.touchpoint) or touch.touchpoint,
        area=area if area in _AREAS else touch.area,
        place=clean_name(block.place),
        text=clean_text(block.text) or _read_text(scene, touch),
        score=read_score(block.score) or (_read_stars(properties) if touch.action == "rate" else None),
        amount_minor=amount,
        currency=currency,
        employee=clean_name(block.employee) or None,
        partner=clean_name(block.partner) or None,
        order=scene.order or None,
        product=clean_name(block.product) or _find_product(properties),
    )


def name_event(event: Event, context: Context) -> str:
    """Return the name of a track call's event: its own, or the touchpoint its heartline block gives; "" where none."""
    name = clean_name(event.event)
    if not name and context.heartline is not None:
        return clean_name(context.heartline.touchpoint)
    return name


def find_order(context: Context, properties: Mapping[str, Any]) -> str:
    """Return the order an event speaks of, or ""."""
    if context.heartline is not None:
        order = clean_name(context.heartline.order)
        if order:
            return order
    given = properties.get("order_id")
    return "" if given is None else clean_name(given)


def find_channel(event: Event, context: Context) -> str:
    """Tell web, app or other by who sent the event."""
    if type(event.channel) is str and event.channel in _RUDDER_CHANNELS:
        return _RUDDER_CHANNELS[event.channel]
    if context.library is not None and type(context.library.name) is str:
        channel = _tell_library(context.library.name[:100])
        if channel:
            return channel
    if context.device is not None and type(context.device.type) is str and context.device.type.lower() in _MOBILE_SIGNS:
        return "app"
    return "web" if context.page else OTHER_CHANNEL


@lru_cache(maxsize=256)
def _tell_library(name: str) -> str:
    folded = name.lower()
    if any(sign in folded for sign in _MOBILE_SIGNS):
        return "app"
    return "web" if any(sign in folded for sign in _WEB_SIGNS) else ""


def read_score(given: object) -> Score | None:
    """Read ``{"kind", "value", "top"}``. A value off its scale is no score: a guess would lie in every average."""
    if not isinstance(given, dict):
        return None
    try:
        kind = ScoreKind(clean_name(given.get("kind")).lower())
    except ValueError:
        return None
    value, top = _read_number(given.get("value")), _read_number(given.get("top"))
    fixed = _FIXED_TOPS.get(kind)
    if top is None:
        top = fixed or _USUAL_TOPS[kind]
    if value is None or not 2 <= top <= 100 or top != int(top) or (fixed is not None and top != fixed):
        return None
    bottom = 0 if kind is ScoreKind.NPS else 1
    return Score(kind, float(value), int(top)) if bottom <= value <= top else None


def _find_touch(scene: Scene) -> Touch:
    if scene.call == "track":
        return _read_name(scene.name)
    event = scene.event
    standard = PAGE if scene.call == "page" else SCREEN
    name = clean_name(event.name) or clean_name(scene.properties.get("name"))
    if not name and scene.call == "screen":
        name = clean_name(event.event)
    return Touch(name, "", standard.action, standard.channel) if name else standard


@lru_cache(maxsize=1024)
def _read_name(name: str) -> Touch:
    return _BY_FOLDED_NAME.get(name.casefold()) or Touch(name, "", "do", money=1)


def _read_money(scene: Scene, touch: Touch, block: HeartlineBlock | None) -> tuple[int | None, str | None]:
    properties = scene.properties
    if block is not None and block.amount is not None:
        currency = read_currency(block.currency or properties.get("currency"), scene.currency)
        amount = read_amount(block.amount, currency)
        return amount, None if amount is None else currency
    if touch.money == 0 or not properties:
        return None, None
    given = properties.get("revenue")
    if given is None:
        given = properties.get("total")
    # ``value`` may be any figure of merit; with a currency beside it, it is money.
    if given is None and "currency" in properties:
        given = properties.get("value")
    if given is None:
        return None, None
    currency = read_currency(properties.get("currency"), scene.currency)
    amount = read_amount(given, currency)
    return (None, None) if amount is None else (touch.money * amount, currency)


def _read_text(scene: Scene, touch: Touch) -> str | None:
    if touch.action == "rate":
        return clean_text(scene.properties.get("review_body"))
    if touch.action == "write":
        return clean_text(scene.properties.get("message_body"))
    return None


def _read_stars(properties: Mapping[str, Any]) -> Score | None:
    return read_score({"kind": "stars", "value": properties.get("rating")})


def _find_product(properties: Mapping[str, Any]) -> str | None:
    if "product_id" not in properties and "sku" not in properties:
        return None
    for key in ("name", "product_id", "sku"):
        given = properties.get(key)
        if given is not None and (name := clean_name(given)):
            return name
    return None


def _read_number(given: object) -> float | None:
    if isinstance(given, str) and len(given) <= 20:
        try:
            given = float(given)
        except ValueError:
            return None
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        return None
    return given if math.isfinite(given) else None
